"""Git repositories that students hand in: looked at before they are opened, and read where they can cost only so much."""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake.layouts import github_classroom

porcelain = pytest.importorskip("dulwich.porcelain")


def _header(kind: int, size: int) -> bytes:
    """An object's kind and size as a pack has them: four bits, then seven at a time."""
    first, size = (kind << 4) | (size & 15), size >> 4
    header = b""
    while size:
        header, first, size = header + bytes([first | 0x80]), size & 0x7F, size >> 7
    return header + bytes([first])


def _pack(git: Path, *entries: tuple[bytes, bytes]) -> None:
    """A pack with these (name, content) and its index."""
    folder = git / "objects" / "pack"
    folder.mkdir(parents=True)
    data, found = b"PACK" + struct.pack(">II", 2, len(entries)), []
    for name, content in entries:
        found.append((name, zlib.crc32(content), len(data)))
        data += content
    end = hashlib.sha1(data).digest()
    found.sort()
    fan = [sum(name[0] <= first for name, _, _ in found) for first in range(256)]
    index = b"\xfftOc" + struct.pack(">I", 2) + struct.pack(">256I", *fan) + b"".join(name for name, _, _ in found)
    index += b"".join(struct.pack(">I", check) for _, check, _ in found)
    index += b"".join(struct.pack(">I", place) for _, _, place in found) + end
    (folder / f"pack-{end.hex()}.pack").write_bytes(data + end)
    (folder / f"pack-{end.hex()}.idx").write_bytes(index + hashlib.sha1(index).digest())
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs" / "heads" / "main").write_text(entries[0][0].hex() + "\n")


def _a_commit_of_half_a_gigabyte(git: Path) -> None:
    packer, content = zlib.compressobj(9), b""
    for _ in range(1 << 9):
        content += packer.compress(bytes(1 << 20))
    _pack(git, (b"\xaa" * 20, _header(1, 1 << 29) + content + packer.flush()))


def _changes_of_one_another(git: Path) -> None:
    change = bytes([4, 4, 0x90, 4])
    first, second = b"\xaa" * 20, b"\xbb" * 20
    _pack(
        git,
        (first, _header(7, 4) + second + zlib.compress(change)),
        (second, _header(7, 4) + first + zlib.compress(change)),
    )


def _a_pipe_for_a_head(git: Path) -> None:
    (git / "objects").mkdir(parents=True)
    os.mkfifo(git / "HEAD")


def _a_pipe_for_a_branch(git: Path) -> None:
    (git / "objects").mkdir(parents=True)
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    os.mkfifo(git / "refs" / "heads" / "main")


def _a_link_for_objects(git: Path) -> None:
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "objects").symlink_to("/")


def _too_many_files(git: Path) -> None:
    (git / "objects").mkdir(parents=True)
    for number in range(60):
        (git / "objects" / str(number)).touch()


def _a_huge_index(git: Path) -> None:
    _changes_of_one_another(git)
    with next(git.rglob("*.idx")).open("r+b") as file:
        file.truncate(1 << 33)


def _nothing(git: Path) -> None:
    git.mkdir()


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(_a_commit_of_half_a_gigabyte, marks=pytest.mark.slow),
        _changes_of_one_another,
        _a_pipe_for_a_head,
        _a_pipe_for_a_branch,
        _a_link_for_objects,
        _too_many_files,
        _a_huge_index,
        _nothing,
    ],
)
def test_a_planted_repository_has_no_time_and_stops_nobody(plant: Callable[[Path], None], tmp_path, monkeypatch):
    monkeypatch.setattr(github_classroom, "MOST_FILES", 50)
    folder = tmp_path / "week8-submissions"
    plant(made(folder / "week8-eve") / ".git")
    honest = made(folder / "week8-ada")
    porcelain.init(str(honest))
    (honest / "week8.py").write_text("x = 1\n")
    porcelain.add(str(honest), [str(honest / "week8.py")])
    who = b"Ada <ada@example.edu>"
    porcelain.commit(
        str(honest), b"done", author=who, committer=who, commit_timestamp=1772362800, commit_timezone=3600
    )
    works = {each.key: each for each in github_classroom.read(folder).works}
    assert works["eve"].submitted_at is None
    assert works["ada"].submitted_at is not None
    assert works["ada"].submitted_at.isoformat() == "2026-03-01T12:00:00+01:00"


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
