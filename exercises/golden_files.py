"""Golden outputs: what each accepted solution and each wrong variant computes for each case.

``golden.npz`` has the arrays and ``golden.json`` their birth certificate. Both are written by ``make golden``
(``grader.authoring.golden_builder``) and by nothing else.
"""

from __future__ import annotations  # the bank's parameters are looked up where NumPy is not loaded yet

import hashlib
import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from exercises.errors import AssignmentBroken
from exercises.number_range import NumberRange
from exercises.spec import Assignment, Exercise
from sandbox.system import deferred_signals
from sandbox.wire.messages import RunStatus, TraceEntry
from sandbox.wire.parameters import ParameterName, ParameterSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ARRAYS_FILE = "golden.npz"
CERTIFICATE_FILE = "golden.json"
TRACES_FILE = "traces.json"
PAIRS_FILE = "pairs.npz"
# What a parameter and a tolerance can be; a tolerance of nan would call every answer wrong.
_DISTANCE = NumberRange(least=0, most=1e300)
_TOLERANCE = NumberRange(least=0, most=1, above=True)
_BOUND = NumberRange(least=-1e6, most=1e6)
_SIZE = NumberRange(least=0, most=2**40, whole=True)
# All wrong variants' outputs end to end, for a thousand small arrays take ten times as long to read.
WRONG_NUMBERS = "wrong"

Traces: TypeAlias = "Mapping[str, Mapping[str, tuple[TraceEntry, ...]]]"  # by accepted solution, by case
Arrays: TypeAlias = "Mapping[str, NDArray[np.generic]]"  # by the output's name


@dataclass(frozen=True, kw_only=True)
class WrongOutcome:
    """What a wrong variant does in one case: its outputs in the order returned, or its exception."""

    status: RunStatus
    outputs: tuple[NDArray[np.generic], ...] = ()
    raised_type: str | None = None
    raised_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far from golden still counts as equal, and how it came about.

    ``allowed`` is relative to (root mean square of the golden array + the golden number): see
    ``grader.judging.comparison``. ``spread`` is the largest such distance of a right program, ``nearest_wrong`` the
    smallest one of a wrong program that this case tells apart; None when every such program already fails
    at the shape.
    """

    allowed: float
    spread: float
    nearest_wrong: float | None
    nearest_wrong_id: str | None

    @property
    def margin(self) -> float | None:
        """How many times the tolerance the nearest wrong program is away."""
        return None if self.nearest_wrong is None else self.nearest_wrong / self.allowed


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Everything that one exercise's outputs are compared with."""

    accepted: Mapping[str, Mapping[str, Arrays]]  # by solution, by case
    wrong: Mapping[str, Mapping[str, WrongOutcome]]  # by variant, by case
    tolerances: Mapping[str, Mapping[str, Tolerance]]  # by case, by output
    parameters: tuple[ParameterSpec, ...]  # what the parameter bank must hold


@dataclass(frozen=True, kw_only=True)
class PairOutcomes:
    """What two wrong variants together compute: a signature of each output, in the order of cases and outputs."""

    first: str
    second: str
    signatures: NDArray[np.float64]  # (cases, outputs, numbers of a signature)


def sources_digest(assignment: Assignment, exercise: Exercise) -> str:
    """SHA-256 over every file that the golden outputs are a function of."""
    files = [
        assignment.folder / "utils.py",
        exercise.folder / "cases.py",
        *(solution.path for solution in exercise.accepted),
        *exercise.right_paths,
        *(variant.path for variant in exercise.wrong),
    ]
    digest = hashlib.sha256()
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise AssignmentBroken(
                f"{file} can't be read: {error.strerror}",
                expected="every file that exercise.toml names",
                advice="Restore the file, or remove its entry.",
            ) from error
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def stored_digest(exercise: Exercise) -> str:
    """What ``sources_digest`` was when the golden outputs were made. Needs no NumPy."""
    return str(_certificate(exercise)["sources_sha256"])


def stored_fingerprint(exercise: Exercise) -> str:
    """Which course secret the golden outputs were made under. Needs no NumPy."""
    return str(_certificate(exercise).get("secret_fingerprint"))


def recorded_parameters(exercise: Exercise) -> tuple[ParameterSpec, ...]:
    """What the exercise's solutions, right and wrong, draw: the bank must hold it. Needs no NumPy."""
    return _parameters(exercise, _certificate(exercise))


def _parameters(exercise: Exercise, certificate: Mapping[str, Any]) -> tuple[ParameterSpec, ...]:
    with _naming_damage(exercise):
        return tuple(_parameter(*fields) for fields in certificate["parameters"])


def _parameter(
    kind: str,
    configuration: Sequence[int],
    parameter: str,
    occurrence: int,
    shape: Sequence[int],
    low: float,
    high: float,
) -> ParameterSpec:
    name = f"{kind}.{parameter}"
    for size in (occurrence, *configuration, *shape):
        _SIZE.checked(f"a size of {name}", size)
    for bound in (low, high):
        _BOUND.checked(f"a bound of {name}", bound)
    return ParameterSpec(
        name=ParameterName(
            kind=kind, configuration=tuple(configuration), parameter=parameter, occurrence=occurrence
        ),
        shape=tuple(shape),
        low=low,
        high=high,
    )


