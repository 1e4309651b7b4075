"""The strings of a text as Python 3.12 and later read them, where earlier ones see something else.

Since 3.12 what stands between an f-string's braces is any expression: with the string's own quotes, backslashes,
comments and line ends (PEP 701).
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.submission.source_text import without_warnings

_START = re.compile(r"#[^\n]*|(?<![\w\"'])([A-Za-z]{0,2})('''|\"\"\"|'|\")|[()\[\]{}]")
_DEEPEST = 4  # f-strings in one another: nobody writes that many
_ENDINGS = {quote: re.compile(rf"(?:\\.|(?!{quote}).)*?{quote}", re.DOTALL) for quote in ("'''", '"""')} | {
    quote: re.compile(rf"(?:\\[\s\S]|[^\\\n{quote}])*{quote}") for quote in ("'", '"')
}
_FIELD_PART = re.compile(r"[^{}()\[\]'\"#\\\n!:=]+")


class _NotAString(Exception):
    """What began like a string does not end as one."""


@dataclass(frozen=True, kw_only=True)
class _Literal:
    end: int
    is_newer: bool  # earlier Pythons do not read it so


def without_newer_f_strings(text: str, *, templates: bool) -> str:
    """The text with a plain string in place of each f-string (or template string) that needs a newer Python.

    A line keeps its number. What is no string by the newer rules either stays as it is.
    """
    parts: list[str] = []
    done = position = 0
    while (found := _START.search(text, position)) is not None:
        position = found.end()
        if found[2] is None:
            continue
        prefix = found[1].lower()
        try:
            literal = _literal(text, found.start(), found, depth=0)
        except _NotAString:
            continue
        position = literal.end
        if literal.is_newer and ("t" in prefix) is templates:
            lines = text.count("\n", found.start(), literal.end)
            parts += [text[done : found.start()], '"""' + "\n" * lines + '"""']
            done = literal.end
    return "".join([*parts, text[done:]])


def _literal(text: str, start: int, found: "re.Match[str]", *, depth: int) -> _Literal:
    """The string that begins at ``found``, a match of ``_START``. Raises _NotAString."""
    prefix, quote = found[1].lower(), found[2]
    if not ("f" in prefix or "t" in prefix):
        ending = _ENDINGS[quote].match(text, found.end())
        if ending is None:
            raise _NotAString
        return _Literal(end=ending.end(), is_newer=False)
    if depth > _DEEPEST:
        raise _NotAString
    position, newer = found.end(), "t" in prefix
    while True:
        if text.startswith(quote, position):
            return _Literal(end=position + len(quote), is_newer=newer)
        sign = text[position : position + 1]
        if not sign or (sign == "\n" and len(quote) == 1):
            raise _NotAString
        if sign == "\\" or text.startswith(("{{", "}}"), position):
            position += 2
        elif sign == "{":
            field = _field(text, position + 1, quote, depth=depth)
            position, newer = field.end, newer or field.is_newer
        else:
            position += 1


def _field(text: str, start: int, quote: str, *, depth: int) -> _Literal:
    """What stands between two braces of a string with that quote, the second brace included. Raises _NotAString."""
    position, newer, open_brackets = start, False, 0
    strings: list[tuple[int, int]] = []  # in it, from where to where
    while True:
        part = _FIELD_PART.match(text, position)
        if part is not None:
            position = part.end()
        sign = text[position : position + 1]
        if not sign:
            raise _NotAString
        string = _START.match(text, position - _prefix_length(text, position)) if sign in "'\"" else None
        if string is not None and string[2]:
            newer = newer or (text.startswith(quote[0], position) and (len(quote) == 1 or string[2] == quote))
            literal = _literal(text, string.start(), string, depth=depth + 1)
            newer = newer or literal.is_newer or "\\" in text[string.start() : literal.end]
            newer = newer or (len(quote) == 1 and "\n" in text[string.start() : literal.end])
            strings.append((string.start(), literal.end))
            position = literal.end
            continue
        if sign in "([{":
            open_brackets += 1
        elif sign in ")]" or (sign == "}" and open_brackets):
            open_brackets -= 1
            if open_brackets < 0:
                raise _NotAString
        elif sign == "}":
            if not _is_expression(text, start, position, strings):
                raise _NotAString
            return _Literal(end=position + 1, is_newer=newer)
        elif sign == "#":
            newer = True
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
            continue
        elif sign == "\n":
            newer = newer or len(quote) == 1
        elif sign == "\\":
            newer = True
        elif sign in "!:" and not open_brackets and not text.startswith("!=", position):
            if not _is_expression(text, start, position, strings):
                raise _NotAString
            return _format(text, position, quote, newer, depth=depth)
        position += 1


def _format(text: str, position: int, quote: str, newer: bool, *, depth: int) -> _Literal:
    """What stands behind the expression of a field: "!r", ":>{width}", and the closing brace."""
    while True:
        sign = text[position : position + 1]
        if not sign or text.startswith(quote, position) or (sign == "\n" and len(quote) == 1):
            raise _NotAString
        if sign == "}":
            return _Literal(end=position + 1, is_newer=newer)
        if sign == "{":
            inner = _field(text, position + 1, quote, depth=depth + 1)
            position, newer = inner.end, newer or inner.is_newer
        else:
            position += 1


def _prefix_length(text: str, position: int) -> int:
    """How many letters before a quote belong to the string."""
    length = 0
    while length < 2 and text[position - length - 1 : position - length].isalpha():
        length += 1
    before = text[position - length - 1 : position - length]
    return 0 if before.isalnum() or before == "_" else length


def _is_expression(text: str, start: int, end: int, strings: Sequence[tuple[int, int]]) -> bool:
    """Whether Python reads a part of the text as one; its strings were looked at already."""
    parts = []
    for first, last in strings:
        parts += [text[start:first], '""']
        start = last
    expression = "".join([*parts, text[start:end]]).rstrip().removesuffix("=")
    try:
        with without_warnings():
            ast.parse(f"(\n{expression}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
