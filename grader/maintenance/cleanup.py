"""What ``grade clean`` removes: found first, so that it can be shown, and then removed piece by piece.

Without ``everything`` that is what nobody will use again: things of graders that are gone, volumes that are half
filled, images of earlier versions. With it, also what would be used again: images, banks, NumPy's wheel. Whatever
carries no name or label of ours is not even looked at.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import UsageProblem
from sandbox.docker import LABEL, engine_faults
from sandbox.image import KEEP_SECONDS, REPOSITORIES, current_tags, tagged_at
from sandbox.leftovers import find_leftovers, find_living_owners, remove_container
from sandbox.process import end_left_processes, end_user_of, find_left_processes
from sandbox.system import (
    OwnedFolder,
    SandboxUnavailable,
    cache_folder,
    find_folders,
    folder_bytes,
    plain_line,
    reason,
    remove_folder,
)

if TYPE_CHECKING:
    import docker

# The first stands on the second. One that ends in "-check" was made to be compared.
OUR_TAGS = tuple(re.compile(rf"{name}(-check)?:.+") for name in REPOSITORIES)
IMAGE_LABELS = ("sandbox", "base")
GONE = "its grader is gone"
OLD = "of another version"


class LeftoverKind(Enum):
    """What kind of thing it is, in the words of a user."""

    PROCESSES = "processes"
    CONTAINER = "container"
    VOLUME = "volume"
    IMAGE = "image"
    FOLDER = "folder"
    CACHE = "cache"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """Something of ours that can go. ``remove`` returns whether it went, or raises SandboxUnavailable."""

    kind: LeftoverKind
    name: str
    why: str
    size_bytes: int
    remove: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What became of a thing that was there."""

    leftover: Leftover
    trouble: str | None  # why it stayed
    freed_bytes: int


def find_everything_left(client: "docker.APIClient | None", *, everything: bool) -> tuple[Leftover, ...]:
    """What can be removed, in an order in which it can. Without an engine, what is left of it here.

    Raises SandboxUnavailable, and UsageProblem where a living grader uses what is to go.
    """
    if everything:
        _check_nobody_is_at_work(client)
    leftovers = [*_processes()]
    if client is not None:
        with engine_faults("looking for what is left over"):
            leftovers += [*_on_engine(client, everything)]
    leftovers += [*_folders()]
    if everything:
        leftovers += [*_caches()]
    return tuple(leftovers)


def remove_everything_found(
    leftovers: tuple[Leftover, ...], client: "docker.APIClient | None"
) -> Iterator["Removal"]:
    """Remove one after the other. What can't be removed does not keep the rest."""
    for leftover in leftovers:
        before = _layers_bytes(client) if leftover.kind is LeftoverKind.IMAGE else 0
        try:
            if not leftover.remove():
                continue  # it went by itself
        except SandboxUnavailable as error:
            yield Removal(leftover=leftover, trouble=error.happened, freed_bytes=0)
            continue
        # Images share layers, so only the difference tells what was freed.
        freed = (
            max(0, before - _layers_bytes(client)) if leftover.kind is LeftoverKind.IMAGE else leftover.size_bytes
        )
        yield Removal(leftover=leftover, trouble=None, freed_bytes=freed)


def _layers_bytes(client: "docker.APIClient | None") -> int:
    """What all layers of all images take."""
    assert client is not None
    with engine_faults("counting what its images take"):
        return int(client.df().get("LayersSize") or 0)


def _check_nobody_is_at_work(client: "docker.APIClient | None") -> None:
    owners = find_living_owners(client)
    if owners:
        raise UsageProblem(
            f"A grader is at work: {', '.join(owners)}",
            expected="none while everything is removed, for it uses the images and banks",
            advice='Wait for its end, or leave out "--all".',
        )


def _processes() -> Iterator[Leftover]:
    left = find_left_processes()
    if left:
        name = ", ".join(map(str, left))
        yield Leftover(
            kind=LeftoverKind.PROCESSES, name=name, why=GONE, size_bytes=0, remove=lambda: end_left_processes() > 0
        )


