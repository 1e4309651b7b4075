"""What a case calls with reaches a program as the same values, in a container and in this process."""

import numpy as np
import pytest

from sandbox.wire.messages import CaseCall, ExerciseRun
from sandbox.wire.request_codec import as_received


def received(**given) -> CaseCall:
    call = CaseCall(case_id="case", **{"construct": None, "arguments": {}, **given})
    (found,) = as_received(ExerciseRun(exercise_id="x", entry_point="f", snippets=(), calls=(call,))).calls
    return found


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.arange(6, dtype=np.float16).reshape(2, 3).T,
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(10)[::-2],
        np.broadcast_to(np.float32(3), (2, 2)),
        np.array(0.3),
        np.array([], dtype=np.int8),
        np.array([True, False]),
        np.array([1 + 2j], dtype=np.complex64),
        np.array(["a", "äb"]),
        np.array([1, 2], dtype=">i4"),
        np.array([np.nan, np.inf]),
        np.int64(3),
        np.float32(0.1),
        np.bool_(True),
        np.complex128(1j),
        np.str_("mean"),
    ],
    ids=repr,
)
def test_an_argument_arrives_as_what_it_was_written(value):
    found = received(arguments={"x": value}).arguments["x"]
    assert type(found) is type(value)
    assert (found.dtype, found.shape) == (value.dtype, value.shape)
    np.testing.assert_array_equal(found, value)
    if isinstance(found, np.ndarray):
        assert found.flags.c_contiguous
        assert found.flags.writeable


@pytest.mark.parametrize("value", [3, 0.1, 1e300, True, None, "same", [1, [2.5]], (3, 3), [(1, 2), "x"], 2**70, ()])
def test_what_a_class_is_made_with_arrives_as_what_it_was_written(value):
    construct = received(construct={"size": value}).construct
    assert construct is not None
    assert construct["size"] == value
    assert repr(construct["size"]) == repr(value)


def test_arguments_keep_their_names_and_their_order():
    names = ["zeta", "a", "m"]
    assert list(received(arguments={name: np.int64(1) for name in names}).arguments) == names
