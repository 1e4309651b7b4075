"""The list of allowed system calls, as text and as a program. ``hostile/dangerous_system_calls.py`` tries it out."""

import ctypes
import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from sandbox.host.seccomp import PROFILE, check_library, filter_program, profile

# What no submission has any business with, whatever else the list may come to allow.
NEVER = {
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd"),
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("add_key", "request_key", "keyctl", "seccomp", "landlock_create_ruleset"),
    *("mount", "umount2", "pivot_root", "chroot", "fsopen", "fsmount", "move_mount", "open_tree", "mount_setattr"),
    *("unshare", "setns", "open_by_handle_at", "name_to_handle_at", "mknod", "mknodat"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "reboot", "swapon", "syslog", "acct"),
    *("socket", "connect", "bind", "listen", "accept", "accept4", "shmget", "msgget", "semget", "mq_open"),
    *("setuid", "setgid", "setresuid", "setresgid", "setgroups", "capset", "settimeofday", "clock_settime"),
}
ONLY_WITH_CONDITIONS = {"clone", "ioctl", "prctl", "personality", "socketpair"}


@pytest.fixture
def rules() -> list[dict[str, Any]]:
    return json.loads(PROFILE.read_text(encoding="utf-8"))["syscalls"]


def test_what_is_not_listed_is_refused_on_both_processors(rules):
    whole = json.loads(profile())
    assert (whole["defaultAction"], whole["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", 1)
    assert {each["architecture"] for each in whole["archMap"]} == {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}
    assert all(each["subArchitectures"] == [] for each in whole["archMap"])  # no 32-bit way round it


def test_the_dangerous_are_not_listed(rules):
    allowed = {name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    assert allowed.isdisjoint(NEVER)


def test_what_is_dangerous_with_some_arguments_is_allowed_only_with_others(rules):
    for rule in rules:
        if ONLY_WITH_CONDITIONS & set(rule["names"]):
            assert rule["args"], rule


def test_no_call_is_listed_twice_without_a_condition(rules):
    names = [name for rule in rules if "args" not in rule for name in rule["names"]]
    assert len(names) == len(set(names))


def test_it_becomes_a_program_of_whole_instructions():
    check_library()
    descriptor = filter_program()
    try:
        size = os.fstat(descriptor).st_size
        assert size > 0
        assert size % 8 == 0
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("processor", [0xC000003E, 0xC00000B7])  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
def test_libseccomp_knows_the_names_for_both_processors(processor, rules):
    """A misspelt name would be left out in silence, and be refused."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    unknown = -1
    names = {name for rule in rules for name in rule["names"]}
    found = {name: library.seccomp_syscall_resolve_name_arch(processor, name.encode()) for name in names}
    assert [name for name, number in found.items() if number == unknown] == []


def test_an_engine_gets_the_list_with_each_container(monkeypatch):
    import docker

    from sandbox.docker.container import ContainerSettings, host_config
    from sandbox.wire.limits import Limits

    client = docker.APIClient(version="1.41", base_url="unix:///nowhere.sock")
    config = host_config(client, ContainerSettings(image="any", bank=None), Limits())
    assert f"seccomp={profile()}" in config["SecurityOpt"]
    assert "no-new-privileges" in config["SecurityOpt"]
    assert not any(option.startswith("apparmor") for option in config["SecurityOpt"])
    named = host_config(client, ContainerSettings(image="any", bank=None, apparmor="goldgrade-sandbox"), Limits())
    assert "apparmor=goldgrade-sandbox" in named["SecurityOpt"]
    client.close()


def test_the_apparmor_profile_is_well_formed():
    parser = shutil.which("apparmor_parser", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if parser is None:
        pytest.skip("no apparmor_parser; on Debian: apt-get install apparmor")
    file = PROFILE.parents[1] / "docker" / "apparmor.profile"
    done = subprocess.run([parser, "-Q", "-K", "-T", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