def load_golden(exercise: Exercise) -> Golden:
    """The exercise's golden outputs. Raises AssignmentBroken when they were never made."""
    import numpy as np

    certificate = _certificate(exercise)
    try:
        with np.load(exercise.folder / ARRAYS_FILE, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except OSError as error:
        raise _never_made(exercise, error) from error
    with _naming_damage(exercise):
        return Golden(
            accepted={
                solution.solution_id: {
                    case.case_id: {
                        output: arrays[f"accepted/{solution.solution_id}/{case.case_id}/{output}"]
                        for output in exercise.outputs
                    }
                    for case in exercise.cases
                }
                for solution in exercise.accepted
            },
            wrong=_wrong_outcomes(certificate["wrong"], arrays[WRONG_NUMBERS]),
            tolerances={
                case_id: {output: _tolerance(case_id, **fields) for output, fields in outputs.items()}
                for case_id, outputs in certificate["tolerances"].items()
            },
            parameters=_parameters(exercise, certificate),
        )


def _tolerance(
    case_id: str, *, allowed: float, spread: float, nearest_wrong: float | None, nearest_wrong_id: str | None
) -> Tolerance:
    _TOLERANCE.checked(f"the allowed difference of {case_id}", allowed)
    _DISTANCE.checked(f"the spread of {case_id}", spread)
    if nearest_wrong is not None:
        _DISTANCE.checked(f"the nearest mistake of {case_id}", nearest_wrong)
    return Tolerance(allowed=allowed, spread=spread, nearest_wrong=nearest_wrong, nearest_wrong_id=nearest_wrong_id)


def save_golden(folder: Path, golden: Golden, certificate_of_birth: Mapping[str, str]) -> None:
    """Write both files."""
    import numpy as np

    arrays: dict[str, NDArray[np.generic]] = {}
    for solution_id, cases in golden.accepted.items():
        for case_id, outputs in cases.items():
            arrays |= {f"accepted/{solution_id}/{case_id}/{name}": array for name, array in outputs.items()}
    numbers = [
        array.astype(np.float64).ravel()
        for outcomes in golden.wrong.values()
        for outcome in outcomes.values()
        for array in outcome.outputs
    ]
    arrays[WRONG_NUMBERS] = np.concatenate(numbers) if numbers else np.empty(0)
    certificate = {
        **certificate_of_birth,
        "tolerances": {
            case_id: {
                output: {
                    "allowed": tolerance.allowed,
                    "spread": tolerance.spread,
                    "nearest_wrong": tolerance.nearest_wrong,
                    "nearest_wrong_id": tolerance.nearest_wrong_id,
                }
                for output, tolerance in outputs.items()
            }
            for case_id, outputs in golden.tolerances.items()
        },
        "wrong": {
            variant_id: {
                case_id: {
                    "status": outcome.status.value,
                    "raised_type": outcome.raised_type,
                    "raised_message": outcome.raised_message,
                    "shapes": [" ".join(map(str, array.shape)) for array in outcome.outputs],
                }
                for case_id, outcome in outcomes.items()
            }
            for variant_id, outcomes in golden.wrong.items()
        },
        "parameters": [
            [
                spec.name.kind,
                spec.name.configuration,
                spec.name.parameter,
                spec.name.occurrence,
                spec.shape,
                spec.low,
                spec.high,
            ]
            for spec in golden.parameters
        ],
    }
    np.savez_compressed(folder / ARRAYS_FILE, **arrays)  # type: ignore[arg-type]
    text = json.dumps(certificate, indent=1, ensure_ascii=False)
    (folder / CERTIFICATE_FILE).write_text(text + "\n", encoding="utf-8")


def install_golden(made: Path, folder: Path) -> None:
    """Put golden files that were made elsewhere into an exercise's folder. Raises OSError.

    At every moment there are the old ones or the new ones, or no certificate, without which nobody is graded.
    """
    names = [name for name in (ARRAYS_FILE, TRACES_FILE, PAIRS_FILE, CERTIFICATE_FILE) if (made / name).exists()]
    copies = {name: folder / f".{name}.new" for name in names}
    with deferred_signals():
        try:
            for name, copy in copies.items():
                shutil.copyfile(made / name, copy)
            (folder / CERTIFICATE_FILE).unlink(missing_ok=True)
            for name, copy in copies.items():  # the certificate last
                copy.replace(folder / name)
        finally:
            for copy in copies.values():
                copy.unlink(missing_ok=True)


def load_traces(exercise: Exercise) -> Traces:
    """Which layers each accepted solution calls: read only when a submission has failed."""
    try:
        solutions = json.loads((exercise.folder / TRACES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _never_made(exercise, error) from error
    return {
        solution_id: {case_id: tuple(_trace_entry(*fields) for fields in trace) for case_id, trace in cases.items()}
        for solution_id, cases in solutions.items()
    }


def _trace_entry(
    kind: str,
    settings: Mapping[str, float],
    instance: int,
    input_shape: list[int],
    output_shape: list[int],
    input_fingerprint: float,
    output_fingerprint: float,
) -> TraceEntry:
    return TraceEntry(
        kind=kind,
        settings=tuple(settings.items()),
        instance=instance,
        input_shape=tuple(input_shape),
        output_shape=tuple(output_shape),
        input_fingerprint=input_fingerprint,
        output_fingerprint=output_fingerprint,
    )


def save_traces(folder: Path, traces: Traces) -> None:
    """Write the file, one call of a layer a line."""

    def line(entry: TraceEntry) -> str:
        return json.dumps(
            [
                entry.kind,
                dict(entry.settings),
                entry.instance,
                entry.input_shape,
                entry.output_shape,
                float(f"{entry.input_fingerprint:.7g}"),
                float(f"{entry.output_fingerprint:.7g}"),
            ]
        )

    solutions = []
    for solution_id, cases in traces.items():
        lines = [
            f"  {json.dumps(case_id)}: [{','.join(chr(10) + '   ' + line(entry) for entry in trace)}]"
            for case_id, trace in cases.items()
        ]
        solutions.append(f" {json.dumps(solution_id)}: {{\n" + ",\n".join(lines) + "\n }")
    (folder / TRACES_FILE).write_text("{\n" + ",\n".join(solutions) + "\n}\n", encoding="utf-8")


def load_pairs(exercise: Exercise) -> tuple[PairOutcomes, ...]:
    """Mistakes made together; none for an exercise without a base. Read only when nothing else fits."""
    import numpy as np

    if exercise.base is None:
        return ()
    try:
        with np.load(exercise.folder / PAIRS_FILE, allow_pickle=False) as file:
            names, signatures = file["names"], file["signatures"]
    except OSError as error:
        raise _never_made(exercise, error) from error
    return tuple(
        PairOutcomes(first=str(first), second=str(second), signatures=each)
        for (first, second), each in zip(names, signatures, strict=True)
    )


def save_pairs(folder: Path, pairs: Sequence[PairOutcomes]) -> None:
    """Write the file."""
    import numpy as np

    names = np.array([[pair.first, pair.second] for pair in pairs], dtype=np.str_).reshape(-1, 2)
    signatures = np.array([pair.signatures for pair in pairs])
    np.savez_compressed(folder / PAIRS_FILE, names=names, signatures=signatures)


def _wrong_outcomes(
    fields: Mapping[str, Mapping[str, Any]], numbers: NDArray[np.generic]
) -> Mapping[str, Mapping[str, WrongOutcome]]:
    """Cuts the numbers of all wrong variants, laid end to end, into their outputs again."""
    taken = 0

    def outcome(case: Mapping[str, Any]) -> WrongOutcome:
        nonlocal taken
        outputs = []
        for shape in (tuple(map(int, text.split())) for text in case["shapes"]):
            count = math.prod(shape)
            if not 0 <= count <= numbers.size or min(shape, default=0) < 0:  # thousands: not each by its range
                raise ValueError(f"an output of {len(shape)} axes is not among its numbers")
            outputs.append(numbers[taken : taken + count].reshape(shape))
            taken += count
        return WrongOutcome(
            status=RunStatus(case["status"]),
            outputs=tuple(outputs),
            raised_type=case["raised_type"],
            raised_message=case["raised_message"],
        )

    return {
        variant_id: {case_id: outcome(case) for case_id, case in cases.items()}
        for variant_id, cases in fields.items()
    }


def _certificate(exercise: Exercise) -> Mapping[str, Any]:
    path = exercise.folder / CERTIFICATE_FILE
    try:
        found = path.stat()
        return _read_certificate(path, found.st_mtime_ns, found.st_size)
    except (OSError, ValueError) as error:
        raise _never_made(exercise, error) from error


@lru_cache(maxsize=32)
def _read_certificate(path: Path, changed_at_ns: int, size: int) -> Mapping[str, Any]:
    """A grading asks for its fingerprint, its parameters and all of it. Nobody changes what this gives."""
    certificate: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return certificate


@contextmanager
def _naming_damage(exercise: Exercise) -> Iterator[None]:
    """Whoever changed the certificate by hand is told what can't be used."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        lacking = isinstance(error, LookupError)
        raise AssignmentBroken(
            f"{exercise.folder / CERTIFICATE_FILE} can't be used: {'it lacks ' if lacking else ''}{error}",
            expected=f"{CERTIFICATE_FILE} and {ARRAYS_FILE} as they were written together",
            advice="Run 'make golden'.",
        ) from error


def _never_made(exercise: Exercise, error: Exception) -> AssignmentBroken:
    return AssignmentBroken(
        f"{exercise.title} has no golden outputs: {error}",
        expected=f"{ARRAYS_FILE} and {CERTIFICATE_FILE} in {exercise.folder}",
        advice=f"Run 'grade check-exercise {exercise.folder} --write'. A private assignment is made again by "
        "'grade init-private FOLDER --update'.",
    )
