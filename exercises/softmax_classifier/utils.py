"""What students of the softmax classifier import; read it, it is short.

1. A layer           Linear
2. Data and measure  make_clouds, accuracy
3. Visible checks    test_... functions for your notebook, show_result
"""

import functools
import inspect
import linecache
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from traceback import walk_tb
from types import FrameType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

# ---------------------------------------------------------------------------------------------------
# 1. A layer
# ---------------------------------------------------------------------------------------------------

# One generator with a fixed seed: a restarted notebook gives the same numbers.
_random = np.random.default_rng(1990)


def new_parameter(
    layer: "Linear", name: str, shape: tuple[int, ...], low: float, high: float
) -> NDArray[np.float32]:
    """First values of the parameter called ``name`` of ``layer``: uniform in [low, high), float32."""
    return _random.uniform(low, high, shape).astype(np.float32)


class Linear:
    """x @ weight + bias, on the last axis."""

    def __init__(self, in_features: int, out_features: int) -> None:
        self.configuration = (in_features, out_features)
        self.in_features = in_features
        self.out_features = out_features
        bound = math.sqrt(3.0 / in_features)
        self.weight: Array = new_parameter(self, "weight", (in_features, out_features), -bound, bound)
        self.bias: Array = new_parameter(self, "bias", (out_features,), 0.0, 0.0)

    def __call__(self, x: Array) -> Array:
        return self.forward(x)

    def forward(self, x: Array) -> Array:
        """(..., in_features) -> (..., out_features)."""
        if x.shape[-1:] != (self.in_features,):
            raise ValueError(f"Linear got an array of shape {x.shape} and expected {self.in_features} features.")
        out: Array = x @ self.weight + self.bias
        return out


BUILDING_BLOCKS = (Linear,)

# ---------------------------------------------------------------------------------------------------
# 2. Data and measure
# ---------------------------------------------------------------------------------------------------


def make_clouds(n: int = 300, classes: int = 3, spread: float = 0.6) -> tuple[Array, Array]:
    """Points (n, 2) in as many clouds as there are classes, and the cloud (n,) of each."""
    labels = np.arange(n) % classes
    angles = 2.0 * np.pi * labels / classes
    centres = 2.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (n, 2)
    points = centres + spread * _random.standard_normal((n, 2))
    return points.astype(np.float32), labels


def accuracy(probabilities: Array, labels: Array) -> float:
    """The share of rows (n, classes) whose largest number is at the label (n,)."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


# ---------------------------------------------------------------------------------------------------
# 3. Visible checks
# ---------------------------------------------------------------------------------------------------

Result: TypeAlias = dict[str, Any]  # {"passed": bool, "message": str}


class _NotYet(Exception):
    """What a check has found."""


def _visible_check(check: Callable[[Any], str]) -> Callable[[Any], Result]:
    """Turn a function that returns praise or raises into one that returns a result and never raises."""

    @functools.wraps(check)
    def checked(answer: Any) -> Result:
        try:
            with np.errstate(all="ignore"):  # the check says what a warning would only hint at
                return {"passed": True, "message": check(answer)}
        except _NotYet as finding:
            return {"passed": False, "message": str(finding)}
        except NotImplementedError:
            return {"passed": False, "message": "Not implemented yet."}
        except (Exception, SystemExit) as error:  # whatever an unfinished answer does, the notebook goes on
            return {"passed": False, "message": _what_it_raised(error)}

    return checked


def _what_it_raised(error: BaseException) -> str:
    """An exception with the line of the student's own that raised it, and what such an exception often means."""
    text = str(error).strip()
    told = [f"{type(error).__name__}: {text}" if text else type(error).__name__]
    own = [each for each in walk_tb(error.__traceback__) if _is_the_students(each[0].f_code.co_filename)]
    frame, number = own[-1] if own else (None, 0)
    line = ""
    if frame is not None:
        line = linecache.getline(frame.f_code.co_filename, number).strip()
        told.append(_place(frame.f_code.co_filename, number) + (f": {line[:120]}" if line else ""))
    told += [each for each in [_meaning(error, frame, line)] if each]
    return "\n    ".join(told)


def _is_the_students(filename: str) -> bool:
    libraries = (os.path.dirname(np.__file__), os.path.dirname(os.__file__), "<frozen", "<__array_function__")
    return filename != _is_the_students.__code__.co_filename and not filename.startswith(libraries)


def _place(filename: str, number: int) -> str:
    """A line as the notebook names it, or the file."""
    with suppress(Exception):
        kind, name = sys.modules["IPython"].get_ipython().compile.format_code_name(filename)
        return f"{kind} {name}, line {number}"
    return f"line {number}" + (f" of {os.path.basename(filename)}" if os.path.isfile(filename) else "")


