"""The list of system calls that a submission may make, for engines as text and for bubblewrap as a program.

``seccomp.json`` is in the format of Docker's own profiles. What is not in it fails with EPERM. Engines compile
it themselves; for bubblewrap libseccomp does it, which every system with systemd or Docker has.
"""

import ctypes
import errno
import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.system import SandboxUnavailable

PROFILE = Path(__file__).with_name("seccomp.json")
LIBRARY = "libseccomp.so.2"
ALLOW = 0x7FFF0000  # these three are from seccomp.h
REFUSE = 0x00050000  # the error number is added
COMPARISONS = {"SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}


class _Condition(ctypes.Structure):
    """``struct scmp_arg_cmp``"""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@functools.cache
def profile() -> str:
    """The profile as an engine takes it."""
    return json.dumps(json.loads(PROFILE.read_text(encoding="utf-8")), separators=(",", ":"))


def filter_program() -> int:
    """A descriptor of a file in memory with the profile as a BPF program for this processor.

    Raises SandboxUnavailable where there is no libseccomp.
    """
    library = _library()
    rules = json.loads(profile())
    context = library.seccomp_init(REFUSE | rules["defaultErrnoRet"])
    if not context:
        raise OSError(errno.ENOMEM, "libseccomp can't begin a filter")
    try:
        for rule in rules["syscalls"]:
            for name in rule["names"]:
                _add(library, context, name, rule)
        descriptor = os.memfd_create("seccomp")
        try:
            _check(library.seccomp_export_bpf(context, descriptor), "write the filter")
            os.lseek(descriptor, 0, os.SEEK_SET)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
    finally:
        library.seccomp_release(context)


def check_library() -> None:
    """Raises SandboxUnavailable where there is no libseccomp."""
    _library()


def _add(library: ctypes.CDLL, context: int, name: str, rule: Mapping[str, Any]) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:  # this processor, or a libseccomp older than the call, has none of that name: it stays refused
        return
    action = ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else REFUSE | rule["errnoRet"]
    conditions = [
        _Condition(each["index"], COMPARISONS[each["op"]], each["value"], each.get("valueTwo", 0))
        for each in rule.get("args", ())
    ]
    array = (_Condition * len(conditions))(*conditions)
    _check(library.seccomp_rule_add_array(context, action, number, len(conditions), array), f"take {name}")


def _check(returned: int, doing: str) -> None:
    if returned != 0:
        raise OSError(-returned, f"libseccomp can't {doing}: {os.strerror(-returned)}")


@functools.cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise SandboxUnavailable(
            "Bubblewrap needs a filter of system calls, and libseccomp, which makes it, is not here",
            expected=LIBRARY,
            advice="On Debian or Ubuntu: sudo apt-get install libseccomp2; on Fedora or Red Hat: libseccomp.",
        ) from error
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_release.restype = None
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Condition),
    ]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library
