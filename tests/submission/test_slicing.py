"""A slice is what an exercise needs, no more, and behaves as the whole file does when it is run from the top."""

import ast
import contextlib
import dis
import io
import json
import math
import sys
import textwrap
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.submission.cells import SyntaxProblem
from grader.submission.name_usage import facts_of, read_later
from grader.submission.slicing import BrokenSyntax, Missing, Slice, Sliced, slice_program
from grader.submission.source_text import parsed
from grader.submission.statements import StatementKind
from grader.submission.submission import Submission, read_submission
from tests.support.chance import rounds
from tests.support.paths import DATA

ENTRY_POINTS = {
    "AlexNet": True,
    "ResidualBlock": True,
    "LSTMModel": True,
    "student_attention": False,
    "PatchEmbedding": True,
}


def submission_of(folder: Path, *cells: str) -> Submission:
    """One text is a file, several are the cells of a notebook."""
    if len(cells) == 1:
        file = folder / "answer.py"
        file.write_text(textwrap.dedent(cells[0]), encoding="utf-8")
    else:
        file = folder / "answer.ipynb"
        document = {
            "cells": [
                {"cell_type": "code", "metadata": {}, "outputs": [], "source": textwrap.dedent(cell)}
                for cell in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        file.write_text(json.dumps(document), encoding="utf-8")
    return read_submission(file)


def sliced(folder: Path, *cells: str, entry: str = "f") -> Sliced:
    found = slice_program(submission_of(folder, *cells), entry, is_class=False)
    assert isinstance(found, Sliced)
    return found


def kept(folder: Path, *cells: str, entry: str = "f") -> list[str]:
    """The texts of what is kept."""
    return [snippet.source for snippet in sliced(folder, *cells, entry=entry).snippets]


def not_sliced(folder: Path, *cells: str, entry: str, is_class: bool = True) -> Slice:
    found = slice_program(submission_of(folder, *cells), entry, is_class=is_class)
    assert not isinstance(found, Sliced)
    return found


def run(found: Sliced, name: str = "answer") -> dict[str, Any]:
    """Run a slice of our own as the sandbox does, and return its names."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    flags = 0x1000000 if found.future_annotations else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for snippet in found.snippets:
            text = "\n" * (snippet.line - 1) + snippet.source
            try:
                exec(compile(text, snippet.origin, "exec", flags=flags, dont_inherit=True), module.__dict__)
            except Exception:
                if not snippet.optional:
                    raise
                flags = 0x1000000
    return module.__dict__


def run_whole(text: str, name: str = "answer") -> dict[str, Any]:
    """Run a whole program of our own from top to bottom."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "whole.py", "exec", dont_inherit=True), module.__dict__)
    return module.__dict__


@pytest.fixture
def utils() -> Iterator[None]:
    """The course's layers under the name by which students import them."""
    before = sys.modules.get("utils")
    sys.modules["utils"] = types.ModuleType("utils")
    exec((SHIPPED / DEFAULT_ASSIGNMENT / "utils.py").read_text(encoding="utf-8"), sys.modules["utils"].__dict__)
    yield
    if before is None:
        del sys.modules["utils"]
    else:
        sys.modules["utils"] = before


class TestWhatIsKept:
    def test_the_definition_and_what_it_uses_transitively(self, tmp_path):
        assert kept(
            tmp_path,
            """
            import math
            import json
            SCALE = 2
            OTHER = 3
            def helper(x):
                return deeper(x) * SCALE
            def deeper(x): return math.sqrt(x)
            def unused(x): return json.dumps(OTHER)
            class f:
                def g(self): return helper(1)
            """,
        ) == [
            "import math",
            "SCALE = 2",
            "def helper(x):\n    return deeper(x) * SCALE",
            "def deeper(x): return math.sqrt(x)",
            "class f:\n    def g(self): return helper(1)",
        ]

    def test_demos_tests_prints_and_plots_are_not(self, tmp_path):
        assert kept(
            tmp_path,
            """
            import matplotlib.pyplot as plt
            print("start")
            def f(x): return x
            test_f(f)
            x = f(3)
            plt.plot(x)
            for i in range(10 ** 9):
                f(i)
            while True:
                f(1)
            with open("data") as file:
                x = f(file)
            try:
                model = f(2)
                print(model)
            except Exception as e:
                print(e)
            assert f(1) == 2
            if __name__ == "__main__":
                f = None
            if "__main__" == __name__:
                f = None
            """,
        ) == ["def f(x): return x"]

    def test_the_last_definition_wins(self, tmp_path):
        cells = (
            "def f(): return g() + 1\ndef g(): return 1",
            "def f(): raise NotImplementedError",
            "def f(): return g()",
        )
        assert kept(tmp_path, *cells) == ["def g(): return 1", "def f(): return g()"]

    def test_a_cell_with_a_mistake_does_not_win(self, tmp_path):
        found = sliced(tmp_path, "def f(): return 1", "def f(: return 2")
        assert (found.definition_origin, found.definition_line) == ("cell 1", 1)

    def test_a_local_variable_does_not_keep_a_demo_of_that_name(self, tmp_path):
        source = """
            x = input("never")
            i = input("never")
            e = input("never")
            w = input("never")
            def f(x):
                def g():
                    nonlocal i
                    return i
                i = [e for e in x]
                if (w := 3): pass
                return g(), w
            table = [i for i in range(3)]
            """
        assert len(kept(tmp_path, source)) == 1
        assert kept(tmp_path, source, entry="table") == ["table = [i for i in range(3)]"]

    def test_a_name_of_a_class_body_does_not_keep_a_demo_of_that_name(self, tmp_path):
        assert len(kept(tmp_path, "rate = input()\nclass f:\n    rate = 1\n    twice = rate * 2")) == 1

    def test_a_loop_variable_bound_by_the_statement_itself_is_not_looked_up(self, tmp_path):
        source = "i = input()\nf = 0\nfor i in range(3):\n    k = i\n    f += k"
        assert kept(tmp_path, source) == ["f = 0", "for i in range(3):\n    k = i\n    f += k"]

    def test_what_runs_at_once_is_kept(self, tmp_path):
        assert kept(
            tmp_path,
            """
            def deco(cls): return cls
            class Base: pass
            class Meta(type): pass
            default = 1
            keyword = 2
            size = 3
            Type = int
            unused = 4
            @deco
            class f(Base, metaclass=Meta):
                width = size
                def __init__(self, a=default, *, b=keyword) -> Type: pass
            """,
        )[:-1] == [
            "def deco(cls): return cls",
            "class Base: pass",
            "class Meta(type): pass",
            "default = 1",
            "keyword = 2",
            "size = 3",
            "Type = int",
        ]

    def test_postponed_annotations_keep_nothing(self, tmp_path):
        source = (
            "from __future__ import annotations\nfrom torch import Tensor\ndef f(x: Tensor) -> Tensor: return x"
        )
        found = sliced(tmp_path, source)
        assert found.future_annotations
        assert [snippet.line for snippet in found.snippets] == [3]
        assert not sliced(tmp_path, "from torch import Tensor\ndef f(x: Tensor): return x").future_annotations

    def test_what_annotations_alone_need_may_fail(self, tmp_path):
        source = (
            "from torch import Tensor\nimport torch\nimport math\nArray = torch.Tensor\n"
            "def f(x: Tensor) -> Array:\n    y: torch.Size = math.pi\n    return y"
        )
        found = sliced(tmp_path, source)
        assert [(snippet.line, snippet.optional) for snippet in found.snippets] == [
            (1, True),
            (2, True),
            (3, False),
            (4, True),
            (5, False),
        ]
        assert run(found)["f"](0) > 3

    def test_a_name_in_annotations_that_is_nowhere_is_not_looked_up(self, tmp_path):
        found = sliced(tmp_path, "def f(x: Tensor): return x")
        assert found.future_annotations
        assert run(found)["f"](1) == 1

    def test_the_recursion_limit_is_set_as_in_the_whole(self, tmp_path):
        source = "import sys\nsys.setrecursionlimit(5_000)\nprint(sys.path)\ndef f(x): return x"
        assert kept(tmp_path, source) == ["import sys", "sys.setrecursionlimit(5_000)", "def f(x): return x"]

    def test_only_the_imported_names_that_are_used_are_imported(self, tmp_path):
        source = """
            import numpy as np, matplotlib.pyplot as plt
            from utils import (
                Conv2d,
                gone as went, Linear as L,
            )
            def f(x): return np, L
            """
        assert kept(tmp_path, source)[:-1] == ["import numpy as np", "from utils import Linear as L"]
        assert [snippet.line for snippet in sliced(tmp_path, source).snippets] == [2, 5, 7]

    def test_relative_and_dotted_imports_keep_their_form(self, tmp_path):
        source = "from ..pkg.mod import a, b\nfrom . import c, d\nimport os.path, sys\ndef f(): return a, c, os"
        assert kept(tmp_path, source)[:-1] == ["from ..pkg.mod import a", "from . import c", "import os.path"]

    def test_every_submodule_that_was_imported_is_kept(self, tmp_path):
        source = "import xml.dom\nimport os\nimport xml.etree\nimport xml\ndef f(): return xml.dom, xml.etree"
        assert kept(tmp_path, source)[:-1] == ["import xml.dom", "import xml.etree", "import xml"]

    def test_star_imports_are_kept_only_for_names_that_nothing_else_binds(self, tmp_path):
        found = sliced(tmp_path, "from utils import *\nfrom torch import *\ndef f(): return Conv2d")
        assert [(snippet.source, snippet.optional) for snippet in found.snippets] == [
            ("from utils import *", True),
            ("from torch import *", True),
            ("def f(): return Conv2d", False),
        ]
        assert kept(tmp_path, "from utils import *\nConv2d = 1\ndef f(): return print(Conv2d)")[0] == "Conv2d = 1"

    def test_a_star_import_may_be_there_for_a_builtin_that_numpy_replaces(self, tmp_path):
        assert kept(tmp_path, "from numpy import *\ndef f(x): return sum(x, -1)")[0] == "from numpy import *"

    def test_a_star_import_in_a_try_is_kept_whole(self, tmp_path):
        block = "try:\n    from utils import *\nexcept ImportError:\n    from mine import *"
        assert kept(tmp_path, f"{block}\ndef f(): return Conv2d")[0] == block


class TestBindings:
    @pytest.mark.parametrize(
        ("statements", "needed"),
        [
            (["n = 1", "n += 2", "n = 3", "n += 4"], [2, 3]),
            (["n = []", "n.append(1)", "n[0] = 2", "n.x = 3", "del n[0]"], [0, 1, 2, 3, 4]),
            (["n = []", "print(n)", "len(n)", "m = n.copy()"], [0]),
            (["n = 1", "m = n", "n = m + n"], [0, 1, 2]),
            (["n = 1", "if True:\n    n = 2"], [0, 1]),
            (["n = 1", "if a:\n    n = 2\nelse:\n    n = 3"], [1]),
            (["n = 1", "if a:\n    n = 2\nelif b:\n    n = 3\nelse:\n    raise E"], [1]),
            (["n = 1", "if a:\n    n = 2\nelif b:\n    n = 3"], [0, 1]),
            (["n = 1", "for n in range(3):\n    pass"], [0, 1]),
            (["n = []", "for i in range(3):\n    n.append(i)"], [0, 1]),
            (["n = 1", "while n < 9:\n    n = n + 1"], [0, 1]),
            (["n = 1", "with open('x') as n:\n    pass"], [1]),
            (["n = 1", "with a:\n    n = 2"], [1]),
            (["n = 1", "try:\n    n = 2\nexcept E:\n    pass"], [0]),
            (["try:\n    n = 2\nexcept E:\n    pass"], [0]),
            (["n = 1", "try:\n    n = 2\nexcept E:\n    n = 3"], [1]),
            (["n = 1", "try:\n    n = 2\nexcept E:\n    raise"], [1]),
            (["n = 1", "try:\n    pass\nfinally:\n    n = 2"], [1]),
            (["n = 1", "try:\n    pass\nexcept E as n:\n    print(n)"], [0]),
            (["n = []", "try:\n    n.append(1)\nexcept E:\n    pass"], [0]),
            (["n = 1", "match a:\n    case [n, *m]:\n        pass"], [0, 1]),
            (["n = 1", "match a:\n    case {**n}:\n        pass\n    case _:\n        n = 3"], [1]),
            (["n = 1", "match a:\n    case 1:\n        n = 2\n    case _ if b:\n        n = 3"], [0, 1]),
            (["n = 1", "(n, (m, *k)) = 2, (3, 4)"], [1]),
            (["n = 1", "print(n := 2)"], [1]),
            (["n = 1", "n: int"], [0]),
            (["n: int = 1"], [0]),
            (["n = 1", "del n"], [0]),
            (["class n: pass", "n.x = 1", "n.y.z = 2", "n.run(1)"], [0, 1, 2]),
            (["def n(): pass", "setattr(n, 'x', 1)", "n(1)", "n.x(2)"], [0, 1]),
            (["import n", "n.seed(1)", "n.x['y'] = 1"], [0, 2]),
            (["import n as n", "import n as n"], [1]),
            (["n = a(1)", "lib.fill_diagonal(n, 0)", "lib.add(1, 2, out=n)", "lib.shuffle(n[0])"], [0, 1, 2, 3]),
            (["n = a(1)", "lib.imshow(n)", "lib.add(n, 2)", "lib.add(1, 2, out=m)"], [0]),
            (["class n: pass", "n = wrap(n)"], [0, 1]),
            (["class n: pass", "n = wrap(1)"], [1]),
            (["def set_n():\n    global n\n    n = 1", "set_n()"], [0, 1]),
            (["class m:\n    table = n = {}\n    n.update(x=1)", "n = {}"], [1]),
            (["n = {}", "class m:\n    n.update(x=1)"], [0, 1]),
        ],
        ids=lambda value: "; ".join(value).replace("\n    ", " ") if value and isinstance(value[0], str) else "",
    )
    def test_a_name_brings_everything_that_gave_it_its_value(self, tmp_path, statements, needed):
        source = "\n".join([*statements, "def f(): return n"])
        assert kept(tmp_path, source)[:-1] == [statements[index] for index in needed]

    def test_statements_on_one_line_are_told_apart(self, tmp_path):
        assert kept(tmp_path, "n = 1; n += 1; m = 2; n += 3; f = n") == ["n = 1", "n += 1", "n += 3", "f = n"]

    def test_what_is_bound_in_the_guard_of_a_program_does_not_count(self, tmp_path):
        source = 'n = 1\nif __name__ == "__main__":\n    n = 2\n    n.x = 3\ndef f(): return n'
        assert kept(tmp_path, source)[:-1] == ["n = 1"]

    def test_an_early_use_needs_what_was_bound_by_then_and_a_late_one_what_is_bound_at_the_end(self, tmp_path):
        source = """
            scale = 1
            def g(): return scale
            early = g()
            scale = input("unused")
            scale = 3
            def f(): return early, g()
            """
        found = sliced(tmp_path, source)
        assert [snippet.line for snippet in found.snippets] == [2, 3, 4, 6, 7]
        assert run(found)["f"]() == (1, 3)

    def test_a_helper_that_is_defined_later_is_found(self, tmp_path):
        assert kept(tmp_path, "def f(): return g()", "def g(): return 1") == [
            "def f(): return g()",
            "def g(): return 1",
        ]

    def test_functions_that_need_each_other_are_both_kept(self, tmp_path):
        assert len(kept(tmp_path, "def f(): return g()\ndef g(): return f()\ndef h(): return f()")) == 2


class TestEntryPoints:
    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("class Mine: pass\nf = Mine", 2),
            ("from mine import f", 1),
            ("if True:\n    def f(): pass\nelse:\n    def f(): pass", 1),
            ("x = 1\n@wrap\n@wrap(2)\ndef f(): pass", 4),
            ("f = lambda x: x", 1),
            ("f: int = 1", 1),
            ("try:\n    from a import f\nexcept ImportError:\n    pass", 1),
            ("async def f(): pass", 1),
            ("class f: pass\nf.g = 1", 1),
        ],
    )
    def test_it_may_be_bound_in_any_way(self, tmp_path, source, line):
        found = sliced(tmp_path, source)
        assert (found.definition_origin, found.definition_line) == ("answer.py", line)

    def test_missing_with_the_nearest_name_of_its_kind(self, tmp_path):
        found = not_sliced(
            tmp_path,
            "def alexnett(): pass\nclass alexNet: pass\nclass Other: pass\nimport AlexNets",
            entry="AlexNet",
        )
        assert found == Missing(
            nearest="alexNet", nearest_kind=StatementKind.CLASS, names=("Other", "alexNet", "alexnett")
        )

    def test_missing_with_a_name_of_another_kind_when_there_is_no_other(self, tmp_path):
        found = not_sliced(tmp_path, "def studentAttention(): pass", "", entry="student_attention", is_class=False)
        assert isinstance(found, Missing)
        assert (found.nearest, found.nearest_kind) == ("studentAttention", StatementKind.FUNCTION)
        found = not_sliced(tmp_path, "def AlexNet2(): pass", "", entry="AlexNet")
        assert isinstance(found, Missing)
        assert (found.nearest, found.nearest_kind) == ("AlexNet2", StatementKind.FUNCTION)

    def test_missing_without_anything_like_it(self, tmp_path):
        found = not_sliced(tmp_path, "zebra = 1", entry="AlexNet")
        assert found == Missing(nearest=None, nearest_kind=None, names=("zebra",))

    def test_a_method_or_an_alteration_is_no_definition(self, tmp_path):
        found = not_sliced(tmp_path, "class A:\n    def f(self): pass\nf.x = 1\nf.append(2)", entry="f")
        assert isinstance(found, Missing)

    def test_a_definition_with_a_mistake_is_named_with_its_place(self, tmp_path):
        found = not_sliced(
            tmp_path, "x = 1", "class AlexNet:\n    def forward(self, x)\n        return x", entry="AlexNet"
        )
        assert isinstance(found, BrokenSyntax)
        assert (found.problem.origin, found.problem.line) == ("cell 2", 2)
        assert found.problem.text == "    def forward(self, x)"
        assert found.problem.message == "expected ':'"

    def test_a_helper_with_a_mistake_is_named_beside_the_slice(self, tmp_path):
        found = sliced(tmp_path, "def g(x) return x", "def h(x) return x", "def f(): return g(1)")
        assert [problem.origin for problem in found.unreadable] == ["cell 1"]
        assert sliced(tmp_path, "def g(x) return x", "def g(x): return x", "def f(): return g(1)").unreadable == ()


