"""How a sliced program is defined and called, tried in this process on programs of our own."""

import gc
import signal
from pathlib import Path

import numpy as np
import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from sandbox.host.in_process import run_trusted
from sandbox.runner.instrumentation import UtilsMalformed, fingerprint
from sandbox.wire.messages import (
    NO_ATTRIBUTE,
    CaseCall,
    ExerciseResult,
    ExerciseRun,
    Keying,
    Mode,
    NotAnArray,
    Place,
    RunStatus,
    Snippet,
)
from sandbox.wire.parameters import ParameterName, ParameterSource, ParameterSpec, draw, write_bank

UTILS = (SHIPPED / DEFAULT_ASSIGNMENT / "utils.py").read_text(encoding="utf-8")
X = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
KEY = b"tests"


def run(
    source: str,
    *,
    entry: str = "Model",
    construct: dict[str, int] | None = None,
    mode: Mode = Mode.EVALUATION,
    keying: Keying = Keying.SHAPE,
    forbidden: tuple[str, ...] = (),
    arguments: dict[str, np.ndarray] | None = None,
    bank: Path | None = None,
    attributes: tuple[str, ...] = (),
) -> ExerciseResult:
    call = CaseCall(
        case_id="case",
        construct=construct,
        arguments=arguments or {"x": X},
        mode=mode,
        keying=keying,
        return_arguments=True,
        attributes=attributes,
    )
    program = ExerciseRun(
        exercise_id="exercise",
        entry_point=entry,
        snippets=(Snippet(origin="cell 3", line=5, source=source),),
        calls=(call,),
        forbidden=forbidden,
    )
    return run_trusted(program, utils_source=UTILS, utils_names=(), source=ParameterSource(bank=bank, key=KEY))


def output(source: str, **settings) -> np.ndarray:
    result = run(source, **settings)
    (case,) = result.cases
    assert case.status is RunStatus.FINISHED, case.raised
    (output, *_) = case.outputs
    assert isinstance(output, np.ndarray)
    return output


LINEAR = "from utils import Linear\nclass Model:\n    def __init__(self, n):\n        {init}\n    def forward(self, x):\n        {body}\n"


def linear(init: str, body: str) -> str:
    return LINEAR.format(init=init, body=body)


def test_equal_layers_get_equal_parameters_whatever_their_name_and_order():
    usual = output(
        linear("self.a = Linear(3, n); self.b = Linear(n, 3)", "return self.b(self.a(x))"), construct={"n": 4}
    )
    other = output(
        linear(
            "self.z = Linear(n, 3); self.unused = Linear(9, 9); self.y = Linear(3, n)",
            "return self.z(self.y(x))",
        ),
        construct={"n": 4},
    )
    np.testing.assert_array_equal(usual, other)


def test_biases_are_not_zero_when_grading():
    zeros = {"x": np.zeros((2, 3), np.float32)}
    source = linear("self.a = Linear(3, n)", "return self.a(x)")
    assert np.all(output(source, construct={"n": 4}, arguments=zeros) != 0)


def test_keyed_by_first_use_two_layers_of_one_shape_differ_and_construction_order_is_free():
    source = linear("self.{0} = Linear(3, 3); self.{1} = Linear(3, 3)", "return self.b(self.a(x))")
    by_shape = output(source.format("a", "b", n=3), construct={"n": 3})
    one = output(source.format("a", "b"), construct={"n": 3}, keying=Keying.FIRST_USE)
    two = output(source.format("b", "a"), construct={"n": 3}, keying=Keying.FIRST_USE)
    shared = output(
        linear("self.a = Linear(3, 3)", "return self.a(self.a(x))"),
        construct={"n": 3},
        keying=Keying.FIRST_USE,
    )
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(shared, by_shape)
    assert not np.allclose(one, shared)


def test_dropout_is_off_in_evaluation_and_a_fixed_mask_in_training():
    source = "from utils import Dropout\nclass Model:\n    def __init__(self): self.d = Dropout(0.5)\n    def forward(self, x): return self.d(x{})\n"
    for argument in ("", ", training=False", ", None"):
        np.testing.assert_array_equal(output(source.format(argument), construct={}), X)
    for argument in (", training=True", ", True"):  # it says so itself, and would drop in every evaluation
        assert np.any(output(source.format(argument), construct={}) == 0)
    once = output(source.format(""), construct={}, mode=Mode.TRAINING)
    again = output(source.format(""), construct={}, mode=Mode.TRAINING)
    np.testing.assert_array_equal(once, again)
    assert np.any(once == 0)
    assert np.any(once == 2 * X)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "signature",
    ["forward(self, x, training=False)", "forward(self, x, *, training)", "__call__(self, x, training=True)"],
)
def test_a_model_that_takes_training_is_told_the_cases_mode(signature, mode):
    source = f"import numpy as np\nclass Model:\n    def {signature}: return np.array([1.0 * training])\n"
    assert output(source, construct={}, mode=mode) == [float(mode is Mode.TRAINING)]


