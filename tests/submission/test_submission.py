"""What students hand in is read, or refused with a reason; nothing of it runs, and no traceback is ours."""

import base64
import hashlib
import io
import json
import os
import random
import socket
import stat
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import SubmissionUnreadable
from grader.submission import program_on_disk
from grader.submission.cells import SyntaxProblem
from grader.submission.magics import MagicRemover
from grader.submission.program_file import Format
from grader.submission.submission import Submission, read_submission
from tests.support.chance import rounds
from tests.support.paths import DATA

MIB = 1024 * 1024


def read(folder: Path, content: str | bytes, name: str = "answer.py") -> Submission:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_submission(file)


def refused(folder: Path, content: str | bytes, name: str = "answer.py") -> str:
    with pytest.raises(SubmissionUnreadable) as caught:
        read(folder, content, name)
    assert caught.value.exit_code == 5
    return str(caught.value)


def refused_path(path: Path) -> str:
    with pytest.raises(SubmissionUnreadable) as caught:
        read_submission(path)
    return str(caught.value)


def defined(submission: Submission) -> list[str]:
    """What the readable cells bind, in order."""
    return [
        name
        for cell in submission.cells
        if not isinstance(cell.content, SyntaxProblem)
        for statement in cell.content
        for name in statement.usage.binds
    ]


def places(submission: Submission) -> dict[str, tuple[str, int]]:
    """Where each name is bound."""
    return {
        name: (statement.origin, statement.line)
        for cell in submission.cells
        if not isinstance(cell.content, SyntaxProblem)
        for statement in cell.content
        for name in statement.usage.binds
    }


def broken(submission: Submission) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(problem.origin, problem.line, problem.names) for problem in submission.syntax_problems]


def notebook(*sources: str | list[str], **changes: object) -> dict[str, Any]:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        for source in sources
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4} | changes


def read_notebook(folder: Path, *sources: str | list[str], **changes: object) -> Submission:
    return read(folder, json.dumps(notebook(*sources, **changes)), "answer.ipynb")


def zipped(*members: tuple[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # about two members of one name
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


class TestPythonFiles:
    def test_a_file_is_one_cell_named_after_it_and_known_by_its_bytes(self, tmp_path):
        submission = read(tmp_path, "x = 1\n")
        assert (submission.name, submission.format) == ("answer.py", Format.PYTHON)
        assert submission.sha256 == hashlib.sha256(b"x = 1\n").hexdigest()
        assert [cell.origin for cell in submission.cells] == ["answer.py"]

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (b"name = '\xc3\xa9'\n", "é"),
            (b"\xef\xbb\xbfname = '\xc3\xa9'\n", "é"),
            ("name = 'é'\r\n".encode("utf-16"), "é"),
            (b"\xfe\xff" + "name = 'é'\n".encode("utf-16-be"), "é"),
            ("name = 'é'\n".encode("utf-32"), "é"),
            (b"# -*- coding: latin-1 -*-\nname = '\xe9'\n", "é"),
            (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nname = '\x80'\n", "€"),
            (b"# coding: shift_jis\nname = '\x82\xa0'\n", "あ"),
        ],
        ids=["utf-8", "utf-8 BOM", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252 on line 2", "shift_jis"],
    )
    def test_text_is_read_in_the_encoding_that_it_declares(self, tmp_path, content, text):
        submission = read(tmp_path, content)
        assert defined(submission) == ["name"]
        statement = submission.cells[0].content
        assert not isinstance(statement, SyntaxProblem)
        assert statement[0].source == f"name = '{text}'"

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"x = 1\ny = '\xe9'\n", "byte 0xe9 in line 2 is not UTF-8 text"),
            (b"x = 1\n\n\n\n# caf\xe9\n", "byte 0xe9 in line 5"),
            (b"# coding: klingon\nx = 1\n", "unknown encoding: klingon"),
            (b"# coding: rot13\nk = 1\n", "rot13"),
            (b"# coding: unicode_escape\nx = 1\n", "unicode_escape"),
            (b"# coding: zlib\nx = 1\n", "zlib"),
            (b"# coding: utf-7\nx = 1\n", "utf-7"),
            (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "coding line"),
            (b"x = 1\ny = 2\0\n", "line 2 contains a NUL byte"),
            ("x = 1\n".encode("utf-16-le"), "NUL byte"),
            (b"\xff\xfex", "UTF-16"),
            (bytes(range(256)) * 40, "is not Python text"),
            (b"PK\x03\x04rest", "zip archive"),
            (b"%PDF-1.4", "PDF"),
            (b"\x89PNG\r\n\x1a\n\0", "picture"),
        ],
    )
    def test_bytes_that_are_not_text_are_refused_with_the_place(self, tmp_path, content, part):
        message = refused(tmp_path, content)
        assert part in message
        assert "Expected:" in message

    @pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfe"])
    def test_an_empty_file_is_refused(self, tmp_path, content):
        assert "answer.py is empty" in refused(tmp_path, content)

    def test_a_file_of_comments_is_a_submission_without_definitions(self, tmp_path):
        assert defined(read(tmp_path, "# I did not get round to it\n")) == []

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_count_the_same_with_every_line_end(self, tmp_path, end):
        submission = read(tmp_path, f"x = 1{end}{end}def f():{end}    '''a{end}b'''{end}y = 2{end}")
        assert places(submission) == {"x": ("answer.py", 1), "f": ("answer.py", 3), "y": ("answer.py", 6)}

    def test_warnings_about_student_code_do_not_surface(self, tmp_path):
        source = 'import re\nP = re.compile("\\d+\\.")\nassert (1, "always true")\nB = P is "x"\n'
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert defined(read(tmp_path, source)) == ["re", "P", "B"]
            assert defined(read_notebook(tmp_path, "%matplotlib inline\n" + source)) == ["re", "P", "B"]
        assert caught == []

    def test_a_notebook_named_py_is_recognised(self, tmp_path):
        assert "ending .ipynb" in refused(tmp_path, json.dumps(notebook("x = 1")))

    def test_no_code_of_the_student_runs(self, tmp_path):
        marker = tmp_path / "ran"
        touch = f"open({str(marker)!r}, 'w')"
        read(tmp_path, f"{touch}\n@print\ndef f(a={touch}): pass\nclass A: {touch}\n")
        read_notebook(tmp_path, f"!touch {marker}\n%time {touch}\n%run x.py\n{touch}", f"%%time\n{touch}")
        assert not marker.exists()


