"""What a killed grader left behind: found by labels and names that tell the owner, and removed.

The engine ends and removes most containers by itself, for a runner ends with its input. This is for the rest.
"""

import contextlib
import time
from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import APIError, NotFound

from sandbox.docker import LABEL, OWNER_LABEL, STARTED_LABEL, SYSTEM_LABEL, engine_faults
from sandbox.process import tidy_up_here
from sandbox.system import FORGOTTEN_SECONDS, ProcessIdentity, SandboxUnavailable, find_folders, plain_line

KINDS = ("container", "bank")  # the label's values: a submission's, and one that fills a volume with a bank


def remove_leftovers(client: docker.APIClient) -> int:
    """Remove the containers whose grader is gone; returns how many there were. Raises SandboxUnavailable."""
    return sum(remove_container(client, container) for container in find_leftovers(client))


def find_leftovers(client: docker.APIClient) -> tuple[str, ...]:
    """The ids of containers whose grader is gone. Raises SandboxUnavailable."""
    with engine_faults("looking for containers that were left behind"):
        found = client.containers(all=True, filters={"label": LABEL})
        return tuple(str(container["Id"]) for container in found if _is_left(container))


def find_living_owners(client: docker.APIClient | None) -> tuple[str, ...]:
    """Those who have a container or a temporary folder and may be alive, in words. Raises SandboxUnavailable."""
    found = [f"process {folder.owner.process}" for folder in find_folders() if not folder.is_left]
    if client is not None:
        with engine_faults("looking for graders at work"):
            containers = client.containers(all=True, filters={"label": LABEL})
            found += [
                f"process {_owner(each['Labels']).process} with container {plain_line(each['Id'][:12])}"
                for each in containers
                if each["Labels"][LABEL] in KINDS and not _is_left(each)
            ]
    return tuple(dict.fromkeys(found))


def remove_containers_of(client: docker.APIClient, owner: ProcessIdentity) -> int:
    """Remove those that this owner started, as the last thing that it does. Raises SandboxUnavailable."""
    with engine_faults("looking for containers that were left behind"):
        containers = client.containers(all=True, filters={"label": LABEL})
        found = [str(container["Id"]) for container in containers if _owner(container["Labels"]) == owner]
    return sum(remove_container(client, container) for container in found)


def remove_container(client: docker.APIClient, container: str) -> bool:
    """Remove it, with what it holds; returns whether it was still there. Raises SandboxUnavailable."""
    with engine_faults("removing a container that was left behind"):
        try:
            client.remove_container(container, force=True, v=True)
        except NotFound:
            return False
        except APIError as error:
            if error.status_code != 409:  # the engine is at it already
                raise
            return False
    return True


def tidy_up(client: docker.APIClient | None) -> None:
    """Remove what killed graders left, while a submission computes. What fails is left to the next time."""
    if client is not None:
        with contextlib.suppress(SandboxUnavailable):
            remove_leftovers(client)
    tidy_up_here()


def _is_left(container: Mapping[str, Any]) -> bool:
    labels = container["Labels"]
    if labels[LABEL] not in KINDS:
        return False  # made from an image of ours by somebody else: it inherits the image's label
    owner = _owner(labels)
    forgotten = not owner.is_known and container["Created"] < time.time() - FORGOTTEN_SECONDS
    return owner.is_gone or forgotten


def _owner(labels: Mapping[str, str]) -> ProcessIdentity:
    number = labels.get(OWNER_LABEL, "")
    return ProcessIdentity(
        system=labels.get(SYSTEM_LABEL, ""),
        process=int(number) if number.isdecimal() else 0,
        started=labels.get(STARTED_LABEL, ""),
    )