def _meaning(error: BaseException, frame: FrameType | None, line: str) -> str:
    """What to look at, for the exceptions that beginners meet most; nothing where the text does not tell."""
    text, name = str(error), str(getattr(error, "name", ""))
    if "NoneType" in text and line:
        return "Something in this line is None. A function without a return statement gives None."
    if isinstance(error, AttributeError):
        if isinstance(getattr(error, "obj", None), tuple):
            return "These are several things in a tuple, not one. Take them apart: first, second = ..."
        return _near(name, dir(getattr(error, "obj", None)))
    if isinstance(error, NameError) and frame is not None:
        return _near(name, [*frame.f_locals, *frame.f_globals])
    if "only integer scalar arrays" in text and re.search("concatenate|stack", line):
        return "The arrays to be joined stand in one list or tuple: np.concatenate([a, b])."
    if "positional argument" in text:
        return (
            "The call and the line with def must agree on the arguments. "
            "A method's first parameter is self, and the object in front of the dot becomes it."
        )
    if "core dimension" in text or "not aligned" in text:
        wanted = "In A @ B the last axis of A must be as long as the last but one of B."
    elif "broadcast" in text:
        wanted = "Two arrays are put together number by number: each axis is as long in both, or 1 in one of them."
    elif type(error).__name__ == "AxisError" or "axes don't match" in text or "values to unpack" in text:
        wanted = "This line expects another number of axes, or of things, than it gets."
    elif "cannot reshape" in text:
        wanted = "reshape keeps every number: the new shape must have room for exactly as many."
    else:
        return ""
    return " ".join([wanted, *_shapes_in(line, frame)])


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, [each for each in known if each != name], n=1)
    return f"There is {near[0]}: is that meant?" if near else ""


def _shapes_in(line: str, frame: FrameType | None) -> list[str]:
    """The shapes of the arrays that have a name in the line."""
    shapes = {}
    known = frame.f_locals if frame else {}
    for name in re.findall(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*", line):
        first, *rest = name.split(".")
        found, words = known.get(first), [first]
        while rest and not isinstance(found, np.ndarray):
            found = getattr(found, "__dict__", {}).get(rest[0])
            words.append(rest.pop(0))
        if isinstance(found, np.ndarray):
            shapes[".".join(words)] = f"{'.'.join(words)} has the shape {found.shape}"
    return [f"Here {' and '.join(shapes.values())}."] if shapes else []


def _expect(holds: bool | np.bool_, otherwise: str) -> None:
    if not holds:
        raise _NotYet(otherwise)


def _numbers(*shape: int) -> NDArray[np.float32]:
    """The same standard normal numbers each time, so that a check does not change its mind."""
    return np.random.default_rng(9).standard_normal(shape, dtype=np.float32)


def _close(first: Any, second: Any, allowed: float = 1e-3) -> bool:
    """Whether two arrays differ by no more than rounding would explain."""
    return bool(np.max(np.abs(first - second)) <= allowed * max(1.0, float(np.max(np.abs(second)))))


def _call(answer: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Pass arguments by name where the answer has these names, else by position."""
    try:
        inspect.signature(answer).bind(**arguments)
    except (TypeError, ValueError):
        return answer(*arguments.values())
    return answer(**arguments)


def _outputs(
    answer: Callable[..., Any], case: str, shapes: Mapping[str, tuple[int, ...]], **arguments: Array
) -> Any:
    """What ``answer`` returns: arrays of these shapes, from arguments that are afterwards what they were."""
    given = {name: array.copy() for name, array in arguments.items()}
    outputs = _expect_arrays(_call(answer, given), case, shapes)
    for name, array in arguments.items():
        _expect(
            np.array_equal(given[name], array),
            f"The call changed its argument {name}. Work on a copy, or write x = x + y instead of x += y.",
        )
    return outputs if len(outputs) > 1 else outputs[0]


def _expect_arrays(returned: Any, case: str, shapes: Mapping[str, tuple[int, ...]]) -> list[Array]:
    """The outputs with these names: arrays of finite numbers. Complains in the grader's words."""
    outputs = list(returned) if isinstance(returned, tuple | list) else [returned]
    numeric = np.ndarray | np.generic | float  # a loss may well be a plain number
    kinds = ["array" if isinstance(each, numeric) else type(each).__name__ for each in outputs]
    _expect(kinds == ["array"] * len(shapes), f"{case}: {_wrong_return(kinds, list(shapes))}")
    arrays = dict(zip(shapes, map(np.asarray, outputs), strict=True))
    for name, output in arrays.items():
        found = f"{case}: The shape of {name} is {output.shape}, expected {shapes[name]}."
        _expect(output.shape == shapes[name], found)
    for name, output in arrays.items():
        _expect(
            output.dtype.kind in ("iuf" if name == "labels" else "f"),
            f"{case}: {name} holds numbers of type {output.dtype.name}; "
            "expected real floating point numbers (float32 or float64).",
        )
    for output in arrays.values():
        bad = ~np.isfinite(output)
        if bad.any():
            first = np.argwhere(bad)[0].tolist()
            found = f"{bad.sum()} of {bad.size} numbers are not finite, first at {first}"
            found = found if first else "The number is not finite"
            raise _NotYet(f"{case}: {found}: {output[tuple(first)]:.6g}.")
    return list(arrays.values())


def _wrong_return(kinds: list[str], names: list[str]) -> str:
    wanted = " and ".join(names)
    if kinds == ["NoneType"]:
        return f"It returned None; expected {wanted}. Is there a return statement?"
    count = "one array" if len(names) == 1 else f"{len(names)} arrays"
    if not kinds:
        return f"It returned an empty sequence; expected {count}: {wanted}."
    if len(kinds) == 1:
        article = "an" if kinds[0][0] in "aeiou" else "a"
        return f"It returned {article} {kinds[0]}; expected {count}: {wanted}."
    return f"It returned {len(kinds)} things ({', '.join(kinds)}); expected {count}: {wanted}."


def _expect_probabilities(probabilities: Array, scores: Array, case: str) -> None:
    """Shares of one in each row, which are to each other as the exponentials of these scores."""
    _expect((probabilities >= 0).all(), f"{case}: some probabilities are negative")
    sums = probabilities.sum(axis=-1, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    _expect(
        abs(sums[worst] - 1) < 1e-5,
        f"{case}: Each row along the last axis must sum to 1; row [{worst}] sums to {sums[worst]:.6g}.",
    )
    more = scores - scores[:, :1]
    wanted = probabilities[:, :1] * np.exp(more)
    row, k = np.unravel_index(int(np.abs(wanted - probabilities).argmax()), scores.shape)
    _expect(
        _close(probabilities[row, k], wanted[row, k]),
        f"{case}: in row {row}, the score of class {k} is that of class 0 plus {more[row, k]:.4g}, so that it is "
        f"e^{more[row, k]:.4g} = {np.exp(more[row, k]):.4g} times as likely; your probabilities are "
        f"{probabilities[row, k]:.4g} and {probabilities[row, 0]:.4g}",
    )


@_visible_check
def test_softmax(softmax: Any) -> str:
    """Exercise 1: rows that sum to one, in the right proportions, for scores of any size."""
    scores = _numbers(4, 5)
    shapes = {"probabilities": (4, 5)}
    probabilities = _outputs(softmax, "four rows", shapes, scores=scores)
    _expect_probabilities(probabilities, scores, "four rows")
    levels = np.array([[1000], [0], [-1000], [500]], dtype=np.float32)
    lifted = _outputs(softmax, "rows around 1000, 0, -1000 and 500", shapes, scores=scores + levels)
    _expect(
        _close(lifted, probabilities),
        "adding the same number to all the scores of a row changed its probabilities",
    )
    apart = np.array([[0, 2000, 1], [0, -2000, 1]], dtype=np.float32)
    probabilities = _outputs(softmax, "one score far from the others", {"probabilities": (2, 3)}, scores=apart)
    _expect(_close(probabilities.sum(axis=1), 1), "one score far from the others: the rows do not sum to 1")
    return "rows sum to 1, in the right proportions, and large scores do no harm"


@_visible_check
def test_cross_entropy(cross_entropy: Any) -> str:
    """Exercise 2: losses that can be worked out by hand, and a gradient that says how the loss changes."""

    def entropy(case: str, scores: Array, labels: list[int]) -> tuple[Array, Array]:
        shapes: dict[str, tuple[int, ...]] = {"loss": (), "gradient": scores.shape}
        loss, gradient = _outputs(cross_entropy, case, shapes, scores=scores, labels=np.array(labels))
        return loss, gradient

    entropy("six rows", _numbers(6, 4), [3, 0, 1, 1, 2, 0])
    wanted = -(np.log(2 / 8) + np.log(6 / 8)) / 2
    loss, _ = entropy("two rows", np.log(np.array([[1, 2, 5], [6, 1, 1]], dtype=np.float32)), [1, 0])
    _expect(
        _close(loss, wanted),
        "for the scores log([[1, 2, 5], [6, 1, 1]]) and the labels [1, 0], the labels' probabilities are "
        f"2/8 and 6/8 and the loss is -(log(2/8) + log(6/8)) / 2 = {wanted:.4g}; yours is {loss:.4g}",
    )

    scores, labels = _numbers(3, 4), [2, 0, 2]
    _, gradient = entropy("three rows", scores, labels)
    for row, column in np.ndindex(scores.shape):
        change = np.zeros_like(scores)
        change[row, column] = 0.01
        above, below = (entropy("three rows", scores + sign * change, labels)[0] for sign in (1, -1))
        slope = (above - below) / 0.02
        _expect(
            _close(gradient[row, column], slope),
            f"when score [{row}, {column}] grows, your loss changes {slope:.4g} times as much, "
            f"and your gradient has {gradient[row, column]:.4g} there; the label of that row is {labels[row]}",
        )

    mistaken = np.array([[1000, 0, 0], [0, 1000, 0]], dtype=np.float32)
    loss, _ = entropy("scores of 1000", mistaken, [1, 1])
    _expect(
        _close(loss, 500.0),
        "for the scores [[1000, 0, 0], [0, 1000, 0]] and the labels [1, 1], log p is -1000 and 0 and the loss 500; "
        f"yours is {loss:.4g}",
    )
    return "the loss is right, and the gradient says how it changes"


@contextmanager
def _parameters(weight: Array, bias: Array) -> Iterator[None]:
    """A Linear layer that is made inside the block, and that they fit, gets these parameters."""
    global new_parameter
    before = new_parameter

    def chosen(layer: Linear, name: str, shape: tuple[int, ...], low: float, high: float) -> Any:
        array = weight if name == "weight" else bias
        return array.copy() if array.shape == shape else before(layer, name, shape, low, high)

    new_parameter = chosen
    try:
        yield
    finally:
        new_parameter = before


@_visible_check
def test_softmax_regression(softmax_regression: Any) -> str:
    """Exercise 3: probabilities that come from the layer, and gradients that say how the loss changes."""
    x, labels = 0.5 * _numbers(7, 4), np.array([2, 0, 1, 1, 0, 2, 1])
    weight, bias = _numbers(4, 3), _numbers(3)

    def forward(weight: Array, bias: Array) -> Any:
        with _parameters(weight, bias):
            model = _call(softmax_regression, {"n_features": 4, "n_classes": 3})
            shapes = {"probabilities": (7, 3), "weight_gradient": (4, 3), "bias_gradient": (3,)}
            return _outputs(getattr(model, "forward", model), "seven rows", shapes, x=x, labels=labels)

    probabilities, *gradients = forward(weight, bias)
    _expect_probabilities(probabilities, x @ weight + bias, "the softmax of x @ weight + bias")
    for name, which, gradient in (("weight", 0, gradients[0]), ("bias", 1, gradients[1])):
        for place in np.ndindex(gradient.shape):
            losses = []
            for sign in (1, -1):
                moved = [weight.copy(), bias.copy()]
                moved[which][place] += sign * np.float32(0.01)
                likely = forward(*moved)[0][np.arange(7), labels]
                losses.append(-np.log(likely).mean())
            slope = (losses[0] - losses[1]) / 0.02
            _expect(
                _close(gradient[place], slope),
                f"when {name}{[*place]} grows, the mean cross-entropy changes {slope:.4g} times as much, "
                f"and your gradient of the {name} has {gradient[place]:.4g} there",
            )
    return "the probabilities come from the layer, and the gradients say how the loss changes"


@_visible_check
def test_k_means_step(k_means_step: Any) -> str:
    """Exercise 4: labels of the nearest centres, and centres in the middle of their points."""
    points, centres = 3 * _numbers(40, 3), _numbers(4, 3)[::-1].copy()
    centres[2] += 50  # no point is near this one
    labels, moved = _outputs(
        k_means_step,
        "forty points and four centres",
        {"labels": (40,), "centres": (4, 3)},
        points=points,
        centres=centres,
    )
    for point, label in enumerate(labels):
        found = f"point {point} has the label {label:g}; the four centres have the numbers 0 to 3"
        _expect(label in range(4), found)
    labels = labels.astype(int)
    away = np.linalg.norm(points - centres[labels], axis=1)  # each point from the centre of its label
    for k, centre in enumerate(centres):
        nearer = away - np.linalg.norm(points - centre, axis=1)
        point = int(nearer.argmax())
        _expect(
            nearer[point] < 1e-4,
            f"point {point} has the label {labels[point]}, and before the centres move, centre {k} is nearer to it",
        )
    off = points - moved[labels]  # each point from where its centre is now
    for k, centre in enumerate(centres):
        mine = labels == k
        if mine.any():
            found = f"centre {k} is not the mean of the {mine.sum()} points that have its label"
            _expect(_close(off[mine].sum(axis=0), 0), found)
        else:
            found = f"no point belongs to centre {k}, so it stays where it is; yours moved"
            _expect(_close(moved[k], centre), found)
    return "each point has the nearest centre's label, and the centres move to the means"


def show_result(name: str, res: Result) -> None:
    """Print a check's result, and below it where an answer raised something."""
    print(f"[PASS] {name}" if res["passed"] else f"[FAIL] {name} | {res['message']}")
