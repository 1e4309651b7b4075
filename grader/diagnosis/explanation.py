"""What is told of a wrong submission's causes, from what was found out, with the student's lines to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from exercises.spec import Contrast, Exercise, WrongVariant
from grader.diagnosis.check_messages import returned_text
from grader.diagnosis.collect_hints import find_hints
from grader.diagnosis.divergence import Cause, Divergence
from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.failure_pattern import Contrasted, OneOutput, SomeCases
from grader.diagnosis.first_difference import WatchedCase, first_difference
from grader.diagnosis.hand_written import HandWritten, places_of
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.known_mistakes import Diagnosis, PartlyMatching, diagnose
from grader.diagnosis.layer_messages import DivergenceMessage, layer_reports
from grader.diagnosis.relevant_lines import Lines
from grader.diagnosis.student_source import class_name
from grader.diagnosis.substitutes import parameters_read
from grader.diagnosis.wrong_returns import ArgumentReturned, Returned
from grader.judging import WrongReturn
from grader.report.model import CodeReport, DiagnosisReport, LayerReport, NetworkReport, Rank, printable
from grader.submission import source_lines
from grader.wording import listed
from sandbox.wire.messages import Place, RecordedValue

DIVERGENCE_ID = "first_divergence"
RETURNED_ID = "what_is_returned"
FIRST_VALUE_ID = "first_other_value"
VAGUE = (Cause.OTHER_INPUT, Cause.OTHER_OUTPUT, Cause.AFTER_THE_LAST)
ONE_OUTPUT_ID = "one_output_wrong"
UNUSED_ID = "layer_unused"
BY_HAND_ID = "layer_by_hand"
UNEXPLAINED_ID = "too_costly_to_explain"
OF_WRONG_INPUT = {HintKind.DROPPED_RESULT, HintKind.LIST_RETURNED}  # a layer gets something else than it should
OF_OWN_NUMBERS = {HintKind.OWN_LAYER, HintKind.OWN_WEIGHTS}  # a layer is there, and not one of utils
OF_WRONG_RETURN = {HintKind.NO_RETURN, HintKind.CUT_SHORT, HintKind.LIST_RETURNED, HintKind.RETURN_IN_LOOP}
LONGEST_TITLE, LONGEST_MESSAGE = 200, 1000  # of a hint, which quotes the student's names
MOST_LINES = 400  # of a student's definition in the report
LONGEST_LINE = 500  # characters of each
MOST_MARKED = 12  # lines: with more, nothing is pointed out


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is told of why marks were lost; nothing where none were."""

    diagnoses: tuple[DiagnosisReport, ...] = ()
    code: CodeReport | None = None  # the student's, with the lines that the diagnoses speak of
    network: NetworkReport | None = None  # where the student's layers leave the right road
    is_open: bool = False  # no cause was found, at most where to look


@dataclass(frozen=True, kw_only=True)
class _Told:
    """Sentences, and the lines that they speak of."""

    diagnoses: tuple[DiagnosisReport, ...] = ()
    places: tuple[Place, ...] = ()  # the most important one first


def explain(evidence: FailedExercise) -> Explanation:
    """What to change: what the student's lines show, what is proven, and else what differs from what is right."""
    findings, hints = without_repetition(diagnose(evidence), find_hints(evidence))
    parts = (*map(_hint, hints), *_parts(evidence, findings, hints))
    return Explanation(
        diagnoses=tuple(each for part in parts for each in part.diagnoses),
        code=_marked_code(evidence, tuple(place for part in parts for place in part.places)),
        network=_network(evidence.exercise, findings),
        is_open=_is_open(findings, hints)
        and not any(each.id == UNUSED_ID for part in parts for each in part.diagnoses),
    )


def _is_open(findings: Diagnosis, hints: Sequence[Hint]) -> bool:
    """Whether no cause was found, or a divergence says no more than between which layers it lies."""
    if hints or findings.returned or findings.variants or findings.hand_written or findings.partly:
        return False
    return findings.divergence is None or findings.divergence.cause in VAGUE