class TestSnippets:
    def test_the_text_and_the_line_are_the_students_own(self, tmp_path):
        source = 'é = "ü"; b = (1,\n  2)  # why\n\n@wrap  # too\n@(\n  other)\nclass A:  # x\n\n    y = 1 # z\ndef f(): return é, b, A\n'
        found = sliced(tmp_path, source)
        assert [(snippet.line, snippet.source) for snippet in found.snippets] == [
            (1, 'é = "ü"'),
            (1, "b = (1,\n  2)"),
            (4, "@wrap  # too\n@(\n  other)\nclass A:  # x\n\n    y = 1"),
            (10, "def f(): return é, b, A"),
        ]

    def test_a_traceback_names_the_students_line(self, tmp_path):
        names = run(sliced(tmp_path, "x = 1", "y = 2\n\ndef f():\n    x = 1; return 1 / 0\n"))
        with pytest.raises(ZeroDivisionError) as caught:
            names["f"]()
        code = caught.traceback[-1].frame.code.raw
        assert (code.co_filename, caught.traceback[-1].lineno + 1) == ("cell 2", 4)

    def test_slicing_twice_gives_the_same(self, tmp_path):
        first, second = (read_submission(DATA / "messy.ipynb") for _ in range(2))
        assert first == second
        for entry in ENTRY_POINTS:
            assert slice_program(first, entry, is_class=True) == slice_program(second, entry, is_class=True)


