"""Syntax of another Python than the sandbox's: recognised, so that a student is told which one it needs.

A kind is only named where the proof is there: written in the older way, the same text is read further than before.
"""

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from grader.submission.f_strings import without_newer_f_strings
from grader.submission.source_text import Grammar, Unparsable, parsed, version_text

_LONGEST_TEXT = 100_000  # characters that are tried again in another way
_SAID_BY_PYTHON = re.compile(r"(.{1,120}?) (?:is|are) only supported in Python (3\.\d+) and greater")
_TYPE_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:\[[^\]\n]*\])?[ \t]*=(?!=)", re.MULTILINE)
_TYPE_PARAMETERS = re.compile(
    r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)[ \t]*\[([^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*)\]",
    re.MULTILINE,
)
_BARE_EXCEPT = re.compile(r"^([ \t]*except[ \t]+)([A-Z][\w.]*(?:[ \t]*,[ \t]*[A-Z][\w.]*)+)[ \t]*:", re.MULTILINE)
_LAZY_IMPORT = re.compile(r"^([ \t]*)lazy[ \t]+(?=import\b|from\b)", re.MULTILINE)
_PYTHON_2_EXCEPT = re.compile(r"^[ \t]*except[ \t]+[\w.]+[ \t]*,[ \t]*[a-z_]\w*[ \t]*:", re.MULTILINE)
_PYTHON_2_CALL = re.compile(r"Missing parentheses in call to '(print|exec)'")
_WHAT_OF_PYTHON = {  # in our words
    "Type statement": "a type alias (type X = …)",
    "Type parameter lists": "a list of type parameters in square brackets",
    "Type parameter defaults": "a type parameter with a default",
}
_UNPACKED = re.compile(r"(?:iterable|dict) unpacking cannot be used in (?:dict )?comprehension")


_FREE_F_STRINGS: Grammar = (3, 12)
_F_STRING = "an f-string with its own quotes, a backslash, a comment or a line end between its braces"


@dataclass(frozen=True, kw_only=True)
class OtherGrammar:
    """What a text has that the grammar by which it is read does not."""

    python: str  # "3.12"; "2" for what no Python 3 reads
    what: str  # "a type alias (type X = …)"

    @property
    def text(self) -> str:
        """ "a type alias (type X = …) needs Python 3.12"."""
        return f"{self.what} is Python 2" if self.python == "2" else f"{self.what} needs Python {self.python}"


@dataclass(frozen=True, kw_only=True)
class _Newer:
    """One kind of newer syntax, and how the same is written without it."""

    python: Grammar
    what: str
    written_older: Callable[[str], str]


def _without_defaults(text: str) -> str:
    return _TYPE_PARAMETERS.sub(lambda found: found[1] if "=" in found[2] else found[0], text)


_KINDS = (
    _Newer(
        python=_FREE_F_STRINGS,
        what=_F_STRING,
        written_older=lambda text: without_newer_f_strings(text, templates=False),
    ),
    _Newer(
        python=(3, 14),
        what='a template string (t"…")',
        written_older=lambda text: without_newer_f_strings(text, templates=True),
    ),
    _Newer(
        python=(3, 12),
        what="a type alias (type X = …)",
        written_older=lambda text: _TYPE_ALIAS.sub(r"\1\2 =", text),
    ),
    _Newer(
        python=(3, 13),
        what="a type parameter with a default",
        written_older=_without_defaults,
    ),
    _Newer(
        python=(3, 12),
        what="a list of type parameters in square brackets",
        written_older=lambda text: _TYPE_PARAMETERS.sub(r"\1", text),
    ),
    _Newer(
        python=(3, 14),
        what="except with several types and no brackets around them",
        written_older=lambda text: _BARE_EXCEPT.sub(r"\1(\2):", text),
    ),
    _Newer(
        python=(3, 15),
        what="a lazy import",
        written_older=lambda text: _LAZY_IMPORT.sub(r"\1", text),
    ),
)


def parsed_as(text: str, grammar: Grammar | None) -> ast.Module | Unparsable:
    """As ``parsed``; what the grammar does not have is refused on a newer Python too."""
    tree = parsed(text, grammar)
    lacks_strings = grammar is not None and grammar < _FREE_F_STRINGS <= sys.version_info[:2]
    if not lacks_strings or isinstance(tree, Unparsable):
        return tree
    older = without_newer_f_strings(text, templates=False)
    if older == text:
        return tree
    pairs = zip(text.split("\n"), older.split("\n"), strict=False)
    line = next((number for number, (was, now) in enumerate(pairs, start=1) if was != now), 1)
    needed = version_text(_FREE_F_STRINGS)
    return Unparsable(line=line, message=f"{_F_STRING} is only supported in Python {needed} and greater")


def other_grammar(text: str, problem: Unparsable, grammar: Grammar | None) -> OtherGrammar | None:
    """Which Python would read the text where ``problem`` is; None where that is no question of the version."""
    told = _SAID_BY_PYTHON.match(problem.message)
    if told:
        return OtherGrammar(python=told[2], what=_WHAT_OF_PYTHON.get(told[1], told[1][:1].lower() + told[1][1:]))
    two = _PYTHON_2_CALL.match(problem.message)
    if two:
        return OtherGrammar(python="2", what=f"{two[1]} without brackets")
    line = text.split("\n")[problem.line - 1]
    if "parenthesized" in problem.message and _PYTHON_2_EXCEPT.match(line):
        return OtherGrammar(python="2", what="except with a comma before the exception's name")
    if _UNPACKED.match(problem.message):
        return OtherGrammar(python="3.15", what="unpacking in a comprehension")
    if len(text) > _LONGEST_TEXT:
        return None
    for kind in _KINDS:
        if grammar is not None and kind.python <= grammar:
            continue
        older = kind.written_older(text)
        if older == text:
            continue
        again = parsed_as(older, grammar)
        if isinstance(again, ast.Module) or again.line > problem.line:
            return OtherGrammar(python=version_text(kind.python), what=kind.what)
    return None
