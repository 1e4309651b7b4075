"""The zip of a class is a stranger's file: what is in it stays inside, and what is left out is listed."""

import io
import stat
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageProblem
from grader.intake import class_zip
from grader.intake.class_download import open_class_folder
from grader.intake.class_submissions import Layout
from tests.support.chance import rounds

PROGRAM = b"x = 1\n"


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for member, content in members:
            opened.writestr(member, content)
    return path


def special(name: str, kind: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    return member


def read(path: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """By student what was unpacked, and what was left out."""
    with open_class_folder(path) as work:
        contents = {
            key: works[-1].path.read_bytes() for key, works in work.attempts.items() if works[-1].path.is_file()
        }
        return contents, {each.reason.partition(": ")[0]: each.reason for each in work.skipped}


def test_a_class_in_a_zip_is_there_inside_the_block_and_gone_after(tmp_path):
    path = archive(tmp_path / "week8.zip", ("ada.py", PROGRAM), ("bob.py", PROGRAM), ("__MACOSX/._ada.py", b"junk"))
    with open_class_folder(path) as work:
        inside = work.path
        assert list(work.attempts) == ["ada", "bob"]
        assert (inside / "ada.py").read_bytes() == PROGRAM
    assert not inside.exists()
    assert not inside.parent.exists()


@pytest.mark.parametrize(
    "member",
    [
        "../climbs.py",
        "a/../../climbs.py",
        "/absolute.py",
        "C:/drive.py",
        "..\\climbs.py",
        "a//b.py",
        "control\x01.py",
        "x" * 250 + ".py",
        "/".join(["deep"] * 30) + ".py",
        special("link.py", stat.S_IFLNK),
        special("pipe.py", stat.S_IFIFO),
        special("device.py", stat.S_IFCHR),
    ],
)
def test_what_leads_out_or_is_no_file_is_left_out_and_listed(tmp_path, member):
    path = archive(tmp_path / "week8.zip", (member, PROGRAM), ("ada.py", PROGRAM))
    before = {each for each in tmp_path.parent.rglob("*") if "climbs" in each.name}
    contents, left_out = read(path)
    assert contents == {"ada": PROGRAM}
    assert len(left_out) == 1
    assert {each for each in tmp_path.parent.rglob("*") if "climbs" in each.name} == before


def test_names_that_some_file_systems_take_for_one_are_left_out_and_listed(tmp_path):
    path = archive(
        tmp_path / "week8.zip",
        ("ada.py", PROGRAM),
        ("ADA.py", b"x = 2\n"),
        ("bob.py", PROGRAM),
        ("bob.py/x.py", PROGRAM),
    )
    contents, left_out = read(path)
    assert contents == {"ada": PROGRAM, "bob": PROGRAM}
    assert set(left_out) == {"ADA.py", "bob.py/x.py"}


def test_a_bomb_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(class_zip, "SMALL_BYTES", 1 << 20)
    path = archive(tmp_path / "week8.zip", ("bomb.py", b"\0" * (20 << 20)), ("ada.py", PROGRAM))
    contents, left_out = read(path)
    assert contents == {"ada": PROGRAM}
    assert "packed more than" in left_out["bomb.py"]


def test_a_file_that_is_too_large_is_left_out_whatever_it_claims(tmp_path, monkeypatch):
    monkeypatch.setattr(class_zip, "MOST_FILE_BYTES", 1000)
    path = archive(tmp_path / "week8.zip", ("large.py", bytes(range(256)) * 100), ("ada.py", PROGRAM))
    assert "larger than" in read(path)[1]["large.py"]


@pytest.mark.parametrize(("cap", "value"), [("MOST_FILES", 1), ("MOST_BYTES", 5)])
def test_a_zip_that_is_too_large_as_a_whole_is_refused(tmp_path, monkeypatch, cap, value):
    monkeypatch.setattr(class_zip, cap, value)
    path = archive(tmp_path / "week8.zip", ("ada.py", PROGRAM), ("bob.py", PROGRAM))
    with pytest.raises(UsageProblem):
        read(path)


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    path = tmp_path / "week8.zip"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(UsageProblem, match="can't be used"):
        read(path)


def test_a_damaged_member_costs_only_itself(tmp_path):
    path = archive(tmp_path / "week8.zip", ("ada.py", PROGRAM * 100), ("bob.py", PROGRAM))
    data = bytearray(path.read_bytes())
    data[data.index(b"ada.py") + 6 : data.index(b"ada.py") + 14] = b"\xff" * 8
    path.write_bytes(data)
    contents, left_out = read(path)
    assert contents == {"bob": PROGRAM}
    assert set(left_out) == {"ada.py"}


@pytest.mark.parametrize(
    ("stored", "meant"), [("müller.py".encode(), "müller"), ("m\x81ller.py".encode("latin-1"), "müller")]
)
def test_names_without_a_mark_are_read_as_utf_8_or_else_as_the_format_says(tmp_path, stored, meant):
    plain = archive(tmp_path / "plain.zip", ("x" * len(stored), PROGRAM), ("ada.py", PROGRAM)).read_bytes()
    path = tmp_path / "week8.zip"
    path.write_bytes(plain.replace(b"x" * len(stored), stored))
    assert set(read(path)[0]) == {"ada", meant}


@rounds(100)
@given(st.binary(max_size=400), st.integers(0, 300), st.integers(0, 255))
def test_whatever_bytes_a_zip_has_it_is_read_or_refused(tmp_path_factory, noise, place, byte):
    folder = tmp_path_factory.mktemp("zips")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("ada.py", PROGRAM)
        opened.writestr("folder/bob.py", noise)
    data = bytearray(buffer.getvalue())
    data[place % len(data)] = byte
    path = folder / "week8.zip"
    path.write_bytes(data)
    with suppress(UsageProblem):
        read(path)


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_zipfile_would_unpack_in_one_piece_is_left_out(tmp_path, packed):
    path = archive(tmp_path / "week8.zip", ("ada.py", PROGRAM))
    with zipfile.ZipFile(path, "a", packed) as opened:
        opened.writestr("bomb.py", b"\0" * (1 << 20))
    contents, left_out = read(path)
    assert contents == {"ada": PROGRAM}
    assert "unusual" in left_out["bomb.py"]


def test_a_class_that_is_too_large_is_refused_and_not_graded_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr(class_zip, "MOST_BYTES", 100)
    path = archive(tmp_path / "week8.zip", ("ada.py", PROGRAM), ("bob.py", b"x = 1\n" * 50), ("cyd.py", PROGRAM))
    with pytest.raises(UsageProblem, match="it is larger than"):
        read(path)


def test_repositories_in_a_zip_are_known_as_such_and_an_empty_one_is_somebodys(tmp_path):
    head = b"ref: refs/heads/main\n"
    members = [(f"week8-submissions/week8-{name}/.git/HEAD", head) for name in ("ada", "cyd")]
    members += [("week8-submissions/week8-ada/week8.py", PROGRAM), ("week8-submissions/week8-bob/", b"")]
    path = archive(tmp_path / "week8-submissions.zip", *members)
    with open_class_folder(path) as work:
        assert work.layout is Layout.GITHUB_CLASSROOM
        assert sorted(work.attempts) == ["ada", "bob", "cyd"]


def test_a_folder_around_the_class_is_seen_through_where_it_is_called_as_the_zip_is(tmp_path):
    members = (("week8/ada.py", PROGRAM), ("week8/bob.py", PROGRAM))
    for name in ("week8.zip", "week8 (1).zip"):
        assert set(read(archive(tmp_path / name, *members))[0]) == {"ada", "bob"}
    with pytest.raises(UsageProblem, match=r"(?s)download\.zip has nothing but the folder 'week8'.*unpacked"):
        read(archive(tmp_path / "download.zip", *members))


def test_folders_that_lead_out_are_listed_too(tmp_path):
    path = archive(
        tmp_path / "week8.zip", ("../climbs/", b""), ("ada.py", PROGRAM), (special("b/", stat.S_IFLNK), b"")
    )
    assert set(read(path)[1]) == {"../climbs", "b"}
    assert not (tmp_path / "climbs").exists()


def test_a_colon_in_a_name_is_no_drive(tmp_path):
    path = archive(tmp_path / "week8.zip", ("Byron: Ada.py", PROGRAM), ("bob.py", PROGRAM))
    assert set(read(path)[0]) == {"Byron: Ada", "bob"}


def test_of_two_attempts_in_a_zip_the_one_that_was_changed_last_is_the_last(tmp_path):
    new, old = (
        zipfile.ZipInfo("ada.ipynb", (2026, 11, 20, 12, 0, 0)),
        zipfile.ZipInfo("ada.py", (2026, 11, 1, 12, 0, 0)),
    )
    path = archive(tmp_path / "week8.zip", (new, PROGRAM), (old, PROGRAM), ("bob.py", PROGRAM))
    with open_class_folder(path) as work:
        assert [each.path.name for each in work.attempts["ada"]] == ["ada.py", "ada.ipynb"]


def test_a_zip_with_the_slashes_of_windows(tmp_path):
    names = ("ada\\week8.py", "bo\\week8.py", "..\\up.py", "C:\\eve.py")
    of_windows = archive(tmp_path / "class.zip", *((name, PROGRAM) for name in names))
    with open_class_folder(of_windows) as work:
        assert sorted(work.attempts) == ["ada", "bo"]
        assert len(work.skipped) == 2
    mixed = archive(tmp_path / "mixed.zip", *((name, PROGRAM) for name in (*names, "cy/a.py", "di/a.py")))
    with open_class_folder(mixed) as work:  # here a backslash is a sign in a student's name of a file
        assert sorted(work.attempts) == ["cy", "di"]
        assert len(work.skipped) == 4