class TestMessyNotebook:
    @pytest.mark.parametrize("name", ["messy.ipynb", "messy.py"])
    def test_every_exercise_of_a_messy_notebook_runs(self, name, utils):
        submission = read_submission(DATA / name)
        for entry, is_class in ENTRY_POINTS.items():
            found = slice_program(submission, entry, is_class=is_class)
            assert isinstance(found, Sliced), found
            names = run(found)
            assert "plt" not in names
            assert "output" not in names
            match entry:
                case "AlexNet":
                    assert names["rates"] == [0.1, 0.5]
                    assert names["AlexNet"].__init__.__code__.co_varnames[1] == "num_classes"
                case "ResidualBlock":
                    block = names[entry](2, 4, stride=2)
                    assert block.forward(np.ones((1, 2, 8, 8), np.float32)).shape == (1, 4, 4, 4)
                    assert names[entry].built == 0
                case "LSTMModel":
                    assert names[entry](3, 5, 2, 1).forward(np.ones((2, 7, 3), np.float32)).shape == (2, 1)
                case "student_attention":
                    output, weights = names[entry](*[np.ones((1, 4, 8))] * 3, mask=np.eye(4))
                    np.testing.assert_allclose(weights[0], (1 - np.eye(4)) / 3)
                    np.testing.assert_allclose(output, 1)
                case "PatchEmbedding":
                    assert names[entry](8, 4, 1, 6).forward(np.ones((2, 1, 8, 8), np.float32)).shape == (2, 4, 6)

    def test_the_notebook_and_its_export_give_the_same_slices(self):
        notebook, script = read_submission(DATA / "messy.ipynb"), read_submission(DATA / "messy.py")
        for entry, is_class in ENTRY_POINTS.items():
            slices = [slice_program(each, entry, is_class=is_class) for each in (notebook, script)]
            sources = []
            for each in slices:
                assert isinstance(each, Sliced)
                sources.append([snippet.source for snippet in each.snippets])
            assert sources[0] == sources[1]

    def test_its_third_definition_is_the_one_that_counts(self):
        found = slice_program(read_submission(DATA / "messy.ipynb"), "AlexNet", is_class=True)
        assert isinstance(found, Sliced)
        assert (found.definition_origin, found.definition_line) == ("cell 7", 2)

    def test_its_broken_cells_are_reported(self):
        submission = read_submission(DATA / "messy.ipynb")
        assert [(problem.origin, problem.line) for problem in submission.syntax_problems] == [
            ("cell 9", 1),
            ("cell 21", 3),
        ]
        assert isinstance(slice_program(submission, "sharpen", is_class=False), BrokenSyntax)

    def test_the_seeds_own_skeletons_and_right_answers_are_found(self):
        for file in sorted((SHIPPED / DEFAULT_ASSIGNMENT).glob("*/right/*.py")):
            submission = read_submission(file)
            assert submission.syntax_problems == (), file
            found = [
                slice_program(submission, entry, is_class=is_class) for entry, is_class in ENTRY_POINTS.items()
            ]
            assert any(isinstance(each, Sliced) for each in found), file


