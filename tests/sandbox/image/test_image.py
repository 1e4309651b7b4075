"""The sandbox's image: when it is built, from what, and what is in it."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests
from docker.errors import APIError, NotFound

from sandbox.backends import Backend, open_sandbox
from sandbox.docker.engine import connect
from sandbox.image import base_image, build, layer_builder, numpy_wheel
from sandbox.image.tar_layers import CREATED, EPOCH, ImageLayer, TarEntry, read_layer, write_image, write_layer
from sandbox.runner import manifest
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import Limits
from tests.support.paths import ROOT

INPUTS = (*(f"image/{name}" for name in base_image.MADE_BY), *(f"{module}.py" for module in manifest.MODULES))


def silent(line: str) -> None:
    """Takes progress lines and keeps them to itself."""


@pytest.fixture
def copied_inputs(monkeypatch, tmp_path) -> Path:
    """A copy of everything that the image is made from, which a test may change."""
    for name in (*INPUTS, "docker/container.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "sandbox" / name, tmp_path / name)
    monkeypatch.setattr(manifest, "SANDBOX", tmp_path)
    monkeypatch.setattr(base_image, "HERE", tmp_path / "image")
    return tmp_path


@pytest.fixture
def own_repository(engine, monkeypatch) -> Iterator[str]:
    """Another name for the image, so that building it does not depend on what this engine has."""
    name = f"goldgrade-test-{os.getpid()}"
    monkeypatch.setattr(build, "REPOSITORY", name)
    yield name
    for found in engine.images(name=name):
        for tag in found["RepoTags"]:
            engine.remove_image(tag)


# Its name


def test_the_tag_depends_on_contents_only(copied_inputs):
    before = build.image_tag()
    for name in INPUTS:
        os.utime(copied_inputs / name, (0, 0))
    assert build.image_tag() == before
    assert re.fullmatch(r"goldgrade-sandbox:[0-9a-f]{12}", before)


@pytest.mark.parametrize("name", INPUTS)
def test_the_tag_changes_with_each_file_that_enters_the_image(name, copied_inputs):
    before = build.image_tag()
    with (copied_inputs / name).open("a") as file:
        file.write("# changed\n")
    assert build.image_tag() != before


def test_all_that_makes_the_base_is_in_its_name():
    scripts = {f"{module}.py" for module in layer_builder.SCRIPT_MODULES}
    assert set(base_image.MADE_BY) == {base_image.RECIPE, *scripts}


def test_the_tag_does_not_change_with_the_hosts_side(copied_inputs):
    before = build.image_tag()
    with (copied_inputs / "docker/container.py").open("a") as file:
        file.write("# changed\n")
    assert build.image_tag() == before


def test_the_tag_changes_with_the_pinned_numpy(monkeypatch):
    before = build.image_tag()
    other = numpy_wheel.Wheel(file_name=numpy_wheel.WHEELS["amd64"].file_name, sha256="0" * 64)
    monkeypatch.setitem(numpy_wheel.WHEELS, "amd64", other)
    assert build.image_tag() != before


def test_the_image_has_the_rooms_wire_and_runner_and_no_more():
    rooms = (ROOT / "sandbox" / room for room in ("wire", "runner"))
    there = {str(path.relative_to(ROOT / "sandbox")) for room in rooms for path in room.rglob("*.py")}
    assert {name for name, _ in manifest.runner_files()} == there | {"__init__.py"}


def test_naming_the_image_needs_neither_numpy_nor_the_engine():
    program = "import sys; from sandbox.image.build import image_tag; image_tag(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert {"numpy", "docker", "requests"}.isdisjoint(loaded.split())


def test_numpy_is_the_same_version_inside_and_outside():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"numpy=={numpy_wheel.NUMPY_VERSION}" in project["dependencies"]
    assert version("numpy") == numpy_wheel.NUMPY_VERSION
    for wheel in numpy_wheel.WHEELS.values():
        assert wheel.file_name.startswith(f"numpy-{numpy_wheel.NUMPY_VERSION}-cp311-")


# Building it


@pytest.mark.engine
def test_building_twice_builds_once_without_a_network_and_leaves_no_container(engine, own_repository, monkeypatch):
    # Another checkout's builder may have removed the base as an old one.
    base_image.find_or_make_base(engine, architecture=engine.version()["Arch"], say=silent)
    containers = []
    create = engine.create_container

    def remember(**options):
        containers.append((create(**options), options))
        return containers[-1][0]

    monkeypatch.setattr(engine, "create_container", remember)
    first = build.find_or_build(engine, say=silent)
    second = build.find_or_build(engine, say=silent)
    assert first == second == engine.inspect_image(build.image_tag())["Id"]
    assert engine.inspect_image(first)["Config"]["Labels"]["goldgrade"] == "sandbox"
    ((container, options),) = containers
    assert options["network_disabled"]
    with pytest.raises(NotFound):
        engine.inspect_container(container)


@pytest.mark.engine
def test_an_engine_knows_when_it_got_an_image_although_all_have_one_date(engine, own_repository):
    before = time.time()
    found = engine.inspect_image(build.find_or_build(engine, say=silent))
    assert found["Created"] == CREATED
    assert before - 2 < build.tagged_at(found) <= time.time()  # in whole seconds


@pytest.mark.engine
def test_the_same_inputs_make_the_same_image(engine):
    before = build.find_or_build(engine, say=silent)
    architecture = engine.version()["Arch"]
    base = base_image.find_or_make_base(engine, architecture=architecture, say=silent)
    tag = f"goldgrade-test-{os.getpid()}:again"
    try:
        assert build.assemble(engine, tag, base=base, architecture=architecture) == before
    finally:
        engine.remove_image(tag)
    assert before.startswith("sha256:")


@pytest.mark.engine
def test_an_image_that_is_there_costs_one_question(engine, monkeypatch):
    build.find_or_build(engine, say=silent)
    questions = []
    send = engine.send
    monkeypatch.setattr(engine, "send", lambda request, **how: questions.append(request) or send(request, **how))
    build.find_or_build(engine, say=silent)
    assert len(questions) == 1


@pytest.mark.engine
def test_two_builders_at_once_build_once(engine, own_repository, monkeypatch):
    builds, ids = [], []
    really_build = build._build
    monkeypatch.setattr(build, "_build", lambda *given: builds.append(given) or really_build(*given))

    def one() -> None:
        with connect() as client:
            ids.append(build.find_or_build(client, say=silent))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert len(ids) == 2
    assert ids[0] == ids[1]


@pytest.mark.engine
def test_a_failing_build_is_a_named_error_with_the_builds_own_words(engine, own_repository, monkeypatch):
    base_image.find_or_make_base(engine, architecture=engine.version()["Arch"], say=silent)
    monkeypatch.setattr(layer_builder, "SCRIPT", "raise SystemExit('no ' 'luck')")
    with pytest.raises(SandboxUnavailable, match="no luck"):
        build.find_or_build(engine, say=silent)


@pytest.mark.engine
def test_containers_are_made_from_an_id_and_not_from_a_name_that_may_be_given_away(engine, tmp_path):
    with open_sandbox(Backend.DOCKER, bank=tmp_path, limits=Limits(), say=silent) as sandbox:
        assert sandbox.image == engine.inspect_image(build.image_tag())["Id"]


def layer_of(*entries: TarEntry, **options) -> bytes:
    buffer = io.BytesIO()
    write_layer(entries, buffer, **options)
    return buffer.getvalue()


def test_a_layer_depends_on_what_is_in_it_and_not_on_order_time_or_user(monkeypatch):
    entries = [TarEntry(name="b/two", content=b"2"), TarEntry(name="a", content=b"1", executable=True)]
    before = layer_of(*entries)
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("os.getuid", lambda: 1234)
    assert layer_of(*reversed(entries)) == before
    assert layer_of(entries[0], TarEntry(name="a", content=b"1")) != before


def test_a_layer_has_folders_for_its_files_and_nobody_but_root_may_write_to_them():
    with tarfile.open(
        fileobj=io.BytesIO(
            layer_of(TarEntry(name="a/b/c"), TarEntry(name="d", target="a"), folders={"tmp": 0o1777})
        )
    ) as archive:
        found = {member.name: (member.mode, member.uid, member.mtime) for member in archive}
    assert found == {
        "a": (0o755, 0, EPOCH),
        "a/b": (0o755, 0, EPOCH),
        "tmp": (0o1777, 0, EPOCH),
        "a/b/c": (0o644, 0, EPOCH),
        "d": (0o777, 0, EPOCH),
    }


def test_what_was_written_to_a_layer_is_read_again():
    entries = [TarEntry(name="a/b", content=b"1", executable=True), TarEntry(name="c", target="a/b")]
    assert read_layer(io.BytesIO(layer_of(*entries))) == entries


def test_an_images_id_is_of_its_configuration_and_layers_and_not_of_its_name(tmp_path):
    path = tmp_path / "layer.tar"

    def image_id(tag: str, content: bytes, **config) -> str:
        path.write_bytes(layer_of(TarEntry(name="a", content=content)))
        layers = [ImageLayer(path=str(path), made_by="a test")]
        return write_image(io.BytesIO(), tag=tag, architecture="amd64", config=config, layers=layers)

    before = image_id("one:1", b"1", User="1")
    assert image_id("two:2", b"1", User="1") == before
    assert len({before, image_id("one:1", b"2", User="1"), image_id("one:1", b"1", User="2")}) == 3


class FakeEngine:
    """Remembers what is asked of it."""

    def __init__(self, *, images=(), in_use=(), registry: str | None = None) -> None:
        self.listed = list(images)
        self.in_use = in_use
        self.registry = registry
        self.removed: list[str] = []
        self.pulled: list[str] = []
        self.imported: list[bytes] = []
        self.timeout = 60.0
        self.waited = 0.0

    def images(self, name):
        return self.listed

    def remove_image(self, tag):
        if tag in self.in_use:
            raise APIError("conflict: a container uses it")
        self.removed.append(tag)

    def inspect_image(self, tag):
        for found in self.listed:
            if tag in (found["RepoTags"] or ()):
                return found
        return {"Id": f"the id of {tag}"}

    def inspect_distribution(self, name):
        self.waited = self.timeout
        if self.registry is None:
            raise requests.ConnectTimeout
        return {"Descriptor": {"digest": "sha256:012"}}

    def pull(self, name, stream, decode):
        self.pulled.append(name)
        yield {"status": "Pulling"}
        if self.registry != "works":
            yield {"error": self.registry}

    def import_image_from_data(self, data, repository, tag):
        self.imported.append(data.read())


def image_of(*tags: str, tagged: str) -> dict[str, object]:
    return {"RepoTags": list(tags) or None, "Metadata": {"LastTagTime": tagged}}


def test_old_images_go_but_for_those_in_use_and_those_of_the_last_hour(monkeypatch):
    now = datetime(2026, 3, 1, 12, 30, tzinfo=UTC).timestamp()
    monkeypatch.setattr(time, "time", lambda: now)
    old = "2026-03-01T11:29:59.123456789Z"
    images = [
        image_of("goldgrade-sandbox:current", tagged=old),
        image_of("goldgrade-sandbox:old", tagged=old),
        image_of("goldgrade-sandbox:used", tagged=old),
        image_of("goldgrade-sandbox:fresh", tagged="2026-03-01T11:30:01Z"),
        image_of("goldgrade-sandbox:unknown", tagged="0001-01-01T00:00:00Z"),
        image_of("somebody/goldgrade-sandbox:old", tagged=old),
        image_of(tagged=old),
    ]
    fake: Any = FakeEngine(images=images, in_use=("goldgrade-sandbox:used",))
    build._remove_old(fake, "goldgrade-sandbox", keep="goldgrade-sandbox:current", say=silent)
    assert fake.removed == ["goldgrade-sandbox:old"]


# Its base


@pytest.fixture
def recipe(monkeypatch, tmp_path) -> Path:
    """Stands in for the minute that Debian's packages take."""
    path = tmp_path / "base.sh"
    path.write_text('echo "making it for $2"\nprintf archive >"$1"\n')
    monkeypatch.setattr(base_image, "HERE", tmp_path)
    monkeypatch.delenv("GOLDGRADE_BASE", raising=False)
    return path


