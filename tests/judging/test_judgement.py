"""The measure of judgement: its parts do what they say, and a seeded sample of mutants is judged rightly."""

import time
from pathlib import Path

import libcst as cst
import pytest

from benchmarks.judgement import operators
from benchmarks.judgement.forks import Ending, in_children
from benchmarks.judgement.judging import Judged, Naming, judged
from benchmarks.judgement.measuring import Fate, grade_right_ones, listed, smallest_margin, try_mutants
from benchmarks.judgement.mutants import mutants_of
from benchmarks.judgement.outside import Outside, Proof, outside_calls
from benchmarks.judgement.programs import ProgramText, all_programs
from benchmarks.judgement.restyling import STYLES, other_names, other_order, other_words
from benchmarks.judgement.unread import Unread, confined_to
from grader.report.model import ExerciseStatus

PROGRAMS = {programs.exercise.exercise_id: programs for programs in all_programs()}
SMALL = [name for name in PROGRAMS if name != "alexnet"]
SEED = 8
# The children only compute and end; the threads that a fork leaves behind are BLAS's.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

LSTM = """
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers=1, output_size=1):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        return self.fc(output[:, -1, :])
"""


def made_by(operator, source):
    """The programs that one operator makes of a source, without the final line break."""
    module = cst.parse_module(source + "\n")
    nodes: list[cst.CSTNode] = [module]
    for node in nodes:
        nodes.extend(node.children)
    made = [module.deep_replace(node, new) for node in nodes for new in operator.replacements(node)]
    return {each.code.strip() for each in made if isinstance(each, cst.Module)}


@pytest.mark.parametrize(
    ("operator", "source", "made"),
    [
        (operators.Arithmetic(), "a / b", {"a * b"}),
        (operators.Arithmetic(), "a @ b", {"a * b"}),
        (operators.Arithmetic(), "a += b", {"a -= b"}),
        (operators.Operand(), "y = a + b", {"y = a", "y = b"}),
        (operators.Operand(), "x[-1]", {"x[1]"}),
        (operators.Comparison(), "a < b", {"a <= b", "a > b"}),
        (operators.Comparison(), "a is not None", {"a is None"}),
        (operators.Condition(), "a and b", {"a or b"}),
        (operators.Condition(), "a if b else c", {"a if True else c", "a if False else c"}),
        (operators.Constant(), "f(3)", {"f(4)", "f(2)"}),
        (operators.Constant(), "f(0.5)", {"f(1.0)", "f(0.25)"}),
        (operators.Constant(), "f(True)", {"f(False)"}),
        (operators.Axis(), "f(axis=0)", {"f(axis=1)", "f(axis=-1)", "f(axis=-2)", "f(axis=None)"}),
        (operators.Axis(), "(0, 2, 1)", {"(2, 0, 1)", "(0, 1, 2)"}),
        (operators.Subscripts(), '"bi->b"', {'"ib->b"'}),
        (operators.Slice(), "x[1:2]", {"x[:2]", "x[1:]"}),
        (operators.Argument(), "f(a, b)", {"f(b)", "f(a, )", "f(b, a)"}),
        (operators.CallLeftOut(), "y = relu(x)", {"y = (x)"}),
        (operators.CallLeftOut(), "y = x.copy()", {"y = x"}),
        (operators.Function(), "np.max(x)", {"np.min(x)"}),
        (operators.Statement(), "x = 1", {"pass"}),
        (operators.Loop(), "for a in b: c", {f"for a in list(b){cut}: c" for cut in ("[1:]", "[:-1]", "[::-1]")}),
        (operators.Order(), "if a:\n    b\n    c", {"if a:\n    c\n    b"}),
    ],
)
def test_an_operator_makes_what_it_says(operator, source, made):
    found = made_by(operator, source)
    assert found == made or {text.replace(", )", ")") for text in made} == found