PROGRAMS = [
    "x = 1\ndef entry(): return x\nx = 2\nprint(x)",
    "def entry(n=5): return n if n < 2 else entry(n - 1) * n",
    "base = [1]\nalias = base\nbase.append(2)\ndef entry(): return base",
    "def twice(g): return lambda: 2 * g()\n@twice\ndef entry(): return k\nk = 4\nk -= 1",
    "def now(g): return g()\nk = 1\n@now\ndef value(): return k\nk = 2\ndef entry(): return value, k",
    "class A:\n    n = 1\n    def m(self): return self.n + z\nz = 2\nA.n = 5\nclass B(A):\n    n = A.n * 2\nA.n = 7\ndef entry(): return B().m(), A().m()",
    "fs = []\nfor i in range(3):\n    fs.append(lambda i=i: i * s)\ns = 2\ndef entry(): return [g() for g in fs]",
    "fs = [lambda: i for i in range(3)]\ndef entry(): return [g() for g in fs]",
    "i = 9\nfs = [lambda: i * j for j in range(3)]\ni = 8\ndef entry(): return [g() for g in fs]",
    "total = 0\nfor v in (1, 2, 3):\n    total = total + v\ndef entry(): return total, v",
    "def make():\n    n = 0\n    def step():\n        nonlocal n\n        n += d\n        return n\n    return step\nd = 3\nstep = make()\nd = 4\ndef entry(): return step()",
    "def init():\n    global W\n    W = 3\ninit()\ndef entry(): return W",
    "W = 1\ndef init():\n    global W\n    W += 3\ninit()\ndef entry(): return W",
    "a, (b, *c) = 1, (2, 3, 4)\nb, a = a, b\ndef entry(): return a, b, c",
    "if (n := 4) > 3:\n    m = n\nelse:\n    m = 0\ndef entry(): return m, n",
    "try:\n    import nowhere_at_all as lib\nexcept ImportError:\n    import math as lib\ndef entry(): return lib.pi",
    "try:\n    k = 1 / 0\nexcept ZeroDivisionError as e:\n    k = str(e)\nelse:\n    k = 2\nfinally:\n    t = 3\ndef entry(): return k, t",
    "import os.path\nimport math as m, json\nfrom math import pi as p, tau\ndef entry(): return os.path.join('a', 'b'), m.e, p",
    "from math import *\ndef entry(): return floor(pi), pow(2, 3)",
    "pi = 3\nfrom math import floor\ndef entry(): return floor(pi)",
    "from dataclasses import dataclass, field\nn = 3\n@dataclass\nclass P:\n    x: int = n\n    y: list = field(default_factory=lambda: [n])\nn = 4\ndef entry(): return P()",
    "from enum import Enum\nclass E(Enum):\n    A = 1\n    B = A + 1\ndef entry(): return E.B, list(E)",
    "d = {}\nd['a'] = 1\nd.update(b=2)\ndel d['a']\nsetattr(d.__class__, '__x__', 1) if False else None\ndef entry(): return d",
    "class A: pass\ndef f(self): return k\nA.f = f\nk = 1\nf = None\ndef entry(): return A().f()",
    "class A:\n    def __call__(self): return 1\nentry = A()\nA = None",
    "def outer():\n    class Inner:\n        v = k\n        def m(self): return self.v, k\n    return Inner\nk = 1\nC = outer()\nk = 2\ndef entry(): return C().m(), outer()().m()",
    "x = 1\nclass K:\n    x = x + 1\n    y = [x for _ in range(2)]\ndef entry(): return K.x, K.y\nx = 5",
    "def gen():\n    yield from (k * i for i in range(3))\nk = 1\nvalues = list(gen())\nk = 2\ndef entry(): return values, list(gen())",
    "g = (k for _ in range(2))\nk = 3\ndef entry(): return list(g)",
    "f = lambda: h()\nh = lambda: 1\nentry = lambda: f() + q\nq = 5\nq += q",
    "def entry():\n    import math\n    return math.floor(r)\nr = 2.5",
    "match [1, 2]:\n    case [a, b]:\n        c = a + b\n    case _:\n        c = 0\ndef entry(): return c",
    "n = 3\nwhile n > 1:\n    n -= 1\nelse:\n    m = n\ndef entry(): return n, m",
    "def deco(f):\n    registry.append(f.__name__)\n    return f\nregistry = []\n@deco\ndef a(): return 1\ndef entry(): return a(), registry[-1:]",
    "T = tuple\ndef entry() -> T[int]: return (1,)\nT = None",
    "import math; r = math.pi; print(r); r = round(r)\ndef entry(): return r",
    "a = [0] * 3\na[0], a[1] = 1, 2\nb = a\na = a + [4]\ndef entry(): return a, b",
    "def f(): return 1\ng = f\ndef f(): return g() + 1\nh = f\ndef f(): return h() + 1\ndef entry(): return f()",
    "__x = 5\nclass A:\n    def m(self): return __x if False else 1\ndef entry(): return A().m(), __x",
    "def entry():\n    return [w for w in words if w in stop], (lambda q=stop: q)()\nwords = 'a b'.split()\nstop = {'a'}\nstop |= {'b'}\nstop.discard('a')",
]


