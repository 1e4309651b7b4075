"""What an exercise's own programs get for marks, with every check and as submissions get them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from exercises.authors_code import told_as_broken
from exercises.golden_files import Golden
from exercises.spec import Exercise, WrongVariant
from grader.diagnosis import failure_text
from grader.judging import Outcome, Verdict, judge
from sandbox.host import most_bytes
from sandbox.runner import encode_case
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseResult

MOST_PROGRAMS = 5  # that are told with what they lose; of the others how many they are


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A check that a program does not pass."""

    program: str  # "right/loops.py"
    verdict: Verdict

    @property
    def text(self) -> str:
        """The program, the case, the check, what it is worth and what was found there."""
        check, failure = self.verdict.check, self.verdict.failure
        found = failure_text(failure, visible=True, limits=Limits()) if failure else "Nothing was looked at."
        return f"{self.program} does not pass {check.check_id} ({check.points:g} points): {found}"


def right_programs(exercise: Exercise) -> Mapping[Path, str]:
    """The programs that deserve full marks, each with what it calls the entry point."""
    accepted = {each.path: each.entry_point for each in exercise.accepted}
    return accepted | {path: exercise.entry_point for path in exercise.right_paths if path not in accepted}


def verdicts_of(
    exercise: Exercise, golden: Golden, calls: tuple[CaseCall, ...], result: ExerciseResult
) -> tuple[Verdict, ...]:
    """As a submission is judged. Raises AssignmentBroken where a property can't be asked."""
    judged = partial(judge, exercise, golden, calls, result)
    return told_as_broken(str(exercise.folder / "properties.py"), judged) if exercise.properties else judged()


def losses(program: str, verdicts: tuple[Verdict, ...]) -> Iterator[Loss]:
    """What a program does not pass; of checks that had nothing to look at only those before them."""
    failed = [each for each in verdicts if each.outcome is Outcome.FAILED]
    yield from (Loss(program=program, verdict=each) for each in failed)


def told_losses(found: list[Loss]) -> Iterator[str]:
    """A line for each of the first programs, which a mistake in the exercise may all have in common."""
    programs = Counter(loss.program for loss in found)
    first = {loss.program: loss for loss in reversed(found)}
    for program in list(programs)[:MOST_PROGRAMS]:
        more = f" And {programs[program] - 1} more of its checks." if programs[program] > 1 else ""
        yield first[program].text + more
    if len(programs) > MOST_PROGRAMS:
        yield f"{len(programs) - MOST_PROGRAMS} more right programs lose marks"


def keeps_all(variant: WrongVariant, verdicts: tuple[Verdict, ...]) -> str | None:
    """What is amiss where a wrong variant loses nothing, or nothing where the author says that it does."""
    failed = {each.check.check_id for each in verdicts if each.outcome is not Outcome.PASSED}
    lost = sum(each.check.points for each in verdicts if each.outcome is not Outcome.PASSED)
    passed = [check_id for check_id in variant.fails if check_id not in failed]
    if passed:
        return f"wrong/{variant.path.name} passes {', '.join(passed)}, which its 'fails' names"
    if not lost:
        only = f": it fails only {', '.join(sorted(failed))}, worth 0 points" if failed else ""
        return f"wrong/{variant.path.name} gets full marks{only}"
    return None


def too_large(program: str, result: ExerciseResult) -> str | None:
    """What is amiss where all that a program gives is more than an exercise may send."""
    most = most_bytes(Limits())
    sent = sum(len(encode_case(case)) for case in result.cases)
    if sent <= most:
        return None
    return f"{program} gives {sent >> 20} MiB in all its cases, and {most >> 20} MiB can leave the sandbox"
