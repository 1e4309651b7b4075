"""The corpus as a table, run now: what each file tries, and how it ended on each backend.

    python tests/hostile_table.py [BACKEND ...] [--only NAME]     Markdown on standard output

The backends are docker, bubblewrap and process; without a name, docker and bubblewrap. "held" is as the file says
and nothing else was touched; "not promised" is what the backend does not claim to keep off.
"""

import os
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from attacks import ATTACKS, Attack, Ending, groups, run_attacks

from sandbox.backends import Backend, open_sandbox
from sandbox.limits import MIB, Limits

SHARED = Limits(exercise_seconds=5.0, memory_bytes=192 * MIB)
WHOLE = Limits(exercise_seconds=5.0)


def outcomes(backend: str, only: str | None) -> dict[str, str]:
    """By attack: one of the words above, or what came out instead."""
    found = {attack.name: "not promised" for attack in ATTACKS if backend in attack.not_on}
    opened = partial(open_sandbox, Backend(backend), say=_say)
    for group in groups(backend):
        chosen = tuple(attack for attack in group if only in (None, attack.name))
        if not chosen:
            continue
        limits = WHOLE if chosen[0].whole else SHARED
        if backend == "process":
            limits = replace(limits, processes=24, memory_bytes=min(limits.memory_bytes, 600 * MIB))
        with tempfile.TemporaryDirectory() as folder:
            endings = run_attacks(chosen, limits, opened, Path(folder))
        found |= {attack.name: _words(attack, endings[attack.name]) for attack in chosen}
        _say(f"{backend}: {len(found)} of {len(ATTACKS)}")
    return found


def _words(attack: Attack, ending: Ending) -> str:
    if not ending.spared:
        return f"NOT HELD: it touched others ({', '.join((*ending.others, *ending.traces))})"
    return "held" if ending.status == attack.expected else f"NOT HELD: {ending.status}"


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> None:
    arguments = sys.argv[1:]
    only = None
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1]
        del arguments[at : at + 2]
    backends = arguments or ["docker", "bubblewrap"]
    if not set(backends) <= {"docker", "bubblewrap", "process"}:
        sys.exit(f"There is no such backend: {', '.join(backends)}. There are docker, bubblewrap and process.")
    if "process" in backends and os.getuid() != 0:
        sys.exit("As a plain process these attacks end whatever this user runs; as root each runs as another user.")
    tables = {backend: outcomes(backend, only) for backend in backends}
    print(f"| file | what it tries | its exercise ends as | {' | '.join(backends)} |")
    print("|---|---|---|" + "---|" * len(backends))
    for attack in ATTACKS:
        if only in (None, attack.name):
            cells = (tables[backend].get(attack.name, "") for backend in backends)
            print(f"| `{attack.name}` | {attack.title} | {attack.expected} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
