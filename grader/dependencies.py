"""Which statements of a program one name needs.

A name is looked up *as of* a statement: what a statement needs at once is what was bound before it; what a
function's body needs is what is bound when the function is called, which is at the end and also wherever a
kept statement may have called it.
"""

import builtins
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from grader.statements import Statement, StatementKind

_ALWAYS_THERE = frozenset(dir(builtins)) | {"__file__"}
# NumPy and math have their own of these, so a star import may be there for them.
_OFTEN_REPLACED = frozenset({"abs", "all", "any", "max", "min", "pow", "round", "sum"})
# Look-ups; beyond them every name is taken as of the end. Only a made-up program gets there.
_MAX_STEPS = 200_000


class _Effect(Enum):
    """What a statement does to a name, as far as a later look-up of the name cares."""

    BINDS = "binds"
    IMPORTS = "imports"  # "import scipy.special" adds to what "import scipy" bound
    MAY_BIND = "may bind"
    ALTERS = "alters"  # the object that the name stands for
    CALLS_METHOD = "calls a method of"  # which alters a list, a dict or a set


@dataclass(frozen=True, kw_only=True)
class _Event:
    """One statement's effect on one name."""

    index: int  # of the statement
    effect: _Effect
    complete: bool  # what the name stood for before does not matter any more


class Program:
    """All statements of a submission in order, and what each does to which name."""

    def __init__(self, statements: Sequence[Statement], *, future_annotations: bool) -> None:
        self._statements = statements
        self._future_annotations = future_annotations
        self._end = len(self._statements)
        self._events: dict[str, list[_Event]] = {}
        setters = _setters(self._statements)
        kinds: dict[str, StatementKind] = {}  # of the statement that bound a name last
        for index, statement in enumerate(self._statements):
            for effect, name in _effects(statement, setters):
                events = self._events.setdefault(name, [])
                if _counts(effect, statement.kind, kinds.get(name)):
                    imported = effect is _Effect.IMPORTS and not (events and events[-1].effect is effect)
                    complete = effect is _Effect.BINDS or imported
                    events.append(_Event(index=index, effect=effect, complete=complete))
                if effect in (_Effect.BINDS, _Effect.IMPORTS):
                    kinds[name] = statement.kind

    def definition_of(self, name: str) -> Statement | None:
        """The statement that gives the name its last value."""
        events = self._events.get(name, [])
        for effects in ({_Effect.BINDS, _Effect.IMPORTS}, {_Effect.MAY_BIND}):
            for event in reversed(events):
                if event.effect in effects:
                    return self._statements[event.index]
        return None

    def needed_for(self, entry_point: str) -> tuple[list[Statement], frozenset[str]]:
        """The statements that the entry point needs, in order, and the names for which there are none."""
        kept: set[int] = set()
        not_found: set[str] = set()
        # (statement, position): the statement's value may be used when the one at the position runs.
        todo: list[tuple[int, int]] = []
        seen: set[tuple[int, int]] = set()
        looked_up: set[tuple[str, int, int]] = set()
        steps = 0

        def need(name: str, *, before: int, used_at: int) -> None:
            nonlocal steps
            steps += 1
            if steps > _MAX_STEPS:
                used_at = self._end
            events = self._events.get(name, [])
            position = bisect_left(events, before, key=lambda event: event.index) - 1
            if position < 0:
                not_found.add(name)
            while position >= 0 and (name, position, used_at) not in looked_up:
                looked_up.add((name, position, used_at))
                todo.append((events[position].index, used_at))
                position = -1 if events[position].complete else position - 1

        need(entry_point, before=self._end, used_at=self._end)
        stars = [index for index, statement in enumerate(self._statements) if statement.facts.star_import]
        while todo:
            index, used_at = todo.pop()
            if (index, used_at) not in seen:
                seen.add((index, used_at))
                statement = self._statements[index]
                at_once = statement.facts.reads
                if not self._future_annotations:
                    at_once += statement.facts.annotations
                for name in at_once:
                    need(name, before=index, used_at=used_at)
                for name in statement.read_later:
                    need(name, before=used_at, used_at=used_at)
                if index not in kept:
                    kept.add(index)
                    for name in at_once:
                        need(name, before=index, used_at=index)
                    for name in statement.read_later if statement.facts.calls_at_once else ():
                        need(name, before=index, used_at=index)
            if not todo and any(_may_come_from_a_star_import(name) for name in not_found):
                todo.extend((star, self._end) for star in stars)
                stars = []
        return [self._statements[index] for index in sorted(kept)], frozenset(not_found - _ALWAYS_THERE)

def _setters(statements: Sequence[Statement]) -> dict[str, set[str]]:
    """For each function the globals that a call of it binds."""
    setters: dict[str, set[str]] = {}
    for statement in statements:
        for function in statement.facts.binds if statement.facts.sets_globals else ():
            setters.setdefault(function, set()).update(statement.facts.sets_globals)
    return setters


def _effects(statement: Statement, setters: dict[str, set[str]]) -> Iterator[tuple[_Effect, str]]:
    facts = statement.facts
    plain_import = statement.source.startswith("import ") and " as " not in statement.source
    for name in facts.binds:
        yield (_Effect.IMPORTS if plain_import else _Effect.BINDS), name
    for name in facts.may_bind:
        yield _Effect.MAY_BIND, name
    for called in facts.calls:
        for name in sorted(setters.get(called, ())):
            yield _Effect.MAY_BIND, name
    for name in facts.alters:
        yield _Effect.ALTERS, name
    for name in facts.calls_methods_of:
        yield _Effect.CALLS_METHOD, name


def _counts(effect: _Effect, kind: StatementKind, bound_by: StatementKind | None) -> bool:
    """Whether later look-ups take the effect into account, given what kind of statement bound the name last."""
    match effect:
        case _Effect.BINDS | _Effect.IMPORTS:
            return True
        case _Effect.MAY_BIND:  # a demo in a "try" counts only for a name that nothing else binds
            return kind is not StatementKind.TRY or bound_by is None
        case _Effect.ALTERS:
            return kind is not StatementKind.TRY
        case _Effect.CALLS_METHOD:
            return kind is not StatementKind.TRY and bound_by is StatementKind.VALUE


def _may_come_from_a_star_import(name: str) -> bool:
    return name not in _ALWAYS_THERE or name in _OFTEN_REPLACED
