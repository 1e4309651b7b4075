"""What fails and what does not, side by side: where no known mistake fits, it tells where to look.

It rests on which checks passed alone, which the report says anyhow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exercises.spec import CheckKind, Contrast, Exercise
from grader.judging import Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class OneOutput:
    """Of several results one is wrong somewhere, and the others are right in every case."""

    wrong: str
    right: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SomeCases:
    """All that is wrong lies among the cases that share something, and everywhere else all is right."""

    contrast: Contrast


Contrasted: TypeAlias = OneOutput | SomeCases


def contrasts_in(exercise: Exercise, verdicts: Sequence[Verdict]) -> tuple[Contrasted, ...]:
    """What the verdicts tell by themselves; both kinds may be true."""
    failed = {verdict.check.case_id for verdict in verdicts if verdict.outcome is not Outcome.PASSED}
    fitting = [each for each in exercise.contrasts if failed and failed <= set(each.case_ids)]
    some_cases = (SomeCases(contrast=fitting[0]),) if fitting else ()
    return (*some_cases, *_one_output(exercise, verdicts))


def _one_output(exercise: Exercise, verdicts: Sequence[Verdict]) -> tuple[OneOutput, ...]:
    about = [each for each in verdicts if each.check.kind is CheckKind.VALUES and each.check.output is not None]
    outcomes = {
        output: {each.outcome for each in about if each.check.output == output} for output in exercise.outputs
    }
    right = tuple(output for output, found in outcomes.items() if found == {Outcome.PASSED})
    wrong = [output for output, found in outcomes.items() if Outcome.FAILED in found]
    if not right or len(wrong) != 1 or len(right) + 1 != len(exercise.outputs):
        return ()
    return (OneOutput(wrong=wrong[0], right=right),)
