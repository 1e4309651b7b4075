"""What a student's own code and Python's exceptions tell, in words, with the line to go to."""

from pathlib import Path

import pytest

from grader.diagnosis.name_hints import attribute_hint
from grader.diagnosis.student_source import StudentSource
from grader.diagnosis.utils_names import utils_names
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, to_json
from grader.report.model import ExerciseReport, ExerciseStatus
from grader.settings import Settings
from grader.submission.slicing import Sliced
from grader.views.html import to_html
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

RIGHT_SUBMISSION = (DATA / "right_submission.py").read_text(encoding="utf-8")
RESIDUAL, ALEXNET, ATTENTION = "residual_block", "alexnet", "attention"
LSTM, PATCHES = "lstm_model", "patch_embedding"
LAST = "        return self.relu(out + identity)"
FIRST_HALF = "out = self.relu(self.bn1(self.conv1(x)))"
SECOND_HALF = "out = self.bn2(self.conv2(out))"
ALEXNETS_END = "        return self.fc3(x)"
ALEXNETS_FORWARD = "    def forward(self, x):\n        x = self.maxpool(self.relu(self.conv1(x)))"
MASK = "    if mask is not None:\n"
PATCHES_SHAPE = "        B, C, H, W = x.shape"


@pytest.fixture
def told(tmp_path: Path):
    """An exercise's report after changes of the right submission."""

    def told(exercise: str, *changes: tuple[str, str]) -> ExerciseReport:
        source = RIGHT_SUBMISSION
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        report = grade(file, Settings(only=(exercise,)), open_trusted)
        assert from_json(to_json(report)) == report
        assert to_html(report)
        return report.exercises[0]

    return told


def marked(report: ExerciseReport) -> list[str]:
    """The student's lines that the report marks."""
    assert report.code is not None
    lines = report.code.text.splitlines()
    return [lines[number - report.code.first_line].strip() for number in report.code.marked_lines]


def first(report: ExerciseReport, kind: str):
    """The first diagnosis, which is of this kind."""
    assert [each.id for each in report.diagnoses][:1] == [kind], report.diagnoses
    return report.diagnoses[0]


@pytest.mark.parametrize(
    ("exercise", "change", "title", "words", "line"),
    [
        (
            RESIDUAL,
            (LAST, "        self.relu(out + identity)"),
            "forward has no return",
            "Write return self.relu(out + identity).",
            "self.relu(out + identity)",
        ),
        (
            ALEXNET,
            (ALEXNETS_END, "        x = self.fc3(x)"),
            "forward has no return",
            "return x.",
            "x = self.fc3(x)",
        ),
        (
            RESIDUAL,
            (LAST, f"        if self.downsample is not None:\n    {LAST}"),
            "forward does not return on every way through it",
            "where the condition in line 48 does not hold, forward comes to its end without one",
            "if self.downsample is not None:",
        ),
        (
            ATTENTION,
            ("    return np.matmul(weights, V), weights", "    print(np.matmul(weights, V), weights)"),
            "student_attention has no return",
            "print only shows a value",
            "print(np.matmul(weights, V), weights)",
        ),
        (
            ATTENTION,
            ("    return np.matmul(weights, V), weights", "    np.matmul(weights, V)\n    return"),
            "student_attention has a return with nothing behind it",
            "Put the result behind it",
            "return",
        ),
    ],
)
def test_a_way_through_without_a_return(told, exercise, change, title, words, line):
    report = told(exercise, change)
    diagnosis = first(report, "no_return")
    assert diagnosis.title == title
    assert words in diagnosis.message
    assert line in marked(report)
    assert diagnosis.exercise_line == f"submission.py, line {report.code.marked_lines[0]}"


def test_a_missing_return_is_told_once(told):
    (diagnosis,) = told(ALEXNET, (ALEXNETS_END, "        x = self.fc3(x)")).diagnoses
    assert diagnosis.id == "no_return"


