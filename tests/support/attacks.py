"""The hostile corpus as values, and how its files are run: many in one container, or one as a whole submission.

Each file in ``hostile/`` has a docstring that says what it tries, and below that

    Expected: STATUS        how its exercise ends, ``passed`` when the attack fails and the answer stands
    Graded: whole           (some) as a submission with all five exercises, through ``grade()``
    Not on: BACKEND, why    (some) what this backend does not promise to keep off

Whether an attack was kept off has to show in its status: it raises, or answers wrongly, when it worked. A file
may call ``honest``, which is the right answer, and ``send``, which writes a frame where results go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from exercises.spec import Exercise
from grader.course.loaded_assignment import prepare_assignment
from grader.course.private_assignment import secret_of
from grader.grading.pipeline import grade
from grader.settings import Settings
from grader.submission.program_file import Format, ProgramFile
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import parse
from sandbox.interface import OpenSandbox
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import ExerciseRun, RunRequest
from tests.support.graded import report_of
from tests.support.paths import DATA, TESTS

FOLDER = TESTS / "hostile"
RIGHT = DATA / "right_submission.py"
EXERCISE = "attention"
IN_ONE_CONTAINER = 10
# What is honest passes on a slow machine under load too, for time that it does not get is not counted. It needs less
# than a tenth of this; much of what the corpus costs is waiting for the limit.
WHOLE = Limits(cpu_seconds=2.0)
SHARED = Limits(cpu_seconds=1.5, memory_bytes=192 * MIB)  # exercises of small matrices
HONEST = """\
import numpy as np


def honest(Q, K, V, mask=None):
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights


"""
SEND = """\
import os
import struct


def send_bytes(data):
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, data)
        except OSError:
            pass


def send(kind, payload, length=None):
    size = len(payload) if length is None else length
    send_bytes(struct.pack(">2sBBI", b"GG", kind, 0, size) + payload)


"""
# What an exercise finds, which no exercise before it may have changed.
AN_HONEST_ANSWER = (
    HONEST
    + """\
import os
import resource
import signal
import threading

import utils

TOLD = []


def open_or_none(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def found():
    home = os.environ["HOME"]
    yield "limits", [resource.getrlimit(number) for number in range(16)]
    yield "priority", os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0), sorted(os.sched_getaffinity(0))
    yield "signals", signal.pthread_sigmask(signal.SIG_BLOCK, ()), [signal.getsignal(n) for n in range(1, 32)]
    yield "folder", os.getcwd() == home, sorted(os.listdir(home)), sorted(os.listdir(os.getcwd()))
    mask = os.umask(0)
    os.umask(mask)
    yield "environment", mask, {name: value for name, value in os.environ.items() if name != "HOSTNAME" and value != home}
    yield "processes", threading.active_count(), len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
    owned = 0
    for path in filter(str.isdigit, os.listdir("/proc")):
        try:
            owned += os.stat("/proc/" + path).st_uid == os.getuid()
        except OSError:  # it is gone
            pass
    yield "others", owned
    for kind in ("shm", "msg", "sem"):
        lines = (open_or_none(f"/proc/sysvipc/{kind}") or "").splitlines()[1:]
        yield kind, sum(str(os.getuid()) in line.split() for line in lines)
    yield "utils", sorted(name for name in dir(utils) if callable(getattr(utils, name)))


def student_attention(Q, K, V, mask=None):
    if not TOLD:
        TOLD.append(True)
        for each in found():
            print(*each)
    return honest(Q, K, V, mask)
"""
)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One file of the corpus."""

    path: Path
    title: str  # what it tries
    expected: str
    whole: bool
    not_on: frozenset[str]  # backends

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attack ended on one backend; ``others`` are the statuses that it must not touch."""

    status: str
    others: tuple[str, ...]
    traces: tuple[str, ...] = ()  # what the next exercise found changed

    @property
    def spared(self) -> bool:
        return set(self.others) == {"passed"} and not self.traces


def read_attack(path: Path) -> Attack:
    docstring = path.read_text(encoding="utf-8").split('"""')[1]
    title = " ".join(docstring.split("\n\n")[0].split())
    expected = re.search(r"^Expected: (\w+)$", docstring, re.MULTILINE)
    assert expected is not None, path
    return Attack(
        path=path,
        title=title,
        expected=expected[1],
        whole="\nGraded: whole\n" in docstring,
        not_on=frozenset(re.findall(r"^Not on: (\w+), ", docstring, re.MULTILINE)),
    )


ATTACKS = tuple(read_attack(path) for path in sorted(FOLDER.glob("*.py")))


