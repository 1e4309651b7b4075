"""Picks the files of an image out of a whole system. Runs inside a container of that system, as a plain script.

    python3 -c '... from sandbox.image.rootfs_selection import main; main()' FOLDER [system]

FOLDER/context.tar has the files of ours. Compiled, and with "system" joined by Python, its standard library and the
shared libraries that all of this loads, they become FOLDER/out/layer.tar; FOLDER/out/inventory.json says which
packages of the system they came from. Nothing is taken because it happened to be there: a shell, a package manager
or a program with rights of its own never gets in.
"""

import importlib.util
import json
import marshal
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.image.tar_layers import TarEntry, read_layer, write_layer

# Of the standard library, what needs a screen, a terminal, a network service or a compiler, or tests Python itself.
LEFT_OUT = frozenset(
    {
        "__pycache__",
        "__phello__",
        "curses",
        "dist-packages",
        "distutils",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "pydoc_data",
        "site-packages",
        "test",
        "tests",
        "tkinter",
        "turtledemo",
        "venv",
        "EXTERNALLY-MANAGED",
        "LICENSE.txt",
        "sitecustomize.py",
        "turtle.py",
        "_distutils_system_mod.py",
    }
)
LEFT_OUT_EXTENSIONS = re.compile(
    r"(_ctypes_test|_test\w+|_xx\w+|xx\w+|_curses\w*|_dbm|_gdbm|_tkinter|nis|ossaudiodev|readline|spwd|_crypt)\."
)
LEFT_OUT_FOLDERS = re.compile(r"config-")  # libpython.a and the Makefile
# Loaded by name when a thread ends, so that no file says it needs it.
ALSO_LOADED = ("libgcc_s.so.1",)
LOCALE = "/usr/lib/locale/C.utf8"
# What the engine mounts over, and a place to write.
FOLDERS = {"dev": 0o755, "proc": 0o755, "sys": 0o755, "tmp": 0o1777}
ACCOUNTS = (
    TarEntry(name="etc/passwd", content=b"root:x:0:0:root:/:/none\nnobody:x:65534:65534:nobody:/tmp:/none\n"),
    TarEntry(name="etc/group", content=b"root:x:0:\nnogroup:x:65534:\n"),
)


class System:
    """The files that are taken from this system, each under the name by which it is looked for."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}  # by name in the image: the file here
        self.links: dict[str, str] = {}

    def take(self, path: str) -> None:
        """Take a file; links on the way to it are followed, the last name is kept."""
        folder, name = os.path.split(path)
        top = "/" + folder.strip("/").split("/")[0]
        if os.path.islink(top):  # /lib64, where a program says that its loader is
            self.links[top.strip("/")] = os.readlink(top)
        self.sources[f"{os.path.realpath(folder)}/{name}".lstrip("/")] = os.path.realpath(path)

    def take_python(self) -> None:
        """Python with its standard library, as far as a student's program may want it."""
        program = os.path.realpath(sys.executable)
        self.take(program)
        self.links[f"{os.path.dirname(program)}/python3".lstrip("/")] = os.path.basename(program)
        library = sysconfig.get_path("stdlib")
        for folder, folders, names in os.walk(library):
            folders[:] = [name for name in folders if name not in LEFT_OUT and not LEFT_OUT_FOLDERS.match(name)]
            for name in names:
                if name not in LEFT_OUT and not LEFT_OUT_EXTENSIONS.match(name):
                    self.take(os.path.join(folder, name))

    def take_libraries(self, ours: Iterable[Path]) -> None:
        """The shared libraries that the files taken so far, and ``ours``, load."""
        triplet = sysconfig.get_config_var("MULTIARCH")
        programs = [
            path for path in self.sources.values() if ".so" in path or path == os.path.realpath(sys.executable)
        ]
        usual = (f"/usr/lib/{triplet}", "/usr/lib", "/usr/lib64")
        for path in [
            *_needed([*programs, *map(str, ours)]),
            *(f"/usr/lib/{triplet}/{name}" for name in ALSO_LOADED),
        ]:
            self.take(path)
            folder = os.path.realpath(os.path.dirname(path))
            if folder not in usual:  # the list that the loader would find it by stays behind
                self.links[f"usr/lib/{triplet}/{os.path.basename(path)}"] = f"{folder}/{os.path.basename(path)}"

    def take_locale(self) -> None:
        for path in Path(LOCALE).rglob("*"):
            if path.is_file():
                self.take(str(path))

    def entries(self) -> Iterator[TarEntry]:
        for name, source in self.sources.items():
            # Some files of the standard library can be started as well; none needs to be.
            executable = source == os.path.realpath(sys.executable) or ".so" in name
            yield TarEntry(name=name, content=Path(source).read_bytes(), executable=executable)
        for name, target in self.links.items():
            yield TarEntry(name=name, target=target)


