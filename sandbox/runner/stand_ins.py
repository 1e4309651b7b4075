"""Stand-ins for packages that draw or show progress, which are not installed where answers are run.

Notebooks are full of both, and no answer depends on what they show. What stands in for a plot does nothing and is
no number; a progress bar gives the values that it is wrapped around. Each says once, in what the answer prints,
that it is not the real one.
"""

import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

DRAWING = ("matplotlib", "seaborn", "plotly", "IPython")
PROGRESS = ("tqdm",)
TYPING = ("typing_extensions",)


class Nothing:
    """Whatever is asked of it gives it again. It is no array and no number, and has nothing to loop over."""

    def __call__(self, *arguments: object, **named: object) -> "Nothing":
        return self

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # else it would claim to be an array, a number or what else is asked for
            raise AttributeError(name)
        return _subplots if name == "subplots" else self

    def __getitem__(self, index: object) -> "Nothing":
        return self

    def __setitem__(self, index: object, value: object) -> None:
        pass

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __iter__(self) -> Iterator["Nothing"]:
        return iter(())

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *error: object) -> None:
        pass


NOTHING = Nothing()


class BarlessProgress:
    """A progress bar without a bar."""

    def __init__(self, iterable: Iterable[Any] = (), *arguments: object, **named: object) -> None:
        self.iterable = iterable
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]  # where the real one has none, this has none

    def __enter__(self) -> "BarlessProgress":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __getattr__(self, name: str) -> Nothing:
        """``update``, ``set_description``, ``close`` and the like."""
        if name.startswith("__"):
            raise AttributeError(name)
        return NOTHING


def _range(*bounds: int, **named: object) -> BarlessProgress:
    return BarlessProgress(range(*bounds))


def _subplots(*counts: object, **named: object) -> tuple[Nothing, Nothing]:
    return NOTHING, NOTHING


def _unchanged(thing: Any, *arguments: object) -> Any:
    return thing


def _progress(name: str) -> object:
    return {"tqdm": BarlessProgress, "trange": _range, "tqdm_notebook": BarlessProgress}.get(name, NOTHING)


def _typing(name: str) -> object:
    return getattr(typing, name, _unchanged)  # "override" and what else is a decorator


_CONTENTS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(DRAWING, NOTHING.__getattr__),
    **dict.fromkeys(PROGRESS, _progress),
    **dict.fromkeys(TYPING, _typing),
}
_SAID = {
    **dict.fromkeys(DRAWING, "what it would show is left out"),
    **dict.fromkeys(PROGRESS, "its bars are left out"),
}


class StandInFinder:
    """Finds stand-ins for what nothing else finds. It comes last, and is asked only then."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        package = name.partition(".")[0]
        return ModuleSpec(name, StandInFinder, is_package=True) if package in _CONTENTS else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> types.ModuleType | None:
        return None  # an ordinary one

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        contents = _CONTENTS[module.__name__.partition(".")[0]]

        def found(name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return contents(name)

        module.__getattr__ = found  # type: ignore[method-assign]
        if module.__name__ in _SAID:
            print(f"({module.__name__} is not installed where answers are run: {_SAID[module.__name__]}.)")


def stand_in_for_missing() -> None:
    """From now on, in this process."""
    sys.meta_path.append(StandInFinder)