class TestMistakesInPythonFiles:
    def test_a_mistake_costs_only_the_statement_it_is_in(self, tmp_path):
        submission = read(
            tmp_path,
            "import math\n\n@property\ndef good(): return 1\n\nclass Bad:\n    def f(self)\n        return 1\n"
            "    def g(self): return 2\n\nclass Fine:\n    pass\nx = 3\n",
        )
        assert defined(submission) == ["math", "good", "Fine", "x"]
        assert broken(submission) == [("answer.py", 7, ("Bad", "f", "g"))]
        assert places(submission)["Fine"] == ("answer.py", 11)
        assert submission.syntax_problems[0].text == "    def f(self)"

    @pytest.mark.parametrize(
        "mistake",
        [
            "bad = (1, 2",
            "bad = [1,\n    2",
            "bad = 'unterminated",
            'def bad():\n    """never closed\n    return 1',
            "def bad(:\n    pass",
            "def bad():\nreturn 1",
            "class bad:\n    def f(self):\n      x = 1\n        y = 2",
            "class bad:\n    def f(self):\n\tx = 1\n        y = 2",
            "bad = 1 +",
            "@decorated\ndef bad() return 1",
            "try:\n    bad = 1",
            "if bad = 1:\n    pass",
            "print 'python 2', bad",
            "def bad(a, a): pass",
            "return bad",
            "def bad():\n    x = 1\n    global x",
            "bad = “curly”",
            "bad = 0777",
            "bad = " + "9" * 5000,
            "bad = " + "(" * 300 + ")" * 300,
            "bad = " + "-" * 20_000 + "1",
            "bad = " + "+".join(["1"] * 20_000),
            "bad = " + "not " * 8_000 + "1",
            "bad = a" + ".b" * 20_000,
            "bad = " + "lambda: " * 3_000 + "1",
            "if a: pass\n" + "elif a: pass\n" * 8_000 + "bad = (",
            "$bad = 1",
            "def bad():\n  'column 0 text follows\n and more\n  x y",
        ],
        ids=lambda mistake: mistake[:24],
    )
    def test_every_kind_of_mistake_leaves_the_code_around_it(self, tmp_path, mistake):
        submission = read(tmp_path, f"before = 1\ndef f():\n    return 1\n{mistake}\nclass After:\n    x = 1\n")
        assert [name for name in defined(submission) if name in ("before", "f", "After")] == [
            "before",
            "f",
            "After",
        ]
        assert len(submission.syntax_problems) >= 1

    def test_text_in_column_0_of_a_docstring_is_no_statement(self, tmp_path):
        submission = read(
            tmp_path, 'def a():\n    """One.\nclass notes:\nmore\n"""\n    return (\n\nclass B: pass\n'
        )
        assert "B" in defined(submission)
        assert "a" in submission.syntax_problems[0].names

    def test_a_top_level_return_costs_only_itself(self, tmp_path):
        submission = read(tmp_path, "x = 1\nreturn x\ny = 2\n")
        assert defined(submission) == ["x", "y"]
        assert broken(submission) == [("answer.py", 2, ())]

    def test_a_late_future_import_still_counts(self, tmp_path):
        submission = read(tmp_path, "import math\nfrom __future__ import annotations\nx = 1\n")
        assert any(cell.postpones_annotations for cell in submission.cells)
        assert {"math", "x"} <= set(defined(submission))

    def test_a_problem_shows_at_most_a_line_and_not_all_of_a_long_one(self, tmp_path):
        (problem,) = read(tmp_path, "x = (" + "'a' " * 20_000).syntax_problems
        assert len(problem.text) <= 200
        assert len(problem.message) <= 300

    def test_many_mistakes_are_found_without_reading_for_ever(self, tmp_path):
        submission = read(tmp_path, "x = (\n" * 6_000 + "class Late: pass\n")
        assert len(submission.syntax_problems) >= 1
        assert any("Late" in problem.names for problem in submission.syntax_problems) or "Late" in defined(
            submission
        )

    @pytest.mark.parametrize(
        "mark", ["# In[3]:", "# In[ ]:", "# %%", "#%%", "# %% [markdown]", "# COMMAND ----------"]
    )
    def test_an_exported_file_is_cut_at_the_marks_of_its_cells(self, tmp_path, mark):
        submission = read(
            tmp_path, f"a = 1\n{mark}\nb = 2\nc = (\n{mark}\nd = 3\n{mark}\n%matplotlib inline\ne = 4\n"
        )
        assert defined(submission) == ["a", "d", "e"]
        assert broken(submission) == [("answer.py", 4, ("b", "c"))]
        assert places(submission)["e"] == ("answer.py", 9)


