"""A misspelt key, anywhere in an assignment's files, is told with its table and with what was meant."""

import ast
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from exercises import late_policy, loader
from exercises.errors import AssignmentBroken
from exercises.loader import SHIPPED, load_assignment
from exercises.number_range import LATE_NUMBERS
from exercises.toml_tables import Form, Kind
from tests.support.paths import ROOT

# Every table and key that there is.
ASSIGNMENT = """\
id = "w"
title = "W"
version = "1"
exercises = ["one"]

[late]
due = 2026-11-20T23:59:00+01:00
grace_minutes = 30
percent_per_day = 10
max_percent = 50
cut_off_days = 10

[[questions]]
id = "why"
title = "Why"
points = 4
counts = false
"""
EXERCISE = """\
title = "One"
entry_point = "one"
kind = "function"
outputs = ["loss", "gradient"]
forbidden = ["softmax"]
base = "right/as_taught.py"
batched = ["x"]

[[accepted]]
id = "reference"
source = "reference.py"
entry_point = "one"

[[properties]]
id = "halves"
message = "They differ."
hidden_message = "They do."
further_call = true

[[cases]]
id = "rows"
title = "rows"
visible = true
[cases.points]
shape = 2
values = { loss = 1, gradient = 2 }
halves = 1

[[cases]]
id = "other_rows"
title = "other rows"
visible = false
fresh_inputs = true
points = { values = 3, rows_independent = 0 }

[[wrong]]
id = "columns"
title = "Columns"
message = "Take the rows."
fails = ["rows/values/loss"]

[[contrasts]]
id = "with_rows"
title = "Only with rows"
message = "Look at the rows."
cases = ["rows"]
parameters = ["x"]

[[exceptions]]
type = "ValueError"
text = "unpack"
line = "one"
line_without = "shape"
makes = "LSTM"
title = "It gives two"
message = "Take them apart."
"""


def load(folder, assignment=ASSIGNMENT, exercise=EXERCISE):
    (folder / "one").mkdir(exist_ok=True)
    (folder / "assignment.toml").write_text(assignment, encoding="utf-8")
    (folder / "one" / "exercise.toml").write_text(exercise, encoding="utf-8")
    return load_assignment(str(folder))


def refusal(folder, **texts) -> str:
    with pytest.raises(AssignmentBroken) as caught:
        load(folder, **texts)
    return str(caught.value)


def misspelt(text):
    """The text with each of its keys in turn spelt wrongly."""
    for found in re.finditer(r"(?<![\"\w])([a-z_]+)(?= = )", text):
        key = found[1]
        wrong = key[:-1] + key[-1].upper() + key[-1]
        yield pytest.param(
            key, wrong, text[: found.start(1)] + wrong + text[found.end(1) :], id=f"{key}-{found.start()}"
        )


def test_the_whole_format_is_read(tmp_path):
    (exercise,) = load(tmp_path).exercises
    assert exercise.wrong[0].fails == ("rows/values/loss",)
    written = set(re.findall(r"(?<![\"\w])([a-z_]+)(?= = )", ASSIGNMENT + EXERCISE))
    forms = [each for each in vars(loader).values() if isinstance(each, Form)]
    assert len(forms) > 8
    for form in forms:  # each key is tried below
        assert set(form.keys) - {"late", "questions"} <= written | {
            "cases", "points", "accepted", "wrong", "contrasts", "exceptions", "properties"
        }  # fmt: skip
    assert set(LATE_NUMBERS) <= written


@pytest.mark.parametrize(("key", "wrong", "text"), list(misspelt(ASSIGNMENT)))
def test_a_misspelt_key_of_assignment_toml_is_told_with_the_right_one(tmp_path, key, wrong, text):
    told = refusal(tmp_path, assignment=text)
    assert "assignment.toml" in told
    assert repr(wrong) in told
    assert f"Did you mean {key}?" in told


@pytest.mark.parametrize(("key", "wrong", "text"), list(misspelt(EXERCISE)))
def test_a_misspelt_key_of_exercise_toml_is_told_with_the_right_one(tmp_path, key, wrong, text):
    told = refusal(tmp_path, exercise=text)
    assert "one/exercise.toml" in told
    assert repr(wrong) in told
    assert f"Did you mean {key}?" in told


@pytest.mark.parametrize(
    ("file", "old", "new", "meant"),
    [
        ("assignment", "[late]", "[latte]", "late"),
        ("assignment", "[[questions]]", "[[question]]", "questions"),
        ("exercise", "[[accepted]]", "[[acepted]]", "accepted"),
        ("exercise", "[[properties]]", "[[propertys]]", "properties"),
        ("exercise", "[[wrong]]", "[[wrongs]]", "wrong"),
        ("exercise", "[[wrong]]", "[[Wrong]]", "wrong"),
        ("exercise", "[[contrasts]]", "[[contrast]]", "contrasts"),
        ("exercise", "[[exceptions]]", "[[exception]]", "exceptions"),
        ("exercise", "[cases.points]", "[cases.point]", "points"),
        ("exercise", 'kind = "function"', 'kind = "clas"', "class"),
        ("exercise", "rows/values/loss", "rows/value/loss", "rows/values/loss"),
        ("exercise", 'cases = ["rows"]', 'cases = ["row"]', "rows"),
    ],
)
def test_a_misspelt_table_or_word_is_told_with_the_right_one(tmp_path, file, old, new, meant):
    text = {"assignment": ASSIGNMENT, "exercise": EXERCISE}[file]
    assert text.count(old) == 1
    told = refusal(tmp_path, **{file: text.replace(old, new)})
    assert f"Did you mean {meant}?" in told
    assert f"{file}.toml" in told


