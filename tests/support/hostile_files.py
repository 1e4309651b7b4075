"""Files that are not what they seem, for ``test_hostile_files``; run as a program it grades them all.

Each builder writes one file or folder below a folder of its own and returns its path.
"""

import io
import json
import os
import resource
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

GIB = 2**30
# What all files together may take, the program itself with NumPy included.
MOST_BYTES = int(2.5 * GIB)
Builder = Callable[[Path], Path]
REFUSED: dict[str, Builder] = {}  # exit code 5, and a report of what can't be read in a batch
READ: dict[str, Builder] = {}  # a program with nothing in it, or nothing but mistakes
EITHER: dict[str, Builder] = {}  # how deep Python's parser goes differs between versions


def _to(kinds: dict[str, Builder], name: str) -> Callable[[Builder], Builder]:
    def add(builder: Builder) -> Builder:
        kinds[name] = builder
        return builder

    return add


def _zip(folder: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    path = folder / "week8.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def _text(kinds: dict[str, Builder], name: str, text: str | bytes, file: str = "week8.py") -> None:
    def build(folder: Path) -> Path:
        path = folder / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return path

    kinds[name] = build


@_to(REFUSED, "zips in zips")
def _nested(folder: Path) -> Path:
    content = b"x = 1"
    for depth in range(6):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(8):
                archive.writestr(f"{depth}-{number}.zip" if depth else f"{number}.txt", content)
        content = stream.getvalue()
    (folder / "week8.zip").write_bytes(content)
    return folder / "week8.zip"


@_to(REFUSED, "a zip whose entries overlap")
def _overlapping(folder: Path) -> Path:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kernel.py", b"#" * 10**6)
        kernel = archive.infolist()[0]
        for number in range(2000):
            copy = zipfile.ZipInfo(f"{number}.py")
            for field in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(copy, field, getattr(kernel, field))
            archive.filelist.append(copy)
    (folder / "week8.zip").write_bytes(stream.getvalue())
    return folder / "week8.zip"


@_to(REFUSED, "a bomb in a zip")
def _bomb(folder: Path) -> Path:
    return _zip(folder, [("week8.py", b"\n" * (200 * 2**20))])


@_to(REFUSED, "a zip of very many files")
def _many(folder: Path) -> Path:
    return _zip(folder, [(f"{number}.txt", b"") for number in range(20_000)])


@_to(REFUSED, "a zip with one name twice")
def _twice(folder: Path) -> Path:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _zip(folder, [("week8.py", b"x = 1"), ("week8.py", b"x = 2")])


@_to(REFUSED, "a zip with a folder that is called like a program")
def _folder_in_zip(folder: Path) -> Path:
    return _zip(folder, [("week8.py/", b""), ("week8.py/notes.txt", b"x")])


@_to(READ, "a zip with a link to a file of the grader's")
def _link_in_zip(folder: Path) -> Path:
    link = zipfile.ZipInfo("week8.py")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return _zip(folder, [(link, b"/etc/passwd")])


@_to(REFUSED, "a zip with a device")
def _device_in_zip(folder: Path) -> Path:
    device = zipfile.ZipInfo("week8.txt")
    device.create_system, device.external_attr = 3, (stat.S_IFBLK | 0o666) << 16
    return _zip(folder, [(device, b"")])


@_to(REFUSED, "a zip with a zero in a name")
def _zero_in_zip(folder: Path) -> Path:
    path = _zip(folder, [("evil_program", b"x = 1")])
    path.write_bytes(path.read_bytes().replace(b"evil_program", b"evil\0rog.py\0"))
    return path


@_to(REFUSED, "a zip that is cut")
def _cut(folder: Path) -> Path:
    path = _zip(folder, [("week8.py", b"x = 1\n" * 1000)])
    path.write_bytes(path.read_bytes()[:-30])
    return path


@_to(READ, "a zip whose members lead out")
def _out(folder: Path) -> Path:
    return _zip(
        folder,
        [
            ("../../../../tmp/goldgrade-pwned.txt", b"x"),
            ("/tmp/goldgrade-pwned.txt", b"x"),
            ("C:\\goldgrade-pwned.txt", b"x"),
            ("..\\..\\week8.py", b"x = 1"),
        ],
    )


@_to(REFUSED, "a pipe that nobody writes to")
def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "week8.py")
    return folder / "week8.py"


@_to(REFUSED, "a link to a device without end")
def _endless_device(folder: Path) -> Path:
    (folder / "week8.py").symlink_to("/dev/zero")
    return folder / "week8.py"


@_to(REFUSED, "a link to itself")
def _ring(folder: Path) -> Path:
    (folder / "week8.py").symlink_to(folder / "week8.py")
    return folder / "week8.py"


@_to(REFUSED, "a folder that is called like a program")
def _folder(folder: Path) -> Path:
    (folder / "week8.py" / "week8.ipynb").mkdir(parents=True)
    return folder / "week8.py"


@_to(REFUSED, "folders in folders in folders")
def _deep_folders(folder: Path) -> Path:
    deep = folder / "week8"
    for _ in range(100):
        deep /= "xx"
    deep.mkdir(parents=True)
    (deep / "week8.py").write_text("x = 1")
    return folder / "week8"


for _name in ("week8.py", "week8.ipynb", "week8.zip"):

    @_to(REFUSED, f"a hundred megabytes of {_name}")
    def _large(folder: Path, name: str = _name) -> Path:
        with open(folder / name, "wb") as file:
            file.truncate(100 * 2**20)
        return folder / name


