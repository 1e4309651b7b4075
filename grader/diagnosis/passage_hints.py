"""What of the student's file does not count, where that is why marks were lost."""

import re
from collections.abc import Iterator

from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.passage_messages import occurrences_text
from grader.submission import Passage, PassageKind
from sandbox.wire.messages import Place

_UNKNOWN_NAME = re.compile(r"name '(\w{1,100})' is not defined")
_LONGEST_MESSAGE = 300  # of an exception that is looked at


def passage_hints(evidence: FailedExercise) -> Iterator[Hint]:
    """The passages that have to do with what came out."""
    entry_point, passages = evidence.exercise.entry_point, evidence.program.passages
    slipped = [each for each in passages if each.kind is PassageKind.OUTSIDE_CLASS]
    if slipped:
        yield Hint(
            kind=HintKind.OUTSIDE_CLASS,
            title=f"A method has slipped out of {entry_point}",
            message=" ".join(each.reason for each in slipped),
            places=tuple(map(_place, slipped)),
        )
    for each in passages:
        if each.kind is PassageKind.CUT_IN_TWO and each != evidence.program.broken_later:
            yield Hint(
                kind=HintKind.CUT_SHORT,
                title=f"{entry_point} ends too early",
                message=each.reason,
                places=(_place(each),),
            )
    raised = evidence.raised
    for each in passages if raised is not None else ():
        if each.kind is PassageKind.HIDDEN_NAME:
            yield Hint(
                kind=HintKind.HIDDEN_NAME,
                title=f"{each.names[0]} has another value by the time it is used",
                message=f"Look at {each.place}. {each.reason}",
                places=(_place(each),),
            )
    unknown = (
        _UNKNOWN_NAME.match(raised.message[:_LONGEST_MESSAGE])
        if raised is not None and raised.type_name == "NameError" and not raised.hidden
        else None
    )
    if raised is not None and raised.message.startswith(f"module 'submission' has no attribute '{entry_point}'"):
        definition = evidence.definition
        yield Hint(
            kind=HintKind.NAME_NOT_READ,
            title=f"{entry_point} is not there when the file has run",
            message=f"Its definition in {definition.origin}, line {definition.line} stands under a condition that "
            "did not hold, or something before it failed. Move it out to the margin.",
            places=(definition,),
        )
    standing = [each for each in passages if unknown is not None and unknown[1] in each.names]
    if unknown is not None and standing:
        yield Hint(
            kind=HintKind.NAME_NOT_READ,
            title=f"What defines {unknown[1]} was not read or not run",
            message=occurrences_text(unknown[1], standing),
            places=tuple(map(_place, standing[:1])),
        )
    later = evidence.program.broken_later
    if later is not None and not (raised is not None and raised.type_name == "NotImplementedError"):
        definition = evidence.definition
        yield Hint(
            kind=HintKind.LATER_NOT_READ,
            title=f"A later {entry_point} can't be read",
            message=f"So the one in {definition.origin}, line {definition.line} was graded. "
            f"Look at {later.place}. {later.reason}",
            places=(_place(later),),
        )


def _place(passage: Passage) -> Place:
    return Place(origin=passage.origin, line=passage.first_line)