def with_first_difference(explanation: Explanation, evidence: FailedExercise, watched: WatchedCase) -> Explanation:
    """The same, with the line at which the program leaves what right programs compute, if that is found.

    It stands behind what is concluded from which cases are wrong: that says among what to look, and this where.
    """
    found = first_difference(evidence, watched)
    if found is None:
        return explanation
    differs, agrees, code = found.differs, found.agrees, explanation.code
    until = (
        f"Up to line {agrees.place.line}, {_value(agrees)}, your values are found in right programs too. "
        if agrees is not None
        else ""
    )
    diagnosis = _diagnosis(
        Rank.WHERE_TO_LOOK,
        FIRST_VALUE_ID,
        f"Look at line {differs.place.line}: {_value(differs)}",
        f"{until}In line {differs.place.line}, {_value(differs)} is the first value that no right program known "
        "here has, and what comes out at the end is wrong. If this line is right and only written in another way, "
        "the mistake is in one of the next.",
        differs.place,
    )
    return replace(
        explanation,
        diagnoses=(*explanation.diagnoses, diagnosis),
        code=code if code is not None and code.marked_lines else _marked_code(evidence, (differs.place,)),
    )


def _value(value: RecordedValue) -> str:
    return "what is returned" if value.name == "return" else printable(value.name)


def explained(some: Sequence[FailedExercise | None]) -> tuple[Explanation, ...]:
    """One for each exercise; there is nothing to explain where no marks were lost."""
    return tuple(Explanation() if each is None else explain(each) for each in some)


def unexplained(why: str) -> Explanation:
    """What is told where looking for the cause was given up."""
    diagnosis = DiagnosisReport(
        id=UNEXPLAINED_ID,
        title="Why marks were lost was not found out",
        message=f"The marks are complete. Looking for the cause in this program was given up, for {why}.",
        exercise_line=None,
        rank=Rank.WHERE_TO_LOOK,
    )
    return Explanation(diagnoses=(diagnosis,))


def without_repetition(findings: Diagnosis, hints: tuple[Hint, ...]) -> tuple[Diagnosis, tuple[Hint, ...]]:
    """Leaves out what says less than something else that is told."""
    kinds = {hint.kind for hint in hints}
    divergence = findings.divergence
    follows = divergence is not None and (
        (not kinds.isdisjoint(OF_OWN_NUMBERS) and divergence.cause in (Cause.MISSING, Cause.OTHER_OUTPUT))
        or (HintKind.NO_RETURN in kinds and divergence.cause is Cause.AFTER_THE_LAST)
        or (not kinds.isdisjoint(OF_WRONG_INPUT) and divergence.cause is Cause.OTHER_INPUT)
    )
    if follows:
        findings = replace(findings, divergence=None, divergence_case=None)
    if isinstance(findings.returned, WrongReturn) and not kinds.isdisjoint(OF_WRONG_RETURN):
        findings = replace(findings, returned=None)
    if kinds - {HintKind.EXCEPTION}:  # the lines themselves are better than where to look
        findings = replace(findings, contrasts=(), uncalled_layers=())
    if findings.variants and not findings.by_exception:  # a mistake by its name says more than its exception
        hints = tuple(hint for hint in hints if hint.kind is not HintKind.EXCEPTION)
    return findings, hints


def _parts(evidence: FailedExercise, findings: Diagnosis, hints: Sequence[Hint]) -> Iterator[_Told]:
    definition = evidence.definition
    if findings.returned is not None:
        yield _returned(findings.returned, evidence.lines.returning(), definition)
    for variant in findings.variants:
        if findings.by_exception:
            yield _by_exception(variant, definition)
        else:
            told = _diagnosis(Rank.PROVEN, variant.variant_id, variant.title, variant.message, definition)
            yield _Told(diagnoses=(told,))
    if findings.hand_written is not None:
        yield _hand_written(findings.hand_written, evidence)
    if findings.partly is not None:
        yield _partly(findings.partly, definition)
    if findings.hand_written is not None:
        return
    by_hand = _by_hand(evidence, findings.divergence) if not findings.variants else None
    if by_hand is not None:
        yield by_hand
    elif findings.divergence is not None and (not findings.variants or findings.by_exception):
        words = DivergenceMessage(divergence=findings.divergence, sizes=findings.divergence_case is not None)
        place = findings.divergence.place
        yield _Told(
            diagnoses=(_diagnosis(words.rank, DIVERGENCE_ID, words.title, words.text, place or definition),),
            # Where a line of the student's is the cause, the one at which it shows would only distract.
            places=(place,) if place and not (hints and findings.variants) else (),
        )
    elif not (findings.variants or findings.partly or findings.returned):
        yield from _places_to_look_at(evidence, findings)


