"""What is known of an exercise that lost marks: put together once, and all that explains it looks at this."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from exercises.golden_files import Golden, Traces, load_traces
from exercises.spec import Exercise
from grader.diagnosis.relevant_lines import RelevantLines
from grader.diagnosis.rerun import Rerun
from grader.diagnosis.student_source import StudentSource
from grader.judging import Outcome, Verdict, first_raised
from grader.submission import Sliced
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, Keying, Place, Raised, TraceEntry

if TYPE_CHECKING:
    from grader.variants import FreshCases


@dataclass(frozen=True, kw_only=True)
class FailedExercise:
    """One exercise of one submission; what follows from its fields is found out when it is first asked for.

    ``golden`` knows nothing of what mistakes compute in the cases of ``fresh``, which is computed where it matters.
    """

    exercise: Exercise
    golden: Golden
    calls: tuple[CaseCall, ...]  # of all cases, with their variations
    program: Sliced
    result: ExerciseResult  # what may be told
    computed: ExerciseResult  # as it came out: known mistakes are looked for in it, and nothing of it is told
    verdicts: tuple[Verdict, ...]
    fresh: "FreshCases | None" = None
    show_hidden: bool = False  # for staff
    rerun: Rerun | None = None  # without it our own programs are not run to find a mistake

    @cached_property
    def failed(self) -> frozenset[str]:
        """The ids of the cases in which a check failed."""
        return frozenset(each.check.case_id for each in self.verdicts if each.outcome is Outcome.FAILED)

    @cached_property
    def wrong(self) -> frozenset[str]:
        """Those of them whose numbers are not right, or not there.

        In the others the numbers are right, and the program breaks a rule beside them: it changes its argument, or
        keeps something from one call to the next. What mistakes compute tells nothing of these.
        """
        return frozenset(each.check.case_id for each in self.verdicts if each.has_wrong_numbers)

    @cached_property
    def not_passed(self) -> frozenset[str]:
        """The same with those in which nothing could be looked at."""
        return frozenset(each.check.case_id for each in self.verdicts if each.outcome is not Outcome.PASSED)

    @cached_property
    def recorded(self) -> frozenset[str]:
        """The cases with wrong numbers of whose inputs golden files tell what mistakes compute."""
        return self.wrong if self.fresh is None else self.wrong - self.fresh.ids

    @cached_property
    def cases(self) -> Mapping[str, CaseResult]:
        """What was computed, by case; those that the run did not come to are not there."""
        return {case.case_id: case for case in self.result.cases}

    @cached_property
    def failed_cases(self) -> tuple[CaseResult, ...]:
        """What was computed in the failed cases."""
        return tuple(case for case in self.result.cases if case.case_id in self.failed)

    @cached_property
    def shown(self) -> frozenset[str]:
        """The cases of which numbers may be told."""
        return frozenset(case.case_id for case in self.exercise.cases if case.visible or self.show_hidden)

    @property
    def raised(self) -> Raised | None:
        """The first exception."""
        return first_raised(self.result)

    @cached_property
    def traces(self) -> Traces:
        """Which layers each accepted solution calls; nothing where no case failed."""
        traces = load_traces(self.exercise) if self.failed else {}
        return traces if self.fresh is None else self.fresh.traces(traces)

    def references(self, case_id: str) -> tuple[tuple[TraceEntry, ...], ...]:
        """The layers that accepted solutions call in a case."""
        return tuple(cases.get(case_id, ()) for cases in self.traces.values())

    @cached_property
    def source(self) -> StudentSource:
        """The student's program, parsed."""
        return StudentSource(self.program, self.exercise.entry_point)

    @cached_property
    def lines(self) -> RelevantLines:
        """Which of its lines have to do with what."""
        return RelevantLines(self.source)

    def plain(self, case_ids: frozenset[str]) -> frozenset[str]:
        """Those of the cases that tell which mistake it is; see below."""
        return plain(self.exercise, case_ids)

    @property
    def definition(self) -> Place:
        """Where the entry point is defined."""
        return Place(origin=self.program.definition_origin, line=self.program.definition_line)


def plain(exercise: Exercise, case_ids: frozenset[str]) -> frozenset[str]:
    """Those of the cases that tell which mistake it is.

    Keyed by first use, outputs also depend on which of two parallel branches comes first, which is free: such a
    case proves a mistake, but not which.
    """
    return frozenset(each for each in case_ids if exercise.inputs[each].keying is Keying.SHAPE)
