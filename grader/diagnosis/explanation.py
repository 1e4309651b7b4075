"""What is told of a wrong submission's causes, from what was found out, with the student's lines to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from exercises.spec import Contrast, Exercise
from grader.diagnosis.check_messages import listed, returned_text
from grader.diagnosis.divergence import Cause
from grader.diagnosis.failure_pattern import Contrasted, OneOutput, SomeCases
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.known_mistakes import Diagnosis, PartlyMatching
from grader.diagnosis.layer_messages import DivergenceMessage
from grader.diagnosis.relevant_lines import Lines, RelevantLines
from grader.diagnosis.student_source import StudentSource, class_name
from grader.diagnosis.wrong_returns import ArgumentReturned, Returned
from grader.judging import WrongReturn
from grader.report.model import CodeReport, DiagnosisReport, printable
from grader.submission import Sliced
from sandbox.wire.messages import CaseCall, Place, Raised

DIVERGENCE_ID = "first_divergence"
RETURNED_ID = "what_is_returned"
ONE_OUTPUT_ID = "one_output_wrong"
UNUSED_ID = "layer_unused"
OF_WRONG_INPUT = {HintKind.DROPPED_RESULT, HintKind.LIST_RETURNED}  # a layer gets something else than it should
OF_WRONG_RETURN = {HintKind.NO_RETURN, HintKind.LIST_RETURNED, HintKind.RETURN_IN_LOOP}
LONGEST_TITLE, LONGEST_MESSAGE = 200, 1000  # of a hint, which quotes the student's names
MOST_LINES = 400  # of a student's definition in the report
MOST_MARKED = 12  # lines: with more, nothing is pointed out


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Sentences, and the lines that they speak of."""

    diagnoses: tuple[DiagnosisReport, ...] = ()
    places: tuple[Place, ...] = ()  # the most important one first


def without_repetition(findings: Diagnosis, hints: tuple[Hint, ...]) -> tuple[Diagnosis, tuple[Hint, ...]]:
    """Leaves out what says less than something else that is told."""
    kinds = {hint.kind for hint in hints}
    divergence = findings.divergence
    follows = divergence is not None and (
        (HintKind.NO_RETURN in kinds and divergence.cause is Cause.AFTER_THE_LAST)
        or (not kinds.isdisjoint(OF_WRONG_INPUT) and divergence.cause is Cause.OTHER_INPUT)
    )
    if follows:
        findings = replace(findings, divergence=None, divergence_case=None)
    if isinstance(findings.returned, WrongReturn) and not kinds.isdisjoint(OF_WRONG_RETURN):
        findings = replace(findings, returned=None)
    if kinds - {HintKind.EXCEPTION}:  # the lines themselves are better than where to look
        findings = replace(findings, contrasts=(), uncalled_layers=())
    if findings.variants:  # a mistake by its name says more than what its exception means
        hints = tuple(hint for hint in hints if hint.kind is not HintKind.EXCEPTION)
    return findings, hints


def explain(
    exercise: Exercise,
    calls: Sequence[CaseCall],
    findings: Diagnosis,
    hints: Sequence[Hint],
    program: Sliced,
) -> Explanation:
    """What to change: what the student's lines show, what is proven, and else what differs from what is right."""
    parts = (*map(_hint, hints), *_parts(exercise, calls, findings, hints, program))
    return Explanation(
        diagnoses=tuple(each for part in parts for each in part.diagnoses),
        places=tuple(place for part in parts for place in part.places),
    )


def _parts(
    exercise: Exercise, calls: Sequence[CaseCall], findings: Diagnosis, hints: Sequence[Hint], program: Sliced
) -> Iterator[Explanation]:
    definition = Place(origin=program.definition_origin, line=program.definition_line)
    code = StudentSource(program, exercise.entry_point)
    if findings.returned is not None:
        yield _returned(findings.returned, RelevantLines(code).returning(), definition)
    for variant in findings.variants:
        yield Explanation(diagnoses=(_diagnosis(variant.variant_id, variant.title, variant.message, definition),))
    if findings.partly is not None:
        yield _partly(findings.partly, definition)
    if findings.divergence is not None and (not findings.variants or findings.by_exception):
        words = DivergenceMessage(divergence=findings.divergence, sizes=findings.divergence_case is not None)
        place = findings.divergence.place
        yield Explanation(
            diagnoses=(_diagnosis(DIVERGENCE_ID, words.title, words.text, place or definition),),
            # Where a line of the student's is the cause, the one at which it shows would only distract.
            places=(place,) if place and not (hints and findings.variants) else (),
        )
    elif not (findings.variants or findings.partly or findings.returned):
        yield from _places_to_look_at(exercise, calls, findings, code, definition)


def _places_to_look_at(
    exercise: Exercise, calls: Sequence[CaseCall], findings: Diagnosis, code: StudentSource, definition: Place
) -> Iterator[Explanation]:
    """Where no cause is proven."""
    lines = RelevantLines(code)
    for kind in findings.uncalled_layers:
        unused = _unused(kind, code, lines, definition)
        if unused is not None:
            yield unused
            return
    for contrasted in findings.contrasts:
        yield _contrast(contrasted, exercise, calls, lines, definition)


