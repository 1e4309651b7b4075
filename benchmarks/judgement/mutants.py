"""Mutants of a right program: every operator at every place in the code that the exercise's slice keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from random import Random

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider

from benchmarks.judgement.operators import operators_for
from exercises.spec import Exercise
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import read_submission


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A right program with one small change."""

    exercise_id: str
    original: Path
    operator: str
    first_line: int  # of the change, in the original and in the mutant alike
    last_line: int
    source: str

    @property
    def name(self) -> str:
        return f"{self.exercise_id}/right/{self.original.name}:{self.first_line} ({self.operator})"

    @property
    def change(self) -> tuple[str, str]:
        """The lines taken out and the lines put in, without indentation."""
        before = self.original.read_text(encoding="utf-8").splitlines()
        lines = list(unified_diff(before, self.source.splitlines(), n=0, lineterm=""))[2:]
        taken = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
        put = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
        return taken, put


@dataclass(frozen=True, kw_only=True)
class Change:
    """One replacement of one node, not made yet."""

    operator: str
    node: cst.CSTNode
    replacement: cst.CSTNode


def changes_of(module: cst.Module) -> list[Change]:
    """Every change that an operator can make, in order."""
    return [
        Change(operator=operator.name, node=node, replacement=replacement)
        for operator in operators_for(module)
        for node in _code(module)
        for replacement in operator.replacements(node)
    ]


def mutants_of(exercise: Exercise, path: Path, share: float = 1.0, seed: int = 0) -> tuple[int, list[Mutant]]:
    """How many changes of one right program there are, and the mutants of a random share of them.

    A mutant is left out that Python can't read, that another change has made already, or that lies outside the
    code that the exercise's slice keeps.
    """
    source = path.read_text(encoding="utf-8")
    kept = _kept_lines(exercise, path)
    wrapper = MetadataWrapper(cst.parse_module(source))
    module = wrapper.module
    positions = wrapper.resolve(PositionProvider)
    changes = changes_of(module)
    random = Random(f"{seed} {exercise.exercise_id} {path.name}")
    chosen = changes if share >= 1.0 else [change for change in changes if random.random() < share]
    seen = {source}
    mutants = []
    for change in chosen:
        mutated = module.deep_replace(change.node, change.replacement)
        assert isinstance(mutated, cst.Module)
        text = mutated.code
        if text in seen or not _can_be_read(text):
            continue
        seen.add(text)
        span = positions[change.node]
        first, last = _changed_lines(source, text, default=(span.start.line, span.end.line))
        if not kept.isdisjoint(range(first, last + 1)):
            mutants.append(
                Mutant(
                    exercise_id=exercise.exercise_id,
                    original=path,
                    operator=change.operator,
                    first_line=first,
                    last_line=last,
                    source=text,
                )
            )
    return len(changes), mutants


def _code(module: cst.Module) -> Iterator[cst.CSTNode]:
    """Every node but those of imports, docstrings, type hints and assertions."""
    skipped = m.Import() | m.ImportFrom() | m.Annotation() | m.Assert() | m.Expr(value=m.SimpleString())
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        node = waiting.pop()
        if not m.matches(node, skipped):
            yield node
            waiting.extend(reversed(node.children))


def _kept_lines(exercise: Exercise, path: Path) -> set[int]:
    program = slice_program(read_submission(path), exercise.entry_point, is_class=exercise.is_class)
    assert isinstance(program, Sliced)
    return {
        snippet.line + offset for snippet in program.snippets for offset in range(len(snippet.source.splitlines()))
    }


def _can_be_read(text: str) -> bool:
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _changed_lines(before: str, after: str, *, default: tuple[int, int]) -> tuple[int, int]:
    """The first and last line that differ; the operators keep the number of lines, but for rare ones."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) != len(new):
        return default
    differing = [number for number, (one, other) in enumerate(zip(old, new, strict=True), 1) if one != other]
    return (differing[0], differing[-1]) if differing else default