class TestIPythonInPythonFiles:
    def test_calls_that_an_export_writes_are_left_out(self, tmp_path):
        submission = read(
            tmp_path,
            "get_ipython().run_line_magic('matplotlib', 'inline')\n"
            "files = get_ipython().getoutput('ls')\n"
            "def f():\n    get_ipython().system('ls')\n"
            "if True:\n    files = get_ipython().getoutput('ls'); x = 1\n"
            "get_ipython().run_line_magic('time', 'y = f()')\n",
        )
        assert defined(submission) == ["f", "y"]
        (cell,) = submission.cells
        assert not isinstance(cell.content, SyntaxProblem)
        assert [statement.source for statement in cell.content] == [
            "pass",
            "pass",
            "def f():\n    pass",
            "if True:\n    pass; x = 1",
            "y = f()",
        ]

    def test_asking_whether_this_is_a_notebook_is_left_alone(self, tmp_path):
        source = "try:\n    get_ipython\n    inside = True\nexcept NameError:\n    inside = False"
        (cell,) = read(tmp_path, source).cells
        assert not isinstance(cell.content, SyntaxProblem)
        assert cell.content[0].source == source

    def test_a_timed_cell_that_nbconvert_made_a_string_is_code_again(self, tmp_path):
        body = "class A:\n    pass\nb = 1\n"
        submission = read(
            tmp_path,
            f"a = 1\n\nget_ipython().run_cell_magic('time', '', {body!r})\nz = get_ipython().getoutput('x')\nc = 2",
        )
        assert defined(submission) == ["a", "A", "b", "c"]
        assert places(submission)["b"] == ("answer.py, %%time in line 3", 3)
        assert places(submission)["c"] == ("answer.py", 5)

    def test_line_ends_inside_of_such_a_string_are_line_ends_of_any_system(self, tmp_path):
        submission = read(tmp_path, r"get_ipython().run_cell_magic('time', '', 'a = 1\rb = 2\r\nc = 3')")
        assert places(submission)["c"] == ("answer.py, %%time in line 1", 3)
        submission = read(tmp_path, r"get_ipython().run_line_magic('time', 'a = (1,\r2)')" + "\nb = 2\n")
        assert places(submission)["b"] == ("answer.py", 2)

    def test_a_cell_of_nothing_but_timing_is_not_looked_through_without_end(self):
        text = "%%time\n" * 100 + "a = 1"
        assert MagicRemover().to_python(text).strip() == "a = 1"
        assert MagicRemover(characters=10 * len(text)).to_python(text) == text

    def test_a_bash_cell_that_nbconvert_made_a_string_is_dropped(self, tmp_path):
        assert defined(read(tmp_path, "get_ipython().run_cell_magic('bash', '', 'a = 1')\nb = 2")) == ["b"]

    def test_a_timed_cell_that_colab_made_comments_is_code_again(self, tmp_path):
        submission = read(
            tmp_path,
            "x = 1\n# Commented out IPython magic to ensure Python compatibility.\n# %%time\n# class A:\n"
            "#     # why\n#     y = 1\n# \n# b = 2\n\n# z = 3\n"
            "# Commented out IPython magic to ensure Python compatibility.\n# %%bash\n# q = 1\n",
        )
        assert defined(submission) == ["x", "A", "b"]
        assert places(submission)["b"] == ("answer.py", 8)

    def test_raw_magics_in_a_python_file_are_left_out(self, tmp_path):
        submission = read(tmp_path, "%matplotlib inline\nimport math\n!pip install x \\\n  y\na = 1\n")
        assert places(submission) == {"math": ("answer.py", 2), "a": ("answer.py", 5)}


