"""``python -m benchmarks.judgement.strangers``: how programs in other people's ways are judged, in counts.

``tests/strangers/README.md`` says what the corpus is, how it is split and how it is labelled. ``--show tuned``
lists what was told of each program; ``--show aside`` is for whoever labels, and for nobody who writes diagnoses.
Exits with 1 when a right program loses marks, a wrong one keeps them all, or somebody is misled.
"""

import argparse
import os
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the container, and before NumPy is imported

from benchmarks.judgement.forks import Ending, in_children
from benchmarks.judgement.programs import Programs, all_programs
from benchmarks.judgement.strangers_index import Half, Stranger, Truth, strangers
from grader.judging import Outcome as CheckOutcome
from grader.report.model import ExerciseReport, ExerciseStatus, Rank

SECONDS = 120.0  # an AlexNet on a busy machine
SHOWN_CHARACTERS = 600  # of each text, in the list
FACTS = ("input_unchanged", "two_calls_agree")  # checks whose message says what is wrong, beyond numbers and shapes


class Outcome(Enum):
    """What became of a program, from the columns of the table."""

    FINE = "fine"  # right, with full marks and without a word
    ALARM = "alarm"  # right, and it lost marks
    TOLD = "told"  # right, with full marks, and told of a mistake
    MISSED = "missed"  # wrong, and it kept all marks
    NAMED = "named"
    PARTLY = "partly"
    NOTHING = "nothing"  # nothing that names the cause, and nothing that claims another one
    MISLED = "misled"  # something was stated that the label does not know


OF_RIGHT = (Outcome.FINE, Outcome.ALARM, Outcome.TOLD)
OF_WRONG = (Outcome.MISSED, Outcome.NAMED, Outcome.PARTLY, Outcome.NOTHING, Outcome.MISLED)
NOT_ALLOWED = (Outcome.ALARM, Outcome.TOLD, Outcome.MISSED, Outcome.MISLED)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that the report says of a program's mistake."""

    id: str
    states: bool  # it states a cause, and does not only say where to look
    text: str


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The part of a report that the labels speak of; it crosses from a child."""

    passed: bool
    told: tuple[Told, ...]  # the diagnoses, and the failed checks that are facts
    exception: str  # with the student's line, or empty


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One program with its outcome."""

    stranger: Stranger
    reported: Reported | None  # None where grading did not end
    outcome: Outcome


def reported(programs: Programs, stranger: Stranger) -> Reported:
    """Grade one program in this process."""
    report, _ = programs.graded(stranger.path.read_text(encoding="utf-8"))
    return _reported(report)


def _reported(report: ExerciseReport) -> Reported:
    error = report.error
    diagnoses = tuple(
        Told(id=each.id, states=each.rank is not Rank.WHERE_TO_LOOK, text=f"{each.title}\n{each.message}")
        for each in report.diagnoses
    )
    facts = dict.fromkeys(
        Told(id=check.kind, states=False, text=check.message)
        for check in report.checks
        if check.kind in FACTS and check.outcome is CheckOutcome.FAILED
    )
    return Reported(
        passed=report.status is ExerciseStatus.PASSED and report.points == report.max_points,
        told=(*diagnoses, *facts),
        exception=f"{error.type}: {error.message}\n{error.traceback}" if error else "",
    )


def outcome(stranger: Stranger, found: Reported) -> Outcome:
    """The labelling rule, worst first."""
    match stranger.truth:
        case Truth.RIGHT:
            if not found.passed:
                return Outcome.ALARM
            strange = [each for each in found.told if not _has(stranger.harmless, each.text)]
            return Outcome.TOLD if strange else Outcome.FINE
        case Truth.WRONG:
            return Outcome.MISSED if found.passed else _naming(stranger, found)


def _naming(stranger: Stranger, found: Reported) -> Outcome:
    true = (*stranger.names, *stranger.partly, *stranger.harmless)
    if any(each.states and not _has(true, each.text) for each in found.told):
        return Outcome.MISLED
    # All that is told together: where a program has two mistakes, each may be told in a text of its own.
    if _has(stranger.names, "\n".join(each.text for each in found.told)):
        return Outcome.NAMED
    # An exception shows what happened, and is never more than half of why.
    half = (*stranger.names, *stranger.partly)
    if any(_has(half, text) for text in (*(each.text for each in found.told), found.exception)):
        return Outcome.PARTLY
    return Outcome.NOTHING