class TestBehaviour:
    @pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
    def test_a_slice_behaves_as_the_whole_program(self, tmp_path, program):
        expected = repr(run_whole(program)["entry"]())
        assert repr(run(sliced(tmp_path, program, entry="entry"))["entry"]()) == expected

    @pytest.mark.slow
    @rounds(250)
    @given(data=st.data())
    def test_a_slice_of_any_program_behaves_as_the_whole(self, tmp_path_factory, data):
        names = st.sampled_from("abcd")
        templates = st.sampled_from(
            [
                "{0} = {3}",
                "{0} = {1} + {2}",
                "{0} += {3}",
                "{0} = [{1}, {2}]\n{0}.append({3})",
                "{0} = [{1}]\n{2} = {0}\n{0}.append({3})",
                "{0} = [{1}]\nf{2} = (lambda q: lambda: q)({0})\n{0}[0] = {2}",
                "def f{0}(): return {1}",
                "def f{0}(v={1}): return ({2}, v)",
                "def f{0}():\n    {1} = {2}\n    return {1}",
                "def f{0}():\n    global {1}\n    {1} = {3}\n    return {1}\nf{0}()",
                "{0} = f{1}()",
                "f{0}()",
                "f{0} = f{1}",
                "f{0} = lambda: ({1}, {2})",
                "f{0} = (lambda g: lambda: [g(), {1}])(f{2})",
                "if {3} > 1:\n    {0} = {1}",
                "if {3} > 1:\n    {0} = {1}\nelse:\n    {0} = {2}",
                "for {0} in [{1}, {2}]:\n    {1} = {0}",
                "for i in range({3}):\n    {0} = [{0}, i]",
                "while True:\n    {0} = {1}\n    break",
                "{0} = [{0} for {0} in [{1}, {2}]]",
                "({0}, {1}) = ({1}, {0})",
                "class K{0}:\n    v = {1}\n    def m(self): return (self.v, {2})",
                "class K{0}(K{1}):\n    w = {2}",
                "K{0}.v = {1}",
                "K{0}.m = lambda self: {1}",
                "{0} = K{1}().m()",
                "f{0} = (lambda c: lambda: c().m())(K{1})",
                "@(lambda g: g())\ndef {0}(): return {1}",
                "@(lambda g: lambda: (g(), {1}))\ndef f{0}(): return {2}",
                "print({0}, {1})",
                "del {0}\n{0} = {3}",
                "import math as {0}\n{0} = {0}.floor(2.5)",
            ]
        )
        lines = [f"{name} = {number}" for number, name in enumerate("abcd")]
        lines += [f"def f{name}(): return {name}" for name in "abcd"]
        lines += [f"class K{name}:\n    v = {name}\n    def m(self): return {name}" for name in "abcd"]
        for _ in range(data.draw(st.integers(1, 12))):
            values = (data.draw(names), data.draw(names), data.draw(names), data.draw(st.integers(0, 3)))
            lines.append(data.draw(templates).format(*values))
        used = data.draw(st.lists(st.sampled_from(["{0}", "f{0}()", "K{0}().m()"]), min_size=1, max_size=2))
        lines.append(f"def entry(): return ({', '.join(use.format(data.draw(names)) for use in used)},)")
        program = "\n".join(lines)
        try:
            expected = repr(run_whole(program)["entry"]())
        except (TypeError, AttributeError, RecursionError, NameError):
            assume(False)
        found = sliced(tmp_path_factory.getbasetemp(), program, entry="entry")
        assert repr(run(found)["entry"]()) == expected


