"""The sandbox's image: when it is built, from what, and what is in it."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest
import requests
from docker.errors import APIError, ImageNotFound

from sandbox import base_image, image, numpy_wheel
from sandbox.engine import connect
from sandbox.errors import SandboxUnavailable

REPOSITORY = Path(__file__).parents[1]
INPUTS = ("Dockerfile", "base.sh", *(f"{module}.py" for module in image.RUNNER_MODULES))


def silent(line: str) -> None:
    """Takes progress lines and keeps them to itself."""


@pytest.fixture
def copied_inputs(monkeypatch, tmp_path) -> Path:
    """A copy of everything that the image is made from, which a test may change."""
    for name in (*INPUTS, "container.py"):
        shutil.copyfile(REPOSITORY / "sandbox" / name, tmp_path / name)
    monkeypatch.setattr(image, "HERE", tmp_path)
    monkeypatch.setattr(base_image, "RECIPE", tmp_path / "base.sh")
    return tmp_path


@pytest.fixture
def own_repository(engine, monkeypatch) -> str:
    """Another name for the image, so that building it does not depend on what this engine has."""
    name = f"goldgrade-test-{os.getpid()}"
    monkeypatch.setattr(image, "REPOSITORY", name)
    yield name
    for found in engine.images(name=name):
        for tag in found["RepoTags"]:
            engine.remove_image(tag)


# Its name


def test_the_tag_depends_on_contents_only(copied_inputs):
    before = image.image_tag()
    for name in INPUTS:
        os.utime(copied_inputs / name, (0, 0))
    assert image.image_tag() == before
    assert re.fullmatch(r"goldgrade-sandbox:[0-9a-f]{12}", before)


@pytest.mark.parametrize("name", INPUTS)
def test_the_tag_changes_with_each_file_that_enters_the_image(name, copied_inputs):
    before = image.image_tag()
    with (copied_inputs / name).open("a") as file:
        file.write("# changed\n")
    assert image.image_tag() != before


def test_the_tag_does_not_change_with_the_hosts_side(copied_inputs):
    before = image.image_tag()
    with (copied_inputs / "container.py").open("a") as file:
        file.write("# changed\n")
    assert image.image_tag() == before


def test_the_tag_changes_with_the_pinned_numpy(monkeypatch):
    before = image.image_tag()
    other = numpy_wheel.Wheel(file_name=numpy_wheel.WHEELS["amd64"].file_name, sha256="0" * 64)
    monkeypatch.setitem(numpy_wheel.WHEELS, "amd64", other)
    assert image.image_tag() != before


def imports_of_ours(module: str) -> set[str]:
    tree = ast.parse((REPOSITORY / "sandbox" / f"{module}.py").read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.removeprefix("sandbox.") for name in names if name.startswith("sandbox.")}


def test_the_image_has_what_the_runner_imports_and_no_more():
    reached, waiting = {"__init__"}, {"runner"}
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= imports_of_ours(module) - reached
    assert reached == set(image.RUNNER_MODULES)


def test_naming_the_image_needs_neither_numpy_nor_the_engine():
    program = "import sys; from sandbox.image import image_tag; image_tag(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert {"numpy", "docker", "requests"}.isdisjoint(loaded.split())


def test_numpy_is_the_same_version_inside_and_outside():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"numpy=={numpy_wheel.NUMPY_VERSION}" in project["dependencies"]
    assert version("numpy") == numpy_wheel.NUMPY_VERSION
    for wheel in numpy_wheel.WHEELS.values():
        assert wheel.file_name.startswith(f"numpy-{numpy_wheel.NUMPY_VERSION}-cp311-")


# Building it


@pytest.mark.engine
def test_building_twice_builds_once_and_without_a_network(engine, own_repository, monkeypatch):
    builds = []
    build = engine.build
    monkeypatch.setattr(engine, "build", lambda **options: builds.append(options) or build(**options))
    first = image.find_or_build(engine, say=silent)
    second = image.find_or_build(engine, say=silent)
    assert first == second == engine.inspect_image(image.image_tag())["Id"]
    assert [options["network_mode"] for options in builds] == ["none"]
    assert engine.inspect_image(first)["Config"]["Labels"] == {"goldgrade": "sandbox"}


@pytest.mark.engine
def test_an_image_that_is_there_costs_one_question(engine, own_repository, monkeypatch):
    image.find_or_build(engine, say=silent)
    questions = []
    send = engine.send
    monkeypatch.setattr(engine, "send", lambda request, **how: questions.append(request) or send(request, **how))
    image.find_or_build(engine, say=silent)
    assert len(questions) == 1


@pytest.mark.engine
def test_two_builders_at_once_build_once(engine, own_repository, monkeypatch):
    builds, ids = [], []
    build = image._build
    monkeypatch.setattr(image, "_build", lambda *given: builds.append(given) or build(*given))

    def one() -> None:
        with connect() as client:
            ids.append(image.find_or_build(client, say=silent))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert len(ids) == 2
    assert ids[0] == ids[1]


@pytest.mark.engine
def test_a_failing_build_is_a_named_error_with_the_builds_own_words(engine, copied_inputs, own_repository):
    with (copied_inputs / "Dockerfile").open("a") as file:
        file.write('RUN ["python3", "-c", "raise SystemExit(\'no \' \'luck\')"]\n')
    with pytest.raises(SandboxUnavailable, match="no luck"):
        image.find_or_build(engine, say=silent)


class FakeEngine:
    """Remembers what is asked of it."""

    def __init__(self, *, images=(), in_use=(), registry: str | None = None) -> None:
        self.listed = list(images)
        self.in_use = in_use
        self.registry = registry
        self.removed: list[str] = []
        self.tagged: list[str] = []
        self.imported: list[str] = []
        self.timeout = 60.0
        self.waited = 0.0

    def images(self, name):
        return self.listed

    def remove_image(self, tag):
        if tag in self.in_use:
            raise APIError("conflict: a container uses it")
        self.removed.append(tag)

    def inspect_image(self, tag):
        raise ImageNotFound("no such image")

    def inspect_distribution(self, name):
        self.waited = self.timeout
        if self.registry is None:
            raise requests.ConnectTimeout

    def pull(self, name, tag, stream, decode):
        yield {"status": "Pulling"}
        if self.registry != "works":
            yield {"error": self.registry}

    def tag(self, name, repository, tag):
        self.tagged.append(f"{name} as {repository}:{tag}")

    def import_image_from_data(self, data, repository, tag):
        self.imported.append(data.read())


def test_old_images_go_but_for_those_in_use_and_those_of_the_last_hour(monkeypatch):
    monkeypatch.setattr(image.time, "time", lambda: 100_000.0)
    images = [
        {"RepoTags": ["goldgrade-sandbox:current"], "Created": 10},
        {"RepoTags": ["goldgrade-sandbox:old"], "Created": 10},
        {"RepoTags": ["goldgrade-sandbox:used"], "Created": 10},
        {"RepoTags": ["goldgrade-sandbox:fresh"], "Created": 99_000},
        {"RepoTags": ["somebody/goldgrade-sandbox:old"], "Created": 10},
        {"RepoTags": None, "Created": 10},
    ]
    fake = FakeEngine(images=images, in_use=("goldgrade-sandbox:used",))
    image._remove_old(fake, "goldgrade-sandbox", keep="goldgrade-sandbox:current", say=silent)
    assert fake.removed == ["goldgrade-sandbox:old"]


# Its base


@pytest.fixture
def recipe(monkeypatch, tmp_path) -> Path:
    """Stands in for the minute that Debian's packages take."""
    path = tmp_path / "base.sh"
    path.write_text('echo "making it for $2"\nprintf archive >"$1"\n')
    monkeypatch.setattr(base_image, "RECIPE", path)
    monkeypatch.delenv("GOLDGRADE_BASE", raising=False)
    return path


