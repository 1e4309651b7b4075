"""Reads an assignment's folder: ``assignment.toml`` and one folder for each exercise."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exercises.errors import AssignmentBroken, AssignmentMissing
from exercises.late_policy import LateRule, LateRuleBroken, rule_from_table
from exercises.number_range import POINTS, POINTS_OF_A_QUESTION, OutOfRange, shown
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
from exercises.toml_tables import Fields, Form, Kind, check_distinct, check_known, read_toml
from sandbox.wire.limits import Limits

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

ASSIGNMENT = Form(
    title="the top of the file",
    required={"id": Kind.TEXT, "title": Kind.TEXT, "version": Kind.TEXT, "exercises": Kind.NAMES},
    optional={"questions": Kind.TABLES, "late": Kind.ANYTHING},  # late_policy says which keys [late] has
)
QUESTION = Form(
    title="[[questions]]",
    required={"id": Kind.TEXT, "title": Kind.TEXT, "points": Kind.ANYTHING},
    optional={"counts": Kind.ANYTHING},
)
EXERCISE = Form(
    title="the top of the file",
    required={
        "title": Kind.TEXT,
        "entry_point": Kind.TEXT,
        "kind": Kind.TEXT,
        "outputs": Kind.NAMES,
        "accepted": Kind.TABLES,
        "cases": Kind.TABLES,
    },
    optional={
        "forbidden": Kind.NAMES,
        "base": Kind.TEXT,
        "batched": Kind.NAMES,
        "wrong": Kind.TABLES,
        "contrasts": Kind.TABLES,
        "exceptions": Kind.TABLES,
        "properties": Kind.TABLES,
    },
)
ACCEPTED = Form(
    title="[[accepted]]", required={"id": Kind.TEXT, "source": Kind.TEXT, "entry_point": Kind.TEXT}, optional={}
)
CASE = Form(
    title="[[cases]]",
    required={"id": Kind.TEXT, "title": Kind.TEXT, "visible": Kind.FLAG},
    optional={"points": Kind.TABLE, "fresh_inputs": Kind.FLAG},
)
WRONG = Form(
    title="[[wrong]]",
    required={"id": Kind.TEXT, "title": Kind.TEXT, "message": Kind.TEXT},
    optional={"fails": Kind.NAMES},
)
CONTRAST = Form(
    title="[[contrasts]]",
    required={"id": Kind.TEXT, "title": Kind.TEXT, "message": Kind.TEXT, "cases": Kind.NAMES},
    optional={"parameters": Kind.NAMES},
)
EXCEPTION = Form(
    title="[[exceptions]]",
    required={"type": Kind.TEXT, "text": Kind.TEXT, "title": Kind.TEXT, "message": Kind.TEXT},
    optional={"line": Kind.TEXT, "line_without": Kind.TEXT, "makes": Kind.TEXT},
)
PROPERTY = Form(
    title="[[properties]]",
    required={"id": Kind.TEXT, "message": Kind.TEXT},
    optional={"hidden_message": Kind.TEXT, "further_call": Kind.FLAG},
)
TABLES_OF_AN_EXERCISE = {
    "accepted": ACCEPTED,
    "properties": PROPERTY,
    "cases": CASE,
    "wrong": WRONG,
    "contrasts": CONTRAST,
    "exceptions": EXCEPTION,
}


def shipped_assignments() -> tuple[str, ...]:
    """The names that ``--assignment`` takes besides a path."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/assignment.toml")))


