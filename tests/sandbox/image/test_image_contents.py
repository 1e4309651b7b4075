"""What is in the sandbox's image, and what is not: from inside, from its list of files, from its bill of materials."""

import io
import json
import re
import tarfile
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sandbox.image import base_image, build, numpy_wheel
from sandbox.image.inventory import LABEL, Inventory, Package
from sandbox.image.sbom import bill_of_materials
from sandbox.runner import manifest


def silent(line: str) -> None:
    """Takes progress lines and keeps them to itself."""


# From inside

LOOK_INSIDE = """
import sys
sys.path[:0] = ['/opt/goldgrade', '/opt/goldgrade/site-packages']
import importlib, importlib.util, json, locale, os, subprocess, sysconfig
import numpy as np
import sandbox.runner.supervisor
a = np.ones((300, 300), dtype=np.float32)
a @ a
for name in ('linalg', 'fft', 'random', 'ma', 'polynomial', 'testing', 'strings', 'ctypeslib', 'typing', 'lib.stride_tricks'):
    importlib.import_module('numpy.' + name)
for name in ('json dataclasses typing math collections functools itertools abc copy random re statistics decimal '
             'fractions enum contextlib time datetime pathlib io textwrap string operator heapq bisect logging '
             'unittest csv pickle hashlib inspect warnings tempfile sqlite3 ctypes multiprocessing concurrent.futures '
             'asyncio threading queue timeit cProfile pdb pprint gzip zipfile lzma bz2 ssl urllib.request html xml.etree '
             'zoneinfo locale secrets types struct array traceback importlib.resources uuid glob shutil argparse').split():
    importlib.import_module(name)
def files(*tops):
    for top in tops:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names)
stdlib = sysconfig.get_path('stdlib')
programs = [name for name in files('/opt/goldgrade', stdlib) if name.endswith('.py')]
# Each may need a library of the system.
for name in os.listdir(stdlib + '/lib-dynload'):
    importlib.import_module(name.split('.')[0])
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
    'checked': [name for name in files('/opt/goldgrade', stdlib) if name.endswith('.pyc') and open(name, 'rb').read(8)[4] != 1],
    'shell': os.system('echo there is a shell'),
    'locale': locale.setlocale(locale.LC_ALL, ''),
    'subprocess': subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout,
    'ours': [os.path.relpath(name, '/opt/goldgrade/sandbox') for name in files('/opt/goldgrade/sandbox')],
    'writable': [name for name in files('/opt', '/usr', '/etc') if os.access(name, os.W_OK) and not os.path.islink(name)],
}))
"""


def run_inside(engine, program: str) -> str:
    """What a program prints that runs in the image, with its entry point's flags."""
    found = build.find_or_build(engine, say=silent)
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
def test_there_is_no_shell_inside_and_python_still_starts_python(inside):
    assert inside["shell"] != 0
    assert inside["subprocess"] == "42\n"
    assert inside["locale"] == "C.UTF-8"


@pytest.mark.engine
def test_nothing_of_ours_but_the_runner_is_inside(inside):
    files = {name for name, _ in manifest.runner_files()}
    assert {name for name in inside["ours"] if not name.endswith(".pyc")} == files


@pytest.mark.engine
def test_sets_have_the_same_order_in_every_container(inside, engine):
    assert run_inside(engine, "print(hash('a fixed order for sets'))").strip() == str(inside["hash"])


# Its list of files

# What an engine puts into every container, by itself.
OF_THE_ENGINE = re.compile(
    r"\.dockerenv|(dev|proc|sys)(/.*)?|etc/(hostname|hosts|mtab|resolv\.conf)|etc|sbin(/docker-init)?"
)
NEVER = re.compile(
    r"(ba|da|z|c|tc|k|a)?sh|busybox|toybox|env|su|sudo|newgrp|mount|umount|passwd|login|chroot|nsenter|unshare|setpriv|"
    r"(g?cc|c\+\+|g\+\+|clang|ld|as|make|gdb|strace|ltrace)(-[\d.]+)?|pip[\d.]*|apt.*|dpkg.*|perl.*|awk|[gm]awk|sed|"
    r"curl|wget|nc|netcat|ssh|openssl|git|tar|ensurepip|idlelib|tkinter|lib2to3|distutils|venv|test|tests"
)


