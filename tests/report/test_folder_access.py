"""Reports are read by who made them, and by a group that is named; what people are called shows in the files' names."""

import grp
import os
import unicodedata

import pytest

from grader.errors import UsageProblem
from grader.report.folder_access import Access, close_folder, group_id
from grader.report.reports_folder import ReportsFolder, earlier_file_stem, file_stem


def rights(folder) -> dict[str, int]:
    return {
        str(each.relative_to(folder.parent)): each.stat().st_mode & 0o777 for each in (folder, *folder.rglob("*"))
    }


@pytest.fixture
def folder(tmp_path):
    """As an earlier version has left one."""
    made = tmp_path / "reports"
    (made / "reports").mkdir(parents=True)
    for path, mode in ((made, 0o755), (made / "reports", 0o775)):
        path.chmod(mode)
    for name in ("class.json", "reports/ada.json", "notes.txt"):
        (made / name).write_text("{}")
        (made / name).chmod(0o644)
    return ReportsFolder(path=made)


@pytest.mark.parametrize("mask", [0, 0o077, 0o027])
def test_a_new_folder_is_closed_whatever_the_umask_is(tmp_path, mask):
    folder = ReportsFolder(path=tmp_path / "new")
    said: list[str] = []
    before = os.umask(mask)
    try:
        folder.make(say=said.append)
        with folder.held():
            folder.write_fault("ada", "text")
    finally:
        os.umask(before)
    found = rights(folder.path)
    assert {mode for name, mode in found.items() if "." in name.removeprefix("new/")} == {0o600}
    assert {mode for name, mode in found.items() if "." not in name} == {0o700}
    assert said == []


def test_an_open_folder_is_closed_and_it_is_said_once(folder):
    said: list[str] = []
    folder.make(say=said.append)
    folder.close(said.append)
    (line,) = said
    assert "could be read by others" in line
    assert "--group NAME" in line
    found = rights(folder.path)
    assert found.pop("reports/notes.txt") == 0o644  # it is not ours
    assert set(found.values()) == {0o700, 0o600}


def test_a_folder_with_other_things_in_it_stays_as_it_is_and_it_is_said(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o755)
    (tmp_path / "home" / "thesis.tex").touch()
    said: list[str] = []
    ReportsFolder(path=tmp_path / "home").make(say=said.append)
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o755
    assert "give --out a folder of its own" in said[0]


def test_a_group_may_read_and_keeps_it_in_later_calls(folder):
    own = grp.getgrgid(os.getegid()).gr_name
    said: list[str] = []
    for group in (own, None, None):
        folder.make(group=group, say=said.append)
        folder.write_fault("ada", "text")
        found = rights(folder.path)
        assert {found[name] for name in ("reports", "reports/reports", "reports/faults")} == {0o750}
        assert {found[name] for name in ("reports/class.json", "reports/faults/ada.txt")} == {0o640}
    assert len(said) == 1
    assert f"you and the group {own}" in said[0]
    assert Access.of(folder.path) == Access(group=os.getegid())


def test_a_folder_that_only_a_group_was_given_is_no_news(folder):
    list(close_folder(folder.path, None))
    folder.path.chmod(0o750)
    assert not any("others" in line for line in close_folder(folder.path, None))


def test_a_group_that_is_unknown_or_not_ones_own_is_refused_with_what_to_do(monkeypatch):
    known = [
        grp.struct_group(("teachers", "x", 7001, [])),
        grp.struct_group(("assistants", "x", 7002, [])),
    ]
    monkeypatch.setattr(grp, "getgrall", lambda: known)
    monkeypatch.setattr(os, "getgroups", lambda: [7001])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageProblem, match="Did you mean assistants"):
        group_id("asistants")
    with pytest.raises(UsageProblem, match=r"You are not in the group assistants(.|\n)*teachers(.|\n)*usermod -aG"):
        group_id("assistants")
    assert group_id("teachers") == 7001
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert group_id("assistants") == 7002


KEYS = [
    "-rf", "--help", "Zoë Ångström", "Zoë Ångström".lower(), unicodedata.normalize("NFD", "Zoë Ångström"), "Ada", "ada",
    "аda", "नमस्ते", "李小龙", "\N{COMBINING ACUTE ACCENT}", "a/b", "a\\b", "..", ".hidden", "con", "a" * 300, "ä" * 300,
    "a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\N{ZERO WIDTH SPACE}b", "x\n", "\ud800", "-", "",
]  # fmt: skip


def test_names_are_names_on_every_system_and_each_its_own():
    stems = [file_stem(key) for key in KEYS]
    assert len({stem.casefold() for stem in stems}) == len(KEYS)
    for stem in stems:
        assert stem
        assert stem[0] not in "-."
        assert len(stem.encode()) <= 140
        assert not any(unicodedata.category(sign)[0] in "CZ" or sign in "/\\" for sign in stem)
        assert unicodedata.normalize("NFC", stem) == stem
        assert unicodedata.category(stem[0])[0] != "M"


def test_a_name_can_be_read_by_people():
    assert file_stem("ada-1") == "ada-1"
    assert file_stem("-rf").startswith("rf~")
    assert file_stem("Zoë Ångström").startswith("Zoë_Ångström~")
    assert file_stem(unicodedata.normalize("NFD", "Zoë")).startswith("Zoë~")
    assert file_stem("नमस्ते").startswith("नमस्ते~")
    assert file_stem("Ada").startswith("Ada~")
    assert file_stem("ä" * 300).startswith("ä" * 60 + "~")


def test_reports_under_their_earlier_names_are_found_and_stay(tmp_path):
    folder = ReportsFolder(path=tmp_path)
    (tmp_path / "reports").mkdir()
    earlier = tmp_path / "reports" / f"{earlier_file_stem('Zoë')}.json"
    earlier.write_text("{}")
    assert earlier.name.startswith("zo~")
    assert folder.report_file("Zoë") == earlier
    assert folder.page("Zoë").name.startswith("Zoë~")
    (tmp_path / "reports" / f"{file_stem('Zoë')}.json").write_text("{}")
    assert folder.report_file("Zoë").name.startswith("Zoë~")