def a_system(fake: Any, say=silent) -> base_image.BaseSystem:
    with base_image.a_system(fake, architecture="amd64", say=say) as system:
        assert fake.removed == []
        return system


def test_a_registry_that_answers_is_taken_at_the_digest_it_named(recipe):
    fake = FakeEngine(registry="works")
    system = a_system(fake)
    assert fake.pulled == ["python@sha256:012"]
    assert system.origin == "python:3.11-slim-bookworm@sha256:012"
    assert system.image == "the id of python@sha256:012"
    assert (fake.imported, fake.removed) == ([], [])


@pytest.mark.parametrize("registry", [None, "toomanyrequests"])
def test_without_a_registry_the_base_is_made_of_debian_packages(registry, recipe):
    fake = FakeEngine(registry=registry)
    said: list[str] = []
    assert a_system(fake, said.append).origin == "packages"
    assert fake.imported == [b"archive"]
    assert "making it for amd64" in said


def test_the_whole_system_does_not_stay_on_the_engine(recipe):
    fake = FakeEngine()
    system = a_system(fake)
    assert [f"the id of {tag}" for tag in fake.removed] == [system.image]


def test_a_registry_gets_seconds_to_answer_and_the_engine_its_usual_time_afterwards(recipe):
    fake = FakeEngine()
    a_system(fake)
    assert fake.waited == base_image.REGISTRY_SECONDS
    assert fake.timeout == 60.0