def test_a_models_own_training_flag_is_set():
    source = "import numpy as np\nclass Model:\n    def __init__(self): self.training = True\n    def forward(self, x): return np.array([1.0 * self.training])\n"
    assert output(source, construct={}, mode=Mode.EVALUATION) == [0.0]


@pytest.mark.parametrize("signature", ["a, b", "b, a", "first, second", "a, b, *, c=1", "*args", "**kwargs"])
def test_arguments_may_be_reordered_or_renamed(signature):
    values = {
        "*args": "args[0], args[1]",
        "**kwargs": "kwargs['a'], kwargs['b']",
        "first, second": "first, second",
    }
    source = f"def f({signature}):\n    p, q = {values.get(signature, 'a, b')}\n    return p - q\n"
    arguments = {"a": np.array([3.0]), "b": np.array([1.0])}
    if signature == "**kwargs":
        result = run(source, entry="f", arguments=arguments)
        assert result.cases[0].status is RunStatus.RAISED  # nothing in the course writes this
    else:
        assert output(source, entry="f", arguments=arguments) == [2.0]


def test_the_arguments_come_back_as_they_are_after_the_call():
    result = run("def f(x):\n    x += 1\n    return x * 2\n", entry="f")
    np.testing.assert_array_equal(result.cases[0].arguments_after[0], X + 1)


@pytest.mark.parametrize(
    ("kept", "brought"),
    [
        ("self.n = n", 4),
        ("self.n = np.int64(n)", 4),
        ("type(self).n = property(lambda self: n + 1)", 5),
        ("self.n = np.arange(n)", [0, 1, 2, 3]),
        ("self.n = None", "NoneType"),
        ("self.n = [n]", "list"),
        ("self.n = np.array([None])", "array of objects"),
        ("self.m = n", NO_ATTRIBUTE),
        ("type(self).n = property(lambda self: 1 / 0)", NO_ATTRIBUTE),
    ],
)
def test_an_attribute_comes_out_as_what_it_is(kept, brought):
    source = f"import numpy as np\nclass Model:\n    def __init__(self, n):\n        {kept}\n    def forward(self, x):\n        return x\n"
    (case,) = run(source, construct={"n": 4}, attributes=("n",)).cases
    assert case.status is RunStatus.FINISHED
    (found,) = case.attributes
    if isinstance(brought, str):
        assert found == NotAnArray(type_name=brought)
    else:
        np.testing.assert_array_equal(found, brought)


def test_an_attribute_that_is_too_large_is_not_brought_out():
    source = "import numpy as np\nclass Model:\n    def forward(self, x):\n        self.n = np.broadcast_to(x.flat[0], (10**9,))\n        return x\n"
    assert run(source, construct={}, attributes=("n",)).cases[0].status is RunStatus.OUTPUT_TOO_LARGE


def test_an_exception_is_shown_with_the_students_lines_only():
    source = "from utils import Linear\nclass Model:\n    def forward(self, x):\n        return self.helper(x)\n    def helper(self, x):\n        return Linear(7, 2)(x)\n"
    raised = run(source, construct={}).cases[0].raised
    assert raised is not None
    assert raised.type_name == "ValueError"
    assert (raised.origin, raised.line) == ("cell 3", 10)
    assert raised.traceback == (
        "cell 3, line 8, in forward\n    return self.helper(x)\ncell 3, line 10, in helper\n    return Linear(7, 2)(x)"
    )


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("import not_there\ndef f(x): return x", RunStatus.IMPORT_ERROR),
        ("from utils import NotThere\ndef f(x): return x", RunStatus.IMPORT_ERROR),
        ("raise ValueError\ndef f(x): return x", RunStatus.RAISED),
        ("import sys\nsys.exit(0)\ndef f(x): return x", RunStatus.RAISED),
    ],
)
def test_a_program_that_cannot_be_defined_ends_before_its_first_case(source, status):
    result = run(source, entry="f")
    assert result.status is status
    assert result.cases == ()
    assert result.raised is not None


@pytest.mark.parametrize(
    "call",
    ["utils.scaled_dot_product_attention(x, x, x)", "utils.MultiHeadAttention(4, 2)", "from_star(x, x, x)"],
)
def test_a_forbidden_name_can_be_imported_and_not_called(call):
    source = f"import utils\nfrom utils import scaled_dot_product_attention as from_star\ndef f(x):\n    try:\n        return {call}\n    except Exception:\n        return x\n"
    names = ("scaled_dot_product_attention", "MultiHeadAttention")
    assert run(source, entry="f", forbidden=names).cases[0].status is RunStatus.FORBIDDEN
    assert run("import utils\ndef f(x): return utils.softmax(x)", entry="f", forbidden=names).cases[0].status is (
        RunStatus.FINISHED
    )


