"""Mistakes that stand in a student's own code: a missing or early return, an unused result, a layer used twice.

Numbers do not prove them, and what is expected in a case plays no part: the code does, together with the trace,
which tells that a line was run. They are told only where the submission lost marks.
"""

import ast
from collections.abc import Iterator, Sequence

from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.student_source import Attribute, StudentSource, class_name, targets
from grader.wording import listed
from sandbox.wire.messages import CaseResult, NotAnArray, Place, TraceEntry

MOST_LINES = 4  # that are named in a sentence
Layer = tuple[str, tuple[tuple[str, float], ...]]  # a kind with its settings


def own_mistakes(evidence: FailedExercise) -> tuple[Hint, ...]:
    """All that is found."""
    code, failed = evidence.source, evidence.failed_cases
    returned = _no_return(code, failed)
    not_returned = {place.line for hint in returned for place in hint.places}
    return (
        *returned,
        *_returns_in_loops(code),
        *_list_returned(code, failed, len(evidence.exercise.outputs)),
        *_dropped_results(code, failed, not_returned),
        *_shared_layers(evidence),
    )


def _no_return(code: StudentSource, failed: Sequence[CaseResult]) -> tuple[Hint, ...]:
    """Where None came back, and the code shows on which way."""
    answer = code.answer
    if answer is None or not any(_is_none(case) for case in failed):
        return ()
    bare = [each for each in answer.statements() if isinstance(each, ast.Return) and each.value is None]
    given = [each for each in answer.statements() if isinstance(each, ast.Return) and each.value is not None]
    if bare:
        return (
            Hint(
                kind=HintKind.NO_RETURN,
                title=f"{answer.name} has a return with nothing behind it",
                message="A return alone gives None back. Put the result behind it: return out.",
                places=tuple(Place(origin=answer.origin, line=each.lineno) for each in bare),
            ),
        )
    end = open_end(answer.node.body)
    if end is None:
        return ()
    place = Place(origin=answer.origin, line=end.lineno)
    if given:
        return (
            Hint(
                kind=HintKind.NO_RETURN,
                title=f"{answer.name} does not return on every way through it",
                message=f"There is a return in {_lines(given)}, and {_way_past(end)} {answer.name} comes to its "
                f"end without one and gives None back. {what_to_return(code, end, answer.origin)}",
                places=(place,),
            ),
        )
    return (
        Hint(
            kind=HintKind.NO_RETURN,
            title=f"{answer.name} has no return",
            message=f"It computes something and comes to its end, and then Python gives None back. "
            f"{what_to_return(code, end, answer.origin)}",
            places=(place,),
        ),
    )


def _is_none(case: CaseResult) -> bool:
    match case.outputs:
        case (NotAnArray(type_name="NoneType"),):
            return True
        case _:
            return False


