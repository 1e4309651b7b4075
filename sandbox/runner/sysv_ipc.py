"""System V shared memory, messages and semaphores: the only things that outlive a process without a file."""

import contextlib
import ctypes

TABLES = {"shm": "shmid", "msg": "msqid", "sem": "semid"}  # in /proc/sysvipc, by the columns of their ids
REMOVE = 0  # IPC_RMID


def remove_all_of(user: int) -> None:
    """Remove what this user has made. The caller has to be that user, or root."""
    libc = ctypes.CDLL(None)
    for number in _ids_of(user, "shm"):
        libc.shmctl(number, REMOVE, None)
    for number in _ids_of(user, "msg"):
        libc.msgctl(number, REMOVE, None)
    for number in _ids_of(user, "sem"):
        libc.semctl(number, 0, REMOVE, 0)


def _ids_of(user: int, table: str) -> list[int]:
    found = []
    # A kernel without System V has no such file.
    with contextlib.suppress(OSError), open(f"/proc/sysvipc/{table}", encoding="ascii") as file:
        columns = file.readline().split()
        for line in file:
            entry = dict(zip(columns, line.split(), strict=False))
            if str(user) in (entry.get("uid"), entry.get("cuid")):
                found.append(int(entry[TABLES[table]]))
    return found