@pytest.fixture(scope="module")
def listing(engine) -> list[tarfile.TarInfo]:
    """Every file, folder and link of a container that was made and never started."""
    container = engine.create_container(build.find_or_build(engine, say=silent), network_disabled=True)
    try:
        exported = io.BytesIO(b"".join(engine.export(container)))
    finally:
        engine.remove_container(container)
    with tarfile.open(fileobj=exported) as archive:
        members = archive.getmembers()
    for member in members:
        member.name = member.name.rstrip("/")
    return [member for member in members if not OF_THE_ENGINE.fullmatch(member.name)]


@pytest.mark.engine
def test_the_image_has_few_files_and_none_of_a_shell_a_compiler_or_a_package_manager(listing):
    assert 1000 < len(listing) < 1800
    assert [member.name for member in listing if NEVER.fullmatch(member.name.rsplit("/", 1)[-1])] == ["etc/passwd"]


@pytest.mark.engine
def test_the_only_program_that_can_be_run_is_python(listing):
    programs = [
        member.name for member in listing if member.isfile() and member.mode & 0o111 and ".so" not in member.name
    ]
    assert len(programs) == 1
    assert re.fullmatch(r"usr/(local/)?bin/python3\.11", programs[0])
    folders = {"bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin"}
    beside = {member.name.rsplit("/", 1)[1] for member in listing if member.name.rpartition("/")[0] in folders}
    assert beside == {"python3", "python3.11"}


@pytest.mark.engine
def test_nothing_in_the_image_gives_rights_and_only_tmp_can_be_written_to(listing):
    assert [member.name for member in listing if member.mode & 0o6000] == []
    assert [member.name for member in listing if member.mode & 0o022 and not member.issym()] == ["tmp"]
    assert {(member.uid, member.gid) for member in listing} == {(0, 0)}
    assert {member.type for member in listing} == {tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE}


@pytest.mark.engine
def test_the_image_has_no_answers_and_nothing_of_the_host(listing):
    ours = {"/".join(member.name.split("/")[:3]) for member in listing if member.name.startswith("opt/")}
    assert ours == {"opt/goldgrade", "opt/goldgrade/sandbox", "opt/goldgrade/site-packages"}
    top = {member.name.split("/")[0] for member in listing}
    assert top <= {"etc", "lib", "lib64", "opt", "tmp", "usr"}
    assert {member.name for member in listing if member.name.startswith("etc/")} == {"etc/group", "etc/passwd"}


@pytest.mark.engine
def test_the_images_history_is_two_steps(engine):
    assert len(engine.history(build.find_or_build(engine, say=silent))) == 2


# Its bill of materials


def inventory(**changes) -> Inventory:
    packages = (
        Package(name="libc6", version="2.36-9+deb12u14", architecture="amd64"),
        Package(name="zlib1g", version="1:1.2.13.dfsg-1", architecture="amd64"),
    )
    usual = Inventory(
        distribution="debian",
        release="12",
        origin="packages",
        python="3.11.2",
        packages=packages,
        of_no_package=0,
        numpy="2.4.6",
        wheel="numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl",
        wheel_sha256="ab" * 32,
        openblas="0.3.31",
    )
    return replace(usual, **changes)


def bill(found: Inventory, **changes) -> str:
    usual = {
        "image_id": "sha256:" + "01" * 32,
        "layers": ["sha256:" + "02" * 32],
        "runner": {"opt/goldgrade/sandbox/runner/supervisor.py": b"run()"},
    }
    return bill_of_materials(found, **usual | changes)


def faults(document: str) -> str | None:
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)
    return None if found is None else str(found)


@pytest.mark.parametrize("changes", [{}, {"openblas": ""}, {"packages": (), "of_no_package": 700}])
def test_the_bill_of_materials_follows_the_schema_of_its_format(changes):
    assert faults(bill(inventory(**changes))) is None
    assert faults(bill(inventory(**changes)).replace('"library"', '"book"')) is not None


