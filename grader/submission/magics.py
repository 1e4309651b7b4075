"""IPython's syntax in notebook cells: ``%magic``, ``!command``, ``help?``, prompts and ``%%cell`` magics.

IPython's own transformer finds it; what it stands for is never done, but taken out. Line numbers stay.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from grader.submission.left_out import defined_names
from grader.submission.passages import Passage, PassageKind
from grader.submission.source_text import Grammar, Unparsable, parsed, unix_lines, without_warnings

# Cell magics above plain Python: they run it in the notebook's own names, or (the last line) only check it, and
# what a student wrote under one is meant as an answer all the same. Every other one drops the cell.
TRANSPARENT_CELL_MAGICS = frozenset(
    {"time", "timeit", "capture", "prun", "debug", "code_wrap"}  # IPython
    | {"memit", "mprun", "mprof_run", "lprun", "snakeviz", "pyinstrument", "scalene", "viztracer", "filprofile"}
    | {"wandb", "ipytest", "run_pytest", "notify", "cache", "wurlitzer", "heat", "nbtutor", "beartype"}
    | {"pycodestyle", "flake8", "pep8", "mypy", "black", "ruff"}
)
# Those under which nobody writes Python.
_OTHER_LANGUAGES = frozenset(
    {
        "!",
        "HTML",
        "SVG",
        "bash",
        "cmd",
        "css",
        "html",
        "javascript",
        "js",
        "latex",
        "markdown",
        "perl",
        "powershell",
    }
    | {"R", "ruby", "script", "sh", "shell", "sql", "svg", "sx", "system", "bigquery"}
)
_WRITES = frozenset({"writefile", "file", "appendfile"})
_CELL_MAGIC = re.compile(r"[ \t]*%%(\w+|!)(.*)")
_RUNS_A_FILE = frozenset({"run", "load", "loadpy", "pylab"})
_SIGNS = re.compile(r"^[ \t]*(?:[%!?,;/]|>>>|In \[\d+\]:)|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
_HELP = re.compile(r"\?[ \t]*$", re.MULTILINE)
_DOTTED_NAME = re.compile(r"[\w*.\[\]-]+")
_LONGEST_DOTTED_NAME = 500


class MagicRemover:
    """Takes IPython's syntax out of the cells of one submission.

    IPython tokenizes a cell anew after each magic that it finds, so the work is bounded for all cells
    together; a cell beyond that is left as it is, which makes it a syntax error. ``grammar`` is that by which the
    cells are read.
    """

    def __init__(self, *, characters: int = 1_000_000, grammar: Grammar | None = None) -> None:
        self._left = characters
        self.grammar = grammar

    def to_python(self, text: str) -> str:
        """The text as Python, with calls of ``get_ipython()`` where IPython's syntax was."""
        if not _looks_like_ipython(text) or len(text) > self._left:
            return text
        with without_warnings():  # imported here because it is slow, and most files have no magics
            from IPython.core.inputtransformer2 import TransformerManager
        try:
            return self._transformed(text, TransformerManager())
        except Exception:  # IPython documents none, and the text may be hostile: then it is no IPython syntax
            return text

    def _transformed(self, text: str, transformer: Any) -> str:
        lines = whole = [line + "\n" for line in text.split("\n")]
        while True:
            for cleanup in transformer.cleanup_transforms:  # blank lines, indentation, prompts
                lines = cleanup(lines)
            if not (lines and lines[0].startswith("%%")):
                break
            if not TRANSPARENT_CELL_MAGICS.issuperset(lines[0][2:].split()[:1]):
                return "\n" * len(whole)
            lines = lines[1:]
            self._left -= len(text)  # a cell of such lines alone is looked through once for each
            if self._left < 0:
                return text
        blank = "\n" * (len(whole) - _line_count(lines))
        changed = True
        while changed and len(text) <= self._left:
            self._left -= len(text)
            before = lines
            changed, lines = transformer.do_one_token_transform(before)
            # A command that was continued over several lines has become one line.
            missing = _line_count(before) - _line_count(lines)
            if missing > 0:
                first = next(i for i, (old, new) in enumerate(zip(before, lines, strict=False)) if old != new)
                lines[first + 1 : first + 1] = ["\n"] * missing
        return blank + "".join(lines)


def dropped_cell(text: str, *, origin: str, first_line: int) -> Passage | None:
    """The cell whose magic does not run it as Python, with the reason; None for any other cell."""
    if not text.lstrip().startswith("%%"):
        return None
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    last = first
    while (found := _CELL_MAGIC.match(lines[last])) and found[1] in TRANSPARENT_CELL_MAGICS:
        last += 1
        if last == len(lines):
            return None
    found = _CELL_MAGIC.match(lines[last])
    if found is None:
        return None
    return _dropped(
        found[1],
        found[2],
        "\n".join(lines[last + 1 :]),
        origin=origin,
        first_line=first + first_line,
        last_line=len(lines) - 1 + first_line,
    )