@pytest.mark.parametrize(
    ("change", "call", "named"),
    [
        (
            (FIRST_HALF, "out = self.conv1(x)\n        self.bn1(out)\n        out = self.relu(out)"),
            "bn1",
            "first_batch",
        ),
        ((SECOND_HALF, "out = self.conv2(out)\n        self.bn2.forward(out)"), "bn2.forward", "second_batch_norm"),
        ((FIRST_HALF, "out = self.bn1(self.conv1(x))\n        self.relu(out)"), "relu", "no_relu_between"),
        ((LAST, "        out = out + identity\n        self.relu(out)\n        return out"), "relu", "final_relu"),
    ],
)
def test_a_layer_whose_result_nobody_uses(told, change, call, named):
    report = told(RESIDUAL, change)
    diagnosis = first(report, "dropped_result")
    assert diagnosis.title == f"The result of self.{call}(out) is not used"
    assert f"Write out = self.{call}(out)." in diagnosis.message
    assert marked(report) == [f"self.{call}(out)"]
    assert named in report.diagnoses[1].id


def test_several_dropped_results_are_one_diagnosis(told):
    conv3, conv4 = "x = self.relu(self.conv3(x))", "x = self.relu(self.conv4(x))"
    changes = [
        (each, each.replace("self.relu(", "").replace("))", ")\n        self.relu(x)")) for each in (conv3, conv4)
    ]
    report = told(ALEXNET, *changes)
    assert "The same in line 27." in first(report, "dropped_result").message
    assert [each.id for each in report.diagnoses].count("dropped_result") == 1
    assert marked(report).count("self.relu(x)") == 2


@pytest.mark.parametrize(
    "changes",
    [
        # Right, though a result is dropped: nothing is told where nothing is wrong.
        [(LAST, "        self.relu(out)\n" + LAST)],
        # Wrong, and the dropped results are no layers'.
        [(LAST, "        print(self.relu(out).shape)\n        return out")],
        [
            (FIRST_HALF, f"{FIRST_HALF}\n        seen = []\n        seen.append(self.relu(out))"),
            (LAST, "        return out"),
        ],
        # Never run.
        [(LAST, "        if x is None:\n            self.relu(x)\n        return out")],
    ],
)
def test_what_is_no_dropped_result(told, changes):
    report = told(RESIDUAL, *changes)
    assert "dropped_result" not in [each.id for each in report.diagnoses]


def test_a_result_dropped_in_a_line_that_was_not_reached_is_named_with_the_other(told):
    loops = "        for layer in (self.conv1, self.conv2):\n            layer(x)\n        for layer in [self.fc1]:\n            layer(x)\n"
    report = told(ALEXNET, (ALEXNETS_FORWARD, ALEXNETS_FORWARD.replace("        x =", f"{loops}        x =")))
    (diagnosis,) = report.diagnoses
    assert diagnosis.title == "The result of layer(x) is not used"
    assert diagnosis.message.endswith("Write x = layer(x). The same in line 25.")


def test_a_return_inside_of_a_loop(told):
    loop = "        for i in range(x.shape[1]):\n            output, _ = self.lstm.forward(x[:, : i + 1])\n    "
    report = told(LSTM, ("        output, _ = self.lstm.forward(x)\n", loop))
    diagnosis = first(report, "return_in_loop")
    assert diagnosis.title == "forward returns in the first turn of a loop"
    assert "The return in line 59 stands inside of the loop that begins in line 57" in diagnosis.message


def test_a_list_where_an_array_is_asked_for(told):
    rows = "        rows = []\n        for row in output:\n            rows.append(self.fc(row[-1]))\n        return rows"
    report = told(LSTM, ("        return self.fc(output[:, -1, :])", rows))
    (diagnosis,) = report.diagnoses
    assert diagnosis.id == "list_returned"
    assert "rows is a list of 4 arrays" in diagnosis.message
    assert "return np.stack(rows)" in diagnosis.message