def test_nothing_of_a_forbidden_function_can_be_found_in_the_process():
    source = (
        "import gc, types\nimport numpy as np\ndef f(x):\n"
        "    names = {'scaled_dot_product_attention'}\n"
        "    found = [o for o in gc.get_objects() if type(o) is types.FunctionType and o.__code__.co_name in names"
        " and o.__code__.co_filename == 'utils.py']\n"
        "    return np.array([float(len(found))])\n"
    )
    gc.collect()  # what earlier tests have left; some of theirs may be alive
    allowed = output(source, entry="f")
    assert output(source, entry="f", forbidden=("scaled_dot_product_attention",)) == allowed - 1


def test_the_trace_tells_what_was_called_with_which_shapes():
    source = linear("self.a = Linear(3, n); self.b = Linear(n, n)", "return self.b(self.b(self.a(x)))")
    trace = run(source, construct={"n": 4}).cases[0].trace
    assert [(entry.kind, dict(entry.settings), entry.instance) for entry in trace] == [
        ("Linear", {"in_features": 3, "out_features": 4}, 0),
        ("Linear", {"in_features": 4, "out_features": 4}, 1),
        ("Linear", {"in_features": 4, "out_features": 4}, 1),
    ]
    assert (trace[0].input_shape, trace[0].output_shape) == ((2, 3), (2, 4))
    assert trace[0].output_fingerprint == trace[1].input_fingerprint != trace[1].output_fingerprint


def test_a_layer_is_itself_whatever_its_class_makes_of_equality():
    own = "class Own(Linear):\n    def __hash__(self): return 1\n    def __eq__(self, other): return True\n"
    source = own + linear("self.a = Own(3, 3); self.b = Own(3, 3)", "return self.b(self.a(self.b(x)))")
    source = "from utils import Linear\n" + source
    trace = run(source, construct={"n": 3}, keying=Keying.FIRST_USE).cases[0].trace
    assert [entry.instance for entry in trace] == [0, 1, 0]


def test_the_trace_tells_the_students_own_lines():
    source = linear("self.a = Linear(3, n)", "return self.a(x)")
    (entry,) = run(source, construct={"n": 4}).cases[0].trace
    assert entry.made == Place(origin="cell 3", line=8)
    assert entry.called == Place(origin="cell 3", line=10)


def test_the_same_numbers_in_another_order_have_another_fingerprint_and_a_reshape_keeps_it():
    x = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert fingerprint(x.T.copy()) != fingerprint(x) == fingerprint(x.reshape(2, 12))
    assert fingerprint(np.array(["a"])) == fingerprint(None) == 0.0


def test_the_bank_is_used_where_it_has_the_parameter_and_a_student_may_write_to_it(tmp_path):
    spec = ParameterSpec(
        name=ParameterName(kind="Linear", configuration=(3, 4), parameter="weight"),
        shape=(3, 4),
        low=0.0,
        high=1.0,
    )
    banked = draw(b"another key", spec)
    write_bank(tmp_path, [spec], b"another key")
    laid_down = (tmp_path / "numbers").read_bytes()
    source = linear("self.a = Linear(3, n); self.a.weight *= 2", "return self.a.weight")
    np.testing.assert_array_equal(output(source, construct={"n": 4}, bank=tmp_path), banked * 2)
    assert (tmp_path / "numbers").read_bytes() == laid_down


def test_parameters_are_the_same_numbers_for_ever():
    """Golden outputs rest on these numbers: a change here makes every golden file worthless."""
    spec = ParameterSpec(
        name=ParameterName(kind="Conv2d", configuration=(3, 96, 11), parameter="weight"),
        shape=(2, 2),
        low=-1.0,
        high=1.0,
    )
    numbers = draw(b"goldgrade", spec)
    assert numbers.dtype == np.float32
    np.testing.assert_array_equal(numbers, draw(b"goldgrade", spec))
    assert not np.array_equal(numbers, draw(b"another secret", spec))
    expected = [[0.006293058395385742, -0.27221524715423584], [0.3081183433532715, -0.07333147525787354]]
    np.testing.assert_array_equal(numbers, np.array(expected, dtype=np.float32))


