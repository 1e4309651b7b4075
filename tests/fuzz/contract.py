"""What every target holds a parser to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

import numpy as np

from sandbox.system import GoldgradeError


@contextmanager
def only(*named: type[Exception]) -> Iterator[None]:
    """Errors that say what happened may end the block: those of ``grader.errors``, and the ones named here."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, (GoldgradeError, *named))):
            raise
        assert_storable(str(error))


def assert_storable(value: object) -> None:
    """No report, file or terminal can take a lone surrogate, and no schema a boolean for a number."""
    match value:
        case None | bool() | int() | float() | bytes() | datetime() | Enum() | Path() | np.ndarray() | range():
            return
        case str():
            value.encode("utf-8")
        case dict():
            for key, each in value.items():
                assert_storable(key)
                assert_storable(each)
        case tuple() | list() | frozenset() | set():
            for each in value:
                assert_storable(each)
        case _ if is_dataclass(value):
            for each in fields(value):
                assert_storable(getattr(value, each.name))
        case _:
            raise AssertionError(f"what is a {type(value).__name__} doing here?")
