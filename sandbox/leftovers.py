"""Containers that a killed grader left behind: found by their labels and removed, never another grader's."""

from collections.abc import Mapping

import docker
from docker.errors import APIError, NotFound

from sandbox.container import LABEL, OWNER_LABEL, STARTED_LABEL, SYSTEM_LABEL, engine_faults
from sandbox.owner import Owner


def remove_leftovers(client: docker.APIClient) -> int:
    """Remove the containers whose grader is gone; returns how many there were. Raises SandboxUnavailable."""
    removed = 0
    for container in find_leftovers(client):
        with engine_faults("removing a container that was left behind"):
            try:
                client.remove_container(container, force=True, v=True)
                removed += 1
            except NotFound:
                continue
            except APIError as error:
                if error.status_code != 409:  # the engine is at it already
                    raise
    return removed


def find_leftovers(client: docker.APIClient) -> tuple[str, ...]:
    """The ids of containers whose grader is gone. Raises SandboxUnavailable."""
    with engine_faults("looking for containers that were left behind"):
        found = client.containers(all=True, filters={"label": f"{LABEL}=container"})
    return tuple(str(container["Id"]) for container in found if _owner(container["Labels"]).is_gone)


def _owner(labels: Mapping[str, str]) -> Owner:
    number = labels.get(OWNER_LABEL, "")
    return Owner(
        system=labels.get(SYSTEM_LABEL, ""),
        process=int(number) if number.isdecimal() else 0,
        started=labels.get(STARTED_LABEL, ""),
    )
