"""Inputs that try to cost far more than they are, each with what reading it may take, in MiB besides the input.

python tests/fuzz/huge.py [NAME ...]     reads them under hard limits, and says which did not end well
"""

import faulthandler
import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[1]))

from sandbox.wire.framing import HEADER, MAGIC, FrameKind, pack  # noqa: E402

MIB = 1 << 20
CPU_SECONDS = 60  # each takes a few at most, also on a slow machine


def _notebook(*sources: str, **more: object) -> bytes:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"nbformat": 4, "cells": cells, **more}).encode()


def _bomb(name: str, size: int) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size // MIB):
            member.write(bytes(MIB))
    return file.getvalue()


def _npy(shape: str) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _laughs() -> bytes:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    return "\n".join(lines).encode()


_DEEP = b"[" * 100_000
_GRADEBOOK = b"Student,ID,Section,Week 8 (1)\n"
# Name: target, input, MiB that reading it may take.
HUGE: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "frame of 4 GiB": ("frames", lambda: b"\xff" + HEADER.pack(MAGIC, FrameKind.CASE, 0, 2**32 - 1), 32),
    "engine's piece of 4 GiB": ("engine_stream", lambda: b"\x01\0\0\0\xff\xff\xff\xff" + bytes(50_000), 32),
    "array of 8 EiB": ("array", lambda: _npy("(1000000000000000000, 1, )"), 32),
    "array of many nothings": ("array", lambda: _npy("(0, 999999999999999999, 999999999999999999, )"), 32),
    "fields nested deeply": ("result", lambda: pack(FrameKind.CASE, b'{"a":' + b"[" * 60_000), 64),
    "fields of lists": ("result", lambda: pack(FrameKind.CASE, b'{"trace":[' + b"[]," * 20_000 + b"0]}"), 64),
    "program of digits": ("program", lambda: b"f = " + b"9" * (7 * MIB), 256),
    "program of small statements": ("program", lambda: b"a = a\n" * 25_000 + b"def f(): return a\n", 512),
    "program of mistakes": ("program", lambda: b"x = )\n" * 20_000, 512),
    "program of brackets": ("program", lambda: b"(" * 90_000, 256),
    "program of signs": ("program", lambda: b"f = " + b"-" * 90_000 + b"1", 256),
    "notebook of commas": ("notebook", lambda: _notebook("f = 1", metadata={"x": [0] * 1_500_000}), 512),
    "notebook nested deeply": ("notebook", lambda: b'{"nbformat":4,"cells":' + _DEEP, 64),
    "notebook of version 3 nested deeply": ("notebook", lambda: b'{"nbformat":3,"x":' + b"[" * 900 + b"]" * 900 + b"}", 128),
    "cell of %%time": ("cells", lambda: b"%%time\n" * 20_000, 256),
    "cells of commands": ("cells", lambda: b"\0".join([b"!x\n" * 100] * 30), 256),
    "zip of a program of 256 MiB": ("archive", lambda: _bomb("a.py", 256 * MIB), 64),
    "class of 256 MiB": ("class_zip", lambda: _bomb("ada/a.py", 256 * MIB), 64),
    "list nested deeply": ("gradescope", lambda: b"a: " + _DEEP, 64),
    "list of laughs": ("gradescope", _laughs, 64),
    "list with a number of a million digits": ("gradescope", lambda: b"a: {:sid: 0x" + b"f" * MIB + b"}", 64),
    "roster of one cell": ("roster", lambda: b'name\n"' + b"a," * MIB, 64),
    "roster of columns": ("roster", lambda: b"name" + b",name" * 100_000 + b"\n" + b"a," * 100_000, 128),
    "sheet of one line": ("sheet", lambda: b"a" * MIB, 64),
    "sheet of quotes": ("sheet", lambda: b'"' * MIB, 64),
    "gradebook with a blank cell": ("canvas", lambda: _GRADEBOOK + b" " * 500_000 + b"x,1,A,2\n", 64),
    "gradebook with a maximum beyond all": ("canvas", lambda: _GRADEBOOK + b"Points Possible,,," + b"9" * 400_000, 64),
    "report nested deeply": ("report", lambda: _DEEP, 64),
    "class list nested deeply": ("class_list", lambda: b'{"members":' + _DEEP, 64),
    "assignment nested deeply": ("assignment", lambda: b"id = " + _DEEP, 64),
}  # fmt: skip


def read(name: str) -> None:
    """Read one under limits that the kernel enforces."""
    from tests.fuzz.targets import TARGETS

    target, make, mib = HUGE[name]
    data = make()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + mib * MIB
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    TARGETS[target](data)


def read_all() -> int:
    """Each in a process of its own; returns how many did not end well."""
    from tests.fuzz.strategies import seeds
    from tests.fuzz.targets import TARGETS

    names, bad = sys.argv[1:] or list(HUGE), 0
    for target in {HUGE[name][0] for name in names}:
        for seed in seeds(target):  # what is imported and kept for good does not count
            TARGETS[target](seed)
    for name in names:
        child = os.fork()
        if child == 0:
            faulthandler.enable()
            try:
                read(name)
            except BaseException as error:
                print(f"{name}: {error!r:.300}", flush=True)
                os._exit(1)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status:
            print(f"{name}: ended with status {status}", flush=True)
        bad += status != 0
    return bad


if __name__ == "__main__":
    sys.exit(read_all())
