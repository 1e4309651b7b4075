"""Definitions that stand where no answer is looked for: in strings, comments, functions, text cells."""

import ast
import keyword
import re
from collections.abc import Iterator

from grader.submission.passages import Passage, PassageKind

MOST_NAMES = 1_000  # of one passage
_NAME = r"(\w{1,100})\b"
# Line numbers, prompts and the signs of a diff may stand before what was pasted.
_BEFORE = r"^[ \t>.+\-\d:|$]{0,30}"
_DEFINED = re.compile(
    rf"{_BEFORE}(?:async[ \t]+)?(?:def|class|type)[ \t]+{_NAME}|^{_NAME}[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)
_DEFINITION = re.compile(rf"{_BEFORE}(?:async[ \t]+)?(?:def|class)[ \t]+{_NAME}[ \t]*[(:\[]", re.MULTILINE)
# "Class LSTMModel:", "function attention(Q):": a name after what was meant as a keyword.
_MISSPELT = re.compile(rf"{_BEFORE}([A-Za-z]{{2,10}})[ \t]+{_NAME}[ \t]*[(:]", re.MULTILINE)
# "class LSTM Model:", "def my attention(Q):": a name in two words.
_IN_WORDS = re.compile(
    rf"{_BEFORE}(?:def|class)[ \t]+(\w{{1,100}}(?:[ \t\-]{{1,4}}\w{{1,100}}){{1,4}})[ \t]*[(:]", re.MULTILINE
)
_KEYWORDS = frozenset(keyword.kwlist) | {"match", "case", "print"}
_MAIN_REASON = (
    'It stands under if __name__ == "__main__", which is not run when others use the file: move it out '
    "to the margin."
)
_COMMENT = re.compile(r"[ \t]*#[ \t]?(.*)")


def defined_names(text: str) -> tuple[str, ...]:
    """The names that a text would define as Python, as far as one can see without reading it."""
    names = dict.fromkeys(found[1] or found[2] for found in _DEFINED.finditer(text))
    for found in _MISSPELT.finditer(text):
        if found[1] not in _KEYWORDS:
            names.setdefault(found[2])
    for found in _IN_WORDS.finditer(text):
        words = re.split(r"[ \t\-]+", found[1])
        names |= dict.fromkeys(("".join(words), "_".join(words)))
    return tuple(names)[:MOST_NAMES]


def in_text_cell(text: str, kind: PassageKind, *, origin: str) -> Iterator[Passage]:
    """A Markdown or raw cell in which something is defined."""
    names = tuple(dict.fromkeys(found[1] for found in _DEFINITION.finditer(text)))[:MOST_NAMES]
    if not names:
        return
    article = "A Markdown cell" if kind is PassageKind.MARKDOWN_CELL else "A raw cell"
    first = _DEFINITION.search(text)
    assert first is not None
    yield Passage(
        kind=kind,
        origin=origin,
        first_line=text.count("\n", 0, first.start()) + 1,
        last_line=text.count("\n") + 1,
        reason=f"{article} is text and is not run. Make it a code cell.",
        names=names,
    )


def in_comments(text: str, *, origin: str, first_line: int = 1) -> Iterator[Passage]:
    """Definitions in lines that are comments; each passage goes on as long as the comments do."""
    lines = text.split("\n") if "#" in text else []
    begin, names = 0, dict[str, None]()
    for number, line in enumerate([*lines, ""], start=1):
        comment = _COMMENT.fullmatch(line)
        found = _DEFINITION.match(comment[1]) if comment else None
        if found is not None:
            begin = begin or number
            names[found[1]] = None
        elif comment is None and names:
            yield Passage(
                kind=PassageKind.COMMENTED_OUT,
                origin=origin,
                first_line=begin + first_line - 1,
                last_line=number - 1 + first_line - 1,
                reason="It is a comment: take the # away from each line.",
                names=tuple(names)[:MOST_NAMES],
            )
            begin, names = 0, {}


def in_statement(node: ast.stmt, *, under_main: bool, origin: str, first_line: int) -> Iterator[Passage]:
    """Definitions in a top-level statement that are not the program's own: nested, under main, in a string."""
    waiting: list[tuple[ast.AST, str]] = [(node, "")]
    while waiting:
        inner, around = waiting.pop()
        if isinstance(inner, ast.Constant):
            if isinstance(inner.value, str):
                yield from _in_string(inner, inner.value, origin=origin, first_line=first_line)
            continue
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            kind = PassageKind.NESTED if around else PassageKind.UNDER_MAIN
            if around or under_main:
                reason = (
                    f"It stands inside of {around}, where nothing else finds it: move it out to the margin."
                    if around
                    else _MAIN_REASON
                )
                yield Passage(
                    kind=kind,
                    origin=origin,
                    first_line=inner.lineno + first_line - 1,
                    last_line=(inner.end_lineno or inner.lineno) + first_line - 1,
                    reason=reason,
                    names=(inner.name,),
                )
            around = inner.name[:100]
        elif under_main and not around and isinstance(inner, ast.Assign | ast.Import | ast.ImportFrom):
            names = tuple(_bound(inner))
            if names:
                yield Passage(
                    kind=PassageKind.UNDER_MAIN,
                    origin=origin,
                    first_line=inner.lineno + first_line - 1,
                    last_line=(inner.end_lineno or inner.lineno) + first_line - 1,
                    reason=_MAIN_REASON,
                    names=names,
                )
        waiting += [(child, around) for child in reversed(list(ast.iter_child_nodes(inner)))]


def _bound(node: ast.Assign | ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        yield from (each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name))
    else:
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _in_string(node: ast.Constant, text: str, *, origin: str, first_line: int) -> Iterator[Passage]:
    names = tuple(dict.fromkeys(found[1] for found in _DEFINITION.finditer(text)))[:MOST_NAMES]
    if names:
        yield Passage(
            kind=PassageKind.IN_A_STRING,
            origin=origin,
            first_line=node.lineno + first_line - 1,
            last_line=(node.end_lineno or node.lineno) + first_line - 1,
            reason="It stands between quotes, which makes it a text: take the quotes away.",
            names=names,
        )