class TestNotebooks:
    def test_code_cells_are_numbered_among_themselves(self, tmp_path):
        document = notebook("a = 1", ["b = 2\n", "c = 3"], "", "d = 4")
        document["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]})
        document["cells"].append({"cell_type": "raw", "metadata": {}, "source": "e = 5"})
        submission = read(tmp_path, json.dumps(document), "week8.ipynb")
        assert (submission.name, submission.format) == ("week8.ipynb", Format.NOTEBOOK)
        assert places(submission) == {
            "a": ("cell 1", 1),
            "b": ("cell 2", 1),
            "c": ("cell 2", 2),
            "d": ("cell 4", 1),
        }

    def test_a_mistake_costs_only_its_cell(self, tmp_path):
        submission = read_notebook(tmp_path, "a = 1", "b = 2\nclass C:\n    x = (\n", "d = 4")
        assert defined(submission) == ["a", "d"]
        assert broken(submission) == [("cell 2", 3, ("b", "C"))]

    @pytest.mark.parametrize(
        ("source", "places_of"),
        [
            ("%matplotlib inline\na = 1", {"a": 2}),
            ("!pip install one \\\n   two \\\n   three\na = 1", {"a": 4}),
            ("files = !ls\nw = %pwd\na = 1", {"a": 3}),
            ("math.sqrt?\n?math\na = 1\nmath??", {"a": 3}),
            ("%%time\na = 1\nb = 2", {"a": 2, "b": 3}),
            ("\n\n%%time\n\na = 1", {"a": 5}),
            ("%%capture out\n%%timeit -n 1\na = 1", {"a": 3}),
            ("%%prun -s cumulative\na = 1\n%pwd\nb = 1", {"a": 2, "b": 4}),
            ("%%bash\na = 1", {}),
            ("%%writefile x.py\na = 1", {}),
            ("%%html\n<b>a = 1</b>", {}),
            ("    a = 1\n    b = 2", {"a": 1, "b": 2}),
            ("\n\n    a = 1\n    %pwd\n    b = 2", {"a": 3, "b": 5}),
            (">>> a = 1\n>>> b = 2", {"a": 1, "b": 2}),
            ("In [1]: a = 1\n   ...: b = 2", {"a": 1, "b": 2}),
            ("def a():\n    !ls\n    %cd ..\n    x = !pwd\n    return 1\nb = 1", {"a": 1, "b": 6}),
            ("if True:\n    !ls\nelse:\n    %pwd\na = 1", {"a": 5}),
            ("%time a = 1\n%timeit b = 1\nc = 1", {"a": 1, "c": 3}),
            ("%time for a in (): pass\nc = 1", {"c": 2}),
            ("a = '''\n%matplotlib inline\n!ls\n'''\nb = 1 \\\n%2\n%pwd", {"a": 1, "b": 5}),
            ("%load_ext autoreload\na = await thing()\nb = 1", {"a": 2, "b": 3}),
            ("!echo 'é' \\\n  ü\nü = 1", {"ü": 3}),
        ],
    )
    def test_magics_are_left_out_and_line_numbers_stay(self, tmp_path, source, places_of):
        submission = read_notebook(tmp_path, source)
        assert submission.syntax_problems == ()
        assert places(submission) == {name: ("cell 1", line) for name, line in places_of.items()}

    def test_what_is_left_of_a_cell_with_magics_does_not_call_ipython(self, tmp_path):
        submission = read_notebook(tmp_path, "def a():\n    !ls \\\n      -l\n    x = %pwd\n    return 1")
        content = submission.cells[0].content
        assert isinstance(content, tuple)
        (statement,) = content
        assert statement.source == "def a():\n    pass\n\n    pass\n    return 1"

    def test_a_magic_does_not_hide_a_mistake(self, tmp_path):
        assert broken(read_notebook(tmp_path, "%pwd\na = (\nb = 1")) == [("cell 1", 2, ("a", "b"))]

    @pytest.mark.parametrize(
        "source",
        [
            "def a():\n    x = !ls\n    def b():\n        nonlocal x",
            "def a():\n    x = 1\n    %time global x",
            "def a():\n    %time from math import *",
            "import math\n%time from __future__ import annotations",
        ],
    )
    def test_a_cell_that_is_no_program_without_its_magics_is_a_mistake(self, tmp_path, source):
        submission = read_notebook(tmp_path, source, "c = 1")
        assert defined(submission) == ["c"]
        assert len(submission.syntax_problems) == 1

    @pytest.mark.slow
    def test_a_cell_with_endless_magics_is_given_up(self, tmp_path):
        submission = read_notebook(tmp_path, "%pwd\n" * 5_000, "a = 1")
        assert defined(submission) == ["a"]
        assert len(submission.syntax_problems) == 1

    def test_a_long_word_before_a_question_mark_is_not_searched(self, tmp_path):
        submission = read_notebook(tmp_path, "a" * 60_000 + " b?", "x = 1")
        assert defined(submission) == ["x"]

    def test_odd_text_in_a_cell_costs_only_that_cell(self, tmp_path):
        submission = read_notebook(tmp_path, "a = 1", "b = '\0'", "c = '\ud800'", "d = 1\r\ne = 2\r")
        assert defined(submission) == ["a", "c", "d", "e"]
        assert broken(submission) == [("cell 2", 1, ("b",))]
        json.dumps([problem.text for problem in submission.syntax_problems]).encode()

    @pytest.mark.parametrize("version", [2, 3])
    def test_a_notebook_of_an_older_version_is_converted(self, tmp_path, version):
        old = {2: nbformat.v2, 3: nbformat.v3}[version]
        cells = [old.new_code_cell(input="a = 1"), old.new_text_cell("markdown", "text")]
        cells.append(old.new_code_cell(input="%pwd\nb = 2"))
        book = old.new_notebook(worksheets=[old.new_worksheet(cells=cells)])
        if version == 2:
            book["nbformat"], book["nbformat_minor"] = 2, 0
        submission = read(tmp_path, json.dumps(book), "old.ipynb")
        assert places(submission) == {"a": ("cell 1", 1), "b": ("cell 2", 2)}

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_byte_order_mark_does_no_harm(self, tmp_path, encoding):
        text = json.dumps(notebook("a = 'é'"), ensure_ascii=False)
        assert defined(read(tmp_path, text.encode(encoding), "answer.ipynb")) == ["a"]

    def test_fields_that_the_schema_does_not_know_do_no_harm(self, tmp_path):
        document = notebook("a = 1", nbformat_minor=2, extra=1)
        document["cells"][0] |= {"id": "x", "surprise": 1, "outputs": "?"}
        assert defined(read(tmp_path, json.dumps(document), "answer.ipynb")) == ["a"]

    @pytest.mark.parametrize(
        ("metadata", "accepted"),
        [
            ({"kernelspec": {"language": "python"}}, True),
            ({"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}}, True),
            ({"kernelspec": {"language": "R"}}, False),
            ({"language_info": {"name": "julia"}}, False),
            ({"kernelspec": {"language": "\x1b[31mred"}}, False),
            ({"kernelspec": "nonsense", "language_info": ["x"]}, True),
            ("nonsense", True),
        ],
    )
    def test_only_a_python_notebook_is_read(self, tmp_path, metadata, accepted):
        content = json.dumps(notebook("a = 1", metadata=metadata))
        if accepted:
            assert defined(read(tmp_path, content, "answer.ipynb")) == ["a"]
        else:
            message = refused(tmp_path, content, "answer.ipynb")
            assert "not in Python" in message
            assert "\x1b" not in message

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            ("", "is empty"),
            ("{", "end is missing"),
            ('{"cells": [', "end is missing"),
            ("x = 1\n", "let its name end in .py"),
            (b"\x80\x81\x82", "JSON is broken"),
            (b"\0\0\0\0", "JSON is broken"),
            ("[" * 100_000, "nested too deeply"),
            ('{"a":' * 100_000, "nested too deeply"),
            ('{"nbformat": ' + "4" * 5000 + "}", "JSON is broken"),
            ("[]", "not a notebook"),
            ('"text"', "not a notebook"),
            ("{}", "not a notebook"),
            ('{"nbformat": 4}', "is not a valid notebook"),
            ('{"nbformat": "4"}', "version '4'"),
            ('{"nbformat": true}', "not a"),
            ('{"nbformat": 5, "cells": []}', "version 5"),
            ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": {}}', "is not a valid notebook"),
            ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [1]}', "is not a valid notebook"),
            ('{"nbformat": 4, "nbformat_minor": 99, "metadata": {}, "cells": [1]}', "is not a valid notebook"),
            ('{"nbformat": 3, "worksheets": 7}', "converted"),
            ('{"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code"}]}]}', "converted"),
            ('{"nbformat": 1, "cells": null}', "converted"),
            (json.dumps(notebook()), "no code"),
            (json.dumps(notebook("", "  \n")), "no code"),
            (json.dumps(notebook(7)), "is not a valid notebook"),  # type: ignore[arg-type]
            (json.dumps(notebook(["a = 1\n", 7])), "is not a valid notebook"),  # type: ignore[list-item]
        ],
    )
    def test_what_is_no_notebook_is_refused_with_the_reason(self, tmp_path, content, part):
        message = refused(tmp_path, content, "answer.ipynb")
        assert part in message
        assert message.count("\n") == 2

    def test_too_many_cells_are_refused(self, tmp_path):
        assert "too much code" in refused(tmp_path, json.dumps(notebook(*["a = 1"] * 2_001)), "answer.ipynb")

    def test_pictures_in_the_outputs_take_little_memory(self, tmp_path):
        picture = base64.b64encode(random.Random(0).randbytes(6 * MIB)).decode()
        document = notebook("a = '🎉'")
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": "🎉"}}
        ]
        document["cells"][0]["outputs"] = outputs * 4
        content = json.dumps(document, ensure_ascii=False).encode()
        del document, outputs, picture
        (tmp_path / "answer.ipynb").write_bytes(content)
        tracemalloc.start()
        try:
            assert defined(read_submission(tmp_path / "answer.ipynb")) == ["a"]
            assert tracemalloc.get_traced_memory()[1] < 1.5 * len(content)
        finally:
            tracemalloc.stop()

    def test_code_that_holds_a_picture_keeps_it(self, tmp_path):
        text = f'data = "{"QUJD" * 4000}"\n'
        document = notebook([text, "x = 1"])
        submission = read(tmp_path, json.dumps(document), "answer.ipynb")
        content = submission.cells[0].content
        assert isinstance(content, tuple)
        assert content[0].source == text.strip()