def test_a_registry_that_answers_is_taken(recipe):
    fake = FakeEngine(registry="works")
    tag = base_image.find_or_make_base(fake, architecture="amd64", say=silent)
    assert fake.tagged == [f"python:3.11-slim-bookworm as {tag}"]
    assert fake.imported == []


@pytest.mark.parametrize("registry", [None, "toomanyrequests"])
def test_without_a_registry_the_base_is_made_of_debian_packages(registry, recipe):
    fake = FakeEngine(registry=registry)
    said = []
    base_image.find_or_make_base(fake, architecture="amd64", say=said.append)
    assert fake.imported == [b"archive"]
    assert "making it for amd64" in said


def test_a_registry_gets_seconds_to_answer_and_the_engine_its_usual_time_afterwards(recipe):
    fake = FakeEngine()
    base_image.find_or_make_base(fake, architecture="amd64", say=silent)
    assert fake.waited == base_image.REGISTRY_SECONDS
    assert fake.timeout == 60.0


def test_the_base_can_be_chosen_by_hand(recipe, monkeypatch):
    monkeypatch.setenv("GOLDGRADE_BASE", "debian")
    fake = FakeEngine(registry="works")
    base_image.find_or_make_base(fake, architecture="amd64", say=silent)
    assert (fake.tagged, fake.imported) == ([], [b"archive"])


