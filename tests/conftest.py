"""What tests share: the real engine, a stand-in for the sandbox, and a place to write."""

import fcntl
import functools
import gc
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED, shipped_assignments
from grader.authoring import golden_builder
from grader.course.loaded_assignment import LoadedAssignment, prepare_assignment
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import Limits
from tests.support.chance import register_profiles
from tests.support.copies import copy_sources
from tests.support.limited_work import in_this_process
from tests.support.paths import DATA
from tests.support.patience import PATIENCE
from tests.support.quick import IMPORTS_TORCH, MARKS, NOT_QUICK

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from sandbox.interface import OpenSandbox
    from sandbox.process.runner_process import ProcessSettings
    from tests.support.pages import Visit

    SettingsForBank = Callable[[Path], ProcessSettings]

register_profiles()

# With Jupyter beside us, jsonschema loads it for a second, for a format that no schema of ours has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
SYSTEMS_PYTHONS = tuple(Path(folder) / VERSION for folder in ("/usr/bin", "/usr/local/bin"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help="only tests that need neither an engine, a browser, PyTorch nor processes of other users, nor long",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("quick"):  # what is left out is not there either, so that nothing uses it unseen
        os.environ["DOCKER_HOST"] = "unix:///nonexistent/goldgrade-make-quick.sock"
        sys.modules["torch"] = None  # type: ignore[assignment]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("quick") and collection_path.suffix == ".py":
        return (
            IMPORTS_TORCH.search(collection_path.read_text(encoding="utf-8", errors="replace")) is not None or None
        )
    return None


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and programs that run in this process collect garbage often: not through all of it."""
    gc.collect()
    gc.freeze()


def pytest_itemcollected(item: pytest.Item) -> None:
    for fixture, mark in MARKS.items():
        if fixture in getattr(item, "fixturenames", ()):
            item.add_marker(mark)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("quick"):
        left_out = [item for item in items if NOT_QUICK & {mark.name for mark in item.iter_markers()}]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _not_quick(config: pytest.Config, what: str) -> None:
    """Fails a test that came to a fixture at run time, where its mark could not be seen."""
    if config.getoption("quick"):
        pytest.fail(f"this test needs {what} and is not marked so; 'make quick' must not run it")


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that all workers of a run share: whoever comes first makes it, and the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = shared / f"shared-{name}" / name, shared / f"unfinished-{name}" / name
    with (shared / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished.parent, ignore_errors=True)  # of a worker that failed
            unfinished.parent.mkdir()
            make(unfinished)
            unfinished.parent.rename(folder.parent)
    return folder


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Iterator[docker.APIClient]:
    """The real container engine. Without one its tests are skipped, but on CI they fail."""
    _not_quick(pytestconfig, "the engine")
    from sandbox.docker.engine import connect

    try:
        client = connect()
    except SandboxUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must test the real sandbox, and has no engine: {error}")
        pytest.skip(f"no container engine: {error.happened}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def process_settings(pytestconfig: pytest.Config) -> "Iterator[SettingsForBank]":
    """Makes what a plain process runs in, of a Python and a NumPy that its user may read, for a bank."""
    from sandbox.process.runner_process import ProcessSettings, is_open_to_all, packages_of_numpy, this_python

    _not_quick(pytestconfig, "processes that run submissions")
    python = next(filter(is_open_to_all, filter(Path.exists, (this_python(), *SYSTEMS_PYTHONS))), None)
    if os.getuid() == 0 and python is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must test plain processes, and has no Python that all users may read")
        pytest.skip("no Python of this version that all users may read; on Debian: apt-get install python3")
    with tempfile.TemporaryDirectory(prefix="goldgrade-test-") as folder:
        packages = Path(folder)
        packages.chmod(0o755)
        for name in ("numpy", "numpy.libs"):
            shutil.copytree(packages_of_numpy() / name, packages / name)
        yield lambda bank: ProcessSettings(bank=bank, python=python or this_python(), site_packages=packages)


@pytest.fixture(scope="session")
def open_plain(process_settings: "SettingsForBank") -> "OpenSandbox":
    """A plain process, as ``sandbox.backends.open_sandbox`` opens it, but with a Python that its user may read."""
    from sandbox.process.process_sandbox import ProcessSandbox

    @contextmanager
    def open_plain(*, bank: Path, limits: Limits) -> Iterator[ProcessSandbox]:
        with ProcessSandbox(process_settings(bank), limits) as sandbox:
            yield sandbox

    return open_plain


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Unlike pytest's own, a folder that every user may read."""
    with tempfile.TemporaryDirectory(prefix="goldgrade-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def wrapped_settings(process_settings: "SettingsForBank") -> "SettingsForBank":
    """The same inside of bubblewrap. Without it its tests are skipped, but on CI they fail."""
    from sandbox.host.seccomp import check_library
    from sandbox.process.bubblewrap import find_bubblewrap

    def settings(bank: Path) -> "ProcessSettings":
        plain = process_settings(bank)
        found = find_bubblewrap(python=plain.python, site_packages=plain.site_packages)
        return replace(plain, bubblewrap=found)

    try:
        check_library()
        settings(Path("/"))
    except SandboxUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must test bubblewrap: {error}")
        pytest.skip(f"no bubblewrap: {error.happened}")
    return settings


@pytest.fixture(scope="session")
def open_wrapped(wrapped_settings: "SettingsForBank") -> "OpenSandbox":
    """The same inside of bubblewrap."""
    from sandbox.process.bubblewrap_sandbox import BubblewrapSandbox

    @contextmanager
    def open_wrapped(*, bank: Path, limits: Limits) -> Iterator[BubblewrapSandbox]:
        with BubblewrapSandbox(wrapped_settings(bank), limits) as sandbox:
            yield sandbox

    return open_wrapped


@pytest.fixture(scope="module")
def browser(pytestconfig: pytest.Config) -> Iterator["Browser"]:
    """The system's Chromium. Without it its tests are skipped, but on CI they fail.

    For one module only: Playwright keeps an event loop running, and other tests start their own.
    """
    from playwright.sync_api import sync_playwright

    _not_quick(pytestconfig, "a browser")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must test the HTML report in Chromium, and has none")
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    # Chromium does not start its own sandbox as root. What it opens here are pages of our own tests.
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def visit(browser: "Browser") -> Iterator[Callable[..., "Visit"]]:
    """Opens pages in the browser, each in a context of its own."""
    from tests.support.pages import Visit

    contexts = []

    def open_file(file: Path, **options: Any) -> "Visit":
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        return Visit(contexts[-1], file)

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture
def right_submission() -> Path:
    """A submission in which every exercise is right."""
    return DATA / "right_submission.py"


@pytest.fixture
def assignment_folder() -> Path:
    """The shipped assignment."""
    return SHIPPED / DEFAULT_ASSIGNMENT


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small assignment outside the repository's own, with golden files made for it. No test changes it."""

    def make(folder: Path) -> None:
        copy_sources(DATA / "tiny", folder)
        assert golden_builder.main([str(folder)]) == 0

    return made_once(tmp_path_factory, "tiny", make)


@pytest.fixture(autouse=True, scope="session")
def _banks_of_tests_go_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Small banks of tests must not pile up in the user's cache; wheels and images are shared with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.course.parameter_bank.cache_folder", lambda: tmp_path_factory.getbasetemp() / "cache")
        yield


@pytest.fixture(autouse=True, scope="session")
def _shipped_courses_are_read_once() -> Iterator[None]:
    """As a batch's worker does it: no test changes the shipped assignments, and a thousand programs are graded."""
    read = functools.cache(prepare_assignment)

    def kept(name_or_path: str, secret: bytes) -> LoadedAssignment:
        return (read if name_or_path in shipped_assignments() else prepare_assignment)(name_or_path, secret)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.grading.pipeline.prepare_assignment", kept)
        yield


@pytest.fixture(autouse=True, scope="session")
def _secrets_are_not_drawn(pytestconfig: pytest.Config) -> Iterator[None]:
    """Under some secrets a mistake comes near to what is right: a course gets the same ones in every run."""
    drawn: Counter[str] = Counter()

    def new_secret() -> bytes:
        test = os.environ["PYTEST_CURRENT_TEST"].split(" (")[0]
        drawn[test] += 1
        return sha256(f"{test} {drawn[test]} {pytestconfig.getoption('hypothesis_seed')}".encode()).digest()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.authoring.private_builder.new_secret", new_secret)
        yield


@pytest.fixture(autouse=True)
def _read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are read and explained in this process, and what was found out is packed and unpacked as by a child.

    A fork of a process with all that tests load takes twenty milliseconds, and there are thousands of gradings. Tests
    of costly programs have the child; and so has whatever is graded by a command.
    """
    if request.path.stem == "test_costly":
        return
    for module in ("grader.grading.reading", "grader.submission.limited_reading"):
        monkeypatch.setattr(f"{module}.in_limited_child", in_this_process)


@pytest.fixture(autouse=True)
def _one_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """What two workers' tests would see of each other.

    Tests that look for processes left behind must not see those of another's test, and tests of one file that use the
    engine look for the same containers and images.
    """
    names = []
    marks = {mark.name for mark in request.node.iter_markers()}
    if "processes" in marks or "platform" in request.path.name:
        names.append("processes")
    if "engine" in marks:
        names.append(request.path.stem)
    with ExitStack() as locks:
        for name in sorted(names):  # in one order, so that no two wait for each other
            lock = locks.enter_context(
                (Path(tempfile.gettempdir()) / f"goldgrade-{os.getuid()}-{name}.lock").open("w")
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