@pytest.mark.parametrize("utils", ["", "BUILDING_BLOCKS = ()\n", "class Dropout: pass\n"])
def test_a_course_without_layers_needs_no_names_in_utils(utils):
    program = ExerciseRun(
        exercise_id="e",
        entry_point="f",
        snippets=(Snippet(origin="s.py", line=1, source="def f(x): return float(x.sum())\n"),),
        calls=(CaseCall(case_id="c", construct=None, arguments={"x": X}),),
        forbidden=("answer",),
    )
    result = run_trusted(program, utils_source=utils, utils_names=(), source=ParameterSource(bank=None))
    output = result.cases[0].outputs[0]
    assert isinstance(output, np.ndarray)
    assert output == X.sum()  # a plain float is an array without axes


@pytest.mark.parametrize(
    "utils", ["BUILDING_BLOCKS = 3\n", "class A: pass\nBUILDING_BLOCKS = (A,)\n", "new_parameter = 1\n"]
)
def test_a_utils_that_grading_cannot_use_is_named(utils):
    program = ExerciseRun(exercise_id="e", entry_point="f", snippets=(), calls=())
    with pytest.raises(UtilsMalformed, match=r"utils\.py"):
        run_trusted(program, utils_source=utils, utils_names=(), source=ParameterSource(bank=None))


@pytest.mark.parametrize(
    ("returned", "dtype", "value"),
    [("3", "int64", 3), ("True", "bool", True), ("0.5", "float64", 0.5), ("2j", "complex128", 2j), ("-(2**62)", "int64", -(2**62))],
)  # fmt: skip
def test_a_plain_number_is_an_array_without_axes(returned, dtype, value):
    found = output(f"def f(x): return {returned}", entry="f")
    assert (found.dtype, found.shape, found[()]) == (dtype, (), value)


def test_a_whole_number_that_no_array_has_is_told_by_its_type():
    (case,) = run("def f(x): return 10**30, {}, None", entry="f").cases
    assert case.outputs == (
        NotAnArray(type_name="int"),
        NotAnArray(type_name="dict"),
        NotAnArray(type_name="NoneType"),
    )


def test_all_arguments_come_out_after_the_call_however_many_they_are():
    arguments = {f"a{number}": np.full(2, number) for number in range(100)}
    names = ", ".join(arguments)
    (case,) = run(f"def f({names}): a99[0] = 7; return a0", entry="f", arguments=arguments).cases
    assert len(case.arguments_after) == 100
    np.testing.assert_array_equal(case.arguments_after[98], [98, 98])
    np.testing.assert_array_equal(case.arguments_after[99], [7, 99])


def test_a_numpy_scalar_is_one_inside_too():
    source = "def f(x, n): return {2: x.sum()}[n] + len([0] * n)"
    arguments = {"x": X, "n": np.int64(2)}
    assert output(source, entry="f", arguments=arguments) == X.sum() + 2


def test_values_reach_a_program_of_ours_as_they_do_in_a_container():
    """Without the request's encoding a masked array would stay one here, and be an array there."""
    source = "import numpy as np\ndef f(x): return type(x) is np.ndarray"
    assert output(source, entry="f", arguments={"x": np.ma.masked_array(X, mask=X > 0)})


def test_more_axes_than_may_come_out_are_too_large():
    for axes, status in ((32, RunStatus.FINISHED), (33, RunStatus.OUTPUT_TOO_LARGE)):
        (case,) = run(f"def f(x): return x[:1, :1].reshape((1,) * {axes})", entry="f").cases
        assert case.status is status


def test_a_large_number_in_a_layer_of_ones_own_costs_nothing():
    source = "from utils import ReLU\nclass Mine(ReLU):\n    limit = 0\n    def __init__(self): self.limit = 1e30\ndef f(x): return Mine().forward(x)\n"
    (case,) = run(source, entry="f").cases
    (entry,) = case.trace
    assert "limit" not in dict(entry.settings)


CATCHES_ALL = """
import os, signal
def f(x):
    try:
        os.kill(os.getpid(), signal.{signal})
        for _ in range(10**6): pass
    except BaseException:
        pass
    return x
"""


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("in a call that catches everything", CATCHES_ALL.format(signal="SIGINT")),
        ("in a call", "import os, signal\ndef f(x):\n    os.kill(os.getpid(), signal.SIGINT)\n    return x\n"),
        ("at the top", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\ndef f(x): return x\n"),
    ],
)
def test_a_signal_to_us_is_never_what_a_program_did(where, source):
    ours = signal.getsignal(signal.SIGINT)  # it may be ignored where tests run side by side
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(source, entry="f")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, ours)


def test_what_a_program_raises_itself_is_its_own():
    for raised in ("KeyboardInterrupt", "SystemExit"):
        (case,) = run(f"def f(x): raise {raised}", entry="f").cases
        assert case.raised is not None and case.raised.type_name == raised
