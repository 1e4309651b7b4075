"""What cases.py gives is handed in as it is, or refused with the case, the name, the type and what to write."""

import re

import numpy as np
import pytest

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from grader.course.calls import case_calls
from grader.course.secret import PUBLIC_SECRET
from grader.grading.pipeline import grade
from grader.settings import Settings
from tests.support.copies import copy_sources
from tests.support.tiny_programs import RIGHT_DENSE, RIGHT_SHARES
from tests.support.trusted import open_trusted


@pytest.fixture
def own(tiny, tmp_path):
    """A copy of the tiny assignment, whose cases a test may change."""
    copy_sources(tiny, tmp_path / "own")
    return tmp_path / "own"


def write_cases(folder, case, imports="import numpy as np\n"):
    (folder / "shares" / "cases.py").write_text(
        f"from exercises.spec import CaseInput, Keying, Mode\n{imports}CASES = {{'rows': {case}}}\n",
        encoding="utf-8",
    )


def write_value(folder, value):
    write_cases(folder, f"CaseInput(arguments=lambda r: {{'x': r.uniform(3, 4), 'extra': {value}}})")


def calls(folder):
    (exercise,) = load_assignment(str(folder), exercises=("shares",)).exercises
    return case_calls(exercise, PUBLIC_SECRET)


def refusal(folder) -> str:
    with pytest.raises(AssignmentBroken) as caught:
        calls(folder)
    assert caught.value.exit_code == 3
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "kind", "instead"),
    [
        ("3", "int", "np.int64(3)"),
        ("2**80", "int", "smaller number"),
        ("0.5", "float", "np.float64(0.5)"),
        ("True", "bool", "np.bool_(True)"),
        ("2j", "complex", "np.complex128(2j)"),
        ("'mean'", "str", "np.str_('mean')"),
        ("None", "NoneType", "Leave it out"),
        ("[1, 2]", "list", "np.array"),
        ("(1, 2)", "tuple", "np.array"),
        ("{'a': 1}", "dict", "a name of its own"),
        ("{1}", "set", "a name of its own"),
        ("np.sin", "numpy.ufunc", "utils.py"),
        ("lambda x: x", "function", "utils.py"),
        ("len", "builtin_function_or_method", "utils.py"),
        ("np.random.default_rng(0)", "numpy.random._generator.Generator", "a seed"),
        ("np.array([[1], [1, 2]], dtype=object)", "Python objects", "rows of one length"),
        ("np.longdouble(1) * np.ones(2, np.longdouble)", "longdouble|float128", ".astype(np.float64)"),
        ("np.array(['2026-01-01'], 'M8[D]')", r"datetime64\[D\]", "array of numbers"),
        ("np.ma.array([1, 2], mask=[0, 1])", "numpy.ma.MaskedArray", "np.array"),
        ("np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f4')])", "void", "array of numbers"),
        ("np.array(['a'])", "texts", "Take input_unchanged out"),
        ("object()", "object", "parts as arrays"),
    ],
)
def test_a_value_that_no_container_gets_is_named_with_what_to_write(own, value, kind, instead):
    write_value(own, value)
    told = refusal(own)
    assert "cases.py: the case 'rows' has the argument 'extra'" in told
    assert re.search(kind, told)
    assert instead in told


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("3", "is a int.*CaseInput"),
        ("CaseInput(arguments=lambda r: [r.uniform(3)])", "gives a list.*by their names"),
        ("CaseInput(arguments=lambda r: None)", "gives a NoneType"),
        ("CaseInput(arguments=lambda r: {0: r.uniform(3)})", "an argument called 0"),
        ("CaseInput(arguments=lambda r: {'my x': r.uniform(3)})", "an argument called 'my x'"),
        ("CaseInput(arguments=lambda r: {'x': r.uniform(3)[9]})", "cases.py, line 3: IndexError"),
        ("CaseInput(arguments=lambda r: {'x': exit()})", "cases.py, line 3: SystemExit"),
        ("CaseInput(arguments=lambda r: {}, mode='training')", "mode='training'.*Mode.TRAINING"),
        ("CaseInput(arguments=lambda r: {}, keying='first')", "keying='first'.*Keying.FIRST_USE"),
        ("CaseInput(arguments=lambda r: {}, construct=[3])", "construct that is a list"),
        ("CaseInput(arguments=lambda r: {}, construct={'n': np.int64(3)})", r"with n, which holds a numpy.int64.*item\(\)"),
        ("CaseInput(arguments=lambda r: {}, construct={'n': [1, {2}]})", "with n, which holds a set"),
        ("CaseInput(arguments=lambda r: {}, attributes=['n'])", "attributes that are a list"),
        ("CaseInput(arguments=lambda r: {}, attributes={'n': '16'})", "expects '16' as the attribute n"),
        ("CaseInput(arguments=lambda r: {}, attributes={'n': 16})", "some there without the check"),
        ("1 / 0", "line 3: ZeroDivisionError"),
        ("CaseInput(", "line 3: SyntaxError"),
        ("__import__('sys').exit(0)", "line 3: SystemExit"),
        ("__import__('no_such_package')", "line 3: ModuleNotFoundError.*no_such_package"),
    ],
)  # fmt: skip
def test_a_case_that_can_not_be_called_is_named_with_its_line(own, case, words):
    write_cases(own, case)
    assert re.search(f"(?s){words}", refusal(own))


def test_without_a_dictionary_of_cases_the_file_is_named(own):
    (own / "shares" / "cases.py").write_text("cases = {}\n", encoding="utf-8")
    assert "cases.py has no dictionary CASES" in refusal(own)


@pytest.mark.parametrize(
    "value", ["np.int64(3)", "np.float32(0.5)", "np.bool_(True)", "np.array(3)", "np.ones(2) * 1j"]
)
def test_numbers_of_numpy_are_handed_in(own, value):
    write_value(own, value)
    assert "extra" in calls(own)[0].arguments


def test_whoever_grades_is_told_too_and_nobody_gets_a_mark(own, tmp_path):
    write_value(own, "3")
    file = tmp_path / "submission.py"
    file.write_text(RIGHT_DENSE + RIGHT_SHARES, encoding="utf-8")
    with pytest.raises(AssignmentBroken, match=r"'extra', which is a int"):
        grade(file, Settings(assignment=str(own)), open_trusted)


def test_a_further_call_is_held_to_the_same(own):
    toml = own / "shares" / "exercise.toml"
    text = toml.read_text(encoding="utf-8").replace("input_unchanged = 2", "input_unchanged = 2\nhalves = 1")
    toml.write_text(
        text + '\n[[properties]]\nid = "halves"\nmessage = "They differ."\nfurther_call = true\n', encoding="utf-8"
    )
    (own / "shares" / "properties.py").write_text(
        "from exercises.spec import Variation\n"
        "PROPERTIES = {'halves': Variation(arguments=lambda a: {'x': a['x'].tolist()}, outputs=lambda o: o)}\n",
        encoding="utf-8",
    )
    assert re.search("further call 'rows~halves' has the argument 'x', which is a list", refusal(own))


def test_arguments_are_made_of_what_the_secret_decides(own):
    write_value(own, "r.uniform(2)")
    first, again = calls(own), calls(own)
    np.testing.assert_array_equal(first[0].arguments["extra"], again[0].arguments["extra"])