for _name, _piece in {
    "brackets": "x = " + "(" * 100_000,
    "closed brackets": "x = " + "[" * 3000 + "]" * 3000,
    "signs": "x = " + "-" * 100_000 + "1",
    "lambdas": "x = " + "lambda: " * 20_000 + "1",
    "sums": "x = 1" + "+1" * 200_000,
    "attributes": "x = a" + ".b" * 100_000,
    "calls": "x = f" + "()" * 100_000,
    "blocks": "".join(" " * depth + "if 1:\n" for depth in range(99)) + " " * 99 + "pass",
    "dedents": "".join(" " * depth + "def f():\n" for depth in range(1000)),
    "texts in texts": "x = " + 'f"{' * 300 + "1" + '}"' * 300,
    "comparisons": "x = " + "not " * 50_000 + "1",
    "strings": "x = " + '"a" ' * 100_000,
    "an open string": 'x = """' + "a" * 10**6,
    "decorators": "@x\n" * 20_000 + "def f(): pass",
    "continued lines": "x = 1 + \\\n" * 50_000 + "1",
    "one long number": "x = " + "9" * 200_000,
    "one long name": "x" * 10**6 + " = 1",
    "names of many languages": "\n".join(f"{chr(number)} = 1" for number in range(0x4E00, 0x5E00)),
    "match": "match x:\n case " + "[" * 5000 + "]" * 5000 + ": pass",
}.items():
    _text(EITHER, f"Python of {_name}", _piece)

_CELL: dict[str, object] = {
    "cell_type": "code",
    "source": "x = 1",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
}


def _notebook(cells: object, **more: object) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells, **more})


_PICTURE = {
    "output_type": "display_data",
    "data": {"image/png": "A" * 10**7, "text/html": "<script>alert(1)</script>"},
}
for _name, _content in {
    "a thousand cells": _notebook([_CELL] * 1000),
    "outputs with scripts and a picture": _notebook([{**_CELL, "outputs": [_PICTURE]}]),
    "outputs that are none": _notebook(
        [{**_CELL, "outputs": 5}, {**_CELL, "outputs": None}, {**_CELL, "outputs": "x"}]
    ),
    "lone surrogates": _notebook([{**_CELL, "source": "x = '\ud800\udfff'"}]),
}.items():
    _text(READ, f"a notebook of {_name}", _content, "week8.ipynb")
for _name, _content in {
    "brackets": "[" * 10**6,
    "objects": '{"a":' * 10**5 + "1" + "}" * 10**5,
    "deep metadata": '{"nbformat":4,"nbformat_minor":4,"cells":[],"metadata":'
    + '{"a":' * 50_000
    + "1"
    + "}" * 50_001,
    "a list": "[1, 2]",
    "a number": "7",
    "nothing": "null",
}.items():
    _text(REFUSED, f"a notebook of {_name}", _content, "week8.ipynb")
for _name, _content in {
    "magics without end": _notebook([{**_CELL, "source": "!" * 10**5}, {**_CELL, "source": "%%" + "x " * 10**5}]),
    "sources that are no text": _notebook(
        [{**_CELL, "source": source} for source in (None, 5, 1.5, True, {"a": 1})]
    ),
    "sources that are lists of anything": _notebook(
        [{**_CELL, "source": [1, None, ["x"]]}, {**_CELL, "source": []}]
    ),
    "cells that are none": _notebook([None, 5, "x", [], {}]),
    "cells in an object": _notebook({"a": _CELL}),
    "version 99": _notebook([_CELL], nbformat=99),
    "a version below zero": _notebook([_CELL], nbformat=-1),
    "a version in words": _notebook([_CELL], nbformat="four"),
    "an endless version": '{"nbformat": 1e999, "nbformat_minor": NaN, "metadata": {}, "cells": []}',
    "one key twice": '{"nbformat": 4, "nbformat": 3, "cells": [], "cells": 5, "metadata": {}, "nbformat_minor": 1}',
    "a number of a million digits": '{"nbformat": 4, "cells": [], "metadata": ' + "9" * 10**6 + "}",
}.items():
    _text(EITHER, f"a notebook of {_name}", _content, "week8.ipynb")

for _name in (
    "\u202eyp.8keew.py",
    "week8\n.py",
    "\x1b[2J.py",
    "w" * 252 + ".py",
    "\u0435xam.py",
    "week8.py\u200b.py",
    "-rf.py",
    "~.py",
    "$(id).py",
):
    _text(READ, f"a file called {_name[:20]!a}", "x = 1", _name)


def build_all(folder: Path) -> dict[str, Path]:
    """Each in a folder of its own, which is its student's in a class."""
    paths = {}
    for number, (name, build) in enumerate({**REFUSED, **READ, **EITHER}.items()):
        own = folder / f"student{number:03}"
        own.mkdir()
        paths[name] = build(own)
    return paths


def main() -> None:
    """Grade each of the paths that come in, then the class folder, and say what came of it."""
    from grader.cli.main import main as grade
    from tests.support.hostile_class import OnePool

    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))

    def ended(*arguments: str) -> tuple[int, str]:
        said = io.StringIO()
        streams = sys.stdout, sys.stderr
        sys.argv, sys.stdout, sys.stderr = ["grade", *arguments], said, said
        try:
            grade()
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
        finally:
            sys.stdout, sys.stderr = streams
        return 0, said.getvalue()

    with mock.patch("grader.batch.run.ProcessPool", OnePool):
        answers = {name: ended("run", path) for name, path in request["paths"].items()}
        batch = ended("batch", request["class"], "--out", request["out"], "--layout", "plain")
    json.dump({"files": answers, "batch": batch}, sys.stdout)


if __name__ == "__main__":
    main()
