"""Files that are something else than their names say: named for what they are, with what to do, and without a mark."""

import io
import json
import zipfile

import pytest

from grader.errors import SubmissionUnreadable
from grader.submission.other_kinds import other_kind
from grader.submission.submission import read_submission

NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "x = 1"}],
    },
    indent=1,
)
CONFLICT = NOTEBOOK.replace(' "cells"', '<<<<<<< HEAD\n "cells"', 1).replace(
    ' "metadata": {},\n', '=======\n "metadata": {},\n>>>>>>> theirs\n', 1
)


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize("ending", [".py", ".ipynb"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page"),
        (b"\xef\xbb\xbf<!-- saved from url --><html lang=de>", "a web page"),
        (b"%PDF-1.7\n%", "a PDF"),
        (zipped("week8.py"), "a zip archive"),
        (zipped("word/document.xml"), "a document of an office program"),
        (b"Rar!\x1a\x07\x01\x00", "a rar archive"),
        (b"7z\xbc\xaf\x27\x1c\x00", "a 7z archive"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"{\\rtf1\\ansi", "a document in RTF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a pointer of Git LFS"),
        (b"\xa7\r\r\n\x00\x00", "Python's compiled file"),
    ],
)
def test_it_is_named_for_what_it_is(content, words, ending, tmp_path):
    file = tmp_path / f"week8{ending}"
    file.write_bytes(content)
    with pytest.raises(SubmissionUnreadable) as raised:
        read_submission(file)
    assert f"it is {words}" in raised.value.happened
    assert raised.value.advice


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONFLICT, "a conflict that Git could not merge"),
        (NOTEBOOK[: len(NOTEBOOK) // 2], "a notebook whose end is missing"),
        ("import numpy as np\n\ndef f(x):\n    return x\n", "Python text with the ending of a notebook"),
    ],
)
def test_a_notebook_that_can_not_be_read_is_named(content, words, tmp_path):
    file = tmp_path / "week8.ipynb"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SubmissionUnreadable) as raised:
        read_submission(file)
    assert words in raised.value.happened


@pytest.mark.parametrize(
    ("name", "right"),
    [("week8.ipynb.txt", "week8.ipynb"), ("week8.py.txt", "week8.py"), ("a.ipynb.json", "a.ipynb")],
)
def test_an_ending_too_many_is_told(name, right, tmp_path):
    (tmp_path / name).write_text(NOTEBOOK, encoding="utf-8")
    with pytest.raises(SubmissionUnreadable) as raised:
        read_submission(tmp_path / name)
    assert "an ending too many" in raised.value.happened
    assert f"Rename it to {right}" in raised.value.advice


@pytest.mark.parametrize(
    "text", [b"x = 1", b"# <html>", b'"""<html>"""', b"<", b"PK = 1", b"MZ = 2", b"BZh91 = 3", b"<!--" * 1000]
)
def test_python_is_no_other_kind(text):
    assert other_kind(text) is None