def _has(expressions: Sequence[str], text: str) -> bool:
    return any(re.search(each, text, re.IGNORECASE | re.DOTALL) for each in expressions)


def try_strangers(chosen: Sequence[Stranger]) -> tuple[Tried, ...]:
    """Grade programs in children, as many at once as there are processors."""
    by_id = {programs.exercise.exercise_id: programs for programs in all_programs()}
    jobs = iter([_job(by_id[each.exercise_id], each) for each in chosen])
    ended = dict(in_children(jobs, seconds=SECONDS))
    return tuple(_tried(each, ended[number]) for number, each in enumerate(chosen))


def _job(programs: Programs, stranger: Stranger) -> Callable[[], Reported]:
    return lambda: reported(programs, stranger)


def _tried(stranger: Stranger, ended: Reported | Ending) -> Tried:
    if isinstance(ended, Ending):
        raise SystemExit(f"{stranger.name}: grading did not end ({ended.value}). Run it alone with grade.")
    return Tried(stranger=stranger, reported=ended, outcome=outcome(stranger, ended))


def table(tried: Sequence[Tried]) -> str:
    """Counts by half and exercise."""
    lines = [
        f"{'':24}" + "".join(f"{each:>9}" for each in ("right", *_values(OF_RIGHT), "wrong", *_values(OF_WRONG)))
    ]
    for half in Half:
        mine = [each for each in tried if each.stranger.half is half]
        for exercise_id in dict.fromkeys(each.stranger.exercise_id for each in mine):
            of_it = [each for each in mine if each.stranger.exercise_id == exercise_id]
            lines.append(_row(f"{half.value} {exercise_id}", of_it))
        if mine:
            lines += [_row(f"{half.value}, all", mine), ""]
    return "\n".join(lines).rstrip()


def _values(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    return tuple(each.value for each in outcomes)


def _row(title: str, tried: Sequence[Tried]) -> str:
    count = Counter(each.outcome for each in tried)
    cells: list[int] = []
    for outcomes in (OF_RIGHT, OF_WRONG):
        cells += [sum(count[each] for each in outcomes), *(count[each] for each in outcomes)]
    return f"{title:24}" + "".join(f"{cell:>9}" for cell in cells)


def listed(tried: Sequence[Tried]) -> Iterator[str]:
    """Each program with what it is and what was told, for a person to read: is anything false?"""
    for each in tried:
        known = f" (known: {each.stranger.known_miss})" if each.stranger.known_miss else ""
        yield f"{each.outcome.value:8} {each.stranger.exercise_id}/{each.stranger.name}{known}"
        yield f"         {each.stranger.cause}"
        if each.reported is None:
            continue
        for told in each.reported.told:
            rank = "stated" if told.states else "where to look"
            text = textwrap.shorten(told.text, SHOWN_CHARACTERS)
            yield f"       - {told.id} ({rank}): {text}"
        if each.reported.exception:
            yield f"       ! {textwrap.shorten(each.reported.exception, SHOWN_CHARACTERS)}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement.strangers", description=__doc__)
    parser.add_argument("--only", action="append", help="one exercise; may be repeated")
    parser.add_argument("--half", choices=[half.value for half in Half], help="one half; default: both")
    parser.add_argument("--show", choices=[half.value for half in Half], help="list what was told of this half")
    given = parser.parse_args()
    chosen = [
        each
        for half in Half
        if given.half in (None, half.value)
        for each in strangers(half)
        if not given.only or each.exercise_id in given.only
    ]
    tried = try_strangers(chosen)
    if given.show:
        print("\n".join(listed([each for each in tried if each.stranger.half.value == given.show])) + "\n")
    print(table(tried))
    return 1 if any(each.outcome in NOT_ALLOWED and not each.stranger.known_miss for each in tried) else 0


if __name__ == "__main__":
    sys.exit(main())
