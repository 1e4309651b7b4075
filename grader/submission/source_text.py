"""Python source as text: from bytes to characters, and from there to a syntax tree, or the reason why not.

Nothing here runs a student's code; compiling only makes sure that Python would accept it.
"""

import ast
import codecs
import io
import re
import sys
import threading
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

# A version of Python's grammar: (3, 11).
Grammar: TypeAlias = tuple[int, int]
# A syntax tree takes about a kilobyte for each word, number or sign, so this bounds the grader's own memory.
MAX_TOKENS = 100_000
MAX_CODE_CHARACTERS = 2_000_000  # a single string may be one token; it goes into the container, and into messages
_TOKEN = re.compile(r"\w+|[^\w\s]|\n")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings that a coding line may name: those in which ASCII means ASCII.
_CODING = re.compile(
    r"utf-8(-sig)?|ascii|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|gb\w+|big5\w*|euc_\w+|shift_jis\w*|johab|tis-620"
)
_warnings_lock = threading.Lock()


class UndecodableText(Exception):
    """Bytes that are not text in the encoding they claim. Says which bytes, and where."""


@dataclass(frozen=True, kw_only=True)
class Unparsable:
    """Why Python does not accept a text. ``line`` counts from 1 within it."""

    line: int
    message: str


@contextmanager
def without_warnings() -> Iterator[None]:
    r"""Keep what Python says about a student's "\d" or "x is 1" out of our output and our exceptions."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def decoded(data: bytes) -> str:
    """The characters of a ``.py`` file, line ends as ``\\n``. Raises UndecodableText.

    Follows PEP 263 and the marks that Windows editors put first, UTF-16 included.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding is None:
        encoding = _declared_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
        raise UndecodableText(
            f"byte {data[error.start]:#04x} in line {line} is not {encoding.upper()} text"
        ) from error
    if "\0" in text:
        line = len(source_lines(text[: text.index("\0")]))
        raise UndecodableText(f"line {line} contains a NUL byte")
    return unix_lines(text)


def _declared_encoding(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        known = _CODING.fullmatch(codecs.lookup(encoding).name)
    except SyntaxError as error:
        if "invalid or missing" in str(error):  # no coding line, and not UTF-8: decoding will say where
            return "utf-8"
        raise UndecodableText(f"its coding line can't be followed ({error.msg[:100]})") from error
    if not known:
        raise UndecodableText(f"its coding line asks for {encoding[:100]}, which no editor writes")
    return encoding


def unix_lines(text: str) -> str:
    """The text with every line end as Python counts lines: ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def source_lines(text: str) -> list[str]:
    """The lines of a text as Python and editors count them.

    ``str.splitlines`` ends a line at form feeds, U+2028 and others too, and then no line has its own number.
    """
    return unix_lines(text).split("\n")


def version_text(grammar: Grammar) -> str:
    """ "3.11"."""
    return ".".join(map(str, grammar))


def storable(text: str) -> str:
    """The text without lone surrogates, which no file or report can hold; each becomes "?"."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def too_many_tokens(texts: list[str]) -> bool:
    """Whether so much code comes together that reading it would take too much memory."""
    if sum(len(text) for text in texts) <= MAX_TOKENS:
        return False
    return sum(1 for text in texts for _ in _TOKEN.finditer(text)) > MAX_TOKENS


def parsed(text: str, grammar: Grammar | None = None) -> ast.Module | Unparsable:
    """The syntax tree of a text that Python would compile; by default the Python that runs here.

    By the grammar of an earlier one as far as ``ast`` checks it; ``grammar.other_grammar`` looks at the rest. An
    ``await`` outside of functions is accepted, for notebooks accept it.
    """
    older = grammar if grammar is not None and grammar < sys.version_info[:2] else None
    try:
        with without_warnings():
            tree = ast.parse(text, feature_version=older)
            # "return" outside of a function and its like are found only by the compiler.
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            whole = _with_each_finally_once(ast.parse(text)) if "finally" in text else text
            compile(whole, "<submission>", "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), text.count("\n") + 1)
        return Unparsable(line=line, message=storable(error.msg)[:300])
    except (RecursionError, MemoryError):
        return Unparsable(line=1, message="it is nested too deeply for Python")
    except (ValueError, OverflowError) as error:
        return Unparsable(line=1, message=storable(str(error))[:300])
    return tree


def _with_each_finally_once(tree: ast.Module) -> ast.Module:
    """The same statements, but those of a ``finally`` stand behind its ``try``.

    The compiler copies a ``finally`` for each way into it: twenty of them, one in the other, are gigabytes. What it
    refuses it refuses in either place.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                if any(isinstance(each, ast.Try | ast.TryStar) and each.finalbody for each in value):
                    value = list(_hoisted(value))
                    setattr(node, name, value)
                waiting += (each for each in value if isinstance(each, ast.AST))
            elif isinstance(value, ast.AST):
                waiting.append(value)
    return tree


def _hoisted(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    waiting = statements[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, ast.Try | ast.TryStar) and statement.finalbody:
            waiting += statement.finalbody[::-1]
            statement.finalbody = [ast.copy_location(ast.Pass(), statement)]
