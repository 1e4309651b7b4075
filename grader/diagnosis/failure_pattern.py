"""What fails and what does not, side by side: where no known mistake fits, it tells where to look.

It rests on which checks passed alone, which the report says anyhow.
"""

from dataclasses import dataclass
from typing import TypeAlias

from exercises.spec import CheckKind, Contrast
from grader.diagnosis.evidence import FailedExercise
from grader.judging import Outcome


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


def contrasts_in(evidence: FailedExercise) -> tuple[Contrasted, ...]:
    """What the verdicts tell by themselves; both kinds may be true."""
    failed = evidence.not_passed - (evidence.failed - evidence.wrong)
    says_itself = any(case.raised is not None for case in evidence.failed_cases)
    fitting = [
        each
        for each in evidence.exercise.contrasts
        if evidence.wrong and not says_itself and failed <= set(each.case_ids)
    ]
    some_cases = (SomeCases(contrast=fitting[0]),) if fitting else ()
    return (*some_cases, *_one_output(evidence))


def _one_output(evidence: FailedExercise) -> tuple[OneOutput, ...]:
    checks = [each for each in evidence.verdicts if each.check.kind is CheckKind.VALUES]
    outputs = evidence.exercise.outputs
    outcomes = {output: {each.outcome for each in checks if each.check.output == output} for output in outputs}
    right = tuple(output for output, found in outcomes.items() if found == {Outcome.PASSED})
    wrong = [output for output, found in outcomes.items() if Outcome.FAILED in found]
    if not right or len(wrong) != 1 or len(right) + 1 != len(outputs):
        return ()
    return (OneOutput(wrong=wrong[0], right=right),)