def test_the_base_can_be_chosen_by_hand(recipe, monkeypatch):
    monkeypatch.setenv("GOLDGRADE_BASE", "debian")
    fake = FakeEngine(registry="works")
    a_system(fake)
    assert (fake.pulled, fake.imported) == ([], [b"archive"])


@pytest.mark.parametrize(("choice", "words"), [("registry", "can't pull"), ("slackware", "GOLDGRADE_BASE is")])
def test_a_choice_that_can_not_be_had_is_a_named_error(choice, words, recipe, monkeypatch):
    monkeypatch.setenv("GOLDGRADE_BASE", choice)
    with pytest.raises(SandboxUnavailable, match=words):
        a_system(FakeEngine())


def test_a_recipe_that_fails_says_what_to_do(recipe):
    recipe.write_text('echo "install debootstrap" >&2\nexit 4\n')
    with pytest.raises(SandboxUnavailable) as caught:
        a_system(FakeEngine())
    assert caught.value.advice == "install debootstrap"


def test_packages_without_a_checked_signature_are_told_by_the_bill_of_materials(recipe, monkeypatch):
    monkeypatch.setenv("GOLDGRADE_DEBIAN_UNSIGNED", "1")
    assert a_system(FakeEngine()).origin == "packages, signatures not checked"