@pytest.mark.parametrize(("choice", "words"), [("registry", "can't pull"), ("slackware", "GOLDGRADE_BASE is")])
def test_a_choice_that_can_not_be_had_is_a_named_error(choice, words, recipe, monkeypatch):
    monkeypatch.setenv("GOLDGRADE_BASE", choice)
    with pytest.raises(SandboxUnavailable, match=words):
        base_image.find_or_make_base(FakeEngine(), architecture="amd64", say=silent)


def test_a_recipe_that_fails_says_what_to_do(recipe):
    recipe.write_text('echo "install debootstrap" >&2\nexit 4\n')
    with pytest.raises(SandboxUnavailable) as caught:
        base_image.find_or_make_base(FakeEngine(), architecture="amd64", say=silent)
    assert caught.value.advice == "install debootstrap"


# Its NumPy


@pytest.fixture
def pinned(monkeypatch, tmp_path) -> Path:
    """A tiny file that stands in for the pinned wheel, on an index of our own."""
    content = tmp_path / "offered"
    content.write_bytes(b"the wheel")
    wheel = numpy_wheel.Wheel(
        file_name="numpy-0-cp311-cp311-manylinux_2_28_x86_64.whl", sha256=sha256(b"the wheel").hexdigest()
    )
    monkeypatch.setitem(numpy_wheel.WHEELS, "amd64", wheel)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        numpy_wheel, "_fetch", lambda wheel, folder: Path(shutil.copy(content, folder / wheel.file_name))
    )
    return content


def test_a_wheel_is_fetched_once(pinned):
    first = numpy_wheel.find_wheel("amd64", say=silent)
    pinned.unlink()
    assert numpy_wheel.find_wheel("amd64", say=silent) == first
    assert first.read_bytes() == b"the wheel"


def test_a_damaged_wheel_in_the_cache_is_fetched_again(pinned):
    path = numpy_wheel.find_wheel("amd64", say=silent)
    path.write_bytes(b"half of the wh")
    assert numpy_wheel.find_wheel("amd64", say=silent).read_bytes() == b"the wheel"


def test_another_file_than_the_pinned_one_never_enters_the_cache(pinned, tmp_path):
    pinned.write_bytes(b"something else")
    with pytest.raises(SandboxUnavailable, match="another file than the pinned one"):
        numpy_wheel.find_wheel("amd64", say=silent)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_an_architecture_without_a_wheel_is_a_named_error():
    with pytest.raises(SandboxUnavailable, match="'riscv64'"):
        numpy_wheel.find_wheel("riscv64", say=silent)


# What is in it

