"""What bubblewrap is told: namespaces of its own, and a root that holds Python, NumPy, the runner and a small /tmp.

Every file in there is named here. Python and its libraries are found by asking Python itself once, and the answer
is kept; they appear under other paths, so that nothing inside tells where they are on the host.
"""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.process.cgroup import ControlGroup
from sandbox.system import SandboxUnavailable, cache_folder, reason
from sandbox.wire.limits import Limits

PROGRAM = "bwrap"
OLDEST = (0, 7)  # the first that can bound the size of /tmp
NOBODY = 65534
HOME = "/opt/goldgrade"
PYTHON_INSIDE = "/usr/bin/python3"
DEVICES = ("null", "zero", "full", "random", "urandom")
# Facts about the host that the kernel shows to everybody; bubblewrap itself makes /proc/sys read-only.
HIDDEN_FILES = ("kcore", "keys", "key-users", "latency_stats", "timer_list", "sched_debug", "kallsyms", "modules")
HIDDEN_FOLDERS = ("acpi", "asound", "fs", "scsi", "driver")
PROBE_SECONDS = 60
HERE = Path(__file__).parent

# Runs in the Python of the sandbox: where its standard library is, and which libraries it and NumPy load.
PROBE = """
import ctypes, glob, json, os, sys, sysconfig
stdlib, packages = sysconfig.get_path("stdlib"), sys.argv[1]
own = [stdlib, os.path.join(packages, "numpy"), os.path.join(packages, "numpy.libs")]
patterns = [stdlib + "/lib-dynload/*.so"] + [folder + "/**/*.so*" for folder in own[1:]]
for file in sorted(file for pattern in patterns for file in glob.glob(pattern, recursive=True)):
    if "_tkinter" not in file:
        try:
            ctypes.CDLL(file)
        except OSError:
            pass
class Info(ctypes.Structure):
    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))
found = []
def add(info, size, data):
    found.append(os.fsdecode(info.contents.name or b""))
    return 0
ctypes.CDLL(None).dl_iterate_phdr(
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Info), ctypes.c_size_t, ctypes.c_void_p)(add), None)
libraries = [name for name in found if os.path.isabs(name) and not name.startswith(tuple(f + "/" for f in own))]
print(json.dumps({"prefix": sys.base_prefix, "stdlib": stdlib, "libraries": sorted(set(libraries))}))
"""


@dataclass(frozen=True, kw_only=True)
class PythonFiles:
    """What a Python needs to run, on the host."""

    prefix: str
    stdlib: str
    libraries: tuple[str, ...]

    @property
    def stdlib_inside(self) -> str:
        return os.path.join("/usr", os.path.relpath(self.stdlib, self.prefix))


@dataclass(frozen=True, kw_only=True)
class Bubblewrap:
    """The program, and the Python that it shows."""

    program: str
    files: PythonFiles


def find_bubblewrap(*, python: Path, site_packages: Path) -> Bubblewrap:
    """Raises SandboxUnavailable where it is missing or too old."""
    return Bubblewrap(program=program(), files=_files(python, site_packages))


@functools.cache
def program() -> str:
    """Where bubblewrap is. Raises SandboxUnavailable where it is missing or too old."""
    advice = "On Debian, Ubuntu or Fedora the package is called 'bubblewrap'; docs/backends.md says more."
    oldest = ".".join(map(str, OLDEST))
    found = shutil.which(PROGRAM)
    if found is None:
        raise SandboxUnavailable("There is no bubblewrap here", expected=f"{oldest} or newer", advice=advice)
    version = _output([found, "--version"]).split()[-1]
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
        raise SandboxUnavailable(
            f"Bubblewrap {version} can't bound what a submission writes",
            expected=f"{oldest} or newer",
            advice=advice,
        )
    return found