class TestNamesThatAreLookedUpLater:
    @pytest.mark.parametrize("module", [textwrap, json.decoder, types, contextlib, dis])
    def test_they_are_those_that_the_compiled_functions_look_up(self, module):
        """The compiler's own instructions are the oracle."""
        text = Path(module.__file__).read_text(encoding="utf-8")
        tree = parsed(text)
        assert not isinstance(tree, SyntaxProblem)
        lines = text.splitlines(keepends=True)
        checked = 0
        assert isinstance(tree, ast.Module)
        for node in tree.body:
            source = "".join(lines[node.lineno - 1 : node.end_lineno])
            expected = _globals_of_functions(compile(source, "x", "exec"))
            found = set(read_later(source))
            assert expected <= found
            assert all(name not in found for name in facts_of(node).binds if name not in expected)
            checked += len(expected)
        assert checked > 10


def _globals_of_functions(code: types.CodeType) -> set[str]:
    names: set[str] = set()
    for inner in (constant for constant in code.co_consts if isinstance(constant, types.CodeType)):
        is_function = bool(inner.co_flags & 0x2) and inner.co_name not in ("<listcomp>", "<genexpr>", "<dictcomp>")
        if is_function:
            names |= _all_globals(inner)
        else:
            names |= _globals_of_functions(inner)
    return names