def test_the_bill_of_materials_names_packages_python_numpy_openblas_and_our_modules():
    components = {each["name"]: each for each in json.loads(bill(inventory()))["components"]}
    assert list(components) == [
        "libc6",
        "zlib1g",
        "CPython",
        "numpy",
        "OpenBLAS",
        "/opt/goldgrade/sandbox/runner/supervisor.py",
    ]
    assert components["zlib1g"]["purl"] == "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64&distro=debian-12"
    assert components["numpy"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]


def test_the_bill_of_materials_is_a_function_of_the_image():
    assert bill(inventory()) == bill(inventory())
    others = [bill(inventory(python="3.11.3")), bill(inventory(), layers=[]), bill(inventory(), runner={})]
    serials = {json.loads(document)["serialNumber"] for document in (bill(inventory()), *others)}
    assert len(serials) == 4


def test_an_inventory_survives_its_label():
    assert Inventory.from_labels({LABEL: inventory().to_label()}) == inventory()
    assert Inventory.from_labels({"goldgrade": "sandbox"}) is None


def test_inventories_tell_what_changed():
    newer = Package(name="libc6", version="2.36-9+deb12u15", architecture="amd64")
    later = inventory(python="3.11.3", packages=(newer,))
    assert inventory().changes(inventory()) == []
    assert inventory().changes(later) == [
        "python: 3.11.2, now 3.11.3",
        "libc6: 2.36-9+deb12u14, now 2.36-9+deb12u15",
        "zlib1g: 1:1.2.13.dfsg-1, now none",
    ]


@pytest.mark.engine
def test_the_command_writes_the_bill_of_the_image_that_is_used(engine, tmp_path, capsys):
    written = []
    for name in ("one.json", "two.json"):
        assert build.main(["--sbom", str(tmp_path / name)]) == 0
        written.append((tmp_path / name).read_text(encoding="utf-8"))
    assert written[0] == written[1]
    assert faults(written[0]) is None
    document = json.loads(written[0])
    assert document["metadata"]["component"]["version"] == build.find_or_build(engine, say=silent)
    names = {component["name"] for component in document["components"]}
    assert {"libc6", "CPython", "numpy", "OpenBLAS", "/opt/goldgrade/sandbox/runner/supervisor.py"} <= names
    wheel = numpy_wheel.WHEELS[engine.version()["Arch"]]
    assert wheel.sha256 in written[0]
    assert re.fullmatch(
        r"0\.3\.\d+.*", next(c["version"] for c in document["components"] if c["name"] == "OpenBLAS")
    )


class Twice:
    """An engine on which an image was made twice, with these two ids and inventories."""

    def __init__(self, first: Inventory, second: Inventory, *, same: bool) -> None:
        self.labels = {True: first, False: second}
        self.same = same
        self.removed: list[str] = []

    def version(self):
        return {"Arch": "amd64"}

    def inspect_image(self, tag):
        first = tag == build.image_tag()
        return {
            "Id": "one" if first or self.same else "two",
            "Config": {"Labels": {LABEL: self.labels[first].to_label()}},
        }

    def remove_image(self, tag):
        self.removed.append(tag)


@pytest.mark.parametrize(
    ("later", "same", "words"),
    [
        (inventory(), True, "The same inputs made the same image."),
        (inventory(), False, "The inputs are the same, the image is not."),
        (inventory(python="3.11.3"), False, "python: 3.11.2, now 3.11.3"),
    ],
)
def test_an_image_that_is_made_anew_is_compared_and_what_differs_is_named(later, same, words, monkeypatch):
    monkeypatch.setattr(base_image, "make_base", lambda client, tag, **options: "the base")
    monkeypatch.setattr(build, "assemble", lambda client, tag, **options: "the image")
    said: list[str] = []
    engine: Any = Twice(inventory(), later, same=same)
    assert build.is_reproducible(engine, say=said.append) is same
    assert words in said[-1]
    assert len(engine.removed) == 2
    assert build.image_tag() not in engine.removed
