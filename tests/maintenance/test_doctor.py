"""``grade doctor``: each finding, by breaking what it looks at."""

import gc
import os
import socket
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests
from docker.errors import DockerException, ImageNotFound

import grader.maintenance.doctor
import sandbox.docker.engine
import sandbox.process.bubblewrap
import sandbox.process.bubblewrap_sandbox
from grader.finding import Finding, State
from grader.maintenance.doctor import examine
from sandbox.docker.container import OWNER_LABEL
from sandbox.image.build import image_tag
from sandbox.image.numpy_wheel import NUMPY_VERSION
from sandbox.system.errors import SandboxUnavailable

HEALTHY = {
    "Driver": "overlay2",
    "MemoryLimit": True,
    "SwapLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "SecurityOptions": ["name=seccomp,profile=default"],
    "Runtimes": {"runc": {}},
}


class FakeEngine:
    """An engine in good health but for what a test changes."""

    def __init__(self, *, number="20.10.24", info=(), tags=(), broken: Exception | None = None) -> None:
        self.number = number
        self.facts = {**HEALTHY, **dict(info)}
        self.tags = tags
        self.broken = broken

    def __enter__(self):
        return self

    def __exit__(self, *how):
        return None

    def version(self):
        if self.broken:
            raise self.broken
        return {"Version": self.number, "ApiVersion": "1.41"}

    def info(self):
        return self.facts

    def inspect_image(self, tag):
        if tag not in self.tags:
            raise ImageNotFound("no such image")
        return {"Id": "sha256:0123456789abcdef"}

    def images(self, name, quiet):
        return [tag for tag in self.tags if tag.startswith(f"{name}:")]

    def create_host_config(self, **options):
        return options

    def create_container(self, **options):
        raise DockerException("no space left on device")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in grader.maintenance.doctor.ENGINE_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_bubblewrap(monkeypatch):
    """As on a machine without it; what it is like with one is asked where that is the point."""

    def program():
        raise SandboxUnavailable("There is no bubblewrap here", expected="it", advice="Install it.")

    with monkeypatch.context() as patch:
        patch.setattr(sandbox.process.bubblewrap, "program", program)
        yield patch


@pytest.fixture
def use_engine(monkeypatch):
    def use(engine: FakeEngine | Exception) -> None:
        def connect():
            if isinstance(engine, Exception):
                raise engine
            return engine

        monkeypatch.setattr(sandbox.docker.engine, "connect", connect)

    return use


def finding(title: str) -> Finding:
    (found,) = (finding for finding in examine() if finding.title == title)
    return found


def test_a_healthy_machine_has_nothing_to_do_but_build_the_image(use_engine):
    use_engine(FakeEngine())
    findings = examine()
    assert {each.title for each in findings if each.state is not State.OK} == {"Sandbox image"}
    assert all(each.works for each in findings)
    assert all(bool(each.advice) == (each.state is not State.OK) for each in findings)


# This Python


def test_an_old_python_is_broken(use_engine, monkeypatch):
    use_engine(FakeEngine())
    monkeypatch.setattr(grader.maintenance.doctor, "OLDEST_PYTHON", (4, 0))
    assert finding("Python").state is State.BROKEN
    assert "4.0" in finding("Python").advice


def without(monkeypatch, *names: str) -> None:
    """Let these packages be missing, as the doctor sees it."""

    def fake_version(name):
        if name in names:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(grader.maintenance.doctor, "version", fake_version)
    monkeypatch.setattr(
        grader.maintenance.doctor, "find_spec", lambda name: None if name in names else find_spec(name)
    )


def test_another_numpy_than_the_pinned_one_is_a_warning(use_engine, monkeypatch):
    use_engine(FakeEngine())
    monkeypatch.setattr(grader.maintenance.doctor, "version", lambda name: "1.26.4")
    assert finding("NumPy").state is State.WARNING
    assert NUMPY_VERSION in finding("NumPy").advice


def test_a_missing_numpy_is_broken(use_engine, monkeypatch):
    use_engine(FakeEngine())
    without(monkeypatch, "numpy")
    assert finding("NumPy").state is State.BROKEN


