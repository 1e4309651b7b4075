"""Temporary folders that carry their owner in their names, so that those of killed processes can be removed."""

import contextlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.system.cache_dir import cache_folder
from sandbox.system.process_identity import ProcessIdentity

PREFIX = "goldgrade"
# Of an owner on another system, or before this one started, nothing is known. No grading takes that long.
FORGOTTEN_SECONDS = 7 * 24 * 3600
SYSTEMS_FOLDER = Path("/var/tmp")
_NAME = re.compile(rf"{PREFIX}-(?P<kind>[a-z]+)\.(?P<tag>[0-9a-f-]+)\.\w+")


@dataclass(frozen=True, kw_only=True)
class OwnedFolder:
    """A temporary folder of this user's, found by its name."""

    path: Path
    kind: str
    owner: ProcessIdentity
    is_left: bool  # nobody will use it any more

    @property
    def size_bytes(self) -> int:
        return folder_bytes(self.path)


def make_folder(kind: str, parent: Path | None = None) -> Path:
    """A fresh folder of this process's; ``kind`` is a word. Whoever asks removes it."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{kind}.{ProcessIdentity.this_process().tag}.", dir=parent))


@contextlib.contextmanager
def owned_folder(kind: str, parent: Path | None = None) -> Iterator[Path]:
    """A fresh folder that is gone after the block."""
    folder = make_folder(kind, parent)
    try:
        yield folder
    finally:
        remove_folder(folder)


def places() -> tuple[Path, ...]:
    """Every folder in which we make temporary ones."""
    cache = cache_folder()
    found = (Path(tempfile.gettempdir()), SYSTEMS_FOLDER, cache / "banks", cache / "wheels")
    return tuple(dict.fromkeys(found))


def find_folders(where: Iterable[Path] | None = None) -> tuple[OwnedFolder, ...]:
    """All of them, also those in use. Takes about a millisecond."""
    return tuple(_found(places() if where is None else where))


def _found(where: Iterable[Path]) -> Iterator[OwnedFolder]:
    for place in where:
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                name = _NAME.fullmatch(entry.name)
                owner = ProcessIdentity.from_tag(name["tag"]) if name else None
                if name is None or owner is None:
                    continue
                with contextlib.suppress(OSError):  # it is gone meanwhile
                    about = entry.stat(follow_symlinks=False)
                    # Anybody may make such a name where everybody may write.
                    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
                        continue
                    forgotten = not owner.is_known and about.st_mtime < time.time() - FORGOTTEN_SECONDS
                    yield OwnedFolder(
                        path=Path(entry.path), kind=name["kind"], owner=owner, is_left=owner.is_gone or forgotten
                    )


def remove_folder(folder: Path) -> bool:
    """Remove it with all that it holds; returns whether nothing of it is left."""
    _unmount_below(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def folder_bytes(folder: Path) -> int:
    """What the files below take on the disk, each counted once."""
    total = 0
    seen: set[tuple[int, int]] = set()
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                about = os.lstat(os.path.join(parent, name))
                if (about.st_dev, about.st_ino) not in seen:
                    seen.add((about.st_dev, about.st_ino))
                    total += about.st_blocks * 512
    return total


def _unmount_below(folder: Path) -> None:
    """A system of Debian packages in the making has /proc mounted, and a killed maker leaves it there."""
    below = f"{folder.resolve()}/"
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines():
            if (point := line.split()[1]).startswith(below):
                subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)
