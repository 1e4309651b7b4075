"""Targets for what students hand in: programs, notebooks, archives."""

import functools
import json
import warnings

from exercises.loader import load_assignment
from exercises.spec import Assignment
from grader.report.free_text_answers import question_reports
from grader.submission.program_file import Format, ProgramFile
from grader.submission.program_in_archive import program_in_archive
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import parse
from tests.fuzz.contract import assert_storable, only

ENTRY_POINTS = (("f", False), ("Model", True), ("scaled_dot_product_attention", False))


def program(data: bytes) -> None:
    """The bytes of a ``.py`` file."""
    _read(ProgramFile(name="a.py", format=Format.PYTHON, data=data))


def notebook(data: bytes) -> None:
    """The bytes of an ``.ipynb`` file."""
    _read(ProgramFile(name="a.ipynb", format=Format.NOTEBOOK, data=data))


def cells(data: bytes) -> None:
    """The text of a notebook's cells, with NUL between them; one that begins with # is of Markdown."""
    texts = data.decode("utf-8", "surrogateescape").split("\0")
    kinds = (("markdown" if text.startswith("#") else "code", text) for text in texts)
    document = {"nbformat": 4, "cells": [{"cell_type": kind, "source": text} for kind, text in kinds]}
    _read(ProgramFile(name="a.ipynb", format=Format.NOTEBOOK, data=json.dumps(document).encode()))


def archive(data: bytes) -> None:
    """The bytes of a zip with a program."""
    with only():
        found = program_in_archive(data, container="a.zip")
        assert_storable(found.name)
        assert "/" not in found.name


def _read(file: ProgramFile) -> None:
    with only(), warnings.catch_warnings():
        warnings.simplefilter("error")  # what Python says about a student's code is not for our terminal
        submission = parse(file)
        assert_storable(submission.text_blocks)
        for entry_point, is_class in ENTRY_POINTS:
            found = slice_program(submission, entry_point, is_class=is_class)
            assert_storable(found)
            if isinstance(found, Sliced):
                _assert_runnable(found)
        assert_storable(question_reports(_assignment(), submission.text_blocks))


def _assert_runnable(found: Sliced) -> None:
    """What was cut out is what Python accepts, as it accepted the whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for snippet in found.snippets:
            # The runner allows an "await" at the top level, as notebooks do.
            compile(snippet.source, snippet.origin, "exec", flags=0x2000, dont_inherit=True)


@functools.cache
def _assignment() -> Assignment:
    return load_assignment()