def groups(backend: str) -> list[tuple[Attack, ...]]:
    """The attacks that share a container, and those that go alone, as whole submissions."""
    attacks = [attack for attack in ATTACKS if backend not in attack.not_on]
    shared = [attack for attack in attacks if not attack.whole]
    number = -(-len(shared) // IN_ONE_CONTAINER)
    # Every so many-th, so that files which wait for the same limit are spread.
    return [tuple(shared[start::number]) for start in range(number)] + [
        (attack,) for attack in attacks if attack.whole
    ]


def limits_of(attacks: tuple[Attack, ...], backend: str) -> Limits:
    """What a group of them may use."""
    limits = WHOLE if attacks[0].whole else SHARED
    if backend == "process":  # nothing bounds what all processes of a submission use together, so each may use less
        limits = replace(limits, processes=24, memory_bytes=min(limits.memory_bytes, 600 * MIB))
    return limits


def run_attacks(
    attacks: tuple[Attack, ...], limits: Limits, open_sandbox: OpenSandbox, folder: Path
) -> dict[str, Ending]:
    """How each ended; ``folder`` is empty and ours."""
    if attacks[0].whole:
        return {attack.name: _whole(attack, limits, open_sandbox, folder) for attack in attacks}
    return _shared(attacks, limits, open_sandbox, folder)


def _whole(attack: Attack, limits: Limits, open_sandbox: OpenSandbox, folder: Path) -> Ending:
    file = folder / "submission.py"
    text = RIGHT.read_text(encoding="utf-8") + "\n\n" + HONEST + SEND + attack.path.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")  # the last definition wins
    report = grade(file, Settings(limits=limits), open_sandbox)
    statuses = {exercise.id: exercise.status.value for exercise in report.exercises}
    others = tuple(status for name, status in statuses.items() if name != EXERCISE)
    assert len(others) == 4
    return Ending(status=statuses[EXERCISE], others=others)


def _shared(
    attacks: tuple[Attack, ...], limits: Limits, open_sandbox: OpenSandbox, folder: Path
) -> dict[str, Ending]:
    """Each as an exercise of one request, and after each an honest answer whose marks must stand.

    That answer also tells what it finds, which has to be what the one before all attacks has found.
    """
    course = prepare_assignment(Settings().assignment, secret_of(Settings()))
    (exercise,) = (each for each in course.assignment.exercises if each.exercise_id == EXERCISE)
    programs = dict(_programs(attacks, exercise))
    calls, golden = course.calls(exercise), course.golden(exercise)
    runs = tuple(
        ExerciseRun(
            exercise_id=name,
            entry_point=exercise.entry_point,
            snippets=program.snippets,
            calls=calls,
            forbidden=exercise.forbidden,
        )
        for name, program in programs.items()
    )
    request = RunRequest(utils_source=course.assignment.utils_source, runs=runs, limits=limits)
    with open_sandbox(bank=_small_bank(folder), limits=limits) as sandbox:
        results = {result.exercise_id: result for result in sandbox.run(request).exercises}
    settings = Settings(limits=limits)
    statuses = {
        name: report_of(exercise, golden, calls, program, results[name], settings).status.value
        for name, program in programs.items()
    }
    untouched = results["before"].stdout.splitlines()
    return {
        attack.name: Ending(
            status=statuses[attack.name],
            others=(statuses[f"after {attack.name}"],),
            traces=tuple(
                line for line in results[f"after {attack.name}"].stdout.splitlines() if line not in untouched
            ),
        )
        for attack in attacks
    }


def _programs(attacks: tuple[Attack, ...], exercise: Exercise) -> Iterator[tuple[str, Sliced]]:
    yield "before", _sliced(AN_HONEST_ANSWER, exercise)
    for attack in attacks:
        yield attack.name, _sliced(HONEST + SEND + attack.path.read_text(encoding="utf-8"), exercise)
        yield f"after {attack.name}", _sliced(AN_HONEST_ANSWER, exercise)


def _sliced(text: str, exercise: Exercise) -> Sliced:
    program = parse(ProgramFile(name="submission.py", format=Format.PYTHON, data=text.encode()))
    found = slice_program(program, exercise.entry_point, is_class=exercise.is_class)
    assert isinstance(found, Sliced), found
    return found


def _small_bank(folder: Path) -> Path:
    """Attention needs no parameters; this is one to attack, and a real one would only raise the limit of memory."""
    folder.chmod(0o755)
    bank = folder / "bank"
    bank.mkdir(mode=0o755)
    np.save(bank / "Linear-1-1.weight.0.npy", np.zeros((1, 1), dtype=np.float32))
    return bank
