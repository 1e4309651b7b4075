"""Two mistakes made together are both named, and only where the numbers prove that it is these two."""

import random
from dataclasses import replace

import numpy as np
import pytest

from exercises.golden_files import load_golden, load_pairs
from exercises.loader import load_assignment
from grader.grading.pipeline import grade
from grader.settings import Settings
from grader.variants.mistake_pairs import Parts, composed, distinct, merged, signature
from grader.variants.three_way_merge import merged_lines
from tests.support.trusted import open_trusted

ASSIGNMENT = load_assignment()
SAMPLE = 4  # of each exercise, another one when an exercise changes
PAIRS = [
    pytest.param(exercise, pair, id=f"{exercise.exercise_id}-{pair.first}-{pair.second}")
    for exercise in ASSIGNMENT.exercises
    for pair in random.Random(0).sample(load_pairs(exercise), SAMPLE)
]


# Its layers' parameters are in the bank though no accepted solution asks for them: a right variant does.
BANKED = next(
    pair
    for pair in load_pairs(ASSIGNMENT.exercises[0])
    if pair.first == "relu_at_the_end" and "batch" in pair.second
)


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "pair"), [*PAIRS, pytest.param(ASSIGNMENT.exercises[0], BANKED, id="banked")])
def test_both_mistakes_are_named(exercise, pair, tmp_path):
    programs = {(first.variant_id, second.variant_id): program for first, second, program in composed(exercise)}
    file = tmp_path / "submission.py"
    # In float64 and with another name, as far as a general test can change a program.
    source = programs[pair.first, pair.second].replace("forward(self, x)", "forward(self, x, *_)")
    file.write_text(source, encoding="utf-8")
    (report,) = grade(file, Settings(only=(exercise.exercise_id,)), open_trusted).exercises
    assert report.status.value != "passed"
    assert [diagnosis.id for diagnosis in report.diagnoses] == [pair.first, pair.second]


STUDENTS_PATCHES = {
    "patches_column_by_column": """
        cut = []
        for left in range(0, images.shape[-1], self.size):
            for top in range(0, images.shape[-2], self.size):
                cut.append(images[:, :, top:top + self.size, left:left + self.size].reshape(len(images), -1))
        cut = np.stack(cut, axis=1)""",
    "plain_reshape": """
        cut = images.reshape(len(images), self.n_patches, -1)""",
    "patches_of_scattered_pixels": """
        b, c, h, w = images.shape
        cut = images.reshape(b, c, self.size, h // self.size, self.size, w // self.size)
        cut = np.moveaxis(np.moveaxis(cut, 3, 1), 5, 2).reshape(b, self.n_patches, -1)""",
    "channels_before_patches": """
        b, c, h, w = images.shape
        cut = images.reshape(b, c, h // self.size, self.size, w // self.size, self.size)
        cut = np.swapaxes(cut, 3, 4).reshape(b, self.n_patches, -1)""",
}


@pytest.mark.parametrize("order", STUDENTS_PATCHES)
def test_patches_in_a_wrong_order_and_a_relu_too_many_are_both_named(order, tmp_path):
    """The layers alone would say no more than that what goes into Linear is not what it should be."""
    file = tmp_path / "submission.py"
    file.write_text(
        f"""
import numpy as np
from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.embed = Linear(in_channels * patch_size ** 2, d_model)

    def forward(self, images):{STUDENTS_PATCHES[order]}
        return np.maximum(self.embed(cut), 0)
""",
        encoding="utf-8",
    )
    (report,) = grade(file, Settings(only=("patch_embedding",)), open_trusted).exercises
    assert [diagnosis.id for diagnosis in report.diagnoses] == [order, "relu_after_projection"]


def parts(body: str, *imports: str) -> Parts:
    return Parts(imports=imports, body=body.split())


def test_changes_of_different_lines_are_merged_with_all_imports():
    program = merged(parts("a b c", "import a"), parts("x b c", "import b"), parts("a b y"))
    assert program == "import a\nimport b\nx\nb\ny\n"


@pytest.mark.parametrize(
    ("one", "other"), [("x b c", "y b c"), ("x b c", "x b c"), ("a b c", "x b c"), ("( b c", "a b y")]
)
def test_what_can_not_be_merged_is_no_pair(one, other):
    assert merged(parts("a b c"), parts(one), parts(other)) is None


def test_a_signature_tells_arrays_apart_and_forgives_rounding():
    array = np.random.default_rng(0).standard_normal((4, 6))
    mine = signature(array)
    assert np.allclose(signature(array * (1 + 1e-9)), mine, rtol=1e-6, atol=1e-8)
    for other in (array.T, array.reshape(6, 4), array[::-1], -array, array * 1.001, np.roll(array, 1)):
        assert not np.allclose(signature(other), mine, rtol=1e-5, atol=1e-5)
    assert np.isnan(signature(np.full(3, np.inf))).all()


def test_neighbouring_lines_and_places_of_one_line_are_merged():
    assert merged_lines(["a", "b", "c"], ["x", "b", "c"], ["a", "y", "c"]) == ["x", "y", "c"]
    assert merged_lines(["f(1, b=2)"], ["g(1, b=2)"], ["f(1, b=3)"]) == ["g(1, b=3)"]
    assert merged_lines(["a", "b"], ["b"], ["a", "new", "b"]) == ["new", "b"]  # beside what the other takes away
    assert merged_lines(["a", "b"], ["a", "x", "y", "b"], ["a", "b", "z"]) == ["a", "x", "y", "b", "z"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "x", "b"], ["a", "y", "b"]),  # which comes first?
        (["f(2)", "b"], ["f(3)", "b"]),
        (["x"], ["y", "b"]),  # one replaces both lines, the other a part of them
    ],
)
def test_changes_of_the_same_place_are_not_merged(one, other):
    assert merged_lines(["a", "b"], one, other) is None


def test_a_signature_tells_where_numbers_are_not_finite():
    array = np.arange(6.0).reshape(2, 3)
    one, other, same = array.copy(), array.copy(), array.copy()
    one[0, 1], other[0, 2], same[0, 1] = np.nan, np.nan, np.inf
    assert not np.isnan(signature(one)).any()
    assert signature(one)[0] != signature(other)[0] != signature(array)[0]
    assert np.array_equal(signature(one), signature(same))  # which of them it is depends on the style


def test_pairs_that_compute_the_same_prove_nothing_unless_they_say_the_same():
    exercise = ASSIGNMENT.exercises[2]
    golden, pairs = load_golden(exercise), load_pairs(exercise)
    single = {"single": pairs[3].signatures}
    assert distinct(exercise, golden, pairs[:3], single) == pairs[:3]
    assert distinct(exercise, golden, pairs[:3], {"single": pairs[1].signatures}) == (pairs[0], pairs[2])
    assert distinct(exercise, golden, (*pairs[:3], pairs[0]), single) == pairs[:3]
    impostor = replace(pairs[0], second=pairs[-1].second)
    assert distinct(exercise, golden, (*pairs[:3], impostor), single) == pairs[1:3]


def test_two_forms_of_one_mistake_make_no_pair():
    titles = {variant.variant_id: variant.title for each in ASSIGNMENT.exercises for variant in each.wrong}
    for exercise in ASSIGNMENT.exercises:
        assert all(titles[pair.first] != titles[pair.second] for pair in load_pairs(exercise))