@pytest.mark.parametrize("way_on", ["if i < 2:\n                continue", "if i < 2:\n                i = 0"])
def test_a_loop_that_may_go_on_is_no_early_return(told, way_on):
    inner = "output, _ = self.lstm.forward(x)\n            if i == 3:\n                return self.fc(output[:, 0, :])\n"
    loop = f"        for i in range(x.shape[1]):\n            {way_on}\n            {inner}"
    report = told(LSTM, ("        output, _ = self.lstm.forward(x)\n", loop))
    assert report.status is not ExerciseStatus.PASSED
    assert "return_in_loop" not in [each.id for each in report.diagnoses]


@pytest.mark.parametrize(
    ("change", "used", "spare", "where"),
    [
        ((SECOND_HALF, "out = self.bn1(self.conv2(out))"), "bn1", "bn2 in line 38", "last"),
        ((FIRST_HALF, "out = self.relu(self.bn2(self.conv1(x)))"), "bn2", "bn1 in line 36", "first"),
    ],
)
def test_one_batch_norm_in_two_places(told, change, used, spare, where):
    report = told(RESIDUAL, change)
    diagnosis = first(report, "shared_layer")
    assert diagnosis.title == f"self.{used} is used more than once"
    assert diagnosis.message == (
        f"self.{used} is called twice, in lines 46 and 47. Each of these places needs a BatchNorm2d of its own, for "
        f"it has parameters of its own. You made self.{spare}, and it is not called: use it in the {where} of these "
        "places."
    )
    assert len(marked(report)) == 2
    assert report.diagnoses[1].id == "first_batch_norm_used_twice_plain_shortcut"


def test_a_shared_relu_and_a_layer_for_many_patches_are_no_mistake(told):
    wrong = (
        "x.reshape(B, C, H // p, p, W // p, p).transpose(0, 2, 4, 1, 3, 5)",
        "x.reshape(B, self.n_patches, -1)",
    )
    loop = (
        "        return self.proj(x.reshape(B, self.n_patches, -1))",
        "        return np.stack([self.proj(x[:, i]) for i in range(self.n_patches)], axis=1)",
    )
    for exercise, changes in ((PATCHES, (wrong, loop)), (RESIDUAL, ((LAST, "        return self.relu(out)"),))):
        report = told(exercise, *changes)
        assert report.diagnoses
        assert "shared_layer" not in [each.id for each in report.diagnoses]