@pytest.mark.parametrize("package", ["nbformat", "IPython"])
def test_without_the_notebook_packages_only_python_files_can_be_graded(package, use_engine, monkeypatch):
    use_engine(FakeEngine())
    without(monkeypatch, package)
    assert finding("Notebooks").state is State.WARNING
    assert package in finding("Notebooks").found


def test_an_extra_that_is_missing_is_a_warning_with_the_command_that_installs_it(use_engine, monkeypatch):
    use_engine(FakeEngine())
    assert finding("Extra batch").state is State.OK
    monkeypatch.setattr("grader.extras._is_installed", lambda name: name != "pyyaml")
    found = finding("Extra batch")
    assert (found.state, found.works) == (State.WARNING, True)
    assert "pyyaml" in found.found
    assert f"{sys.executable} -m pip install" in found.advice
    assert "'pyyaml>=6.0'" in found.advice


def test_without_the_docker_sdk_nothing_is_asked_of_the_engine(use_engine, monkeypatch):
    use_engine(AssertionError("asked"))
    without(monkeypatch, "docker")
    assert examine()[-1] == finding("Docker SDK")
    assert finding("Docker SDK").state is State.BROKEN


def test_looking_does_not_load_numpy():
    program = "import sys; import grader.maintenance.doctor; grader.maintenance.doctor.examine(); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Reaching an engine


def finding_over_a_socket(title: str) -> Finding:
    """The SDK leaves a socket open that did not connect; let it be collected where that is no failure."""
    try:
        return finding(title)
    finally:
        gc.collect()


leaks_a_socket = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_no_engine_running(use_engine):
    wrapped = SandboxUnavailable("no", expected="an engine", advice="")
    wrapped.__cause__ = FileNotFoundError(2, "No such file or directory")
    use_engine(wrapped)
    found = finding("Container engine")
    assert found.state is State.BROKEN
    assert found.found == "none is running"
    assert f"PYTHON={sys.executable} sh {sandbox.docker.engine.ENGINE_SCRIPT}" in found.advice
    assert sandbox.docker.engine.ENGINE_SCRIPT.is_file()