def _by_hand(evidence: FailedExercise, divergence: Divergence | None) -> _Told | None:
    """A layer that is not called, where lines of the program read such a layer's parameters: they do its work."""
    if divergence is None or divergence.cause is not Cause.MISSING or divergence.reference is None:
        return None
    kind = divergence.reference.kind
    places = parameters_read(evidence, kind)
    if not places:
        return None
    before = (
        f"Up to {divergence.before.kind} your layers agree with the architecture. " if divergence.before else ""
    )
    told = _diagnosis(
        Rank.WHERE_TO_LOOK,
        BY_HAND_ID,
        f"What you compute in place of {kind} is not what it gives",
        f"{before}Then comes {kind}, whose parameters you read to do its arithmetic yourself, and the next layer "
        f"gets other numbers than it should. Compare your lines with its forward in utils.py, or call it.",
        places[0],
    )
    return _Told(diagnoses=(told,), places=places if len(places) <= MOST_MARKED else ())


def _places_to_look_at(evidence: FailedExercise, findings: Diagnosis) -> Iterator[_Told]:
    """Where no cause is proven."""
    for kind in findings.uncalled_layers:
        unused = _unused(kind, evidence)
        if unused is not None:
            yield unused
            return
    for contrasted in findings.contrasts:
        yield _contrast(contrasted, evidence)


def _diagnosis(rank: Rank, diagnosis_id: str, title: str, message: str, place: Place | None) -> DiagnosisReport:
    return DiagnosisReport(
        id=diagnosis_id,
        rank=rank,
        title=printable(title),
        message=printable(message),
        exercise_line=None if place is None else printable(f"{place.origin}, line {place.line}"),
    )


def _pointed(lines: Lines) -> tuple[Place, ...]:
    """Lines in order; none where there are so many that they point to nothing."""
    return tuple(sorted(lines, key=lambda place: (place.origin, place.line))) if len(lines) <= MOST_MARKED else ()


def _hint(hint: Hint) -> _Told:
    title, message = hint.title[:LONGEST_TITLE], hint.message[:LONGEST_MESSAGE]
    place = hint.places[0] if hint.places else None
    return _Told(diagnoses=(_diagnosis(Rank.SHOWN, hint.kind.value, title, message, place),), places=hint.places)


def _by_exception(variant: WrongVariant, definition: Place) -> _Told:
    """A mistake whose program ends with the same exception; another one may end with it too."""
    title = f"Perhaps: {variant.title[:1].lower()}{variant.title[1:]}"
    message = f"A program with this mistake ends with the very same exception. If it is yours: {variant.message}"
    return _Told(diagnoses=(_diagnosis(Rank.WHERE_TO_LOOK, variant.variant_id, title, message, definition),))


def _returned(found: Returned, lines: Lines, definition: Place) -> _Told:
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
    return _Told(diagnoses=(_diagnosis(Rank.PROVEN, RETURNED_ID, title, message, place),), places=places)