@pytest.mark.parametrize(
    ("exercise", "change", "title", "words"),
    [
        (
            ALEXNET,
            (ALEXNETS_FORWARD, ALEXNETS_FORWARD.replace("self, x", "x")),
            "forward has to take self first",
            "Write def forward(self, x).",
        ),
        (
            ALEXNET,
            ("    def __init__(self, num_classes=10):", "    def __init__(self):\n        num_classes = 10"),
            "__init__ takes too little",
            "Write def __init__(self, num_classes).",
        ),
        (
            LSTM,
            ("    def forward(self, x):\n        output,", "    def forward(self, x, h0, c0):\n        output,"),
            "forward asks for more than the exercise always gives",
            "There are calls with x and nothing else. Give h0 a value of its own",
        ),
        (
            ALEXNET,
            ("    def __init__(self, num_classes=10):", "    def _init_(self, num_classes=10):"),
            "_init_ should be called __init__",
            "Yours in line 8",
        ),
        (
            ALEXNET,
            ("        self.conv3 =", "        conv3 ="),
            "self.conv3 was never made",
            "In line 11 you wrote conv3 = …",
        ),
        (ALEXNET, ("        self.conv3 =", "        self.conv_3 ="), "There is no self.conv3, but a self.conv_3", "same"),
        (
            RESIDUAL,
            ("        self.downsample = None\n", ""),
            "self.downsample is made in some cases only",
            "self.downsample = None for instance",
        ),
        (
            ALEXNET,
            (
                "        self.fc3 = Linear(4096, num_classes)\n",
                "\n    def build(self, num_classes=10):\n        self.fc3 = Linear(4096, num_classes)\n",
            ),
            "self.maxpool is not made yet",
            "It is made in build, line 21",
        ),
        (ALEXNET, ("self.relu(self.conv3(x))", "relu(self.conv3(x))"), "relu is an attribute", "self.relu."),
        (
            PATCHES,
            ("x.reshape(B, self.n_patches, -1)", "x.reshape(B, (img_size // patch_size) ** 2, -1)"),
            "img_size is known in __init__ only",
            "self.img_size = img_size",
        ),
        (ALEXNET, ("kernel_size=11, stride=4", "kernel=11, stride=4"), "Conv2d knows no kernel", "Did you mean kernel_size?"),
        (ALEXNET, ("x.shape[0]", "x.shape(0)"), "shape is not called", "square brackets"),
        (ALEXNET, ("x.shape[0]", "x.size(0)"), "size is not called", "x.shape[0]"),
        (ALEXNET, ("x.reshape(x.shape[0], -1)", "x.view(x.shape[0], -1)"), "view is PyTorch's name", "x.reshape(x.shape[0], -1)"),
        (ALEXNET, ("x.reshape(x.shape[0], -1)", "x.flatten(1)"), "NumPy's flatten takes no axis", "x.shape[0], -1"),
        (LSTM, ("output, _ = self", "output = self"), "This is several things, not one array", "output, (h, c) ="),
        (LSTM, ("output, _ = self", "output, h, c = self"), "The LSTM gives two things", "output, (h, c) ="),
        (LSTM, ("output, _ = self", "lstm_batch, steps = x.shape\n        output, _ = self"), "The array has another number of axes", "one name for each axis"),
        (LSTM, ("output[:, -1, :]", "output[:, x.shape[1], :]"), "There is no number 6 along this axis", "0 to 5"),
        (LSTM, ("output[:, -1, :]", "output[:, -1, :, 0]"), "There are more indices than axes", "3 axes"),
        (ATTENTION, (MASK, "    if mask.any():\n"), "mask is None when none is given", "if mask is not None"),
        (RESIDUAL, ("= x if self.downsample is None else", "= x if x else"), "An array is neither true nor false", "if x is not None"),
        (ATTENTION, (MASK, f"    if Q:\n        pass\n{MASK}"), "An array is neither true nor false", "if mask is not None"),
        (ATTENTION, ("weights = softmax(", "weights = np.softmax("), "NumPy has no softmax", "from utils import softmax"),
        (
            RESIDUAL,
            ("x if self.downsample is None else self.downsample(x)", "self.downsample(x)"),
            "self.downsample is None here",
            "if self.downsample is not None",
        ),
        (
            RESIDUAL,
            ("kernel_size=1, stride=stride", "kernel_size=1, stride=3 - stride"),
            "The shapes of the two arrays do not fit",
            "axis 2 has 4 and 8 and axis 3 has 4 and 8",
        ),
        (
            PATCHES,
            ("x.reshape(B, self.n_patches, -1)", "x.reshape(B, self.n_patches, 768)"),
            "The numbers do not fit into the new shape",
            "the array has 864",
        ),
        (LSTM, ("        output, _ =", "        x = x if x != None else 0\n        output, _ ="), "!= None asks every number of an array", "x is not None"),
        (
            LSTM,
            ("        output, _ =", "        x[np.ones(3) == 1] = 0\n        output, _ ="),
            "The condition in square brackets has another shape",
            "np.where",
        ),
        (
            PATCHES,
            ("p = self.patch_size\n", "p = self.patch_size\n        H, W = H, range(W / p * p)\n"),
            "A whole number is needed here",
            "/ gives a float",
        ),
        (
            PATCHES,
            ("self.n_patches = (img_size // patch_size) ** 2", "self.n_patches = (img_size / patch_size) ** 2"),
            "A whole number is needed here",
            "self.n_patches is a float, for / gives one even for 8 / 4. Use // in line 72.",
        ),
        (ATTENTION, ("V, mask=None)", "V, mask)"), "student_attention asks for more", "with Q, K and V and nothing else"),
        (ATTENTION, ("V, mask=None)", "V)"), "student_attention takes too little", "student_attention(Q, K, V, mask)."),
        (
            PATCHES,
            (PATCHES_SHAPE, PATCHES_SHAPE + "\n        row = np.zeros((B, C * H * W))\n        row[:] = x.flatten()"),
            "The right side does not fit into the place on the left",
            "It has as many numbers, 864, in another shape",
        ),
        (
            PATCHES,
            (
                "    def forward(self, x):\n        B, C, H",
                "    def seen(self, x):\n        x + 0\n\n    def forward(self, x):\n        x = self.seen(x)\n"
                "        x = self.proj(x)\n        B, C, H",
            ),
            "seen returns nothing",
            "Write return x + 0. It is seen's last line, 76.",
        ),
        (PATCHES, (PATCHES_SHAPE, "        B, H, W = x.shape"), "The array has another number of axes", "(B, C, H, W)"),
        (PATCHES, ("H // p, p, W", "H / p, p, W"), "A whole number is needed here", "Use // in this line"),
        (PATCHES, (".transpose(0, 2, 4, 1, 3, 5)", ".transpose(0, 2, 1)"), "The transpose has another", "swapaxes"),
        (PATCHES, ("        p = self.patch_size\n", "        H = H // p\n        p = self.patch_size\n"), "p has no value yet", "further down"),
    ],
)  # fmt: skip
def test_a_usual_exception_in_plain_words(told, exercise, change, title, words):
    report = told(exercise, change)
    diagnosis = first(report, "exception")
    assert diagnosis.title.startswith(title)
    assert words in diagnosis.message
    assert report.error is not None
    assert marked(report)