def compiled(entries: Iterable[TarEntry]) -> Iterator[TarEntry]:
    """Entries, and beside each program its compiled form.

    That form is taken as it is ("unchecked"): the container can't keep what it compiles, and time stamps say
    nothing. Files come in one order and from one process, because some flags in it depend on what is in memory.
    """
    for entry in sorted(entries, key=lambda entry: entry.name):
        yield entry
        if entry.name.endswith(".py"):
            try:
                code = compile(entry.content, f"/{entry.name}", "exec", dont_inherit=True, optimize=0)
            except SyntaxError:  # a file that is wrong on purpose
                continue
            head = (
                importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(entry.content)
            )
            name = importlib.util.cache_from_source(entry.name, optimization="")
            yield TarEntry(name=name, content=head + marshal.dumps(code))


def inventory(sources: Iterable[str]) -> dict[str, object]:
    """Which packages of this system files came from, with their versions."""
    files = {_without_link(path): path for path in sources}
    owners: dict[str, set[str]] = {}
    for listing in sorted(Path("/var/lib/dpkg/info").glob("*.list")):
        owned = {_without_link(path) for path in listing.read_text().splitlines()} & files.keys()
        for path in owned:
            owners.setdefault(path, set()).add(listing.stem)
    status = Path("/var/lib/dpkg/status").read_text() if owners else ""
    wanted = {name for names in owners.values() for name in names}
    packages = []
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.MULTILINE))
        name, architecture = fields.get("Package", ""), fields.get("Architecture", "")
        if {name, f"{name}:{architecture}"} & wanted:
            packages.append({"name": name, "version": fields["Version"], "architecture": architecture})
    release = dict(re.findall(r'^(\w+)="?(.*?)"?$', Path("/etc/os-release").read_text(), re.MULTILINE))
    return {
        "distribution": release["ID"],
        "release": release.get("VERSION_ID", ""),
        "python": platform.python_version(),
        "packages": sorted(packages, key=lambda package: package["name"]),
        "of_no_package": len(files.keys() - owners.keys()),
    }


def main() -> None:
    """See the head of this file."""
    folder = Path(sys.argv[1])
    with (folder / "context.tar").open("rb") as file:
        entries = read_layer(file)
    system = System()
    more: list[TarEntry] = []
    folders: dict[str, int] = {}
    if sys.argv[2:] == ["system"]:
        staged = list(_stage(entries, folder / "staged"))
        system.take_python()
        system.take_libraries(staged)
        system.take_locale()
        more = [*system.entries(), *ACCOUNTS]
        folders = FOLDERS
    out = folder / "out"
    out.mkdir()
    with (out / "layer.tar").open("wb") as file:
        write_layer(compiled([*entries, *more]), file, folders=folders)
    found = inventory(system.sources.values()) if system.sources else {}
    (out / "inventory.json").write_text(json.dumps(found))


def _stage(entries: Iterable[TarEntry], folder: Path) -> Iterator[Path]:
    """Write shared libraries of ours down, so that the loader can be asked what they need."""
    for entry in entries:
        if ".so" in entry.name:
            path = folder / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry.content)
            yield path


def _needed(programs: Iterable[str]) -> list[str]:
    """What the loader finds for programs and libraries, outside of the folder for ours."""
    found: set[str] = set()
    for program in programs:
        asked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        if "not found" in asked.stdout:
            sys.exit(f"{program} needs a library that is not here:\n{asked.stdout}")
        found |= set(re.findall(r"(?:^\s*|=> )(/\S+) \(0x", asked.stdout, re.MULTILINE))
    return sorted(path for path in found if "/staged/" not in path)


def _without_link(path: str) -> str:
    """A path with the link that its first folder may be followed: packages name /lib and /usr/lib alike."""
    top, _, rest = path.lstrip("/").partition("/")
    return f"{os.path.realpath('/' + top)}/{rest}" if rest else path
