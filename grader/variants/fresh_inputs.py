"""Inputs that one submission gets and no other: hidden cases made from (course secret, the submission's SHA-256).

Their golden outputs are not recorded anywhere. The accepted solutions compute them here in float64, as they do for
recorded ones, while the container computes the submission's. Tolerances stay the recorded ones, so only cases take
part that ``benchmarks/fresh_inputs.py`` has measured: right programs within it, mistakes a hundred times as far.
Only programs of our own run here, never a submission's.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from exercises.golden_files import Golden, Traces, WrongOutcome
from exercises.spec import Assignment, Exercise, WrongVariant
from grader.course import case_calls, derive
from grader.variants.mistake_pairs import program_of
from grader.variants.outcomes import named_outputs, outcomes_of
from grader.variants.reference_runs import ReferenceRunner
from sandbox.wire.messages import CaseCall, CaseResult
from sandbox.wire.parameters import ParameterSource


def fresh_key(secret: bytes, sha256: str) -> bytes:
    """What one submission's fresh inputs are made from."""
    return derive(secret, "fresh inputs", sha256)


@dataclass(frozen=True, kw_only=True)
class FreshCases:
    """One exercise's cases for one submission. ``recorded`` is what is known of inputs that all submissions get."""

    assignment: Assignment
    exercise: Exercise
    calls: tuple[CaseCall, ...]  # of all cases, with their variations
    bank: Path
    _computed: dict[str, Mapping[str, WrongOutcome]] = field(default_factory=dict, repr=False)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The cases with inputs of the submission's own."""
        return frozenset(case.case_id for case in self.exercise.cases if case.can_be_fresh)

    def golden(self, recorded: Golden) -> Golden:
        """The recorded golden outputs, with fresh ones in the place of those for inputs that are not used."""
        accepted = {
            name: {**cases, **named_outputs(self.exercise, self._right[name])}
            for name, cases in recorded.accepted.items()
        }
        wrong = {
            name: {case_id: outcome for case_id, outcome in cases.items() if case_id not in self.ids}
            for name, cases in recorded.wrong.items()
        }
        return replace(recorded, accepted=accepted, wrong=wrong)

    def traces(self, recorded: Traces) -> Traces:
        """Which layers each accepted solution calls."""
        return {
            name: {**cases, **{case_id: case.trace for case_id, case in self._right[name].items()}}
            for name, cases in recorded.items()
        }

    def outcomes(self, variant: WrongVariant) -> Mapping[str, WrongOutcome]:
        """What a wrong variant does in the fresh cases: computed when a submission failed and may be this one."""
        return self._outcomes(variant.variant_id, variant.path)

    def pair_outcomes(self, first: WrongVariant, second: WrongVariant) -> Mapping[str, WrongOutcome]:
        """The same for two mistakes made together."""
        program = program_of(self.exercise, first, second)
        if program is None:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pair.py"
            path.write_text(program, encoding="utf-8")
            return self._outcomes(f"{first.variant_id} {second.variant_id}", path)

    def _outcomes(self, name: str, path: Path) -> Mapping[str, WrongOutcome]:
        if name not in self._computed:
            result = self._trial.run(path, self.exercise.entry_point, ParameterSource(bank=self.bank))
            found = outcomes_of(self.exercise, result)
            self._computed[name] = {case_id: each for case_id, each in found.items() if case_id in self.ids}
        return self._computed[name]

    @cached_property
    def _right(self) -> Mapping[str, Mapping[str, CaseResult]]:
        """What the accepted solutions compute in the fresh cases. Raises AssignmentBroken where one fails."""
        source = ParameterSource(bank=self.bank)
        return {
            each.solution_id: self._trial.right_outputs(each.path, each.entry_point, double=True, source=source)
            for each in self.exercise.accepted
        }

    @cached_property
    def _trial(self) -> ReferenceRunner:
        calls = tuple(call for call in self.calls if call.case_id in self.ids)
        return ReferenceRunner(assignment=self.assignment, exercise=self.exercise, calls=calls, key=b"")


def fresh_cases(
    assignment: Assignment, exercise: Exercise, secret: bytes, *, sha256: str, bank: Path
) -> FreshCases | None:
    """The exercise's cases for the submission with that SHA-256; None where no case can be fresh."""
    if not any(case.can_be_fresh for case in exercise.cases):
        return None
    calls = case_calls(exercise, secret, fresh=fresh_key(secret, sha256))
    return FreshCases(assignment=assignment, exercise=exercise, calls=calls, bank=bank)
