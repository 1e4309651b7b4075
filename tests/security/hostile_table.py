"""The corpus as a table, run now: what each file tries, and how it ended on each backend.

    python -m tests.security.hostile_table [BACKEND ...] [--only NAME]     Markdown on standard output, a summary at its end

The backends are docker, bubblewrap and process; without a name, docker and bubblewrap. "held" is as the file says
and nothing else was touched; "not promised" is what the backend does not claim to keep off.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from sandbox.backends import Backend, open_sandbox
from sandbox.system.errors import SandboxUnavailable
from tests.support.attacks import ATTACKS, Attack, Ending, groups, limits_of, run_attacks

OTHERS = "others"
# By the beginnings of the files' names.
KINDS = {
    "memory, disk, processes without end": (
        *("allocate", "maps", "memory", "fill", "many_files", "descriptors_without", "deep_folders", "daemons"),
        *("fork", "threads", "zombies", "messages_that", "layers", "trace_without", "huge_array", "large_array"),
        *("million", "iterator", "endless_recursion", "choke", "orphans", "core_dump"),
    ),
    "output without end": ("print_without", "errors_without", "drip", "huge_exception", "exception_chain"),
    "time": (
        *("loop", "sleep", "compute_and", "hold_the", "endless_pattern", "endless_array", "ignore", "time_stands"),
        *("timers", "stop", "close_pipes"),
    ),
    "the runner and other exercises": (
        *("kill", "signal_runner", "trace_runner", "slow_runner", "raise_limits", "change_environment", "at_exit"),
        *("modules_for", "patched_grader", "warnings", "write_to_runner", "descriptors_of", "daemon_stays"),
        *("flood_through", "become_another", "crash", "os_exit", "sys_exit", "close_streams", "next_case"),
    ),
    "forged frames and headers": ("forge", "garbage", "npy", "answer_from"),
    "odd arrays and objects": (
        *("array", "object", "structured", "strided", "subclass", "duck", "false_class", "evil", "metaclass"),
        *("name_of", "cyclic", "file_that", "infinities", "nan", "odd_numbers", "escapes"),
    ),
    "Python changed under our hands": ("patched", "import_hooks", "no_modules", "trace_hooks", "missing_module"),
    "answers and other people's data": ("search", "use_the_answer", "write_bank", "write_system", "forbidden_code"),
    "network": ("network",),
    "the kernel, devices, rights": ("system", "dangerous", "devices", "become_root", "set_uid"),
}


def outcomes(backend: str, only: str | None) -> dict[str, str]:
    """By attack: one of the words above, or what came out instead."""
    found = {attack.name: "not promised" for attack in ATTACKS if backend in attack.not_on}
    opened = partial(open_sandbox, Backend(backend), say=_say)
    for group in groups(backend):
        chosen = tuple(attack for attack in group if only in (None, attack.name))
        if not chosen:
            continue
        limits = limits_of(chosen, backend)
        with tempfile.TemporaryDirectory() as folder:
            endings = run_attacks(chosen, limits, opened, Path(folder))
        found |= {attack.name: _words(attack, endings[attack.name]) for attack in chosen}
        _say(f"{backend}: {len(found)} of {len(ATTACKS)}")
    return found


def summary(tables: dict[str, dict[str, str]]) -> Iterator[str]:
    """A line of Markdown for each kind of attack, with what came of them on each backend."""
    yield f"| what is tried | attacks | {' | '.join(tables)} |"
    yield "|---|---|" + "---|" * len(tables)
    kinds = {attack.name: _kind(attack) for attack in ATTACKS}
    for kind in (*KINDS, OTHERS, None):
        names = [name for name, its in kinds.items() if kind in (None, its)]
        cells = (_counts(found[name] for name in names if name in found) for found in tables.values())
        if names:
            yield f"| {kind or '**all**'} | {len(names)} | {' | '.join(cells)} |"


def _kind(attack: Attack) -> str:
    """The longest beginning decides."""
    fitting = [
        (len(each), kind) for kind, each_of in KINDS.items() for each in each_of if attack.name.startswith(each)
    ]
    return max(fitting)[1] if fitting else OTHERS


def _counts(outcomes: Iterable[str]) -> str:
    counted = Counter(each.split(":")[0] for each in outcomes)
    return ", ".join(f"{number} {words}" for words, number in sorted(counted.items()))


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
    tables: dict[str, dict[str, str]] = {}
    for backend in backends:
        try:
            tables[backend] = outcomes(backend, only)
        except SandboxUnavailable as error:  # the others' outcomes are not lost
            _say(f"{backend}: {error}")
    print(f"| file | what it tries | its exercise ends as | {' | '.join(tables)} |")
    print("|---|---|---|" + "---|" * len(tables))
    for attack in ATTACKS:
        if only in (None, attack.name):
            cells = (found.get(attack.name, "") for found in tables.values())
            print(f"| `{attack.name}` | {attack.title} | {attack.expected} | {' | '.join(cells)} |")
    print("", *summary(tables), sep="\n")


if __name__ == "__main__":
    main()