def listed_exercises(folder: Path) -> tuple[str, ...]:
    """The ids in an ``assignment.toml``, whether or not there are such folders. Raises AssignmentBroken."""
    path = folder / "assignment.toml"
    return tuple(ASSIGNMENT.read(path, read_toml(path))["exercises"])


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
    path = folder / "assignment.toml"
    fields = ASSIGNMENT.read(path, read_toml(path))
    check_distinct(path, "exercises", fields["exercises"])
    try:
        return Assignment(
            assignment_id=fields["id"],
            title=fields["title"],
            version=fields["version"],
            folder=folder.resolve(),
            exercises=tuple(
                _exercise(folder.resolve() / name)
                for name in (fields["exercises"] if exercises is None else exercises)
            ),
            questions=_questions(path, fields.get("questions", [])),
            late=_late(path, fields.get("late", None)),
        )
    except (ValueError, OSError) as error:  # a path that no system has
        raise AssignmentBroken(
            f"{path} can't be used: {error}",
            expected="names of folders beside it",
            advice="Correct it.",
        ) from error


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
    read = [QUESTION.read(path, raw, outer=ASSIGNMENT) for raw in tables]
    questions = tuple(
        Question(
            question_id=fields["id"],
            title=fields["title"],
            points=fields["points"],
            counts=fields.get("counts", True),
        )
        for fields in read
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
    fields = EXERCISE.read(path, read_toml(path))

    def tables(form: Form, name: str) -> list[Fields]:
        raw = fields[name] if name in EXERCISE.required else fields.get(name, [])
        found = [form.read(path, each, outer=EXERCISE) for each in raw]
        if "id" in form.required:
            check_distinct(path, form.title, [each["id"] for each in found])
        return found

    # All of them before anything is made of one: what stands in a wrong table may be missed in another.
    read = {name: tables(form, name) for name, form in TABLES_OF_AN_EXERCISE.items()}
    outputs = _outputs(path, fields["outputs"])
    check_known(path, "kind", "kind of exercise", fields["kind"], ("function", "class"))
    properties = tuple(_property(path, each) for each in read["properties"])
    kinds = _kinds(properties)
    cases = tuple(_case(path, case, outputs, kinds) for case in read["cases"])
    case_ids = tuple(case.case_id for case in cases)
    batched = tuple(fields.get("batched", []))
    _check_batched(path, cases, batched)
    base = fields.get("base", None)
    return Exercise(
        exercise_id=folder.name,
        title=fields["title"],
        entry_point=fields["entry_point"],
        is_class=fields["kind"] == "class",
        outputs=outputs,
        forbidden=tuple(fields.get("forbidden", [])),
        folder=folder,
        cases=cases,
        accepted=tuple(_solution(folder, solution) for solution in read["accepted"]),
        wrong=tuple(_wrong(path, variant, cases) for variant in read["wrong"]),
        base=None if base is None else folder / base,
        contrasts=tuple(_contrast(path, contrast, case_ids) for contrast in read["contrasts"]),
        exceptions=tuple(_meaning(meaning) for meaning in read["exceptions"]),
        properties=properties,
        batched=batched,
    )


def _outputs(path: Path, names: list[str]) -> tuple[str, ...]:
    most = Limits().arrays_per_case
    if not 1 <= len(names) <= most or len(set(names)) < len(names):
        raise AssignmentBroken(
            f"{path} has {len(names)} outputs, of {len(set(names))} names",
            expected=f"from 1 to {most}, each with a name of its own",
            advice="Put what belongs together into one array.",
        )
    return tuple(names)


def _wrong(path: Path, fields: Fields, cases: Sequence[Case]) -> WrongVariant:
    fails = tuple(fields.get("fails", []))
    check_ids = [check.check_id for case in cases for check in case.checks]
    for check_id in fails:
        check_known(path, f"[[wrong]] {shown(fields['id'])}: fails", "check", check_id, check_ids)
    return WrongVariant(
        variant_id=fields["id"],
        title=fields["title"],
        message=fields["message"],
        path=path.parent / "wrong" / f"{fields['id']}.py",
        fails=fails,
    )


def _property(path: Path, fields: Fields) -> Property:
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
    elif any(each in text for text in without_place for each in PLACEHOLDERS):
        complaint = f"the property {found.property_id!r} would tell a number or a place where there is none to tell"
        expected = "{index} and {actual} only in the message of a property without a further call, and then a "
        expected += "hidden_message without them"
    else:
        return found
    raise AssignmentBroken(f"{path}: {complaint}", expected=expected, advice="Correct it in [[properties]].")


def _kinds(properties: Sequence[Property]) -> Mapping[str, CheckKind | Property]:
    """All kinds of checks by their names, in the order in which they run: what needs a further call is last."""

    def ordered() -> Iterator[CheckKind | Property]:
        for kind in CheckKind:
            if kind is CheckKind.ROWS_INDEPENDENT:
                yield from (each for each in properties if not each.further_call)
            yield kind
        yield from (each for each in properties if each.further_call)

    return {each.property_id if isinstance(each, Property) else each.value: each for each in ordered()}


def _check_batched(path: Path, cases: Sequence[Case], batched: tuple[str, ...]) -> None:
    if batched or not any(check.kind is CheckKind.ROWS_INDEPENDENT for case in cases for check in case.checks):
        return
    raise AssignmentBroken(
        f"{path} has the check rows_independent, and does not say which arguments have a batch axis",
        expected='a line such as batched = ["x"] at the top: the arguments whose first axis is the batch',
        advice="Add it. A private assignment of the shipped one gets it by 'grade init-private FOLDER --update'.",
    )


def _check_names(path: Path, case_id: str, given: Iterable[str], kinds: Mapping[str, CheckKind | Property]) -> None:
    """Raises for a check that is none."""
    for name in given:
        if name not in kinds and name in OF_ATTENTION:
            raise AssignmentBroken(
                f"{name} is a property of one exercise, and this exercise.toml does not list it",
                expected=f'[[properties]] with id = "{name}", and its code in properties.py beside cases.py',
                advice=f"Copy both from {ATTENTION}; docs/writing-an-exercise.md explains them. A private "
                "assignment made from the shipped one gets them by 'grade init-private FOLDER --update'.",
            )
        check_known(path, f"[cases.points] of {case_id!r}", "kind of check", name, tuple(kinds))


def _case(path: Path, fields: Fields, outputs: tuple[str, ...], kinds: Mapping[str, CheckKind | Property]) -> Case:
    case_id, visible = fields["id"], fields["visible"]
    if not case_id or any(mark in case_id for mark in "/~"):
        raise AssignmentBroken(
            f"{path} has a case with the id {shown(case_id)}",
            expected="an id without / and ~, which checks and further calls have in theirs",
            advice="Rename it, in cases.py too.",
        )
    points = fields.get("points", {})
    _check_names(path, case_id, points, kinds)
    checks = tuple(
        Check(
            check_id="/".join(filter(None, (case_id, name, output))),
            case_id=case_id,
            kind=kind,
            points=float(worth),
            visible=visible,
            output=output,
        )
        for name, kind in kinds.items()
        if name in points or kind in GATES
        for output, worth in _by_output(path, case_id, name, points.get(name, 0), outputs).items()
    )
    return Case(
        case_id=case_id,
        title=fields["title"],
        visible=visible,
        checks=checks,
        can_be_fresh=_can_be_fresh(case_id, visible, fields.get("fresh_inputs", False)),
    )


def _by_output(
    path: Path, case_id: str, name: str, worth: Any, outputs: tuple[str, ...]
) -> Mapping[str | None, float]:
    """A check's points by the output that it is about; None stands for all of them together."""
    by_output: Mapping[str | None, float] = worth if isinstance(worth, dict) else {None: worth}
    for output, each in by_output.items():  # before they are divided: a whole number can be too large for that
        try:
            POINTS.checked(f"in the case {case_id!r} {name}", each)
        except OutOfRange as error:
            raise AssignmentBroken(
                f"{path}: {error}", expected=f"as points {POINTS}", advice="Correct it in [cases.points]."
            ) from error
        if output is not None:
            check_known(path, f"[cases.points] of {case_id!r}: {name}", "output", output, outputs)
    if len(outputs) > 1 and None in by_output:
        if name == CheckKind.VALUES.value:
            return {output: worth / len(outputs) for output in outputs}
        if name == CheckKind.ROWS_SUM_TO_ONE.value:
            raise AssignmentBroken(
                f"{path}: the case {case_id!r} does not say which output's rows sum to one",
                expected=f"the points by output, of {', '.join(outputs)}",
                advice=f"Write {name} = {{ {outputs[0]} = 1 }}.",
            )
    return by_output


def _can_be_fresh(case_id: str, visible: bool, said: bool) -> bool:
    if not said or not visible:
        return said
    raise AssignmentBroken(
        f"The case {case_id!r} has fresh_inputs = {shown(said)}{' and is visible' if visible else ''}",
        expected="true or false, and true only for a hidden case",
        advice="Correct it in exercise.toml.",
    )


def _contrast(path: Path, fields: Fields, case_ids: Sequence[str]) -> Contrast:
    contrast = Contrast(
        contrast_id=fields["id"],
        title=fields["title"],
        message=fields["message"],
        case_ids=tuple(fields["cases"]),
        parameters=tuple(fields.get("parameters", [])),
    )
    for case_id in contrast.case_ids:
        check_known(path, f"[[contrasts]] {shown(contrast.contrast_id)}: cases", "case", case_id, case_ids)
    if set(contrast.case_ids) < set(case_ids) and contrast.case_ids:
        return contrast
    raise AssignmentBroken(
        f"{path}: the contrast {contrast.contrast_id!r} has the cases {', '.join(contrast.case_ids) or '(none)'}",
        expected="some of the exercise's cases, and not all of them",
        advice="Correct it in [[contrasts]].",
    )


def _meaning(fields: Fields) -> ExceptionMeaning:
    return ExceptionMeaning(
        type_name=fields["type"],
        text=fields["text"],
        title=fields["title"],
        message=fields["message"],
        line=fields.get("line", ""),
        line_without=fields.get("line_without", ""),
        makes=fields.get("makes", ""),
    )


def _solution(folder: Path, fields: Fields) -> Solution:
    source = fields["source"]
    path = REPOSITORY / source if source.startswith("reference/") else folder / source
    return Solution(solution_id=fields["id"], path=path, entry_point=fields["entry_point"])
