"""Reads an assignment's folder: ``assignment.toml`` and one folder for each exercise."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exercises.errors import AssignmentBroken, AssignmentMissing
from exercises.late_policy import LateRule, LateRuleBroken, rule_from_table
from exercises.number_range import POINTS, POINTS_OF_A_QUESTION, shown
from exercises.spec import (
    Assignment,
    Case,
    Check,
    CheckKind,
    Contrast,
    ExceptionMeaning,
    Exercise,
    Property,
    Question,
    Solution,
    WrongVariant,
)

SHIPPED = Path(__file__).parent
REPOSITORY = SHIPPED.parent
DEFAULT_ASSIGNMENT = "deep_learning_architectures"
# Looked at in every case, listed with points or not: each is what the next one needs.
GATES = (CheckKind.RUNS, CheckKind.SHAPE, CheckKind.DTYPE, CheckKind.FINITE)
# Kinds of checks of the grader's own before version 0.2; what they know is about attention and nothing else.
OF_ATTENTION = frozenset({"blocked_keys_zero", "keys_and_values_together"})
ATTENTION = f"exercises/{DEFAULT_ASSIGNMENT}/attention"
PLACEHOLDERS = ("{index}", "{actual}")
_PROPERTY_ID = re.compile(r"[a-z][a-z0-9_]{0,49}")  # it becomes part of a check's id
_QUESTION_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")  # it becomes part of a cell's id


def shipped_assignments() -> tuple[str, ...]:
    """The names that ``--assignment`` takes besides a path."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/assignment.toml")))


def listed_exercises(folder: Path) -> tuple[str, ...]:
    """The ids in an ``assignment.toml``, whether or not there are such folders. Raises AssignmentBroken."""
    path = folder / "assignment.toml"
    try:
        return _names(_toml(path)["exercises"])
    except KeyError as error:
        raise _incomplete(path, error) from error
    except TypeError as error:
        raise _of_another_kind(path, error) from error


def load_assignment(
    name_or_path: str = DEFAULT_ASSIGNMENT, *, exercises: tuple[str, ...] | None = None
) -> Assignment:
    """The assignment of that shipped name, or in that folder. Raises AssignmentBroken.

    ``exercises`` are the folders to read instead of the listed ones.
    """
    folder = SHIPPED / name_or_path if name_or_path in shipped_assignments() else Path(name_or_path)
    if not (folder / "assignment.toml").is_file():
        raise AssignmentMissing(
            f"There is no assignment at {name_or_path!r}",
            expected=f"a folder with an assignment.toml, or one of: {', '.join(shipped_assignments())}",
            advice="Check the spelling of --assignment.",
        )
    fields = _toml(folder / "assignment.toml")
    try:
        return Assignment(
            assignment_id=fields["id"],
            title=fields["title"],
            version=fields["version"],
            folder=folder.resolve(),
            exercises=tuple(
                _exercise(folder.resolve() / name)
                for name in (_names(fields["exercises"]) if exercises is None else exercises)
            ),
            questions=_questions(folder / "assignment.toml", fields.get("questions", [])),
            late=_late(folder / "assignment.toml", fields.get("late")),
        )
    except KeyError as error:
        raise _incomplete(folder / "assignment.toml", error) from error
    except (TypeError, AttributeError, ValueError, OSError) as error:
        raise _of_another_kind(folder / "assignment.toml", error) from error


def _late(path: Path, fields: Any) -> LateRule | None:
    if fields is None:
        return None
    try:
        return rule_from_table(fields)
    except LateRuleBroken as error:
        raise AssignmentBroken(
            f"{path}: {error}",
            expected="a rule for late work that can be applied",
            advice="Correct it in [late].",
        ) from error


def _questions(path: Path, tables: list[dict[str, Any]]) -> tuple[Question, ...]:
    questions = tuple(
        Question(
            question_id=fields["id"],
            title=fields["title"],
            points=fields["points"],
            counts=fields.get("counts", True),
        )
        for fields in tables
    )
    names = [name for each in questions for name in {each.question_id, each.title.casefold()}]
    for question in questions:
        if not _QUESTION_ID.fullmatch(question.question_id):
            complaint = f"the question id {question.question_id!r} is not made of letters, digits, - and _"
        elif question.points not in POINTS_OF_A_QUESTION:
            complaint = f"question {question.question_id!r} is worth {shown(question.points)} points"
        elif not isinstance(question.counts, bool):
            complaint = f"question {question.question_id!r} has counts = {shown(question.counts)}"
        elif names.count(question.question_id) + names.count(question.title.casefold()) > 2:
            complaint = f"two questions are called {question.question_id!r} or {question.title!r}"
        else:
            continue
        raise AssignmentBroken(
            f"{path}: {complaint}",
            expected=f"for each question an id and a title of its own, as points {POINTS_OF_A_QUESTION}, and "
            "counts = true or false where it is given",
            advice="Correct it in [[questions]].",
        )
    return questions