class TestSizes:
    def test_a_python_file_may_have_2_mib_and_not_more(self, tmp_path):
        line = "x = '" + "a" * (2 * MIB - 8) + "'\n"
        assert len(line) == 2 * MIB - 1
        assert defined(read(tmp_path, line)) == ["x"]
        assert "larger than 2 MiB" in refused(tmp_path, line + "##")

    @pytest.mark.slow
    def test_a_notebook_may_have_64_mib_and_not_more(self, tmp_path):
        content = json.dumps(notebook("a = 1")).encode()
        assert defined(read(tmp_path, content.ljust(64 * MIB), "answer.ipynb")) == ["a"]
        assert "larger than 64 MiB" in refused(tmp_path, content.ljust(64 * MIB + 1), "answer.ipynb")

    def test_the_size_is_checked_before_the_file_is_read(self, tmp_path):
        with (tmp_path / "answer.py").open("wb") as file:
            file.truncate(1 << 40)
        assert "larger than 2 MiB" in refused_path(tmp_path / "answer.py")

    @pytest.mark.slow
    @pytest.mark.parametrize("piece", ["x;", "x\n", "x,", "()\n", "[],", "-x+"])
    def test_code_that_would_take_gigabytes_to_parse_is_refused(self, tmp_path, piece):
        source = piece * (MIB // len(piece))
        assert "too much code" in refused(tmp_path, source)
        assert "too much code" in refused(tmp_path, json.dumps(notebook(source)), "answer.ipynb")

    def test_a_notebook_with_millions_of_values_is_refused(self, tmp_path):
        content = json.dumps(notebook("a = 1", metadata={"x": [0]}))
        assert "parts" in refused(tmp_path, content.replace("[0]", "[" + "{}," * 2_100_000 + "0]"), "answer.ipynb")


class TestFolders:
    def test_the_one_program_in_a_folder_is_found(self, tmp_path):
        for name in ("utils.py", "README.md", ".hidden.py", "data.csv"):
            (tmp_path / name).write_text("utils = 1\n")
        for name in (".ipynb_checkpoints", "__MACOSX", "__pycache__", "week8", ".git"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "other.ipynb").write_text("{}")
        (tmp_path / "week8" / "other.ipynb").unlink()
        (tmp_path / "week8" / "answer.PY").write_text("a = 1\n")
        submission = read_submission(tmp_path)
        assert (submission.name, defined(submission)) == ("answer.PY", ["a"])

    def test_several_programs_are_listed(self, tmp_path):
        for name in ("b.py", "a.py", "c.py"):
            (tmp_path / name).write_text("x = 1\n")
        message = refused_path(tmp_path)
        assert "3 files" in message
        assert "a.py, b.py, c.py" in message

    def test_a_folder_without_a_program_is_refused(self, tmp_path):
        (tmp_path / "utils.py").write_text("x = 1\n")
        assert "There is no submission in" in refused_path(tmp_path)

    def test_a_link_inside_a_folder_is_not_followed(self, tmp_path):
        (tmp_path / "solution.py").write_text("a = 'the answer'\n")
        (tmp_path / "student").mkdir()
        (tmp_path / "student" / "answer.py").symlink_to(tmp_path / "solution.py")
        assert "There is no submission in" in refused_path(tmp_path / "student")

    def test_a_folder_with_a_ring_of_links_is_left_again(self, tmp_path):
        (tmp_path / "ring").symlink_to(tmp_path)
        (tmp_path / "answer.py").write_text("a = 1\n")
        assert defined(read_submission(tmp_path)) == ["a"]

    def test_a_folder_of_very_many_files_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(program_on_disk, "MAX_LISTED_FILES", 5)
        for number in range(6):
            (tmp_path / f"{number}.txt").touch()
        assert "more than 5 files" in refused_path(tmp_path)

    def test_a_link_to_a_folder_or_file_that_was_named_is_followed(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "answer.py").write_text("a = 1\n")
        (tmp_path / "link").symlink_to(tmp_path / "real")
        (tmp_path / "link.py").symlink_to(tmp_path / "real" / "answer.py")
        assert defined(read_submission(tmp_path / "link")) == ["a"]
        assert defined(read_submission(tmp_path / "link.py")) == ["a"]


class TestArchives:
    def test_the_one_program_in_an_archive_is_read_without_unpacking(self, tmp_path):
        content = zipped(
            ("week8/", ""),
            ("week8/answer.ipynb", json.dumps(notebook("a = 1"))),
            ("week8/utils.py", "x = 1"),
            ("__MACOSX/week8/._answer.ipynb", "junk"),
            ("week8/.ipynb_checkpoints/answer-checkpoint.ipynb", "junk"),
        )
        submission = read(tmp_path, content, "week8.zip")
        assert (submission.name, submission.format) == ("answer.ipynb", Format.NOTEBOOK)
        assert defined(submission) == ["a"]
        assert [file.name for file in tmp_path.iterdir()] == ["week8.zip"]

    def test_the_same_file_has_the_same_hash_with_and_without_an_archive(self, tmp_path):
        assert read(tmp_path, zipped(("answer.py", "a = 1")), "w.zip").sha256 == read(tmp_path, "a = 1").sha256

    @pytest.mark.parametrize("name", ["../../evil.py", "/etc/evil.py", "C:\\temp\\evil.py", "..\\evil.py"])
    def test_a_path_that_leaves_the_archive_is_only_a_name(self, tmp_path, name):
        submission = read(tmp_path, zipped((name, "a = 1\n")), "w.zip")
        assert submission.name == "evil.py"
        assert places(submission) == {"a": ("evil.py", 1)}

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"not a zip", "damaged"),
            (b"PK\x03\x04" + b"\0" * 100, "damaged"),
            (zipped(("a.py", "a = 1\n" * 999))[:-30], "damaged"),
            (zipped(("notes.txt", "hello")), "no submission"),
            (zipped(("inner.zip", zipped(("b.zip", "")))), "no submission in inner.zip"),
            (zipped(), "no submission"),
            (zipped(("a.py", "a = 1"), ("b/b.py", "b = 1")), "a.py, b/b.py"),
            (zipped(("a.py", "a = 1"), ("a.py", "a = 2")), "2 files"),
            (zipped(("a.py", "a = 1"), compression=zipfile.ZIP_LZMA), "unusual"),
            (zipped(("a.py", "#" * (2 * MIB + 1))), "larger than 2 MiB"),
            (zipped(*((f"{n}.txt", "") for n in range(10_001))), "more than 10000 files"),
            (zipped(("a.py", "")), "is empty"),
        ],
        ids=lambda value: value if isinstance(value, str) else "zip",
    )
    def test_an_unusable_archive_is_refused_with_the_reason(self, tmp_path, content, part):
        assert part in refused(tmp_path, content, "w.zip")

    def test_damage_inside_a_member_is_found(self, tmp_path):
        content = bytearray(zipped(("a.py", "a = 1\n"), compression=zipfile.ZIP_STORED))
        content[content.index(b"a = 1")] ^= 1
        assert "damaged" in refused(tmp_path, bytes(content), "w.zip")

    def test_a_password_is_asked_from_nobody(self, tmp_path):
        content = bytearray(zipped(("a.py", "a = 1\n")))
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset] |= 1
        assert "password" in refused(tmp_path, bytes(content), "w.zip")

    def test_a_size_that_an_archive_claims_is_not_believed(self, tmp_path):
        content = bytearray(zipped(("a.py", b"#" * (9 * MIB))))
        for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            struct.pack_into("<I", content, content.index(signature) + offset, 10)
        refused(tmp_path, bytes(content), "w.zip")

    def test_a_member_name_with_control_signs_is_shown_without_them(self, tmp_path):
        submission = read(tmp_path, zipped(("\x1b[31m\u202e.py", "a = 1")), "w.zip")
        assert submission.name == "\ufffd[31m\ufffd.py"


