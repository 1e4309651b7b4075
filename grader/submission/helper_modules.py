"""Modules that a student wrote beside the program, and that it imports: which files they are, by which names.

Here, outside of the child in which programs are read, a file is looked at only for lines that look like imports:
quick whatever is in it. A line that only looks like one brings along a module that nobody asks for.
"""

import hashlib
import keyword
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Parts = tuple[str, ...]  # of a file's path
Read = Callable[[], bytes | None]  # a file's content; None where it can't be read

MOST_MODULES = 32
MOST_BYTES = 2 << 20  # of all modules together
MOST_DEPTH = 4  # folders in folders
_ENDING = ".py"
_INIT = "__init__.py"
UTILS = "utils"
# What is there where answers are run, besides Python's own.
_THERE = frozenset({"numpy", "sandbox", "submission", "__main__", "__init__"})
_TAKEN_NAME = "what is named so where answers are run is used in its place"
_TOO_MANY = f"more than {MOST_MODULES} modules, or more than {MOST_BYTES >> 20} MiB of them, are not taken"
# At a line's beginning, behind ";" or ":", and in a notebook's JSON behind the quote before the line.
_IMPORT = re.compile(
    rb'(?:^|[;:"])[ \t]*'
    rb"(?:from[ \t]+([A-Za-z_]\w*)(?:\.[\w.]*)?[ \t]+import\b|import[ \t]+([A-Za-z_][\w., \t]*))"
    rb"|(?:import_module|__import__)\([ \t]*\\?[\"']([A-Za-z_]\w*)",
    re.M,
)
_CONTINUED = re.compile(rb"\\[ \t]*\n")


@dataclass(frozen=True, kw_only=True)
class HelperModule:
    """One module of the student's own."""

    name: str  # by which it is imported: "layers", or "parts.layers"
    path: str  # below the program's folder
    data: bytes
    is_package: bool = False
    is_file: bool = True  # and not a folder without __init__.py


@dataclass(frozen=True, kw_only=True)
class Helpers:
    """The modules that a program brings, and the files that it asks for and does not get, each with a reason."""

    modules: tuple[HelperModule, ...] = ()
    refused: tuple[tuple[Parts, str], ...] = ()


def digest_with(data: bytes, modules: Sequence[HelperModule]) -> str:
    """The SHA-256 that a submission is known by. That of the program's file where it brings no modules."""
    digest = hashlib.sha256(data)
    for module in modules:
        content = hashlib.sha256(module.data).hexdigest()
        digest.update(f"\0{module.name}\0{module.is_package}\0{content}".encode())
    return digest.hexdigest()


def imported_names(data: bytes, *, is_notebook: bool = False) -> frozenset[str]:
    """The first parts of the names that a file's imports have, as far as a look at its lines tells."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if is_notebook:
        data = data.replace(b"\\n", b"\n")
    lines = [line for line in _CONTINUED.sub(b" ", data).split(b"\n") if b"import" in line]
    names: set[bytes] = set()
    for source, several, called in _IMPORT.findall(b"\n".join(lines)):
        names |= {source, called}
        names |= {each.strip().partition(b" ")[0].partition(b".")[0] for each in several.split(b",")}
    return frozenset(name.decode("ascii") for name in names if name)


def importable(files: Iterable[Parts]) -> dict[str, list[Parts]]:
    """By the first part of their names: the files that could be imported by a program in their folder."""
    found: dict[str, list[Parts]] = {}
    for parts in sorted(files):
        *folders, last = parts
        is_one = last.endswith(_ENDING) and len(folders) < MOST_DEPTH
        names = [*folders, last.removesuffix(_ENDING)]
        if is_one and all(map(_is_name, names)):
            found.setdefault(names[0], []).append(parts)
    return found


def helpers_of(program: bytes, files: Mapping[Parts, Read], *, is_notebook: bool) -> Helpers:
    """What of the ``files``, by their paths below the program's folder, the program or a module of it imports."""
    by_name = importable(files)
    if not by_name:
        return Helpers()
    modules: dict[str, HelperModule] = {}
    refused: list[tuple[Parts, str]] = []
    seen = {UTILS}  # of which a report tells by itself
    waiting = sorted(imported_names(program, is_notebook=is_notebook) & by_name.keys())
    left_bytes = MOST_BYTES
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in _THERE or name in sys.stdlib_module_names:
            refused += [(parts, _TAKEN_NAME) for parts in by_name[name]]
            continue
        # As Python does it: a package goes before a module of the same name.
        chosen = [parts for parts in by_name[name] if len(parts) > 1 and (name, _INIT) in by_name[name]]
        chosen = chosen or [parts for parts in by_name[name] if len(parts) == 1] or by_name[name]
        for parts in chosen:
            data = files[parts]() if len(modules) < MOST_MODULES and left_bytes > 0 else None
            if data is None or len(data) > left_bytes:
                refused.append((parts, _TOO_MANY))
                continue
            left_bytes -= len(data)
            module = _module(parts, data)
            modules[module.name] = module
            waiting += sorted(imported_names(data) & by_name.keys())
    for name in sorted({parent for each in modules for parent in _parents(each)} - modules.keys()):
        modules[name] = HelperModule(
            name=name, path=name.replace(".", "/"), data=b"", is_package=True, is_file=False
        )
    return Helpers(modules=tuple(modules.values()), refused=tuple(refused))


def imported_by_another(files: Mapping[Parts, Read]) -> dict[Parts, Parts]:
    """Of scripts that may all be the program: those that are modules of another, and of which."""
    found: dict[Parts, Parts] = {}
    for importer, read in files.items():
        folder = importer[:-1]
        names = imported_names(read() or b"")
        below = {parts[len(folder) :]: parts for parts in files if parts[: len(folder)] == folder}
        for name, paths in importable(below).items():
            if name in names:
                found |= {below[path]: importer for path in paths if below[path] != importer}
    return found


def _module(parts: Parts, data: bytes) -> HelperModule:
    is_package = parts[-1] == _INIT
    names = parts[:-1] if is_package else (*parts[:-1], parts[-1].removesuffix(_ENDING))
    return HelperModule(name=".".join(names), path="/".join(parts), data=data, is_package=is_package)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:number]) for number in range(1, len(parts))]


def _is_name(name: str) -> bool:
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and len(name) <= 80