def open_end(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """The last statement on a way that falls off the end of a function; None where all ways return or raise."""
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise():
            return None
        case ast.If() if last.orelse:
            return open_end(last.body) or open_end(last.orelse)
        case ast.With() | ast.AsyncWith():
            return open_end(last.body)
        case ast.Try():
            return None if last.finalbody and open_end(last.finalbody) is None else _open_try(last)
        case ast.Match():
            return None if all(open_end(case.body) is None for case in last.cases) else last
        case ast.While(test=ast.Constant(value=True)):
            return None
        case _:
            return last


def _open_try(statement: ast.Try) -> ast.stmt | None:
    ways = [statement.orelse or statement.body, *(handler.body for handler in statement.handlers)]
    return next((end for way in ways if (end := open_end(way)) is not None), None)


def _way_past(end: ast.stmt) -> str:
    match end:
        case ast.If():
            return f"where the condition in line {end.lineno} does not hold,"
        case ast.For() | ast.While():
            return f"where the loop in line {end.lineno} ends,"
        case _:
            return f"past line {end.lineno}"


def what_to_return(code: StudentSource, end: ast.stmt, origin: str) -> str:
    """How to mend a function that ends with this statement and returns nothing."""
    match end:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return f"End with return {name}."
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return "print only shows a value: write return in its place."
        case ast.Expr(value=value) if not isinstance(value, ast.Constant):
            return f"Write return {code.quoted(value, origin)}."
        case ast.If() | ast.For() | ast.While():
            return "Put a return behind it, as far to the left as it."
        case _:
            return "End with a return of the result."


def _list_returned(code: StudentSource, failed: Sequence[CaseResult], outputs: int) -> Iterator[Hint]:
    """A list of many arrays where one is asked for."""
    case = next((case for case in failed if len(case.outputs) > outputs == 1), None)
    if code.answer is None or case is None or any(isinstance(each, NotAnArray) for each in case.outputs):
        return
    lists = {
        target.id
        for statement in code.answer.statements()
        if isinstance(getattr(statement, "value", None), ast.List | ast.ListComp)
        for target in targets(statement)
        if isinstance(target, ast.Name)
    }
    for statement in code.answer.statements():
        match statement:
            case ast.Return(value=ast.Name(id=name)) if name in lists:
                yield Hint(
                    kind=HintKind.LIST_RETURNED,
                    title=f"{code.answer.name} returns a list",
                    message=f"{name} is a list of {len(case.outputs)} arrays, and one array is asked for. Write "
                    f"return np.concatenate({name}) to put them behind each other, or return np.stack({name}) for "
                    "a new axis in front.",
                    places=(Place(origin=code.answer.origin, line=statement.lineno),),
                )
                return


def _returns_in_loops(code: StudentSource) -> Iterator[Hint]:
    """Loops that can't have a second turn, because each way through them returns."""
    for function in code.definitions:
        for loop in function.statements():
            if not isinstance(loop, ast.For):
                continue
            last = next((each for each in loop.body if isinstance(each, ast.Return)), None)
            skips = any(isinstance(each, ast.Continue) for statement in loop.body for each in ast.walk(statement))
            if last is not None and not skips:
                yield Hint(
                    kind=HintKind.RETURN_IN_LOOP,
                    title=f"{function.name} returns in the first turn of a loop",
                    message=f"The return in line {last.lineno} stands inside of the loop that begins in line "
                    f"{loop.lineno}, so that there is no second turn. Move it to the left, behind the loop.",
                    places=(Place(origin=function.origin, line=last.lineno),),
                )
                return


def _dropped_results(code: StudentSource, failed: Sequence[CaseResult], told: set[int]) -> Iterator[Hint]:
    """Statements that are no more than a call of a layer, one of which was run in a case that failed."""
    called = {entry.called for case in failed for entry in case.trace if entry.called}
    kinds = {entry.kind for case in failed for entry in case.trace}
    layers = {each.name for each in code.attributes if class_name(each.value) in kinds}
    found = {
        Place(origin=function.origin, line=statement.lineno): statement.value
        for function in code.definitions
        for statement in function.statements()
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if told.isdisjoint(_all_lines(statement)) and _is_a_layers(statement.value, layers)
    }
    run = next(
        (
            place
            for place, call in found.items()
            if any(Place(origin=place.origin, line=line) in called for line in _all_lines(call))
        ),
        None,
    )
    if run is None:
        return
    call = found[run]
    text = code.quoted(call, run.origin)
    # The same elsewhere was perhaps not reached yet.
    alike = [place for place, other in found.items() if place != run and _is_alike(call, other)]
    match call.args:
        case [ast.Name(id=name)]:
            instead = f"Write {name} = {text}."
        case _:
            instead = "Give what it returns a name, and go on with that."
    again = f" The same in {_lines_text([place.line for place in alike])}." if alike else ""
    yield Hint(
        kind=HintKind.DROPPED_RESULT,
        title=f"The result of {text} is not used",
        message="A layer leaves what it is given as it is, and returns something new, which this line throws away. "
        f"{instead}{again}",
        places=(run, *alike),
    )


def _all_lines(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _is_alike(call: ast.Call, other: ast.Call) -> bool:
    """Whether both call the same, or both something of the object."""
    mine, its = (each.func for each in (call, other))
    return isinstance(mine, ast.Attribute) == isinstance(its, ast.Attribute)


def _is_a_layers(call: ast.Call, layers: set[str]) -> bool:
    """Whether the call itself, and not one inside of it, is that of a layer."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == "forward":
        function = function.value
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id == "self" and function.attr in layers
    inside = [node for each in (*call.args, *call.keywords) for node in ast.walk(each)]
    return isinstance(function, ast.Name | ast.Subscript) and not any(isinstance(each, ast.Call) for each in inside)


def _shared_layers(evidence: FailedExercise) -> Iterator[Hint]:
    """A layer with parameters that is called more than once, where every right program has more layers like it."""
    with_parameters = {spec.name.kind for spec in evidence.golden.parameters}
    for case in evidence.failed_cases:
        instances = _instances(case.trace)
        right = [_instances(trace) for trace in evidence.references(case.case_id) if trace]
        for layer, mine in instances.items():
            kind, _ = layer
            calls = next((calls for calls in mine.values() if len(calls) > 1), None)
            enough = right and min(len(each.get(layer, {})) for each in right) <= len(mine)
            if calls is None or enough or not right or kind not in with_parameters:
                continue
            yield _shared(evidence.source, kind, calls, case.trace)
            return


def _instances(trace: Sequence[TraceEntry]) -> dict[Layer, dict[int, list[TraceEntry]]]:
    """The calls of each layer, by kind and settings and then by which of those layers it is."""
    found: dict[Layer, dict[int, list[TraceEntry]]] = {}
    for entry in trace:
        found.setdefault((entry.kind, entry.settings), {}).setdefault(entry.instance, []).append(entry)
    return found


def _shared(code: StudentSource, kind: str, calls: Sequence[TraceEntry], trace: Sequence[TraceEntry]) -> Hint:
    made = {entry.made for entry in trace}
    mine = next((each for each in code.attributes if each.place == calls[0].made), None)
    spare = [
        each
        for each in code.attributes
        if class_name(each.value) == kind and each.place not in made and each.name not in code.attributes_read
    ]
    places = tuple(dict.fromkeys(entry.called for entry in calls if entry.called))
    name = f"self.{mine.name}" if mine else f"one {kind}"
    message = (
        f"{_capital(name)} is called {_times(len(calls))}{_where(places)}. Each of these places needs a {kind} of "
        "its own, for it has parameters of its own."
    )
    if mine and spare:
        message += f" {_spare_words(mine, spare[0])}"
    else:
        message += " Make another one in __init__."
    return Hint(
        kind=HintKind.SHARED_LAYER,
        title=f"{_capital(name)} is used more than once",
        message=message,
        places=places or tuple(each.place for each in (mine,) if each),
    )


def _spare_words(mine: Attribute, spare: Attribute) -> str:
    where = "first" if spare.place.line < mine.place.line else "last"
    made = f"You made self.{spare.name} in line {spare.place.line}, and it is not called"
    return f"{made}: use it in the {where} of these places."


def _where(places: Sequence[Place]) -> str:
    return f", in {_lines_text([each.line for each in places])}" if places else ""


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _capital(text: str) -> str:
    return text if text.startswith("self.") else text[:1].upper() + text[1:]


def _lines(nodes: Sequence[ast.stmt]) -> str:
    return _lines_text([each.lineno for each in nodes])


def _lines_text(lines: Sequence[int]) -> str:
    """``line 4``, or ``lines 4, 7 and 9``."""
    numbers = [str(line) for line in lines[:MOST_LINES]]
    return f"line{'s' if len(numbers) > 1 else ''} {listed(numbers)}"