def make_base(tmp_path: Path, **variables: str) -> tuple[int, str, list[str]]:
    """Run the real recipe with a debootstrap that only notes what it was told: status, words, its arguments."""
    programs, noted = tmp_path / "programs", tmp_path / "noted"
    programs.mkdir(exist_ok=True)
    for name, lines in {
        "id": "echo 0",
        "dpkg": "echo amd64",
        "gpgv": "true",
        "debootstrap": f'for word; do echo "$word" >>{noted}; done; exit 1',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{lines}\n")
        (programs / name).chmod(0o755)
    for name in ("dirname", "mktemp", "rm", "tail", "sh"):
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(shutil.which(name) or name)
    missing = variables.pop("without", None)
    if missing is not None:
        (programs / missing).unlink()
    # The recipe looks in the system's own folders after these.
    script = (base_image.HERE / "base.sh").read_text().replace("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin", "")
    recipe = tmp_path / "recipe.sh"
    recipe.write_text(script)
    ended = subprocess.run(
        [str(programs / "sh"), str(recipe), str(tmp_path / "system.tar"), "amd64"],
        env={"PATH": str(programs)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    told = noted.read_text().splitlines() if noted.exists() else []
    return ended.returncode, ended.stdout + ended.stderr, told


@pytest.fixture
def keyring(tmp_path) -> str:
    (tmp_path / "keys.gpg").write_text("keys")
    return str(tmp_path / "keys.gpg")


@pytest.mark.parametrize("mirror", [{}, {"GOLDGRADE_DEBIAN_MIRROR": "http://mirror.example/debian"}])
def test_the_archives_signature_is_checked_whatever_the_mirror(tmp_path, keyring, mirror):
    _, _, told = make_base(tmp_path, GOLDGRADE_DEBIAN_KEYRING=keyring, **mirror)
    assert told[:2] == ["--force-check-gpg", f"--keyring={keyring}"]
    assert ("http://mirror.example/debian" in told) == bool(mirror)


@pytest.mark.parametrize("content", [None, ""])
def test_without_keys_nothing_is_made_and_the_way_out_is_named(tmp_path, keyring, content):
    Path(keyring).unlink()
    if content is not None:
        Path(keyring).write_text(content)
    status, said, told = make_base(tmp_path, GOLDGRADE_DEBIAN_KEYRING=keyring)
    assert (status, told) == (4, [])
    assert f"signature can't be checked: there are no keys in {keyring}" in said
    assert "GOLDGRADE_DEBIAN_UNSIGNED=1" in said


def test_without_the_program_that_checks_nothing_is_made(tmp_path, keyring):
    status, said, told = make_base(tmp_path, GOLDGRADE_DEBIAN_KEYRING=keyring, without="gpgv")
    assert (status, told) == (4, [])
    assert "the program 'gpgv' is missing" in said


def test_only_who_asks_for_it_by_name_goes_without_a_check_and_that_is_said(tmp_path):
    _, said, told = make_base(tmp_path, GOLDGRADE_DEBIAN_UNSIGNED="1", GOLDGRADE_DEBIAN_KEYRING="/nowhere")
    assert told[0] == "--no-check-gpg"
    assert "signatures are NOT checked" in said
    status, said, _ = make_base(tmp_path, GOLDGRADE_DEBIAN_UNSIGNED="yes")
    assert status == 4
    assert "expected to be 1" in said


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