def _exercise(folder: Path) -> Exercise:
    path = folder / "exercise.toml"
    fields = _toml(path)
    try:
        outputs = tuple(fields["outputs"])
        properties = tuple(_property(path, each) for each in fields.get("properties", ()))
        cases = tuple(_case(case, outputs, _kinds(path, properties)) for case in fields["cases"])
        batched = _names(fields.get("batched", []))
        _check_batched(path, cases, batched)
        return Exercise(
            exercise_id=folder.name,
            title=fields["title"],
            entry_point=fields["entry_point"],
            is_class=fields["kind"] == "class",
            outputs=outputs,
            forbidden=tuple(fields.get("forbidden", ())),
            folder=folder,
            cases=cases,
            accepted=tuple(_solution(folder, solution) for solution in fields["accepted"]),
            wrong=tuple(
                WrongVariant(
                    variant_id=wrong["id"],
                    title=wrong["title"],
                    message=wrong["message"],
                    path=folder / "wrong" / f"{wrong['id']}.py",
                )
                for wrong in fields.get("wrong", ())
            ),
            base=folder / fields["base"] if "base" in fields else None,
            contrasts=tuple(
                _contrast(path, contrast, {case.case_id for case in cases})
                for contrast in fields.get("contrasts", ())
            ),
            exceptions=tuple(_meaning(meaning) for meaning in fields.get("exceptions", ())),
            properties=properties,
            batched=batched,
        )
    except KeyError as error:
        raise _incomplete(path, error) from error
    except (TypeError, AttributeError) as error:
        raise _of_another_kind(path, error) from error
    except ValueError as error:  # a kind of check that does not exist
        raise AssignmentBroken(
            f"{path}: {error}",
            expected=f"as points {POINTS}; and kinds of checks: {', '.join(kind.value for kind in CheckKind)}, and "
            "the exercise's own properties",
            advice="Correct it in [cases.points].",
        ) from error


def _property(path: Path, fields: dict[str, Any]) -> Property:
    found = Property(
        property_id=fields["id"],
        message=fields["message"],
        hidden_message=fields.get("hidden_message", fields["message"]),
        further_call=fields.get("further_call", False),
    )
    without_place = (found.hidden_message, found.message if found.further_call else "")
    if not _PROPERTY_ID.fullmatch(found.property_id) or found.property_id in {kind.value for kind in CheckKind}:
        complaint = (
            f"the property id {found.property_id!r} is a check's, or not made of small letters, digits and _"
        )
        expected = "an id of its own"
    elif not isinstance(found.further_call, bool):
        complaint = f"the property {found.property_id!r} has further_call = {shown(found.further_call)}"
        expected = "true or false"
    elif any(each in text for text in without_place for each in PLACEHOLDERS):
        complaint = f"the property {found.property_id!r} would tell a number or a place where there is none to tell"
        expected = "{index} and {actual} only in the message of a property without a further call, and then a "
        expected += "hidden_message without them"
    else:
        return found
    raise AssignmentBroken(f"{path}: {complaint}", expected=expected, advice="Correct it in [[properties]].")


def _kinds(path: Path, properties: Sequence[Property]) -> Mapping[str, CheckKind | Property]:
    """All kinds of checks by their names, in the order in which they run: what needs a further call is last."""

    def ordered() -> Iterator[CheckKind | Property]:
        for kind in CheckKind:
            if kind is CheckKind.ROWS_INDEPENDENT:
                yield from (each for each in properties if not each.further_call)
            yield kind
        yield from (each for each in properties if each.further_call)

    kinds = {each.property_id if isinstance(each, Property) else each.value: each for each in ordered()}
    if len(kinds) < len(CheckKind) + len(properties):
        raise AssignmentBroken(
            f"{path} lists two properties of one id", expected="an id of its own for each", advice="Rename one."
        )
    return kinds


def _check_batched(path: Path, cases: Sequence[Case], batched: tuple[str, ...]) -> None:
    if batched or not any(check.kind is CheckKind.ROWS_INDEPENDENT for case in cases for check in case.checks):
        return
    raise AssignmentBroken(
        f"{path} has the check rows_independent, and does not say which arguments have a batch axis",
        expected='a line such as batched = ["x"] at the top: the arguments whose first axis is the batch',
        advice="Add it. A private assignment of the shipped one gets it by 'grade init-private FOLDER --update'.",
    )