LOOK_INSIDE = """
import sys
sys.path[:0] = ['/opt/goldgrade', '/opt/goldgrade/site-packages']
import importlib, importlib.util, json, os, re, sysconfig
import numpy as np
import sandbox.runner
a = np.ones((300, 300), dtype=np.float32)
a @ a
for name in ('linalg', 'fft', 'random', 'ma', 'polynomial', 'testing', 'strings', 'ctypeslib', 'typing', 'lib.stride_tricks'):
    importlib.import_module('numpy.' + name)
for name in ('json dataclasses typing math collections functools itertools abc copy random re statistics decimal '
             'fractions enum contextlib time datetime pathlib io textwrap string operator heapq bisect logging '
             'unittest csv pickle hashlib inspect warnings tempfile sqlite3 ctypes multiprocessing').split():
    importlib.import_module(name)
def files(*tops):
    for top in tops:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names)
stdlib = sysconfig.get_path('stdlib')
programs = [name for name in files('/opt/goldgrade', stdlib) if name.endswith('.py')
            and not re.search(stdlib + '/.*/?(site-packages|(idle_)?tests?)/', name)]
status = open('/proc/self/status').read()
print(json.dumps({
    'numpy': np.__version__,
    'numpy_file': np.__file__,
    'threads': int(status.split('Threads:')[1].split()[0]),
    'uid': os.getuid(),
    'folder': os.getcwd(),
    'hash': hash('a fixed order for sets'),
    'programs': len(programs),
    'not_compiled': [name for name in programs if not os.path.exists(importlib.util.cache_from_source(name))],
    'checked': [name for name in files('/opt/goldgrade') if name.endswith('.pyc') and open(name, 'rb').read(8)[4] != 1],
    'raises_rights': [name for name in files('/usr', '/opt') if os.path.isfile(name) and os.lstat(name).st_mode & 0o6000],
    'ours': sorted(os.listdir('/opt/goldgrade') + os.listdir('/opt/goldgrade/sandbox')),
    'writable': [name for name in files('/opt', '/usr', '/etc') if os.access(name, os.W_OK) and not os.path.islink(name)],
}))
"""


def run_inside(engine, program: str) -> str:
    """What a program prints that runs in the image, with its entry point's flags."""
    found = image.find_or_build(engine, say=silent)
    flags = engine.inspect_image(found)["Config"]["Entrypoint"][:-1]
    created = engine.create_container(
        found,
        entrypoint=[*flags, program],
        network_disabled=True,
        host_config=engine.create_host_config(read_only=True),
    )
    try:
        engine.start(created)
        status = engine.wait(created)["StatusCode"]
        printed = engine.logs(created).decode()
    finally:
        engine.remove_container(created, force=True)
    assert status == 0, printed
    return printed


@pytest.fixture(scope="module")
def inside(engine) -> dict[str, object]:
    return json.loads(run_inside(engine, LOOK_INSIDE))


@pytest.mark.engine
def test_numpy_inside_is_the_pinned_one_on_one_thread(inside):
    assert inside["numpy"] == numpy_wheel.NUMPY_VERSION
    assert inside["numpy_file"].startswith("/opt/goldgrade/site-packages/")
    assert inside["threads"] == 1


@pytest.mark.engine
def test_everything_inside_is_compiled_and_taken_without_a_look_at_time_stamps(inside):
    assert inside["programs"] > 500
    assert inside["not_compiled"] == []
    assert inside["checked"] == []


@pytest.mark.engine
def test_the_user_inside_is_nobody_and_can_write_nothing(inside):
    assert inside["uid"] == 65534
    assert inside["folder"] == "/tmp"
    assert inside["writable"] == []


@pytest.mark.engine
def test_no_program_inside_gives_its_user_more_rights(inside):
    assert inside["raises_rights"] == []


@pytest.mark.engine
def test_nothing_of_ours_but_the_runner_is_inside(inside):
    modules = [f"{module}.py" for module in image.RUNNER_MODULES]
    assert inside["ours"] == sorted(["sandbox", "site-packages", "__pycache__", *modules])


@pytest.mark.engine
def test_sets_have_the_same_order_in_every_container(inside, engine):
    assert run_inside(engine, "print(hash('a fixed order for sets'))").strip() == str(inside["hash"])