def _all_globals(code: types.CodeType) -> set[str]:
    names = {str(step.argval) for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names |= _all_globals(inner)
    return names


class TestHostilePrograms:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "source",
        [
            "x = 1\n" + "x = x + 1\n" * 5_000 + "def f(): return x",
            "x = []\n" + "x[0] = x[0]\n" * 5_000 + "def f(): return x",
            "".join(f"def f{n}(): return f{n + 1}()\n" for n in range(5_000)) + "def f(): return f0()",
            "".join(f"x{n + 1} = f(x{n})\n" for n in range(4_000)) + "def f(v): return x4000",
            "".join(f"@x{n}\ndef x{n + 1}(): return x{n}, x1, y\n" for n in range(2_000))
            + "def f(v): return x2000",
            "f = " + "+".join(["1"] * 500),
            "f = " + "[" * 90 + "lambda: y" + "]" * 90,
            "if a: f = 1\n" + "elif b: f = 2\n" * 900,
            "f = 1\n" + "".join(" " * n + "if f:\n" for n in range(95)) + " " * 95 + "f = 2",
        ],
        ids=lambda source: source[:20],
    )
    def test_long_chains_end(self, tmp_path, source):
        assert sliced(tmp_path, source).snippets

    def test_many_long_names_are_not_all_compared(self, tmp_path):
        source = "".join(f"class {'a' * 5_000}{n}: pass\n" for n in range(200)) + "class AlexNeta: pass"
        found = not_sliced(tmp_path, source, entry="AlexNet")
        assert isinstance(found, Missing)
        assert found.names == ("AlexNeta",)


def test_numbers_stay_as_they_are(tmp_path):
    assert math.isclose(run(sliced(tmp_path, "f = 1e-5"))["f"], 1e-5)
