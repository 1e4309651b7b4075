"""The pinned NumPy as a file: fetched once, checked, and unpacked for the image without what nobody runs."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.image.python_version import IMAGE_PYTHON
from sandbox.image.tar_layers import TarEntry
from sandbox.system import SandboxUnavailable, cache_folder, owned_folder

NUMPY_VERSION = "2.4.6"  # the same as in pyproject.toml: golden outputs are made with it
SITE_PACKAGES = "opt/goldgrade/site-packages"


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One build of NumPy for the image's Python."""

    file_name: str
    sha256: str

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags in the file's name, for example "manylinux_2_28_x86_64"."""
        return tuple(self.file_name.removesuffix(".whl").rsplit("-", 1)[1].split("."))


# By the architecture's name as a container engine spells it.
WHEELS = {
    "amd64": Wheel(
        file_name="numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        sha256="89cd468399cfd2504718f0ba50e410dca55a170b61a02ad92bb18c8a65186e93",
    ),
    "arm64": Wheel(
        file_name="numpy-2.4.6-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
        sha256="0ab0a9c4ffb1a6d95ef519fe4247dba8eb6b18ad93999f76b7f657039acabd47",
    ),
}

# A quarter of the wheel: tests, what compilers and type checkers read, and what builds extensions.
LEFT_OUT_FOLDERS = frozenset({"tests", "include", "f2py", "distutils", "_pyinstaller", "licenses"})
LEFT_OUT_ENDINGS = (".pyi", ".pxd", ".a", "/RECORD", "/WHEEL", "/entry_points.txt")


def find_wheel(architecture: str, *, say: Callable[[str], None]) -> Path:
    """The checked wheel for an engine's architecture ("amd64"), from the cache or fetched with pip."""
    wheel = WHEELS.get(architecture)
    if wheel is None:
        raise SandboxUnavailable(
            f"The container engine runs on {architecture!r}, for which no NumPy is pinned",
            expected=f"one of {', '.join(sorted(WHEELS))}",
            advice="Use an engine of such an architecture (DOCKER_HOST names it), "
            "or add a wheel to sandbox/image/numpy_wheel.py.",
        )
    path = cache_folder() / "wheels" / wheel.file_name
    if path.is_file() and _sha256(path) == wheel.sha256:
        return path
    say(f"Fetching NumPy {NUMPY_VERSION} for the image ...")
    path.parent.mkdir(parents=True, exist_ok=True)
    with owned_folder("wheel", path.parent) as folder:
        fetched = _fetch(wheel, folder)
        if _sha256(fetched) != wheel.sha256:
            raise SandboxUnavailable(
                f"The NumPy that pip fetched is another file than the pinned one: sha256 {_sha256(fetched)}",
                expected=f"{wheel.file_name} with sha256 {wheel.sha256}",
                advice="Find out where pip gets its packages from ('pip config list') before you go on.",
            )
        os.replace(fetched, path)  # whole or not at all, also when two build at once
    return path


def entries(wheel: Path) -> list[TarEntry]:
    """What runs, as it lies in the image. The file was compared with its pinned hash, so its names are trusted."""
    with zipfile.ZipFile(wheel) as archive:
        return [
            TarEntry(name=f"{SITE_PACKAGES}/{name}", content=archive.read(name))
            for name in archive.namelist()
            if not name.endswith(("/", *LEFT_OUT_ENDINGS)) and LEFT_OUT_FOLDERS.isdisjoint(name.split("/")[:-1])
        ]


def openblas_version(files: Iterable[TarEntry]) -> str:
    """The version of the OpenBLAS that a wheel brings, from NumPy's own configuration; "" when it is silent."""
    for entry in files:
        if entry.name == f"{SITE_PACKAGES}/numpy/__config__.py":
            found = re.search(rb'"blas": \{.*?"version": "([^"]+)"', entry.content, re.DOTALL)
            return found[1].decode() if found else ""
    return ""


def _fetch(wheel: Wheel, folder: Path) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(folder)),
        *("--implementation", "cp", "--python-version", IMAGE_PYTHON),
        *(argument for platform in wheel.platforms for argument in ("--platform", platform)),
        f"numpy=={NUMPY_VERSION}",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    path = folder / wheel.file_name
    if done.returncode != 0 or not path.is_file():
        last_lines = "\n".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise SandboxUnavailable(
            f"pip could not fetch {wheel.file_name}:\n{last_lines}",
            expected="a package index, or a folder of wheels, that pip reaches",
            advice=f"Check the network, or put that file into {cache_folder() / 'wheels'} yourself; "
            "then try again.",
        )
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
