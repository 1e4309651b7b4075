"""The parameter bank where a container can mount it: a folder here, or a volume on a remote engine."""

import contextlib
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import docker
from docker.errors import NotFound

from sandbox.docker.container import BANK_INSIDE, LABEL, engine_faults, owner_labels
from sandbox.docker.engine import is_remote


def mountable_bank(client: docker.APIClient, bank: Path, image: str) -> str:
    """What to mount at the container's bank: the folder itself where the engine shares our file system."""
    return bank_volume(client, bank, image) if is_remote(client) else str(bank)


def bank_volume(client: docker.APIClient, bank: Path, image: str) -> str:
    """The name of a volume on the engine that holds the bank; it is filled at the first use.

    A container that is created and never started carries the files in. While it exists the volume is not
    complete, so that one that was interrupted is filled again.
    """
    name = f"goldgrade-bank-{bank.name}"
    filler = f"{name}-filler"
    with engine_faults("copying the parameter bank to it"):
        unfinished = _exists(client, filler)
        if not unfinished and client.volumes(filters={"name": f"^{name}$"})["Volumes"]:
            return name
        if unfinished:
            client.remove_container(filler, force=True)
        client.create_volume(name, labels={LABEL: "bank"})
        client.create_container(
            image=image,
            name=filler,
            labels=owner_labels("bank"),
            network_disabled=True,
            host_config=client.create_host_config(binds={name: {"bind": BANK_INSIDE, "mode": "rw"}}),
        )
        for file in sorted(bank.iterdir()):
            with _archive(file) as archive:
                client.put_archive(filler, BANK_INSIDE, archive)
        client.remove_container(filler)
    return name


def _exists(client: docker.APIClient, container: str) -> bool:
    with contextlib.suppress(NotFound):
        client.inspect_container(container)
        return True
    return False


@contextlib.contextmanager
def _archive(file: Path) -> Iterator[IO[bytes]]:
    """The file in an archive; in a file itself, for there may be hundreds of megabytes."""
    with tempfile.TemporaryFile() as unfinished:
        with tarfile.open(fileobj=unfinished, mode="w") as archive, file.open("rb") as content:
            member = tarfile.TarInfo(file.name)
            member.size, member.mode = file.stat().st_size, 0o444
            archive.addfile(member, content)
        unfinished.seek(0)
        yield unfinished