def test_a_product_of_sides_that_do_not_fit(told):
    report = told(ATTENTION, ("np.matmul(weights, V), weights", "np.matmul(weights, V.swapaxes(1, 2)), weights"))
    assert "In A @ B the last axis of A" in " ".join(each.message for each in report.diagnoses)


def test_a_known_mistake_stands_behind_the_exception_that_it_shares_with_others(told):
    report = told(ATTENTION, ("K.transpose(0, 2, 1)", "K.T"))
    assert report.status is ExerciseStatus.ERROR
    assert [each.id for each in report.diagnoses] == ["exception", "all_axes_transposed"]


@pytest.mark.slow
def test_words_of_a_student_that_look_like_an_exception_do_no_harm(told):
    for text in ("forward() takes 1 positional argument but 2 were given", "name '' is not defined", "(" * 400):
        for kind in ("TypeError", "NameError", "ValueError", "IndexError", "AttributeError", "RecursionError"):
            report = told(LSTM, ("        output, _ =", f"        raise {kind}({text!r})\n        output, _ ="))
            assert report.status is ExerciseStatus.ERROR


@pytest.mark.parametrize("used", ["np.softmax(z)", "softmax(z)"])
def test_no_import_from_utils_is_advised_of_what_is_not_there(used, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text(f"import numpy as np\n\n\ndef cross_entropy(z, y):\n    return {used}\n", encoding="utf-8")
    settings = Settings(assignment="softmax_classifier", only=("cross_entropy",))
    (report,) = grade(file, settings, open_trusted).exercises
    assert report.status is ExerciseStatus.ERROR
    assert not any("from utils import" in each.message for each in report.diagnoses)


@pytest.mark.parametrize(
    ("utils", "told"),
    [
        (
            "def softmax(x, axis=-1): ...\nclass ReLU:\n    def __init__(self): ...\n",
            ("softmax(x, axis=-1) of utils.", "ReLU of utils, or np.maximum(x, 0)."),
        ),
        ("", (None, "np.maximum(x, 0).")),
    ],
)
def test_of_utils_only_what_is_there_is_advised(utils, told):
    source = StudentSource(
        Sliced(snippets=(), future_annotations=False, definition_origin="a.py", definition_line=1), "f"
    )
    for name, expected in zip(("softmax", "relu"), told, strict=True):
        hint = attribute_hint("numpy.ndarray", name, source, None, utils_names(utils))
        assert (hint is None) == (expected is None)
        assert hint is None or expected is None or hint[1].endswith(expected)