def _dropped(magic: str, argument: str, body: str, *, origin: str, first_line: int, last_line: int) -> Passage:
    names = defined_names(body)
    if magic in _WRITES:
        file = (argument.split() or ["a file"])[-1][:100]
        reason = f"%%{magic} writes the cell into {file} and does not run it. Take that line away."
    elif magic in _OTHER_LANGUAGES:
        reason = f"%%{magic} does not run the cell as Python."
    else:
        reason = f"%%{magic[:50]} is not known here, so the cell is not run. Take that line away."
    return Passage(
        kind=PassageKind.CELL_MAGIC,
        origin=origin,
        first_line=first_line,
        last_line=last_line,
        reason=reason,
        names=names,
        always_told=magic not in _OTHER_LANGUAGES,
    )


def dropped_lines(tree: ast.Module, *, origin: str, first_line: int) -> Iterator[Passage]:
    """What IPython's own calls, which are taken out, would have run or bound: ``%run file``, ``files = !ls``."""
    for node in _simple_statements(tree):
        first, last = node.lineno + first_line - 1, (node.end_lineno or node.lineno) + first_line - 1
        match node:
            case ast.Expr(value=ast.Call(args=[ast.Constant(value=str(name)), *rest]) as call):
                argument, body, *_ = (*map(_text_of, rest), "", "")
                method = _method_of_ipython(call)
                words = f"{name} {argument}".split()
                if method == "run_cell_magic" and name not in TRANSPARENT_CELL_MAGICS:
                    yield _dropped(
                        name, argument, unix_lines(body), origin=origin, first_line=first, last_line=last
                    )
                elif method in ("run_line_magic", "magic") and words and words[0] in _RUNS_A_FILE:
                    yield Passage(
                        kind=PassageKind.LINE_MAGIC,
                        origin=origin,
                        first_line=first,
                        last_line=last,
                        reason=f"%{' '.join(words)[:100]} is not run: put the code itself into your file.",
                        always_told=True,
                    )
            case ast.Assign(value=ast.Call() as call) if _method_of_ipython(call):
                targets = (each for each in ast.walk(node) if isinstance(each, ast.Name))
                yield Passage(
                    kind=PassageKind.LINE_MAGIC,
                    origin=origin,
                    first_line=first,
                    last_line=last,
                    reason="What a magic or a shell command gives is not there when this is graded.",
                    names=tuple(each.id for each in targets if isinstance(each.ctx, ast.Store)),
                )


def _text_of(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def without_ipython_calls(tree: ast.Module, text: str) -> str:
    """The text with every simple statement that calls a method of ``get_ipython()`` made ``pass``.

    ``%time STATEMENT`` becomes the statement.
    """
    lines = [line.encode() for line in text.split("\n")]  # columns count bytes
    calls = [node for node in _simple_statements(tree) if any(map(_method_of_ipython, ast.walk(node)))]
    for node in sorted(calls, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        put = [lines[first][: node.col_offset] + (_timed_statement(node) or "pass").encode()]
        put += [b""] * (last - first)
        rest = lines[last][node.end_col_offset :]
        # Backslashes keep the number of lines, and let the next statement follow on the last one.
        lines[first : last + 1] = [*(line + b"\\" for line in put[:-1]), put[-1] + rest]
    return b"\n".join([*lines, b""]).decode()


def cell_magic_bodies(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """For each ``get_ipython().run_cell_magic("time", "", BODY)``: its statement's index, "%%time", BODY.

    So nbconvert writes a timed cell into a ``.py`` file.
    """
    for index, node in enumerate(tree.body):
        match node:
            case ast.Expr(
                value=ast.Call(args=[ast.Constant(value=str(name)), _, ast.Constant(value=str(body))]) as call
            ):
                if _method_of_ipython(call) == "run_cell_magic" and name in TRANSPARENT_CELL_MAGICS:
                    yield index, f"%%{name}", unix_lines(body)


def _looks_like_ipython(text: str) -> bool:
    if _HELP.search(text):
        # IPython's search for "name?" takes quadratic time on a long name, which no student writes.
        longest = max((len(found[0]) for found in _DOTTED_NAME.finditer(text)), default=0)
        if longest > _LONGEST_DOTTED_NAME:
            return False
    indentation = text[: len(text) - len(text.lstrip())].rpartition("\n")[2]
    return bool(indentation or _SIGNS.search(text))


def _line_count(lines: list[str]) -> int:
    return sum(line.count("\n") for line in lines)


def _simple_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(getattr(node, "body", node), list | ast.Match):
            yield node


def _method_of_ipython(node: ast.AST) -> str | None:
    """The method's name when the node is ``get_ipython().method(...)``."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method)):
            return method
        case _:
            return None


def _timed_statement(node: ast.stmt) -> str | None:
    """The statement in ``%time STATEMENT``, None when this is something else."""
    match node:
        case ast.Expr(value=ast.Call(args=[ast.Constant(value="time"), ast.Constant(value=str(code))])):
            code = unix_lines(code)
            tree = parsed(code.strip())
        case _:
            return None
    if isinstance(tree, Unparsable) or len(tree.body) != 1 or "\n" in code.strip():
        return None
    return code.strip() if next(_simple_statements(tree), None) else None
