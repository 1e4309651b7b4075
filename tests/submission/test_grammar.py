"""The sandbox's Python decides what is syntax, whatever Python runs the grader; a newer one's is recognised."""

import ast
import sys

import pytest

from grader.submission.f_strings import without_newer_f_strings
from grader.submission.grammar import other_grammar, parsed_as
from grader.submission.passages import PassageKind
from grader.submission.program_file import Format, ProgramFile
from grader.submission.slicing import BrokenSyntax, slice_program
from grader.submission.source_text import Unparsable
from grader.submission.submission import parse
from sandbox.backends import Backend, python_of

OLD = (3, 11)
NEWER = {
    'print(f"{info["n"]}")': "3.12",
    "print(f'{sep['a']!r:>{width}}')": "3.12",
    "print(f\"{'\\n'.join(lines)}\")": "3.12",
    'print(f"{\n    total\n}")': "3.12",
    'print(f"{total  # so far\n}")': "3.12",
    'print(f"{x if y else "none"}")': "3.12",
    'print(f"{d["a"]:>{d["w"]}}")': "3.12",
    "type Arr = int": "3.12",
    "type Pair[T] = tuple[T, T]": "3.12",
    "def first[T](x: T) -> T:\n    return x": "3.12",
    "class Stack[T]:\n    pass": "3.12",
    "class Stack[T = int]:\n    pass": "3.13",
    'x = t"{name}"': "3.14",
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass": "3.14",
    "lazy import numpy as np": "3.15",
    "x = [*row for row in rows]": "3.15",
    'print "x"': "2",
    "try:\n    pass\nexcept ValueError, error:\n    pass": "2",
}


def needs(text: str) -> str | None:
    tree = parsed_as(text, OLD)
    assert isinstance(tree, Unparsable)
    found = other_grammar(text, tree, OLD)
    return found.python if found else None


@pytest.mark.parametrize("text", NEWER)
def test_the_python_that_a_text_needs_is_named(text):
    assert needs(text) == NEWER[text]


@pytest.mark.parametrize(
    "text",
    [
        'print(f"loss: {loss")',
        'print(f"{info["n"}")',
        'print(f"{info["n"]}", 3',
        'print(f"{1 +}")',
        "x = 'it's'",
        "type = = 3",
        "def f[(x): pass",
        "def f(x)\n    return x",
        "except A, B:",
        "lazy = import",
    ],
)
def test_a_mistake_in_every_version_is_not_called_newer(text):
    assert needs(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "print(f\"{info['n']!r:>{width}.{digits}} {{}} {x != y}\")",
        'print(f"""{info["n"]} {\n    total}""")',
        "print(rf'\\d {x}', fr'{x}\\n', b'{')",
        'f"{(lambda x: x)(1)}" "{"',
        "# f'{x['a']}'",
    ],
)
def test_f_strings_that_every_version_reads_stay_as_they_are(text):
    assert isinstance(parsed_as(text, OLD), ast.Module)
    assert without_newer_f_strings(text, templates=False) == text


def test_a_newer_python_does_not_accept_what_the_sandbox_can_not_run(monkeypatch):
    """Where the grader's own Python reads it. What an older one does not read is not accepted anyway."""
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr("grader.submission.grammar.parsed", lambda text, grammar: ast.Module([], []))
    tree = parsed_as('x = 1\nprint(f"{info["n"]}")', OLD)
    assert isinstance(tree, Unparsable)
    assert tree.line == 2
    assert isinstance(parsed_as('x = 1\nprint(f"{info["n"]}")', (3, 12)), ast.Module)


def test_what_newer_syntax_costs_is_its_own_definition_and_the_version_is_told():
    text = 'def f(x):\n    return f"{x["a"]}"\n\n\ndef g(x):\n    return x\n'
    submission = parse(ProgramFile(name="a.py", format=Format.PYTHON, data=text.encode()), OLD)
    found = slice_program(submission, "f", is_class=False)
    assert isinstance(found, BrokenSyntax)
    assert (found.problem.kind, found.problem.line) == (PassageKind.OTHER_GRAMMAR, 2)
    assert found.problem.cause.endswith("needs Python 3.12")
    assert not isinstance(slice_program(submission, "g", is_class=False), BrokenSyntax)


def test_the_image_has_a_python_of_its_own_and_other_backends_the_graders():
    assert python_of(Backend.DOCKER) == python_of(Backend.AUTO) == OLD
    assert python_of(Backend.BUBBLEWRAP) == python_of(Backend.PROCESS) == sys.version_info[:2]