@leaks_a_socket
def test_nothing_at_docker_host(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    found = finding_over_a_socket("Container engine")
    assert found.state is State.BROKEN
    assert f"DOCKER_HOST=unix://{tmp_path}/nothing.sock" in found.found
    assert "No such file or directory" in found.found
    assert "unset" in found.advice


@leaks_a_socket
def test_a_socket_that_nobody_listens_on(monkeypatch, tmp_path):
    path = tmp_path / "deaf.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        assert "Connection refused" in finding_over_a_socket("Container engine").found


def test_an_address_that_is_none(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "carrier-pigeon://roof")
    assert "carrier-pigeon" in finding("Container engine").found


def test_tls_asked_for_without_a_certificate(monkeypatch):
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert "DOCKER_TLS_VERIFY=1" in finding("Container engine").found


def test_a_user_who_may_not_talk_to_the_engine(use_engine):
    wrapped = SandboxUnavailable("no", expected="an engine", advice="")
    wrapped.__cause__ = DockerException("Error while fetching server API version")
    wrapped.__cause__.__context__ = requests.ConnectionError("Connection aborted.")
    wrapped.__cause__.__context__.__context__ = PermissionError(13, "Permission denied")
    use_engine(wrapped)
    found = finding("Container engine")
    assert found.state is State.BROKEN
    assert "usermod -aG docker" in found.advice


def test_an_engine_that_breaks_off(use_engine):
    use_engine(FakeEngine(broken=DockerException("it fell over")))
    assert finding("Container engine").state is State.BROKEN
    assert "it fell over" in finding("Container engine").found
    assert examine()[-1].title == "Container engine"


def test_bubblewrap_that_is_not_there_is_not_missed_beside_an_engine(use_engine):
    use_engine(FakeEngine())
    assert finding("Bubblewrap").state is State.OK
    assert "no bubblewrap" in finding("Bubblewrap").found


def test_where_no_engine_answers_bubblewrap_serves(use_engine, wrapped_settings, no_bubblewrap, monkeypatch):
    no_bubblewrap.undo()
    monkeypatch.setattr(sandbox.process.bubblewrap_sandbox, "bubblewrap_settings", wrapped_settings)
    wrapped = SandboxUnavailable("no", expected="an engine", advice="")
    wrapped.__cause__ = FileNotFoundError(2, "No such file or directory")
    use_engine(wrapped)
    found = finding("Bubblewrap")
    assert found.works
    assert "ready after" in found.found
    assert finding("Container engine").state is State.WARNING
    assert "bubblewrap serves instead" in finding("Container engine").found


def test_a_kernel_that_refuses_bubblewrap_is_quoted(
    use_engine, wrapped_settings, no_bubblewrap, monkeypatch, public_folder
):
    no_bubblewrap.undo()
    broken = public_folder / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    settings = wrapped_settings(Path("/"))
    wrap = replace(settings.bubblewrap, program=str(broken))
    monkeypatch.setattr(
        sandbox.process.bubblewrap_sandbox,
        "bubblewrap_settings",
        lambda bank: replace(settings, bank=bank, bubblewrap=wrap),
    )
    use_engine(FakeEngine())
    assert finding("Bubblewrap").state is State.WARNING
    assert "No permissions to create new namespace" in finding("Bubblewrap").found


# What the engine can do


@pytest.mark.parametrize(
    ("number", "state"),
    [("19.03.15", State.WARNING), ("20.10.24+dfsg1", State.OK), ("28.2.2", State.OK), ("dev", State.OK)],
)
def test_the_engines_version(number, state, use_engine):
    use_engine(FakeEngine(number=number))
    assert finding("Container engine").state is state
    assert number in finding("Container engine").found


@pytest.mark.parametrize(
    ("title", "fact", "state"),
    [
        ("Storage driver", {"Driver": "vfs"}, State.WARNING),
        ("Resource limits", {"MemoryLimit": False}, State.BROKEN),
        ("Resource limits", {"PidsLimit": False}, State.BROKEN),
        ("Resource limits", {"CpuCfsQuota": False}, State.BROKEN),
        ("Resource limits", {"SwapLimit": False}, State.WARNING),
        ("System call filter", {"SecurityOptions": []}, State.BROKEN),
    ],
)
def test_what_an_engine_lacks_is_named_with_advice(title, fact, state, use_engine):
    use_engine(FakeEngine(info=fact))
    assert finding(title).state is state
    assert finding(title).advice


def test_gvisor_is_only_information(use_engine):
    use_engine(FakeEngine())
    assert finding("gVisor").found.startswith("not there")
    use_engine(FakeEngine(info={"Runtimes": {"runc": {}, "runsc": {}}}))
    assert finding("gVisor").found.startswith("there")
    assert finding("gVisor").state is State.OK


# The image, and a container


def test_a_missing_image(use_engine):
    use_engine(FakeEngine())
    assert finding("Sandbox image").found == "not built yet"
    assert "-m sandbox.image" in finding("Sandbox image").advice


def test_an_image_of_older_sources(use_engine):
    use_engine(FakeEngine(tags=("goldgrade-sandbox:000000000000",)))
    assert finding("Sandbox image").state is State.WARNING
    assert finding("Sandbox image").found == "older than its sources"


def test_a_container_that_does_not_start(use_engine):
    use_engine(FakeEngine(tags=(image_tag(),)))
    assert finding("Sandbox image").state is State.OK
    assert finding("A container").state is State.BROKEN
    assert "no space left on device" in finding("A container").found


@pytest.mark.engine
def test_a_container_really_starts_and_goes(engine):
    from sandbox.image.build import find_or_build

    find_or_build(engine, say=print)
    assert finding("Sandbox image").state is State.OK
    assert finding("A container").state is State.OK
    # Only those of this process: other tests' containers come and go meanwhile.
    assert engine.containers(all=True, filters={"label": f"{OWNER_LABEL}={os.getpid()}"}) == []
