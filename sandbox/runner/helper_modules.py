"""Modules that a student handed in beside the program: found where nothing else of that name is."""

import os
import sys
import types
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec

from sandbox.runner.stand_ins import NOTHING
from sandbox.wire.messages import ModuleSource


class HelperFinder:
    """Makes a module from its text when a program imports it, under the limits that the program has."""

    def __init__(self, modules: Iterable[ModuleSource]) -> None:
        self._modules = {module.name: module for module in modules}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """A spec where a module of this name was handed in."""
        module = self._modules.get(name)
        if module is None:
            return None
        spec = ModuleSpec(name, self, origin=module.origin, is_package=module.is_package)  # type: ignore[arg-type]
        return spec

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        """An ordinary one."""
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run its text. What it raises is the student's."""
        assert module.__spec__ is not None
        made_from = self._modules[module.__spec__.name]
        vars(module).update(display=NOTHING, get_ipython=NOTHING)  # as in the program itself
        module.__file__ = os.path.join(os.getcwd(), made_from.origin)
        code = compile(made_from.source, made_from.origin, "exec", dont_inherit=True)
        exec(code, module.__dict__)


def make_importable(modules: Sequence[ModuleSource]) -> HelperFinder | None:
    """From now on, in this process. It comes after Python's own finders."""
    if not modules:
        return None
    finder = HelperFinder(modules)
    sys.meta_path.append(finder)
    return finder