def test_the_table_is_named_by_its_id(tmp_path):
    told = refusal(tmp_path, exercise=EXERCISE.replace("visible = false", "visibel = false"))
    assert "[[cases]] 'other_rows' has no key 'visibel'" in told
    assert "one of: id, title, visible, points, fresh_inputs" in told


def test_what_belongs_to_the_top_and_stands_at_the_end_is_told_to_go_up(tmp_path):
    text = EXERCISE.replace('batched = ["x"]\n', "") + 'batched = ["x"]\n'
    assert "batched belongs to the top of the file: write it above the first line" in refusal(
        tmp_path, exercise=text
    )


def test_a_key_that_nothing_is_like_is_told_with_all_there_are(tmp_path):
    told = refusal(tmp_path, assignment=f"zzz = 1\n{ASSIGNMENT}")
    assert "one of: id, title, version, exercises, questions, late" in told
    assert "Take it out" in told


@pytest.mark.parametrize("key", ["id", "title", "version", "exercises"])
def test_a_key_that_is_left_out_is_told(tmp_path, key):
    text = re.sub(rf"^{key} = .*\n", "", ASSIGNMENT, count=1, flags=re.MULTILINE)
    assert f"lacks {key!r}" in refusal(tmp_path, assignment=text)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title = "One"', "title = 1", "a text"),
        ('outputs = ["loss", "gradient"]', 'outputs = "loss"', "a list of texts"),
        ('outputs = ["loss", "gradient"]', "outputs = []", "from 1 to 64"),
        ('outputs = ["loss", "gradient"]', 'outputs = ["loss", "loss"]', "a name of its own"),
        ('outputs = ["loss", "gradient"]', f"outputs = {[str(n) for n in range(65)]}".replace("'", '"'), "from 1 to 64"),
        ('forbidden = ["softmax"]', 'forbidden = "softmax"', "a list of texts"),
        ('batched = ["x"]', "batched = [1]", "a list of texts"),
        ('base = "right/as_taught.py"', "base = true", "a text"),
        ("visible = true", 'visible = "yes"', "true or false"),
        ("fresh_inputs = true", "fresh_inputs = 1", "true or false"),
        ("further_call = true", "further_call = 1", "true or false"),
        ('cases = ["rows"]', 'cases = "rows"', "a list of texts"),
        ('line = "one"', "line = 1", "a text"),
        ("points = { values = 3, rows_independent = 0 }", "points = 3", "a table"),
        ('id = "other_rows"', 'id = "rows"', "an id of its own"),
        ('id = "other_rows"', 'id = "other/rows"', "without / and ~"),
        ('[[wrong]]\nid = "columns"', '[wrong]\nid = "columns"', "tables, each begun with"),
        ("values = { loss = 1, gradient = 2 }", "rows_sum_to_one = 2", "Write rows_sum_to_one = { loss = 1 }."),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_told_with_the_kind(tmp_path, old, new, expected):
    assert old in EXERCISE
    assert expected in refusal(tmp_path, exercise=EXERCISE.replace(old, new, 1))


def test_an_exercise_that_is_listed_twice_is_told(tmp_path):
    assert "two exercises" in refusal(tmp_path, assignment=ASSIGNMENT.replace('["one"]', '["one", "one"]'))


def test_a_key_can_not_be_read_before_it_is_declared():
    form = Form(title="[[x]]", required={"id": Kind.TEXT}, optional={"more": Kind.TEXT})
    fields = form.read(Path("x.toml"), {"id": "a"})
    assert (fields["id"], fields.get("more", "none")) == ("a", "none")
    for read in (
        lambda: fields["more"],
        lambda: fields.get("id", ""),
        lambda: fields["new"],
        lambda: fields.get("new", 0),
    ):
        with pytest.raises(LookupError, match=r"the form of \[\[x\]\]"):
            read()


def test_tables_are_read_through_their_forms_only():
    """Whoever took a key of the raw table would not have to declare it."""
    for module in (loader, late_policy):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.FunctionDef):
                for argument in node.args.args:
                    said = ast.unparse(argument.annotation) if argument.annotation else ""
                    assert "dict[str, Any]" not in said or node.name == "_questions", node.name


def test_what_is_shipped_and_what_is_scaffolded_has_known_keys_only():
    for path in SHIPPED.glob("*/assignment.toml"):
        load_assignment(str(path.parent))
    for path in (ROOT / "grader" / "authoring" / "templates").glob("*/exercise.toml"):
        loader.EXERCISE.read(path, tomllib.loads(path.read_text(encoding="utf-8")))
