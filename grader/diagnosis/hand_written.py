"""Names what is wrong in a layer that a student wrote out, where a right program computes the same with it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exercises.spec import CheckKind, Solution
from grader.diagnosis.cell_mistakes import CellMistake, StackMistake
from grader.diagnosis.evidence import FailedExercise, plain
from grader.diagnosis.layer_experiments import PARAMETERS, Experiment, affordable, experiments, perform
from grader.diagnosis.layer_messages import layer_text
from grader.diagnosis.layer_mistakes import LayerMistake
from grader.diagnosis.same_outcome import is_wrong, same_outcome
from grader.judging import Outcome
from sandbox.wire.messages import Place, RunStatus

MOST_NAMED = 3  # mistakes that compute the same
MOST_RIGHT_CASES = 3  # in which a mistake has to do no harm either: each is a run more
WHERE = {None: "", 0: " in the first layer", 1: " in the layers above the first"}


@dataclass(frozen=True, kw_only=True)
class HandWritten:
    """The mistake in a layer, or those between which the numbers do not tell; the likeliest first."""

    experiments: tuple[Experiment, ...]
    cases: int  # in which the numbers are those of the mistake
    sizes: bool  # whether the layer's sizes may be told

    @property
    def diagnosis_id(self) -> str:
        """What a report calls it."""
        return self.experiments[0].mistake.diagnosis_id

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""
        return _title(self.experiments[0], sizes=self.sizes)

    @property
    def text(self) -> str:
        """What is right, and how it is known."""
        in_cases = "in a case" if self.cases == 1 else f"in {self.cases} cases"
        others = [_title(each, sizes=self.sizes) for each in self.experiments[1:MOST_NAMED]]
        alike = f" The same numbers would come of this: {'; or: '.join(others)}." if others else ""
        return (
            f"{self.experiments[0].mistake.advice} A right program with only this done otherwise computes exactly "
            f"your numbers {in_cases} whose values came out wrong.{alike}"
        )


def _title(experiment: Experiment, *, sizes: bool) -> str:
    match experiment.mistake:
        case LayerMistake() as mistake:
            layer = (
                f"every {mistake.kind}" if experiment.layer is None else layer_text(experiment.layer, sizes=sizes)
            )
            title = mistake.title.format(layer=layer)
            return title[0].upper() + title[1:]
        case CellMistake() as step:
            return f"{step.title}{WHERE[experiment.position]}"
        case StackMistake() as stack:
            return stack.title


def hand_written_mistake(evidence: FailedExercise) -> HandWritten | None:
    """The mistake that computes what the submission does, where its values are wrong and where they are right."""
    exercise, rerun = evidence.exercise, evidence.rerun
    cases = {case.case_id: case for case in evidence.computed.cases}
    told = _with_values(evidence, Outcome.FAILED)
    right = _with_values(evidence, Outcome.PASSED)[:MOST_RIGHT_CASES]
    if rerun is None or not told or any(cases[each].status is not RunStatus.FINISHED for each in told):
        return None
    for solution in _unlike(evidence, told):
        traces = evidence.traces.get(solution.solution_id, {})
        reference = traces.get(told[0], ())
        names = evidence.source.attributes_read
        left = affordable(experiments(reference, cases[told[0]].trace, names), reference)
        for case_id in (*told, *right):
            if not left:
                break
            call = next(each for each in evidence.calls if each.case_id == case_id)
            left = tuple(
                each.experiment
                for each in perform(exercise, solution, rerun, call, left)
                if same_outcome(exercise, cases[case_id], each.outcome, evidence.golden)
                and (case_id in right or is_wrong(exercise, case_id, each.outcome, evidence.golden))
            )
        if left:
            return HandWritten(
                experiments=_distinct(left), cases=len(told), sizes=any(each in evidence.shown for each in told)
            )
    return None


def _with_values(evidence: FailedExercise, outcome: Outcome) -> list[str]:
    """The cases whose values were judged so and that tell which mistake it is; those that may be shown first."""
    judged = frozenset(
        verdict.check.case_id
        for verdict in evidence.verdicts
        if verdict.outcome is outcome and verdict.check.kind is CheckKind.VALUES
    )
    return sorted(plain(evidence.exercise, judged), key=lambda name: (name not in evidence.shown, name))


def _unlike(evidence: FailedExercise, case_ids: Sequence[str]) -> Iterator[Solution]:
    """The accepted solutions that differ in their numbers; others call the same in another order only.

    What is expected in hidden cases is not looked at: nothing that is told may depend on it.
    """
    seen: set[bytes] = set()
    shown = [each for each in case_ids if each in evidence.shown]
    for solution in evidence.exercise.accepted:
        right = evidence.golden.accepted[solution.solution_id]
        numbers = b"".join(
            np.round(array.astype(np.float64), 4).tobytes() for name in shown for array in right[name].values()
        )
        if not shown or numbers not in seen:
            seen.add(numbers)
            yield solution


def _distinct(some: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """One of each mistake: in all layers, but where it shows in one of them only, in that one."""
    of_each: dict[tuple[str, str], list[Experiment]] = {}
    for each in some:
        of_each.setdefault((each.mistake.diagnosis_id, each.mistake.title), []).append(each)
    return tuple(
        found[1] if len(found) == 2 and found[0].position is None else found[0] for found in of_each.values()
    )


def places_of(found: HandWritten, evidence: FailedExercise) -> tuple[Place, ...]:
    """The student's lines that name the layer's parameters."""
    match found.experiments[0].mistake:
        case LayerMistake() as mistake:
            names = PARAMETERS.get(mistake.kind, frozenset())
        case CellMistake():
            names = frozenset({"W_x", "W_h", "bias"})
        case StackMistake():
            return ()
    return tuple(
        sorted(
            {
                Place(origin=origin, line=node.lineno)
                for origin, tree in evidence.source.trees
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in names
            },
            key=lambda place: (place.origin, place.line),
        )
    )
