"""The conditions under which a report is made, as it tells them."""

import ctypes
import functools
import hashlib
import hmac
import platform
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from exercises.spec import Assignment, Exercise
from grader.course import derive, fingerprint, secret_of
from grader.report.digests import exercise_digest, marks_digest, words_digest
from grader.report.model import Conditions
from grader.settings import Settings

# What a report calls two of the limits: the names under which it has been stored since its first version.
_LIMIT_KEYS = {"cpu_seconds": "exercise_seconds", "wall_time_factor": "longest_times"}


def limits_of(settings: Settings) -> dict[str, float]:
    """The limits under which a report is made, by the names that it stores."""
    return {_LIMIT_KEYS.get(name, name): value for name, value in asdict(settings.limits).items()}


def conditions_of(assignment: Assignment, exercises: Collection[Exercise], settings: Settings) -> Conditions:
    """Those of a report on these exercises that is made here and now. Raises PrivateAssignmentUnusable."""
    secret = secret_of(settings)
    key = derive(secret, "digests")
    return Conditions(
        goldgrade=_version(),
        grader=marks_digest(),
        python=platform.python_version(),
        blas=_blas(),
        kernel=_kernel(),
        runtime=settings.runtime,
        secret=fingerprint(secret),
        show_hidden=settings.show_hidden,
        fresh_inputs=settings.fresh_inputs,
        exercises={
            exercise.exercise_id: hmac.new(
                key, exercise_digest(assignment, exercise).encode(), hashlib.sha256
            ).hexdigest()
            for exercise in exercises
        },
        words={exercise.exercise_id: words_digest() for exercise in exercises},
    )


@functools.cache
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("goldgrade")
    except PackageNotFoundError:  # a platform's container has only our modules
        return "unknown"


@functools.cache
def _blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found.get('version', '')}".strip()


@functools.cache
def _kernel() -> str:
    """The name that OpenBLAS gives to the processor; empty for another BLAS, or where NumPy has none of its own.

    NumPy has the library open already, so that opening it once more costs nothing.
    """
    import numpy as np

    libraries = Path(np.__file__).parents[1] / "numpy.libs"
    for library in libraries.glob("libscipy_openblas*.so*"):
        try:
            name = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
        except (OSError, AttributeError):
            continue
        name.restype = ctypes.c_char_p
        return str((name() or b"").decode("ascii", "replace"))
    return ""