def test_names_are_swapped_with_names_that_the_function_knows_and_never_in_keywords():
    module = cst.parse_module("def f(a, b):\n    return g(a, b=b.a)\n")
    operator = operators.OtherName.of(module)
    nodes: list[cst.CSTNode] = [module]
    for node in nodes:
        nodes.extend(node.children)
    made = [module.deep_replace(node, new) for node in nodes for new in operator.replacements(node)]
    lines = {each.code.splitlines()[1].strip() for each in made if isinstance(each, cst.Module)}
    assert lines == {"return g(b, b=b.a)", "return g(a, b=a.a)"}


def test_every_mutant_differs_in_the_lines_it_names_and_no_two_are_alike(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(LSTM)
    changes, mutants = mutants_of(PROGRAMS["lstm_model"].exercise, file)
    assert changes >= len(mutants) > 20
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        before, after = LSTM.splitlines(), mutant.source.splitlines()
        lines = {number for number, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b}
        assert lines == {*range(mutant.first_line, mutant.last_line + 1)} & lines


def test_what_slicing_drops_is_not_mutated(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(LSTM + "\n\nmodel = LSTMModel(1, 2, 3, 4)\nprint(1 + 2)\n")
    _, mutants = mutants_of(PROGRAMS["lstm_model"].exercise, file)
    assert max(mutant.last_line for mutant in mutants) <= len(LSTM.splitlines())


def test_a_share_of_the_mutants_is_the_same_each_time():
    programs = PROGRAMS["lstm_model"]
    path = programs.exercise.right_paths[0]
    first, second = (mutants_of(programs.exercise, path, 0.2, SEED) for _ in range(2))
    assert first == second
    assert 0 < len(first[1]) < first[0]


@pytest.mark.parametrize("exercise_id", SMALL)
def test_a_restyled_right_variant_is_still_right(exercise_id):
    programs = PROGRAMS[exercise_id]
    _ = programs.golden, programs.calls

    def failing(path: Path) -> list[str]:
        source = path.read_text(encoding="utf-8")
        texts = {style: restyled(source, programs.exercise.entry_point) for style, restyled in STYLES.items()}
        return [f"{path.name}, {style}" for style, text in texts.items() if not judged(programs, text).passed]

    jobs = [lambda path=path: failing(path) for path in programs.exercise.right_paths[::4]]
    assert [result for _, result in in_children(iter(jobs), seconds=60) if result] == []


def test_restyling_changes_names_words_and_order():
    named = other_names(LSTM, "LSTMModel")
    assert "hidden_size" not in named
    assert "h_n" not in named
    assert "class LSTMModel:" in named
    assert "self.fc.forward(h_n[-1])" in other_words(LSTM, "LSTMModel")
    ordered = other_order(LSTM, "LSTMModel")
    assert ordered.index("Linear(") < ordered.index("LSTM(input_size")
    assert "class LSTMModel(LSTMModelHelper):" in ordered


@pytest.mark.parametrize(
    ("exercise_id", "old", "new", "proof"),
    [
        ("lstm_model", "output[:, -1, :]", "output[:, -1]", Proof.EQUIVALENT),
        ("lstm_model", "output[:, -1, :]", "h_n[-1]", Proof.EQUIVALENT),
        ("lstm_model", "num_layers=1", "num_layers=2", Proof.EQUIVALENT),  # never left out
        ("lstm_model", "self.fc(output", "self.fc(output.astype('float32')", Proof.ROUNDS_OTHERWISE),
        ("lstm_model", "output[:, -1, :]", "output[:, 0, :]", Proof.DIFFERS),
        ("lstm_model", "output[:, -1, :]", "h_n[0]", Proof.DIFFERS),  # one layer hides it
        ("lstm_model", "return self.fc(output", "return self.fc(output * 1.0001", Proof.DIFFERS),
        ("lstm_model", "return self.fc(output", "return self.fcc(output", Proof.DIFFERS),
    ],
)
def test_a_mutant_is_equivalent_only_where_it_computes_the_same(exercise_id, old, new, proof):
    programs = PROGRAMS[exercise_id]
    entry_point = programs.exercise.entry_point
    assert LSTM.count(old) == 1
    original = ProgramText(source=LSTM, entry_point=entry_point)
    mutant = ProgramText(source=LSTM.replace(old, new), entry_point=entry_point)
    assert Outside(programs).prove(mutant, original) is proof


def test_nothing_is_proven_of_an_original_that_never_runs():
    broken = ProgramText(source=LSTM.replace("self.fc(", "self.nothing("), entry_point="LSTMModel")
    assert Outside(PROGRAMS["lstm_model"], count=4).prove(broken, broken) is Proof.NOTHING_RUNS


@pytest.mark.parametrize("exercise_id", PROGRAMS)
def test_outside_cases_are_other_cases_than_the_exercises_own(exercise_id):
    own = [tuple(a.shape for a in call.arguments.values()) for call in PROGRAMS[exercise_id].calls]
    calls = outside_calls(exercise_id, count=8)
    shapes = [tuple(array.shape for array in call.arguments.values()) for call in calls]
    assert len({call.keying for call in calls}) == 2
    assert exercise_id == "alexnet" or any(shape not in own for shape in shapes)


def test_a_change_of_a_default_alone_is_told_apart():
    assert confined_to(LSTM, LSTM.replace("num_layers=1", "num_layers=2"), "LSTMModel") is Unread.DEFAULT
    fields = "@dataclass\nclass LSTMModel:\n    num_layers: int = 1\n"
    assert confined_to(fields, fields.replace("= 1", "= 0"), "LSTMModel") is Unread.DEFAULT
    assert confined_to(LSTM, LSTM.replace("output[:, -1", "output[:, -2"), "LSTMModel") is None


def test_a_program_that_never_ends_or_takes_all_memory_costs_only_itself():
    def endless() -> int:
        while True:
            time.sleep(0.01)

    def greedy() -> int:
        return len(bytearray(2**40))

    ended = dict(in_children(iter([endless, greedy, lambda: 7]), seconds=1.0))
    assert ended == {0: Ending.TIMEOUT, 1: Ending.CRASHED, 2: 7}


@pytest.mark.parametrize(
    ("pointed", "naming"),
    [((range(3, 6),), Naming.RIGHT_PLACE), ((range(9, 10),), Naming.OTHER_PLACE)],
)
def test_a_divergence_names_a_mistake_only_where_it_points_to_it(pointed, naming):
    found = Judged(
        status=ExerciseStatus.PARTIAL, points=3.0, finished=True, diagnoses=("first_divergence",), pointed=pointed
    )
    assert found.naming(5, 5) is naming


@pytest.mark.parametrize("exercise_id", PROGRAMS)
def test_no_mutant_of_a_seeded_sample_survives_unlisted(exercise_id):
    programs = PROGRAMS[exercise_id]
    step, share = (6, 0.08) if exercise_id in SMALL else (12, 0.01)
    mutants = []
    for path in programs.exercise.right_paths[::step]:
        mutants += mutants_of(programs.exercise, path, share, SEED)[1]
    wanted = 14 if exercise_id in SMALL else 5
    tried = try_mutants(programs, mutants[:: max(1, len(mutants) // wanted)])
    assert [each.mutant.name for each in tried if each.fate is Fate.SURVIVED] == []
    assert any(each.fate is Fate.KILLED for each in tried)


@pytest.mark.parametrize("exercise_id", SMALL)
def test_no_right_program_is_marked_down(exercise_id):
    """Those of AlexNet take longer; test_exercises has them all."""
    assert grade_right_ones(PROGRAMS[exercise_id]) == []


@pytest.mark.parametrize("exercise_id", PROGRAMS)
def test_the_smallest_margin_is_wide(exercise_id):
    assert smallest_margin(PROGRAMS[exercise_id])[0] >= 100


def test_every_listed_survivor_has_a_reason_and_is_still_a_line_of_its_program():
    folder = PROGRAMS["lstm_model"].assignment.folder
    for (program, was, _), reason in listed().items():
        assert len(reason) > 20
        lines = " ".join(line.strip() for line in (folder / program).read_text(encoding="utf-8").splitlines())
        assert was in lines