def _diagnosis(diagnosis_id: str, title: str, message: str, place: Place | None) -> DiagnosisReport:
    return DiagnosisReport(
        id=diagnosis_id,
        title=printable(title),
        message=printable(message),
        exercise_line=None if place is None else printable(f"{place.origin}, line {place.line}"),
    )


def _pointed(lines: Lines) -> tuple[Place, ...]:
    """Lines in order; none where there are so many that they point to nothing."""
    return tuple(sorted(lines, key=lambda place: (place.origin, place.line))) if len(lines) <= MOST_MARKED else ()


def _hint(hint: Hint) -> Explanation:
    title, message = hint.title[:LONGEST_TITLE], hint.message[:LONGEST_MESSAGE]
    place = hint.places[0] if hint.places else None
    return Explanation(diagnoses=(_diagnosis(hint.kind.value, title, message, place),), places=hint.places)


def _returned(found: Returned, lines: Lines, definition: Place) -> Explanation:
    match found:
        case WrongReturn():
            title, message = "What is returned is not what was asked for", returned_text(found)
        case ArgumentReturned():
            title = f"The argument {found.argument} is returned in place of {found.output}"
            message = (
                f"What you return as {found.output} is {found.argument}, number for number as it was handed in. "
                "Is it the name that you mean to return?"
            )
        case _:
            assert_never(found)
    places = _pointed(lines)
    place = places[0] if places else definition
    return Explanation(diagnoses=(_diagnosis(RETURNED_ID, title, message, place),), places=places)


def _unused(kind: str, code: StudentSource, lines: RelevantLines, definition: Place) -> Explanation | None:
    """A layer whose parameters the right numbers need, and that a program makes and leaves, or never names."""
    made = [each for each in code.attributes if class_name(each.value).startswith(kind)]
    if made and not any(each.name in code.attributes_read for each in made):
        first = made[0]
        title = f"self.{first.name} is made and not used"
        message = (
            f"You make self.{first.name} in line {first.place.line}, and no line reads it. The architecture has "
            f"this {kind}: call it in forward, and go on with what it returns."
        )
        return Explanation(diagnoses=(_diagnosis(UNUSED_ID, title, message, first.place),), places=(first.place,))
    if lines.names(kind):
        return None
    title = f"There is no {kind} in your program"
    message = (
        f"The architecture has {kind}, and your program does not make one anywhere. Import it from utils, make it "
        "in __init__ and call it in forward."
    )
    return Explanation(diagnoses=(_diagnosis(UNUSED_ID, title, message, definition),))


def _partly(found: PartlyMatching, definition: Place) -> Explanation:
    variant = found.variant
    message = (
        f"{variant.message} In {found.same} of the {found.failed} cases that came out wrong your numbers are "
        "exactly those of this mistake; in the others there must be something else besides."
    )
    return Explanation(diagnoses=(_diagnosis(variant.variant_id, variant.title, message, definition),))


def _contrast(
    found: Contrasted, exercise: Exercise, calls: Sequence[CaseCall], lines: RelevantLines, definition: Place
) -> Explanation:
    match found:
        case SomeCases():
            contrast = found.contrast
            places = _pointed(_lines_using(contrast, calls, lines))
            place = places[0] if places else definition
            diagnosis = _diagnosis(contrast.contrast_id, contrast.title, contrast.message, place)
        case OneOutput():
            places = _pointed(lines.making(exercise.outputs.index(found.wrong), len(exercise.outputs)))
            right = listed(found.right)
            title = f"What is wrong is how {found.wrong} is made"
            message = (
                f"Your {right} came out right in every case, and {found.wrong} did not. So look at the lines that "
                f"make {found.wrong} and have no part in {right}."
            )
            diagnosis = _diagnosis(ONE_OUTPUT_ID, title, message, places[0] if places else definition)
        case _:
            assert_never(found)
    return Explanation(diagnoses=(diagnosis,), places=places)


def _lines_using(contrast: Contrast, calls: Sequence[CaseCall], lines: RelevantLines) -> Lines:
    call = next(each for each in calls if each.case_id in contrast.case_ids)
    found: set[Place] = set()
    for name in contrast.parameters:
        if name in call.arguments:
            found |= lines.using(name, list(call.arguments).index(name))
        elif call.construct and name in call.construct:
            found |= lines.using_of_class(name, list(call.construct).index(name))
    return frozenset(found)


def marked_code(program: Sliced, explanation: Explanation, raised: Raised | None) -> CodeReport | None:
    """The student's statement that the report speaks of, with its lines marked."""
    places = list(explanation.places)
    if raised and raised.origin and raised.line:
        places.append(Place(origin=raised.origin, line=raised.line))
    definition = Place(origin=program.definition_origin, line=program.definition_line)
    around = (places or [definition])[0]
    for snippet in program.snippets:
        lines = snippet.source.splitlines()[:MOST_LINES]
        if snippet.origin == around.origin and snippet.line <= around.line < snippet.line + len(lines):
            inside = range(snippet.line, snippet.line + len(lines))
            marked = {place.line for place in places if place.origin == snippet.origin and place.line in inside}
            return CodeReport(
                origin=printable(snippet.origin),
                first_line=snippet.line,
                text=printable("\n".join(lines)),
                marked_lines=tuple(sorted(marked)),
            )
    return None
