"""Runs programs of our own, in this process: reference solutions and variants, never a submission.

The golden outputs are made with it, and with the same code that runs a submission in its container. Values go in as
a container's do, through the request's encoding and back.
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from sandbox.runner import MODULE_NAME, check_utils, load_utils, make_importable, run_program
from sandbox.system import noted_interrupts
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, ExerciseRun, ModuleSource, RunStatus
from sandbox.wire.parameters import ParameterSource
from sandbox.wire.request_codec import as_received


def run_trusted(
    run: ExerciseRun,
    *,
    utils_source: str,
    utils_names: tuple[str, ...],
    source: ParameterSource,
    limits: Limits | None = None,
    change_utils: Callable[[ModuleType], None] | None = None,
    hand_out: Callable[[tuple[CaseCall, ...]], Iterable[CaseCall]] = iter,
    modules: Sequence[ModuleSource] = (),
) -> ExerciseResult:
    """Run one program of ours. ``utils_names`` are the further names under which it may import ``utils``.

    What ends a program is its own, but for a signal to us: that is raised here, whatever the program made of it.

    For experiments ``change_utils`` may replace what the layers do, and ``hand_out`` gives the calls one by one,
    each as often as it likes. ``modules`` are others of ours that it may import.
    """
    run = as_received(run)
    with (
        noted_interrupts() as interrupts,
        _modules_restored(("utils", MODULE_NAME, *utils_names, *(module.name for module in modules))),
        _importable(modules),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a wrong variant that overflows is meant to
        utils = load_utils(utils_source, run.forbidden)
        for name in utils_names:
            sys.modules[name] = utils
        if change_utils is not None:
            change_utils(utils)
        cases: list[CaseResult] = []
        for result in run_program(run, hand_out(run.calls), utils, source, limits or Limits(), modules):
            interrupts.raise_noted()
            match result:
                case CaseResult():
                    cases.append(result)
                case ExerciseResult():
                    return result
    return ExerciseResult(exercise_id=run.exercise_id, status=RunStatus.FINISHED, cases=tuple(cases))


def check_trusted_utils(source: str) -> None:
    """Raises whatever is wrong with a course's ``utils``: UtilsMalformed, or what it raises itself."""
    with _modules_restored(("utils",)):
        check_utils(load_utils(source))


@contextmanager
def _importable(modules: Sequence[ModuleSource]) -> Iterator[None]:
    finder = make_importable(modules)
    try:
        yield
    finally:
        if finder is not None:
            sys.meta_path.remove(finder)


@contextmanager
def _modules_restored(names: tuple[str, ...]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in names}
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
