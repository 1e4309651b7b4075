"""``grade clean`` on an engine and in folders of its own: what is ours and useless goes, and nothing else."""

import contextlib
import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from click.testing import CliRunner, Result

from grader.cli.main import cli
from sandbox.docker.container import LABEL, OWNER_LABEL, STARTED_LABEL, SYSTEM_LABEL
from sandbox.image import base_image, build
from sandbox.system import owned_temp_dir
from sandbox.system.owned_temp_dir import make_folder
from sandbox.system.process_identity import ProcessIdentity
from tests.support.engines import an_engine_of_ones_own

HOUR = 3600.0


@pytest.fixture(scope="module")
def dead() -> ProcessIdentity:
    """A process that was killed."""
    with subprocess.Popen(["sleep", "600"]) as process:
        owner = ProcessIdentity.of(process.pid)
        process.kill()
    return owner


@pytest.fixture(scope="module")
def own_engine() -> Iterator[str]:
    with an_engine_of_ones_own() as engine:
        yield engine.host


@pytest.fixture
def client(own_engine) -> Iterator[docker.APIClient]:
    with contextlib.closing(docker.APIClient(base_url=own_engine, version="auto")) as client:
        yield client


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A machine's temporary folders and cache."""
    for name in ("tmp", "var", "home/goldgrade/banks", "home/goldgrade/wheels"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(owned_temp_dir, "SYSTEMS_FOLDER", tmp_path / "var")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")  # nobody is there
    return tmp_path


def clean(*options: str) -> Result:
    result = CliRunner().invoke(cli, ["clean", *options], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def left_by(owner: ProcessIdentity, kind: str, parent: Path) -> Path:
    """A temporary folder as this owner would have made it, with a kilobyte or more in it."""
    made = make_folder(kind, parent)
    folder = made.rename(made.with_name(made.name.replace(ProcessIdentity.this_process().tag, owner.tag)))
    (folder / "data").write_bytes(bytes(100_000))
    return folder


def labels(owner: ProcessIdentity, kind: str = "container") -> dict[str, str]:
    return {
        LABEL: kind,
        OWNER_LABEL: str(owner.process),
        SYSTEM_LABEL: owner.system,
        STARTED_LABEL: owner.started,
    }


def test_folders_of_the_dead_go_and_those_of_the_living_stay_also_without_an_engine(here, dead):
    banks = here / "home" / "goldgrade" / "banks"
    left = [
        left_by(dead, "class", here / "tmp"),
        left_by(dead, "base", here / "var"),
        left_by(dead, "bank", banks),
    ]
    stay = [
        make_folder("class"),
        make_folder("bank", banks),
        banks / "0123456789abcdef",
        here / "tmp" / "goldgrade-notes",
        here / "tmp" / f"other-class.{dead.tag}.abc",
        left_by(ProcessIdentity(system="another machine", process=1, started="1"), "class", here / "tmp"),
    ]
    for folder in stay:
        folder.mkdir(exist_ok=True)
    (here / "tmp" / f"goldgrade-class.{dead.tag}.link").symlink_to(here)
    shown = clean("--dry-run")
    assert shown.output.count("would remove folder") == len(left)
    assert all(folder.exists() for folder in left)
    done = clean()
    assert done.return_value == 0
    assert "No container engine answers" in done.stderr
    assert not any(folder.exists() for folder in left)
    assert all(folder.exists() for folder in stay)
    assert f"removed folder {left[0]} (102.4 kB): its grader is gone" in done.output
    assert "Removed 3 things; 307.2 kB are free again." in done.output
    assert "Nothing is left over." in clean().output


def test_a_folder_of_another_system_goes_after_a_week(here):
    left = left_by(ProcessIdentity(system="another machine", process=1, started="1"), "class", here / "tmp")
    os.utime(left, times=(0, owned_temp_dir.FORGOTTEN_SECONDS))
    clean()
    assert not left.exists()


def test_another_users_folder_stays_whatever_its_name(here, dead):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to another user")
    theirs = left_by(dead, "class", here / "tmp")
    os.chown(theirs, 65534, 65534)
    assert "Nothing is left over." in clean().output


def test_everything_includes_the_cache_and_only_when_somebody_says_yes(here):
    cache = here / "home" / "goldgrade"
    (cache / "wheels" / "numpy.whl").write_bytes(bytes(5000))
    with pytest.raises(Exception, match="nobody is there to answer"):
        clean("--all")
    assert cache.exists()
    assert f"would remove cache {cache}" in clean("--all", "--dry-run").output
    assert cache.exists()
    assert f"removed cache {cache}" in clean("--all", "--yes").output
    assert not cache.exists()


def test_everything_is_refused_while_a_grader_lives(here):
    living = make_folder("class")
    with pytest.raises(Exception, match=f"A grader is at work: process {os.getpid()}"):
        clean("--all", "--yes")
    assert living.exists()
    assert (here / "home" / "goldgrade").exists()


def test_something_that_can_not_be_removed_does_not_keep_the_rest(here, dead, monkeypatch):
    left = [left_by(dead, "class", here / "tmp"), left_by(dead, "image", here / "tmp")]
    monkeypatch.setattr(
        "grader.maintenance.cleanup.remove_folder",
        lambda folder: folder.name.startswith("goldgrade-image") and owned_temp_dir.remove_folder(folder),
    )
    done = clean()
    assert done.return_value == 4
    assert f"could not remove folder {left[0]}" in done.stderr
    assert [folder.exists() for folder in left] == [True, False]


@pytest.fixture
def stocked(client, own_engine, here, dead, monkeypatch) -> Iterator[docker.APIClient]:
    """An engine with things of ours, living and dead, and things of others that look alike."""
    monkeypatch.setenv("DOCKER_HOST", own_engine)
    for number, name in enumerate(IMAGES):
        _import(client, name, number)
    for name, given in {
        "dead": labels(dead),
        "goldgrade-bank-half-filler": labels(dead, "bank"),
        "goldgrade-living": labels(ProcessIdentity.this_process()),
        "goldgrade-elsewhere": labels(ProcessIdentity(system="another machine", process=1, started="1")),
        "goldgrade-theirs": {},
        "goldgrade-of-our-image": {LABEL: "sandbox"},
    }.items():
        client.create_container(image=OTHERS, command=["none"], name=name, labels=given)
    client.create_volume("goldgrade-bank-half", labels={LABEL: "bank"})
    client.create_volume("goldgrade-bank-full", labels={LABEL: "bank"})
    client.create_volume("goldgrade-bank-theirs")
    yield client
    for each in client.containers(all=True):
        client.remove_container(each["Id"], force=True)
    for each in client.volumes()["Volumes"]:
        client.remove_volume(each["Name"])
    for each in client.images():
        client.remove_image(each["Id"], force=True)


OTHERS = "somebody/goldgrade-sandbox:old"
CURRENT = (build.image_tag(), base_image.base_tag())
OLD = ("goldgrade-sandbox:000000000000", "goldgrade-base:000000000000", "goldgrade-base-check:12345")
IMAGES = (OTHERS, *CURRENT, *OLD)


def _import(client: docker.APIClient, name: str, number: int) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo("file")
        member.size = 10_000 + number
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    repository, _, tag = name.rpartition(":")
    client.import_image_from_data(content.getvalue(), repository=repository, tag=tag)


def names(client: docker.APIClient) -> set[str]:
    """Of everything on the engine."""
    return {
        *(name.lstrip("/") for each in client.containers(all=True) for name in each["Names"]),
        *(volume["Name"] for volume in client.volumes()["Volumes"]),
        *(tag for each in client.images() for tag in each["RepoTags"]),
    }


@pytest.mark.engine
def test_of_an_engine_what_is_useless_goes_and_what_is_in_use_or_of_others_stays(stocked, monkeypatch):
    before = names(stocked)
    assert clean("--dry-run").output.count("would remove") == 3  # no image is old yet
    assert names(stocked) == before
    monkeypatch.setattr("grader.maintenance.cleanup.KEEP_SECONDS", -HOUR)
    done = clean()
    assert done.return_value == 0, done.output
    assert before - names(stocked) == {"dead", "goldgrade-bank-half-filler", "goldgrade-bank-half", *OLD}
    assert "removed container dead: its grader is gone" in done.output
    assert "removed volume goldgrade-bank-half" in done.output
    assert f"removed image {OLD[0]} (10.0 kB): of another version" in done.output
    assert "Removed 6 things; 30.0 kB are free again." in done.output
    assert "Nothing is left over." in clean().output


@pytest.mark.engine
def test_everything_leaves_nothing_of_ours_on_an_engine_and_all_of_others(stocked):
    before = names(stocked)
    with pytest.raises(Exception, match="A grader is at work"):
        clean("--all", "--yes")
    assert names(stocked) == before
    for name in ("goldgrade-living", "goldgrade-elsewhere"):
        stocked.remove_container(name)
    done = clean("--all", "--yes")
    assert done.return_value == 0, done.output
    assert names(stocked) == {
        *(OTHERS, "goldgrade-theirs", "goldgrade-of-our-image", "goldgrade-bank-theirs"),
    }


@pytest.mark.engine
def test_an_image_in_use_stays_and_that_is_said(stocked, monkeypatch):
    monkeypatch.setattr("grader.maintenance.cleanup.KEEP_SECONDS", -HOUR)
    stocked.create_container(image=OLD[0], command=["none"], name="user")
    done = clean()
    assert done.return_value == 4
    assert f"could not remove image {OLD[0]}" in done.stderr
    assert OLD[0] in names(stocked)
    assert OLD[1] not in names(stocked)
