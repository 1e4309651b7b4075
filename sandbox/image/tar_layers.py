"""Archives that depend on nothing but what is in them: the layers of an image, and the image itself.

The same entries make the same bytes, on every machine and in every year. An image's id is a digest of such bytes.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

# Everything in an image is from this moment; a real one would make each build another image.
EPOCH = 946_684_800
CREATED = "2000-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class TarEntry:
    """One file, or a link when ``target`` is set. All belong to root and nobody else can write to them."""

    name: str  # without a leading slash
    content: bytes = b""
    executable: bool = False
    target: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImageLayer:
    """A layer's archive on disk, and what was done to make it, for ``docker history``."""

    path: str
    made_by: str


def write_layer(entries: Iterable[TarEntry], file: IO[bytes], *, folders: Mapping[str, int] | None = None) -> None:
    """Write entries in the order of their names, with the folders that they need.

    ``folders`` are further ones, or ones with another mode than 0755.
    """
    sorted_entries = sorted(entries, key=lambda entry: entry.name)
    modes = {parent: 0o755 for entry in sorted_entries for parent in _parents(entry.name)} | dict(folders or {})
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode in sorted(modes.items()):
            archive.addfile(_info(name, tarfile.DIRTYPE, mode))
        for entry in sorted_entries:
            if entry.target is not None:
                info = _info(entry.name, tarfile.SYMTYPE, 0o777)
                info.linkname = entry.target
                archive.addfile(info)
            else:
                _add(archive, entry.name, entry.content, 0o755 if entry.executable else 0o644)


def read_layer(file: IO[bytes]) -> list[TarEntry]:
    """The files and links of an archive that ``write_layer`` wrote."""
    entries = []
    with tarfile.open(fileobj=file) as archive:
        for member in archive:
            if member.issym():
                entries.append(TarEntry(name=member.name, target=member.linkname))
            elif member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                executable = bool(member.mode & 0o100)
                entries.append(TarEntry(name=member.name, content=content.read(), executable=executable))
    return entries


def write_image(
    file: IO[bytes], *, tag: str, architecture: str, config: Mapping[str, Any], layers: Iterable[ImageLayer]
) -> str:
    """Write what ``docker load`` takes; returns the image's id: the digest of its configuration."""
    layers = list(layers)
    diff_ids = [f"sha256:{digest(layer.path)}" for layer in layers]
    description = {
        "architecture": architecture,
        "config": dict(config),
        "created": CREATED,
        "history": [{"created": CREATED, "created_by": layer.made_by} for layer in layers],
        "os": "linux",
        "rootfs": {"diff_ids": diff_ids, "type": "layers"},
    }
    encoded = json.dumps(description, sort_keys=True, separators=(",", ":")).encode()
    image_id = hashlib.sha256(encoded).hexdigest()
    names = [f"{diff_id.removeprefix('sha256:')}.tar" for diff_id in diff_ids]
    manifest = [{"Config": f"{image_id}.json", "Layers": names, "RepoTags": [tag]}]
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, layer in zip(names, layers, strict=True):
            with open(layer.path, "rb") as content:
                info = _info(name, tarfile.REGTYPE, 0o644)
                info.size = content.seek(0, io.SEEK_END)
                content.seek(0)
                archive.addfile(info, content)
        _add(archive, f"{image_id}.json", encoded, 0o644)
        _add(archive, "manifest.json", json.dumps(manifest).encode(), 0o644)
    return f"sha256:{image_id}"


def digest(path: str) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parents(name: str) -> Iterable[str]:
    parts = name.split("/")[:-1]
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    info = _info(name, tarfile.REGTYPE, mode)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _info(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)  # owned by 0:0, without names
    info.type, info.mode, info.mtime = kind, mode, EPOCH
    return info
