"""Slicing a program that brings modules of its own: an entry point may stand in one of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.errors import SubmissionUnreadable
from grader.submission.helper_modules import HelperModule
from grader.submission.other_kinds import other_kind
from grader.submission.program_file import Format, ProgramFile, shown
from grader.submission.slicing import Missing, Slice, Sliced, slice_program
from grader.submission.source_text import Grammar, UndecodableText, decoded, too_many_tokens
from grader.submission.submission import Submission, parse
from sandbox.wire.messages import ModuleSource

_FROM_MODULE = re.compile(r"from\s+(\w+)\s+import\s+(\w+)\s*\Z")
_ALL_OF_MODULE = re.compile(r"from\s+([\w.]+)\s+import\s*\*")
_MOST_STEPS = 5  # from a module to the one in which it finds the entry point


@dataclass(frozen=True, kw_only=True)
class ReadModules:
    """The modules as texts, those that can't be one with the reason, and those that can be read as programs are."""

    sources: tuple[ModuleSource, ...]
    refused: Mapping[str, str]  # by name
    programs: Mapping[str, Submission]  # by name; modules inside packages import by other rules, and are not here


def read_modules(modules: Sequence[HelperModule], grammar: Grammar | None) -> ReadModules:
    """Read each by the grammar of the Python that will run it."""
    sources: list[ModuleSource] = []
    refused: dict[str, str] = {}
    programs: dict[str, Submission] = {}
    texts: list[str] = []
    for module in modules:
        origin = shown(module.path)
        other = other_kind(module.data)
        if other is not None:
            refused[module.name] = f"it is not Python: it is {other.what}"
            continue
        try:
            text = decoded(module.data)
        except UndecodableText as error:
            refused[module.name] = f"it is not Python text: {error}"
            continue
        if too_many_tokens([*texts, text]):
            refused[module.name] = "it has too much code to read"
            continue
        texts.append(text)
        text = text.removeprefix("\ufeff")
        sources.append(ModuleSource(name=module.name, origin=origin, source=text, is_package=module.is_package))
        if "." not in module.name and not module.is_package:
            try:
                file = ProgramFile(name=origin, format=Format.PYTHON, data=module.data)
                programs[module.name] = parse(file, grammar)
            except SubmissionUnreadable:  # an empty one, say, which Python imports all the same
                pass
    return ReadModules(sources=tuple(sources), refused=refused, programs=programs)


def slice_with_modules(submission: Submission, modules: ReadModules, entry_point: str, *, is_class: bool) -> Slice:
    """The part that one exercise needs: of the program, or of its module in which the entry point stands.

    A module's part is cut out as if it were the program, so that all is told of it that would be told of a program.
    """
    found = _of(submission, modules, entry_point, is_class=is_class)
    if isinstance(found, Missing):
        for each in modules.programs.values():
            inside = _of(each, modules, entry_point, is_class=is_class)
            if not isinstance(inside, Missing):
                found = inside
                break
    for _ in range(_MOST_STEPS):
        home = _home(found, modules, entry_point)
        inside = found if home is None else _of(home, modules, entry_point, is_class=is_class)
        if inside is found or isinstance(inside, Missing):
            break
        found = inside
    return found


def _of(submission: Submission, modules: ReadModules, entry_point: str, *, is_class: bool) -> Slice:
    found = slice_program(submission, entry_point, is_class=is_class)
    if not isinstance(found, Sliced):
        return found
    own = {each.name for each in modules.sources}

    def is_of_own(source: str) -> bool:
        star = _ALL_OF_MODULE.match(source)
        return star is not None and star[1] in own

    # Where a module of the student's can't be imported, that is told, and not the names that are then missing.
    snippets = tuple(
        replace(each, optional=False) if each.optional and is_of_own(each.source) else each
        for each in found.snippets
    )
    return replace(found, snippets=snippets)


def _home(found: Slice, modules: ReadModules, entry_point: str) -> Submission | None:
    """The module that an entry point is imported from under its own name."""
    if not isinstance(found, Sliced):
        return None
    for snippet in found.snippets:
        if (snippet.origin, snippet.line) == (found.definition_origin, found.definition_line):
            imported = _FROM_MODULE.match(snippet.source)
            if imported is not None and imported[2] == entry_point:
                return modules.programs.get(imported[1])
    return None