def _unused(kind: str, evidence: FailedExercise) -> _Told | None:
    """A layer whose parameters the right numbers need, and that a program makes and leaves, or never names."""
    code = evidence.source
    made = [each for each in code.attributes if class_name(each.value).startswith(kind)]
    if made and not any(each.name in code.attributes_read for each in made):
        first = made[0]
        title = f"self.{first.name} is made and not used"
        message = (
            f"You make self.{first.name} in line {first.place.line}, and no line reads it. The architecture has "
            f"this {kind}: call it in forward, and go on with what it returns."
        )
        told = _diagnosis(Rank.SHOWN, UNUSED_ID, title, message, first.place)
        return _Told(diagnoses=(told,), places=(first.place,))
    if evidence.lines.names(kind) or parameters_read(evidence, kind):
        return None
    title = f"There is no {kind} in your program"
    message = (
        f"The architecture has {kind}, and your program does not make one anywhere. Import it from utils, make it "
        "in __init__ and call it in forward."
    )
    return _Told(diagnoses=(_diagnosis(Rank.WHERE_TO_LOOK, UNUSED_ID, title, message, evidence.definition),))


def _partly(found: PartlyMatching, definition: Place) -> _Told:
    variant = found.variant
    message = (
        f"{variant.message} In {found.same} of the {found.failed} cases that came out wrong your numbers are "
        "exactly those of this mistake; in the others there must be something else besides."
    )
    return _Told(diagnoses=(_diagnosis(Rank.PROVEN, variant.variant_id, variant.title, message, definition),))


def _hand_written(found: HandWritten, evidence: FailedExercise) -> _Told:
    places = places_of(found, evidence)[:MOST_MARKED]
    place = places[0] if places else evidence.definition
    diagnosis = _diagnosis(Rank.PROVEN, found.diagnosis_id, found.title, found.text, place)
    return _Told(diagnoses=(diagnosis,), places=places)


def _contrast(found: Contrasted, evidence: FailedExercise) -> _Told:
    match found:
        case SomeCases():
            contrast = found.contrast
            places = _pointed(_lines_using(contrast, evidence))
            place = places[0] if places else evidence.definition
            rank = Rank.WHERE_TO_LOOK
            diagnosis = _diagnosis(rank, contrast.contrast_id, contrast.title, contrast.message, place)
        case OneOutput():
            outputs = evidence.exercise.outputs
            places = _pointed(evidence.lines.making(outputs.index(found.wrong), len(outputs)))
            right = listed(found.right)
            title = f"What is wrong is how {found.wrong} is made"
            message = (
                f"Your {right} came out right in every case, and {found.wrong} did not. So look at the lines that "
                f"make {found.wrong} and have no part in {right}."
            )
            place = places[0] if places else evidence.definition
            diagnosis = _diagnosis(Rank.WHERE_TO_LOOK, ONE_OUTPUT_ID, title, message, place)
        case _:
            assert_never(found)
    return _Told(diagnoses=(diagnosis,), places=places)


def _lines_using(contrast: Contrast, evidence: FailedExercise) -> Lines:
    lines = evidence.lines
    call = next(each for each in evidence.calls if each.case_id in contrast.case_ids)
    found: set[Place] = set()
    for name in contrast.parameters:
        if name in call.arguments:
            found |= lines.using(name, list(call.arguments).index(name))
        elif call.construct and name in call.construct:
            found |= lines.using_of_class(name, list(call.construct).index(name))
    return frozenset(found)


def _marked_code(evidence: FailedExercise, told: tuple[Place, ...]) -> CodeReport | None:
    """The student's statement that the report speaks of, with its lines marked."""
    raised, program = evidence.raised, evidence.program
    at_exception = (
        (Place(origin=raised.origin, line=raised.line),) if raised and raised.origin and raised.line else ()
    )
    places = (*told, *at_exception)
    around = (places or [evidence.definition])[0]
    for snippet in program.snippets:
        lines = [_shown(line) for line in source_lines(snippet.source)[:MOST_LINES]]
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


def _shown(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"


def _network(exercise: Exercise, findings: Diagnosis) -> NetworkReport | None:
    if findings.divergence is None or findings.divergence_case is None:
        return None
    titles = {case.case_id: case.title for case in exercise.cases}
    layers = tuple(
        LayerReport(label=printable(layer.label), output_shape=layer.output_shape, state=layer.state)
        for layer in layer_reports(findings.divergence)
    )
    return NetworkReport(case_title=titles[findings.divergence_case], layers=layers)
