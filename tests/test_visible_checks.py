"""The checks in a student's own notebook agree with the grader: what is right passes there too."""

import sys
from collections.abc import Iterator

import pytest

from exercises.catalog import load_assignment
from sandbox.program import load_utils

ASSIGNMENT = load_assignment()
CHECKS = {
    "alexnet": "test_alexnet_architecture",
    "residual_block": "test_resnet_skip_connection",
    "lstm_model": "test_lstm_forward",
    "attention": "test_transformer_attention",
    "patch_embedding": "test_vit_patch_embedding",
}
RIGHT = [
    pytest.param(exercise, path, id=f"{exercise.exercise_id}-{path.stem}")
    for exercise in ASSIGNMENT.exercises
    for path in exercise.right_paths
]


@pytest.fixture
def utils() -> Iterator[object]:
    before = sys.modules.get("utils")
    yield load_utils(ASSIGNMENT.utils_source)
    sys.modules.pop("utils")
    if before is not None:
        sys.modules["utils"] = before


@pytest.mark.parametrize(("exercise", "path"), RIGHT)
def test_a_right_variant_passes_the_visible_check(exercise, path, utils):
    namespace: dict[str, object] = {"__name__": "notebook"}
    sys.modules.setdefault("notebook", type(sys)("notebook"))
    exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), namespace)
    result = getattr(utils, CHECKS[exercise.exercise_id])(namespace[exercise.entry_point])
    assert result["passed"], result["message"]