def arguments(
    bubblewrap: Bubblewrap,
    *,
    python: Path,
    site_packages: Path,
    modules: Path,
    bank: Path,
    group: ControlGroup | None,
    limits: Limits,
    seccomp: int,
    stream: int,
) -> tuple[str, ...]:
    """Everything that locks it in. ``modules`` has the runner's package, ``seccomp`` is the filter's descriptor.

    ``stream`` is one as well. It is not standard input, because bubblewrap's first process inside would keep that,
    and a submission may write to the memory of that process.
    """
    return (
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox"),
        # The runner is the first process inside, as in a container: one of bubblewrap's own would be open to the
        # submission, its descriptors and its memory.
        *("--as-pid-1", "--new-session", "--die-with-parent", "--cap-drop", "ALL", "--seccomp", str(seccomp)),
        *_python(bubblewrap.files, python),
        *_packages(site_packages, modules, bank),
        *_kernels(group),
        *("--size", str(limits.file_bytes), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"),
        *_environment(),
        "--",
        *(PYTHON_INSIDE, "-P", "-s", "-S", "-c"),
        f"import os, sys; [os.dup2({stream}, end) for end in (0, 1)]; os.close({stream}); "
        f"sys.path[:0] = ['{HOME}', '{HOME}/site-packages']; from sandbox.runner.supervisor import main; main()",
    )


def _python(files: PythonFiles, python: Path) -> Iterator[str]:
    yield from ("--ro-bind", str(python), PYTHON_INSIDE)
    yield from ("--ro-bind", files.stdlib, files.stdlib_inside)
    for name in ("site-packages", "dist-packages"):  # others' packages, and perhaps this grader's answers
        if Path(files.stdlib, name).is_dir():
            covered = f"{files.stdlib_inside}/{name}"
            yield from ("--tmpfs", covered, "--remount-ro", covered)
    for library in files.libraries:
        name = os.path.basename(library)
        yield from ("--ro-bind", library, library if name.startswith("ld-") else f"/lib/{name}")


def _packages(site_packages: Path, modules: Path, bank: Path) -> Iterator[str]:
    for name in ("numpy", "numpy.libs"):
        if (site_packages / name).is_dir():
            yield from ("--ro-bind", str(site_packages / name), f"{HOME}/site-packages/{name}")
    yield from ("--ro-bind", str(modules / "sandbox"), f"{HOME}/sandbox")
    yield from ("--ro-bind", str(bank), "/bank")


def _kernels(group: ControlGroup | None) -> Iterator[str]:
    """/proc without what it tells about the host, the harmless devices, and the count of memory kills."""
    yield from ("--proc", "/proc")
    for name in HIDDEN_FILES:
        if os.path.exists(f"/proc/{name}"):
            yield from ("--ro-bind", "/dev/null", f"/proc/{name}")
    for name in HIDDEN_FOLDERS:
        if os.path.isdir(f"/proc/{name}"):
            yield from ("--tmpfs", f"/proc/{name}", "--remount-ro", f"/proc/{name}")
    for name in DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    if group is not None:
        yield from ("--ro-bind", str(group.kills), group.kills_inside)


def _environment() -> Iterator[str]:
    for name, value in {  # as in the Dockerfile
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": "/lib",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }.items():
        yield from ("--setenv", name, value)


def _files(python: Path, site_packages: Path) -> PythonFiles:
    """Asked once for each Python and NumPy, and kept."""
    stamps = [(str(path), os.stat(path).st_mtime_ns) for path in (python, site_packages / "numpy")]
    key = hashlib.sha256(repr((PROBE, stamps)).encode()).hexdigest()[:16]
    kept = cache_folder() / f"python-{key}.json"
    try:
        files = _from_json(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        files = _from_json(_output([str(python), "-I", "-S", "-c", PROBE, str(site_packages)]))
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_name(f"{kept.name}.{os.getpid()}")
        new.write_text(json.dumps(asdict(files)), encoding="utf-8")
        new.replace(kept)
    covered = (Path(files.stdlib, "site-packages"), Path(files.stdlib, "dist-packages"))
    if HERE.is_relative_to(files.stdlib) and not any(HERE.is_relative_to(folder) for folder in covered):
        raise SandboxUnavailable(
            f"Goldgrade lies among the files of Python's own, in {HERE}",
            expected="an environment of its own, which a submission can't see",
            advice="Install it into a virtual environment.",
        )
    return files


def _from_json(text: str) -> PythonFiles:
    fields = json.loads(text)
    files = PythonFiles(prefix=fields["prefix"], stdlib=fields["stdlib"], libraries=tuple(fields["libraries"]))
    if not all(map(os.path.exists, (files.stdlib, *files.libraries))):
        raise ValueError("a library has moved since")
    return files


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(
            f"{command[0]} can't be asked about itself: {reason(error)}",
            expected="a program that runs",
            advice="Install it again, then look with 'grade doctor'.",
        ) from error