def _checked_names(given: Mapping[str, Any], kinds: Mapping[str, CheckKind | Property]) -> None:
    """Raises for a check that is none."""
    for name in given:
        if name in kinds:
            continue
        if name not in OF_ATTENTION:
            raise ValueError(f"{name!r} is no kind of check")
        raise AssignmentBroken(
            f"{name} is a property of one exercise, and this exercise.toml does not list it",
            expected=f'[[properties]] with id = "{name}", and its code in properties.py beside cases.py',
            advice=f"Copy both from {ATTENTION}; docs/writing-an-exercise.md explains them. A private assignment "
            "made from the shipped one gets them by 'grade init-private FOLDER --update'.",
        )


def _case(fields: dict[str, Any], outputs: tuple[str, ...], kinds: Mapping[str, CheckKind | Property]) -> Case:
    case_id, visible = fields["id"], fields["visible"]
    if not isinstance(visible, bool):
        raise AssignmentBroken(
            f"The case {case_id!r} has visible = {shown(visible)}",
            expected="true or false",
            advice="Correct it in exercise.toml.",
        )
    points = fields.get("points", {})
    _checked_names(points, kinds)
    checks: list[Check] = []
    for name, kind in kinds.items():
        if name not in points and kind not in GATES:
            continue
        worth = points.get(name, 0)
        by_output = worth if isinstance(worth, dict) else {None: worth}
        for each in by_output.values():  # before they are divided: a whole number can be too large for that
            POINTS.checked(f"in the case {case_id!r} {name}", each)
        if kind is CheckKind.VALUES and not isinstance(worth, dict) and len(outputs) > 1:
            by_output = {output: worth / len(outputs) for output in outputs}
        if kind is CheckKind.ROWS_SUM_TO_ONE and None in by_output and len(outputs) > 1:
            raise ValueError(f"case {case_id!r} does not say which output's rows sum to one")
        for output, output_worth in by_output.items():
            if output is not None and output not in outputs:
                raise ValueError(f"case {case_id!r} has points for an output {output!r} that is not listed")
            checks.append(
                Check(
                    check_id="/".join(filter(None, (case_id, name, output))),
                    case_id=case_id,
                    kind=kind,
                    points=float(output_worth),
                    visible=visible,
                    output=output,
                )
            )
    return Case(
        case_id=case_id,
        title=fields["title"],
        visible=visible,
        checks=tuple(checks),
        can_be_fresh=_can_be_fresh(case_id, visible, fields.get("fresh_inputs", False)),
    )


def _can_be_fresh(case_id: str, visible: bool, said: object) -> bool:
    if said is False or (said is True and not visible):
        return said
    raise AssignmentBroken(
        f"The case {case_id!r} has fresh_inputs = {shown(said)}{' and is visible' if visible else ''}",
        expected="true or false, and true only for a hidden case",
        advice="Correct it in exercise.toml.",
    )


def _contrast(path: Path, fields: dict[str, Any], case_ids: set[str]) -> Contrast:
    contrast = Contrast(
        contrast_id=fields["id"],
        title=fields["title"],
        message=fields["message"],
        case_ids=_names(fields["cases"]),
        parameters=_names(fields.get("parameters", [])),
    )
    if set(contrast.case_ids) < case_ids and contrast.case_ids:
        return contrast
    raise AssignmentBroken(
        f"{path}: the contrast {contrast.contrast_id!r} has the cases {', '.join(contrast.case_ids) or '(none)'}",
        expected="some of the exercise's cases, and not all of them",
        advice="Correct it in [[contrasts]].",
    )


def _meaning(fields: dict[str, Any]) -> ExceptionMeaning:
    texts = {name: fields.get(name, "") for name in ("line", "line_without", "makes")}
    wanted = {name: fields[name] for name in ("text", "title", "message")}
    if not all(isinstance(each, str) for each in (fields["type"], *texts.values(), *wanted.values())):
        raise TypeError("a field of [[exceptions]] is no text")
    return ExceptionMeaning(type_name=fields["type"], **wanted, **texts)


def _solution(folder: Path, fields: dict[str, Any]) -> Solution:
    source = fields["source"]
    path = REPOSITORY / source if source.startswith("reference/") else folder / source
    return Solution(solution_id=fields["id"], path=path, entry_point=fields["entry_point"])


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # tomllib's own is a ValueError
        raise AssignmentBroken(
            f"{path} can't be read: {error}", expected="a TOML file", advice="Correct or restore it."
        ) from error


def _names(raw: Any) -> tuple[str, ...]:
    """A list of folders. A single name would be a list of its letters."""
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise TypeError("exercises is no list of names")
    return tuple(raw)


def _of_another_kind(path: Path, error: Exception) -> AssignmentBroken:
    return AssignmentBroken(
        f"{path} has a field of another kind than expected: {error}",
        expected="texts, numbers, lists and tables where the format has them",
        advice="Correct it; docs/ has the format.",
    )


def _incomplete(path: Path, error: KeyError) -> AssignmentBroken:
    return AssignmentBroken(
        f"{path} lacks {error}", expected="every field of the format", advice="Add it; docs/ has the format."
    )