class TestWhatIsNotThere:
    def test_a_misspelt_name_is_corrected(self, tmp_path):
        (tmp_path / "Submission.py").write_text("a = 1\n")
        (tmp_path / "other.ipynb").write_text("{}")
        message = refused_path(tmp_path / "submision.py")
        assert "There is no file" in message
        assert f"Did you mean {tmp_path / 'Submission.py'}?" in message

    def test_a_name_like_no_other_gets_no_suggestion(self, tmp_path):
        (tmp_path / "answer.py").write_text("a = 1\n")
        assert "Did you mean" not in refused_path(tmp_path / "zzzzzzzz")

    def test_a_missing_folder_is_named(self, tmp_path):
        assert f"no folder {tmp_path / 'gone'}" in refused_path(tmp_path / "gone" / "answer.py")

    def test_a_path_through_a_file_is_a_missing_file(self, tmp_path):
        (tmp_path / "answer.py").write_text("a = 1\n")
        assert "There is no file" in refused_path(tmp_path / "answer.py" / "x.py")

    def test_a_broken_link_is_named_as_one(self, tmp_path):
        (tmp_path / "answer.py").symlink_to(tmp_path / "gone.py")
        assert "is a link to something that is not there" in refused_path(tmp_path / "answer.py")

    @pytest.mark.parametrize("name", ["x" * 300 + ".py", "a\0b.py"])
    def test_an_impossible_name_is_refused(self, tmp_path, name):
        assert "can't be read" in refused_path(tmp_path / name)

    def test_a_ring_of_links_is_refused(self, tmp_path):
        (tmp_path / "a.py").symlink_to(tmp_path / "b.py")
        (tmp_path / "b.py").symlink_to(tmp_path / "a.py")
        assert "can't be read" in refused_path(tmp_path / "a.py")

    @pytest.mark.parametrize("name", ["answer.txt", "answer.docx", "answer", "answer.pyc"])
    def test_another_kind_of_file_is_refused(self, tmp_path, name):
        assert "not a kind of file" in refused(tmp_path, "a = 1\n", name)

    def test_a_pipe_is_refused_and_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "answer.py")
        assert "a pipe" in refused_path(tmp_path / "answer.py")
        assert "a pipe" in refused_path(tmp_path)

    def test_a_socket_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)  # a socket's path is short
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("answer.py")
            assert "can't be read" in refused_path(Path("answer.py"))

    def test_a_device_is_refused(self, tmp_path):
        (tmp_path / "answer.py").symlink_to("/dev/zero")
        assert "device" in refused_path(tmp_path / "answer.py")

    def test_a_file_that_may_not_be_read_is_refused(self, tmp_path, monkeypatch):
        (tmp_path / "answer.py").write_text("a = 1\n")

        def denied(*arguments: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", denied)  # root may read everything
        assert "can't be read: Permission denied" in refused_path(tmp_path / "answer.py")

    def test_a_folder_that_may_not_be_read_is_refused(self, tmp_path, monkeypatch):
        def denied(folder: Path, *, onerror: object) -> object:
            onerror(PermissionError(13, "Permission denied", str(folder)))  # type: ignore[operator]
            return iter(())

        monkeypatch.setattr(os, "walk", denied)
        assert "can't be read: Permission denied" in refused_path(tmp_path)

    def test_a_file_that_grows_while_it_is_read_is_still_bounded(self, tmp_path, monkeypatch):
        (tmp_path / "answer.py").write_bytes(b"#" * (9 * MIB))
        small = SimpleNamespace(st_mode=stat.S_IFREG, st_size=1)
        monkeypatch.setattr(os, "fstat", lambda descriptor: small)
        assert "larger than 2 MiB" in refused_path(tmp_path / "answer.py")

    def test_a_message_shows_no_control_signs_of_a_file_name(self, tmp_path):
        message = refused(tmp_path, "", "\x1b[2J\n\udcff.py")
        assert "\x1b" not in message
        message.encode()


class TestAnything:
    @rounds(150)
    @given(data=st.binary(max_size=400))
    def test_any_bytes_are_read_or_refused(self, tmp_path_factory, data):
        folder = tmp_path_factory.getbasetemp()
        for name in ("fuzz.py", "fuzz.ipynb", "fuzz.zip"):
            try:
                read(folder, data, name)
            except SubmissionUnreadable as error:
                str(error).encode()

    @rounds(120)
    @given(
        changes=st.lists(
            st.tuples(
                st.floats(0, 1), st.integers(0, 40), st.text(alphabet="()[]{}:'\"\\\n\t =%!?#@aé\0", max_size=8)
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_any_damage_to_a_program_is_read_or_refused_with_lines_in_range(self, tmp_path_factory, changes):
        text = (DATA / "messy.py").read_text(encoding="utf-8")
        for place, removed, put in changes:
            start = int(place * len(text))
            text = text[:start] + put + text[start + removed :]
        try:
            submission = read(tmp_path_factory.getbasetemp(), text)
        except SubmissionUnreadable:
            assert "\0" in text
            return
        last = text.count("\n") + 1
        assert all(1 <= problem.line <= last for problem in submission.syntax_problems)

    @rounds(80)
    @given(
        cells=st.lists(
            st.one_of(
                st.text(alphabet="%!?=abc ();:'\"\n\\>.[]1In,/é\ud800", max_size=40),
                st.dictionaries(st.sampled_from(["cell_type", "source", "input"]), st.one_of(st.none(), st.text())),
            ),
            max_size=4,
        ),
        version=st.sampled_from([1, 2, 3, 4, 4, 4, 4]),
    )
    def test_any_notebook_is_read_or_refused(self, tmp_path_factory, cells, version):
        document = notebook(*(cell for cell in cells if isinstance(cell, str)), nbformat=version)
        document["cells"] += [cell for cell in cells if isinstance(cell, dict)]
        document["worksheets"] = [{"cells": document["cells"]}]
        try:
            submission = read(tmp_path_factory.getbasetemp(), json.dumps(document), "fuzz.ipynb")
        except SubmissionUnreadable as error:
            str(error).encode()
            return
        for cell in submission.cells:
            assert cell.origin.startswith("cell ")
