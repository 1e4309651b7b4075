"""The parameter bank on this machine: a folder to read, made once for each secret."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from grader.course.secret import derive
from sandbox.system import cache_folder, make_folder
from sandbox.wire.parameters import ParameterSpec, write_bank

FORM = b"2"  # of a bank's files


def parameter_key(secret: bytes) -> bytes:
    """What the bank's numbers are drawn from."""
    return derive(secret, "parameters")


def ensure_bank(specs: Iterable[ParameterSpec], secret: bytes) -> Path:
    """The folder with every one of these parameters; making it takes about a second, finding it nothing.

    The folder is named by its contents and moved into place when it is whole, so that two graders may make
    it at once and what a killed one left is known by its name.
    """
    wanted = sorted(set(specs))
    key = parameter_key(secret)
    name = hashlib.sha256(FORM + key + repr(wanted).encode()).hexdigest()[:16]
    folder = cache_folder() / "banks" / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = make_folder("bank", folder.parent)
    try:
        unfinished.chmod(0o755)  # the container's user is nobody
        write_bank(unfinished, wanted, key)
        for file in unfinished.iterdir():
            file.chmod(0o444)
        try:
            unfinished.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder
