"""Two mistakes made together: composed from single ones, and recognised by a signature of what they compute.

Each wrong variant is a change of the exercise's base program. Two changes that do not touch the same place are
merged. There are too many such pairs to store their outputs, so each output is kept as a few projections of it.
"""

from __future__ import annotations  # Parts stands below what takes it

import ast
import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden, PairOutcomes
from exercises.spec import Exercise, WrongVariant
from grader.submission import source_lines
from grader.variants.three_way_merge import merged_lines
from sandbox.wire.messages import CaseResult, ExerciseResult, Keying, NotAnArray, RunStatus

PROJECTIONS = 4
# Projections of two arrays that differ by less than a tolerance differ by less than that times the array's
# size; other arrays of a thousand numbers differ by some hundredths of it.
SLACK = 10.0


def composed(exercise: Exercise) -> Iterator[tuple[WrongVariant, WrongVariant, str]]:
    """Each pair of wrong variants whose changes can be merged, with the merged program."""
    if exercise.base is None:
        return
    base = _parts(exercise.base)
    variants = [(variant, _parts(variant.path)) for variant in exercise.wrong]
    for (first, one), (second, other) in combinations(variants, 2):
        if first.title == second.title:  # one mistake in two forms
            continue
        program = merged(base, one, other)
        if program is not None:
            yield first, second, program


def program_of(exercise: Exercise, first: WrongVariant, second: WrongVariant) -> str | None:
    """The program with both mistakes; None where they can't be merged."""
    if exercise.base is None:
        return None
    return merged(_parts(exercise.base), _parts(first.path), _parts(second.path))


def merged(base: Parts, one: Parts, other: Parts) -> str | None:
    """The program with both changes; None where they touch the same place or one of them does nothing."""
    if base.body in (one.body, other.body):
        return None
    body = merged_lines(base.body, one.body, other.body)
    if body is None:
        return None
    imports = sorted({*base.imports, *one.imports, *other.imports})
    program = "\n".join([*imports, *body]) + "\n"
    try:
        ast.parse(program)
    except SyntaxError:
        return None
    return program


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A program's imports and the lines of the rest, without its docstring."""

    imports: tuple[str, ...]
    body: list[str]


def _parts(path: Path) -> Parts:
    text = path.read_text(encoding="utf-8")
    lines = source_lines(text)
    imports: list[str] = []
    taken: set[int] = set()
    for node in ast.parse(text).body:
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_import:
            imports.append(ast.unparse(node))
        if is_import or is_text:
            taken.update(range(node.lineno - 1, node.end_lineno or node.lineno))
    body = [line for number, line in enumerate(lines) if number not in taken and line.strip()]
    return Parts(imports=tuple(imports), body=body)


def matching_pairs(
    exercise: Exercise, golden: Golden, result: ExerciseResult, failed: Set[str], pairs: Sequence[PairOutcomes]
) -> Iterator[tuple[WrongVariant, WrongVariant]]:
    """Two mistakes that together do what the submission does in every case that it fails, the likeliest first.

    ``failed`` are such cases of which the signatures are recorded.
    """
    if not pairs or not failed:
        return
    mine = signatures_of(exercise, {case.case_id: case for case in result.cases})
    agree = same_signatures(exercise, golden, mine, np.array([pair.signatures for pair in pairs]))
    rows = [number for number, case in enumerate(exercise.cases) if case.case_id in failed]
    candidates = np.flatnonzero(agree[:, rows].all(axis=1))
    by_id = {variant.variant_id: variant for variant in exercise.wrong}
    for number in sorted(map(int, candidates), key=lambda number: -int(agree[number].sum())):
        yield by_id[pairs[number].first], by_id[pairs[number].second]


def signatures_of(exercise: Exercise, cases: Mapping[str, CaseResult]) -> NDArray[np.float64]:
    """(cases, outputs, numbers of a signature); not-a-number where a case has no such output."""
    found = np.full((len(exercise.cases), len(exercise.outputs), PROJECTIONS + 2), np.nan)
    for number, case in enumerate(exercise.cases):
        result = cases.get(case.case_id)
        if result is None or result.status is not RunStatus.FINISHED:
            continue
        if len(result.outputs) != len(exercise.outputs):
            continue
        for output, array in enumerate(result.outputs):
            if not isinstance(array, NotAnArray) and array.dtype.kind in "fiub":
                found[number, output] = signature(array)
    return found


def signature(array: NDArray[np.generic]) -> NDArray[np.float64]:
    """A number for the shape and the places of numbers that are not finite; root mean square; a few projections."""
    numbers = np.asarray(array, dtype=np.float64).ravel()
    finite = np.isfinite(numbers)
    if not finite.any():
        return np.full(PROJECTIONS + 2, np.nan)
    form = hashlib.sha256(str(array.shape).encode() + (b"" if finite.all() else np.packbits(finite).tobytes()))
    numbers = np.where(finite, numbers, 0.0)
    size = float(np.sqrt(np.mean(np.square(numbers))))
    first = int.from_bytes(form.digest()[:6], "big")  # exact as a float
    return np.array([first, size, *(_directions(numbers.size) @ numbers / numbers.size)])


@functools.lru_cache(maxsize=64)
def _directions(count: int) -> NDArray[np.float64]:
    """Fixed weights between -1 and 1: a bit generator's raw stream is the same under every NumPy."""
    raw = np.random.Philox(key=count).random_raw(PROJECTIONS * count)
    return (raw.astype(np.float64) * 2.0**-63 - 1.0).reshape(PROJECTIONS, count)


def same_signatures(
    exercise: Exercise, golden: Golden, one: NDArray[np.float64], many: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(how many, cases): in which cases all outputs of ``one`` agree with those of each of ``many``."""
    allowed = np.array(
        [
            [golden.tolerances[case.case_id][output].allowed for output in exercise.outputs]
            for case in exercise.cases
        ]
    )
    near = SLACK * allowed * one[:, :, 1]
    same_shape = many[..., 0] == one[..., 0]
    close = (np.abs(many[..., 1:] - one[..., 1:]) <= near[..., None]).all(axis=-1)  # never true for not-a-number
    agree: NDArray[np.bool_] = (same_shape & close).all(axis=-1)
    return agree


def distinct(
    exercise: Exercise,
    golden: Golden,
    pairs: Sequence[PairOutcomes],
    singles: Mapping[str, NDArray[np.float64]],
) -> tuple[PairOutcomes, ...]:
    """The pairs that prove something: unlike every single program, right or wrong, and what other pairs say.

    Of pairs that compute the same and say the same the first is kept. Only the cases count in which layers of one
    shape have the same parameters, for the others name no mistake (``plain`` in ``diagnosis/evidence``).
    """
    if not pairs:
        return ()
    plain = [exercise.inputs[case.case_id].keying is Keying.SHAPE for case in exercise.cases]
    titles = {variant.variant_id: variant.title for variant in exercise.wrong}
    stacked = np.array([pair.signatures for pair in pairs])
    programs = np.array(list(singles.values()))

    def alike(one: NDArray[np.float64], many: NDArray[np.float64]) -> list[int]:
        return np.flatnonzero(same_signatures(exercise, golden, one, many)[:, plain].all(axis=1)).tolist()

    def says(number: int) -> frozenset[str]:
        return frozenset((titles[pairs[number].first], titles[pairs[number].second]))

    kept = []
    for number, pair in enumerate(pairs):
        if np.isnan(pair.signatures).any() or alike(pair.signatures, programs):
            continue
        others = alike(pair.signatures, stacked)
        if others[0] == number and len({says(other) for other in others}) == 1:
            kept.append(pair)
    return tuple(kept)
