"""Which statements of a program one name needs.

A name is looked up *as of* a statement: what a statement needs at once is what was bound before it; what a
function's body needs is what is bound when the function is called, which is at the end and also wherever a
kept statement may have called it.
"""

import builtins
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from grader.submission.statements import Statement, StatementKind

# A notebook has the last two, and where answers are run there is something in their place.
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__file__", "display", "get_ipython"}
# NumPy and math have their own of these, so a star import may be there for them.
_OFTEN_REPLACED = frozenset({"abs", "all", "any", "max", "min", "pow", "round", "sum"})
# Beyond so many steps every name is looked up as of the end. Programs that people wrote take some dozens.
_MAX_STEPS = 20_000


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


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What one name needs of a program."""

    statements: tuple[Statement, ...]  # in order
    # Those of them that annotations alone need, and star imports: where one fails, the program goes on without it.
    optional: frozenset[int]  # by their place in ``statements``
    not_found: frozenset[str]
    annotations_not_found: frozenset[str]


class Program:
    """All statements of a submission in order, and what each does to which name."""

    def __init__(self, statements: Sequence[Statement], *, future_annotations: bool) -> None:
        self._statements = statements
        self._future_annotations = future_annotations
        self._has_annotations = any(
            statement.usage.annotations or statement.annotations_later for statement in statements
        )
        self._events: dict[str, list[_Event]] = {}
        kinds: dict[str, StatementKind] = {}  # of the statement that bound a name last
        first_bound: dict[str, int] = {}
        for index, statement in enumerate(self._statements):
            for effect, name in _effects(statement):
                events = self._events.setdefault(name, [])
                if _counts(effect, statement.kind, kinds.get(name)):
                    imported = effect is _Effect.IMPORTS and not (events and events[-1].effect is effect)
                    complete = effect is _Effect.BINDS or imported
                    events.append(_Event(index=index, effect=effect, complete=complete))
                if effect in (_Effect.BINDS, _Effect.IMPORTS):
                    kinds[name] = statement.kind
                    first_bound.setdefault(name, index)
        self._setter_calls = _SetterCalls(statements, first_bound)

    def definition_of(self, name: str) -> Statement | None:
        """The statement that gives the name its last value."""
        events = self._events.get(name, [])
        for event in reversed(events):
            if event.effect in (_Effect.BINDS, _Effect.IMPORTS):
                return self._statements[event.index]
        may_bind = [event.index for event in events if event.effect is _Effect.MAY_BIND]
        last = max(*may_bind[-1:], self._setter_calls.last(name), -1)
        return self._statements[last] if last >= 0 else None

    def needed_for(self, entry_point: str) -> Needed:
        """The statements that the entry point needs, and the names for which there are none."""
        search = self._search(entry_point, annotations=False)
        kept, not_found, in_annotations = search.kept, search.not_found - _ALWAYS_THERE, set[str]()
        if not self._future_annotations and self._has_annotations:
            with_annotations = self._search(entry_point, annotations=True)
            in_annotations = with_annotations.not_found - _ALWAYS_THERE - not_found
            kept = kept | with_annotations.kept
        indices = sorted(kept)
        return Needed(
            statements=tuple(self._statements[index] for index in indices),
            optional=frozenset(
                number
                for number, index in enumerate(indices)
                if index not in search.kept or self._statements[index].usage.star_import
            ),
            not_found=frozenset(not_found),
            annotations_not_found=frozenset(in_annotations),
        )

    def _search(self, entry_point: str, *, annotations: bool) -> "_Search":
        search = _Search(self._statements, self._events, self._setter_calls, annotations=annotations)
        end = len(self._statements)
        search.need(entry_point, before=end, used_at=end)
        search.keep_recursion_limits()
        search.run()
        if any(_may_come_from_a_star_import(name) for name in search.not_found):
            search.keep_star_imports()
            search.run()
        return search


@dataclass(frozen=True, kw_only=True)
class _CallsInRange:
    """Calls of functions that may bind a name: those whose statement is one of ``indices[start:stop]``."""

    function: str
    in_try: bool
    indices: Sequence[int]
    start: int
    stop: int


class _SetterCalls:
    """Where functions are called that bind globals. A thousand such calls may each bind a thousand names.

    So they are kept by function, and a name knows its functions: never all calls times all names.
    """

    def __init__(self, statements: Sequence[Statement], first_bound: Mapping[str, int]) -> None:
        self._first_bound = first_bound
        self._setters: dict[str, list[str]] = {}  # by global: the functions that bind it
        functions: set[str] = set()
        for statement in statements:
            for function in statement.usage.binds if statement.usage.sets_globals else ():
                functions.add(function)
                for name in statement.usage.sets_globals:
                    self._setters.setdefault(name, []).append(function)
        self._calls: dict[tuple[str, bool], list[int]] = {}  # by function, and whether they stand in a "try"
        for index, statement in enumerate(statements):
            for called in statement.usage.calls:
                if called in functions:
                    in_try = statement.kind is StatementKind.TRY
                    self._calls.setdefault((called, in_try), []).append(index)

    def between(self, name: str, first: int, before: int) -> Iterator[_CallsInRange]:
        """The calls that may bind the name in statements from ``first`` to the one before ``before``."""
        for function in self._setters.get(name, ()):
            for in_try in (False, True):
                indices = self._calls.get((function, in_try), ())
                # In a "try" it counts only for a name that nothing else has bound.
                stop = min(before, self._first_bound.get(name, before)) if in_try else before
                start, end = bisect_left(indices, first), bisect_left(indices, stop)
                if start < end:
                    yield _CallsInRange(function=function, in_try=in_try, indices=indices, start=start, stop=end)

    def last(self, name: str) -> int:
        """The last statement of all that may bind the name by a call; -1 where none does."""
        return max((calls.indices[calls.stop - 1] for calls in self.between(name, 0, sys.maxsize)), default=-1)


class _Search:
    """The way from an entry point to all that it needs.

    A statement is reached together with a position: the value that it made may be used when the statement at
    the position runs. The position after the last statement is when the entry point itself is used.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        events: Mapping[str, Sequence[_Event]],
        setter_calls: _SetterCalls,
        *,
        annotations: bool,
    ) -> None:
        self.kept: set[int] = set()
        self.not_found: set[str] = set()
        self._statements = statements
        self._events = events
        self._setter_calls = setter_calls
        self._annotations = annotations  # whether what they refer to is needed
        self._todo: list[tuple[int, int]] = []
        self._reached: set[tuple[int, int]] = set()
        self._looked_up: set[tuple[str, int, int]] = set()  # name, number of its event, position
        self._followed: set[tuple[str, int, int]] = set()
        # By function, whether in a "try", position and number of the call: the next one that was not reached.
        self._next_call: dict[tuple[str, bool, int, int], int] = {}
        self._steps = 0

    def need(self, name: str, *, before: int, used_at: int) -> None:
        """The value that the name has before a statement is used at a position."""
        if self._steps > _MAX_STEPS:
            used_at = len(self._statements)
        events = self._events.get(name, ())
        latest = bisect_left(events, before, key=lambda event: event.index) - 1
        if latest < 0 and not any(self._setter_calls.between(name, 0, before)):
            self.not_found.add(name)
            # A generator that is consumed later may still find it.
            latest, before = len(events) - 1, len(self._statements)
        number, since = latest, 0
        while number >= 0:
            since = events[number].index
            if (name, number, used_at) in self._looked_up:
                break
            self._looked_up.add((name, number, used_at))
            self._reach(since, used_at)
            if events[number].complete:
                break
            number, since = number - 1, 0
        for calls in self._setter_calls.between(name, since, before):
            self._reach_calls(calls, used_at)
        # Whoever holds the value sees what is altered in it later.
        number = latest + 1
        while number < len(events) and events[number].index < used_at and not events[number].complete:
            if (name, number, used_at) in self._followed:
                break
            self._followed.add((name, number, used_at))
            if events[number].effect is not _Effect.MAY_BIND:
                self._reach(events[number].index, used_at)
            number += 1

    def run(self) -> None:
        """Keep all that is needed so far, and what that needs."""
        while self._todo:
            index, used_at = self._todo.pop()
            if (index, used_at) in self._reached:
                continue
            self._reached.add((index, used_at))
            statement = self._statements[index]
            at_once, later = statement.usage.reads, statement.read_later
            if self._annotations:
                at_once, later = at_once + statement.usage.annotations, statement.annotations_later
            for name in at_once:
                self.need(name, before=index, used_at=used_at)
            for name in later:
                self.need(name, before=used_at, used_at=used_at)
            if index not in self.kept:
                self.kept.add(index)
                for name in at_once:
                    self.need(name, before=index, used_at=index)
                for name in later if statement.usage.calls_at_once else ():
                    self.need(name, before=index, used_at=index)

    def keep_recursion_limits(self) -> None:
        """What raises the limit for all functions; nothing refers to it."""
        for index, statement in enumerate(self._statements):
            if statement.usage.sets_recursion_limit:
                self._reach(index, len(self._statements))

    def keep_star_imports(self) -> None:
        """All of them, for any may bring a name that is missing."""
        for index, statement in enumerate(self._statements):
            if statement.usage.star_import:
                self._reach(index, len(self._statements))

    def _reach_calls(self, calls: _CallsInRange, used_at: int) -> None:
        """Each call once for a position, however many names it may bind."""
        passed: list[tuple[str, bool, int, int]] = []
        number = calls.start
        while number < calls.stop:
            key = (calls.function, calls.in_try, used_at, number)
            if key not in self._next_call:
                self._reach(calls.indices[number], used_at)
                self._next_call[key] = number + 1
            passed.append(key)
            number = self._next_call[key]
        for key in passed:
            self._next_call[key] = number

    def _reach(self, index: int, used_at: int) -> None:
        self._steps += 1
        self._todo.append((index, used_at))


def _effects(statement: Statement) -> Iterator[tuple[_Effect, str]]:
    usage = statement.usage
    plain_import = statement.source.startswith("import ") and " as " not in statement.source
    for name in usage.binds:
        yield (_Effect.IMPORTS if plain_import else _Effect.BINDS), name
    for name in usage.may_bind:
        yield _Effect.MAY_BIND, name
    for name in usage.alters:
        yield _Effect.ALTERS, name
    for name in usage.calls_methods_of:
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