def _on_engine(client: "docker.APIClient", everything: bool) -> Iterator[Leftover]:
    fillers = set()
    for container in find_leftovers(client):
        name = _name_of(client, container)
        fillers.add(name)
        yield Leftover(
            kind=LeftoverKind.CONTAINER,
            name=plain_line(name or container[:12]),
            why=GONE,
            size_bytes=0,  # its file system is read-only
            remove=partial(remove_container, client, container),
        )
    used = client.df()
    for volume in used.get("Volumes") or ():
        name = volume["Name"]
        half = f"{name}-filler" in fillers
        if (volume["Labels"] or {}).get(LABEL) == "bank" and (half or everything):
            yield Leftover(
                kind=LeftoverKind.VOLUME,
                name=plain_line(name),
                why="it is half filled" if half else "a parameter bank",
                size_bytes=max(0, (volume.get("UsageData") or {}).get("Size", 0)),
                remove=partial(_removed, partial(client.remove_volume, name)),
            )
    images: list[dict[str, Any]] = used.get("Images") or []
    for repository in OUR_TAGS:
        yield from _images(client, repository, images, everything)
    for each in images:
        if not _tags(each) and (each["Labels"] or {}).get(LABEL) in IMAGE_LABELS:
            yield _image(client, each, each["Id"], name=each["Id"][7:19], why="it has lost its name")


def _images(
    client: "docker.APIClient", repository: re.Pattern[str], images: list[dict[str, Any]], everything: bool
) -> Iterator[Leftover]:
    current = current_tags()
    for each in images:
        for tag in _tags(each):
            if repository.fullmatch(tag):
                is_old = tag not in current and _had_since(client, tag) < time.time() - KEEP_SECONDS
                if is_old or everything:
                    yield _image(client, each, tag, name=tag, why=OLD if is_old else "of this version")


def _had_since(client: "docker.APIClient", tag: str) -> float:
    from docker.errors import NotFound

    with engine_faults("looking at an image"), contextlib.suppress(NotFound):
        return tagged_at(client.inspect_image(tag))
    return float("inf")


def _image(client: "docker.APIClient", fields: dict[str, Any], reference: str, *, name: str, why: str) -> Leftover:
    return Leftover(
        kind=LeftoverKind.IMAGE,
        name=plain_line(name),
        why=why,
        size_bytes=int(fields["Size"]) - max(0, int(fields.get("SharedSize", 0))),
        remove=partial(_removed, partial(client.remove_image, reference)),
    )


def _tags(fields: dict[str, Any]) -> list[str]:
    return [tag for tag in fields["RepoTags"] or () if tag != "<none>:<none>"]


def _removed(remove: Callable[[], object]) -> bool:
    from docker.errors import APIError, NotFound

    with engine_faults("removing it"):
        try:
            remove()
        except NotFound:
            return False
        except APIError as error:
            if error.status_code == 409:  # a container uses it: somebody has begun to grade meanwhile
                raise SandboxUnavailable(
                    f"It is in use: {reason(error)}",
                    expected="something that no container uses",
                    advice="Try again when that container is gone.",
                ) from error
            raise
    return True


def _name_of(client: "docker.APIClient", container: str) -> str:
    from docker.errors import NotFound

    with engine_faults("looking at a container"), contextlib.suppress(NotFound):
        return str(client.inspect_container(container)["Name"]).lstrip("/")
    return ""


def _folders() -> Iterator[Leftover]:
    for folder in find_folders():
        if folder.is_left:
            yield Leftover(
                kind=LeftoverKind.FOLDER,
                name=str(folder.path),
                why=GONE,
                size_bytes=folder.size_bytes,
                remove=partial(_remove_run, folder),
            )


def _remove_run(folder: OwnedFolder) -> bool:
    end_user_of(folder)
    return _remove_whole(folder.path)


def _caches() -> Iterator[Leftover]:
    """All that is in the cache, which is made again when it is wanted, and the cache itself."""
    folder = cache_folder()
    if folder.is_dir():
        yield Leftover(
            kind=LeftoverKind.CACHE,
            name=str(folder),
            why="parameter banks, NumPy's wheel, locks",
            size_bytes=folder_bytes(folder),
            remove=partial(_remove_whole, folder),
        )


def _remove_whole(folder: Path) -> bool:
    if not remove_folder(folder):
        raise SandboxUnavailable(
            "not all of it can be removed",
            expected="a folder that this user may empty",
            advice="Look at whose the files in it are, and remove it yourself.",
        )
    return True
