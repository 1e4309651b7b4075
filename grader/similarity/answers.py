"""One exercise's answer as it is compared and as it is shown: what the entry point needs, and nothing else."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from grader.similarity.tokens import Names, words_of
from grader.submission import (
    ReadModules,
    Sliced,
    Submission,
    Unparsable,
    parsed,
    slice_program,
    slice_with_modules,
)
from sandbox.wire.messages import Snippet

MAX_WORDS = 5_000  # ten times a long answer; what follows is not compared, so that nobody's answer fills the memory


@dataclass(frozen=True, kw_only=True)
class AnswerLine:
    """One line of an answer where the student wrote it."""

    origin: str  # the file's name, or "cell 12"
    number: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer's words, one sign for each, and its lines."""

    words: str
    line_of_word: tuple[int, ...]  # indices of ``lines``
    lines: tuple[AnswerLine, ...]


def answer_in(
    submission: Submission, entry_point: str, *, is_class: bool, modules: ReadModules | None = None
) -> Answer | None:
    """A submission's answer to one exercise, in a module of it too; None where there is none that can be read."""
    if modules is None:
        kept = slice_program(submission, entry_point, is_class=is_class)
    else:
        kept = slice_with_modules(submission, modules, entry_point, is_class=is_class)
    return answer_of(kept.snippets) if isinstance(kept, Sliced) else None


def answer_of(snippets: Sequence[Snippet]) -> Answer:
    """The answer that these statements are. Imports are neither compared nor shown."""
    trees = [(snippet, parsed(snippet.source)) for snippet in snippets]
    readable = [(snippet, tree) for snippet, tree in trees if not isinstance(tree, Unparsable)]
    names = Names.of([tree for _, tree in readable])
    signs: list[str] = []
    line_of_word: list[int] = []
    lines: list[AnswerLine] = []
    for snippet, tree in readable:
        if all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in tree.body):
            continue
        for word in islice(words_of(tree, names), MAX_WORDS - len(signs)):
            signs.append(word.sign)
            line_of_word.append(len(lines) + word.line - 1)
        lines += [
            AnswerLine(origin=snippet.origin, number=number, text=text)
            for number, text in enumerate(snippet.source.split("\n"), start=snippet.line)
        ]
    return Answer(words="".join(signs), line_of_word=tuple(line_of_word), lines=tuple(lines))
