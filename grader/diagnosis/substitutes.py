"""What a program has in the place of the course's layers: classes, weights and arithmetic of its own.

A right answer may have any of these. They are told of only where marks were lost, and say what stands there and not
that it is the mistake.
"""

import ast
from collections.abc import Iterator

import numpy as np

from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.student_source import INITIALISER, StudentSource, targets
from grader.wording import listed
from sandbox.wire.messages import NotAnArray, Place

RANDOM = frozenset({"rand", "randn", "normal", "uniform", "standard_normal", "random", "random_sample", "glorot"})
CHANNELS = frozenset({"c", "ch", "chan", "channel", "channels", "in_channels", "num_channels", "n_channels"})
HEIGHTS = frozenset({"h", "hh", "height", "img_h", "rows", "w", "ww", "width"})


def substitutes(evidence: FailedExercise) -> tuple[Hint, ...]:
    """All that is found."""
    return (
        *_own_layers(evidence),
        *_own_weights(evidence),
        *_half_precision(evidence),
        *_channels_last(evidence),
    )


def parameters_read(evidence: FailedExercise, kind: str) -> tuple[Place, ...]:
    """The lines that read the parameters of a layer of this kind: they do its arithmetic by hand."""
    names = {spec.name.parameter for spec in evidence.golden.parameters if spec.name.kind == kind} | _also_of(kind)
    found = {
        Place(origin=origin, line=node.lineno)
        for origin, tree in evidence.source.trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in names
    }
    return tuple(sorted(found, key=lambda place: (place.origin, place.line)))


def _also_of(kind: str) -> set[str]:
    return {"running_mean", "running_var", "eps"} if kind.startswith("BatchNorm") else set()


def drawn_kinds(evidence: FailedExercise) -> frozenset[str]:
    """The layers whose parameters the right numbers are made with."""
    return frozenset(spec.name.kind for spec in evidence.golden.parameters)


def _own_layers(evidence: FailedExercise) -> Iterator[Hint]:
    """A class with a layer's name that does not extend it and has numbers of its own for parameters."""
    kinds = drawn_kinds(evidence)
    for origin, tree in evidence.source.trees:
        for node in tree.body:
            if (
                not isinstance(node, ast.ClassDef)
                or node.name not in kinds
                or node.name == evidence.source.entry_point
            ):
                continue
            if node.bases or not any(map(_makes_numbers, ast.walk(node))):
                continue
            yield Hint(
                kind=HintKind.OWN_LAYER,
                title=f"You define a class {node.name} yourself",
                message=f"It takes the place of {node.name} of utils, and has numbers of its own for parameters. "
                f"The expected results are made with the parameters that {node.name} of utils draws. Take your "
                f"class out, and write from utils import {node.name}.",
                places=(Place(origin=origin, line=node.lineno),),
            )
            return


def _own_weights(evidence: FailedExercise) -> Iterator[Hint]:
    """Random numbers that a class of the program makes and keeps."""
    if not drawn_kinds(evidence) or not evidence.exercise.is_class:
        return
    kept = [
        each
        for each in evidence.source.attributes
        if each.value is not None
        and each.method.name == INITIALISER
        and each.method.owner is not None
        and each.method.owner.name not in drawn_kinds(evidence)
        and any(map(_draws, ast.walk(each.value)))
    ]
    if kept:
        names = listed([f"self.{each.name}" for each in kept[:4]])
        them = "it" if len(kept) == 1 else "them"
        yield Hint(
            kind=HintKind.OWN_WEIGHTS,
            title="There are weights of your own",
            message=f"You fill {names} with random numbers. The expected results are made with the parameters that "
            f"the layers of utils draw, and no other numbers give them. Make a layer of utils in place of {them}; "
            "to do its arithmetic yourself, read its parameters.",
            places=tuple(dict.fromkeys(each.place for each in kept)),
        )


def _draws(node: ast.AST) -> bool:
    """``np.random.randn(…)``, or what a generator gives."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="random"), attr=name)):
            return name in RANDOM
        case ast.Call(func=ast.Attribute(value=ast.Name(id="rng" | "random" | "generator"), attr=name)):
            return name in RANDOM
        case _:
            return False


def _makes_numbers(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="zeros" | "ones" | "full")):
            return True
        case _:
            return _draws(node)


def _half_precision(evidence: FailedExercise) -> Iterator[Hint]:
    lines = _naming(evidence.source, "float16", "half")
    returned = [
        name
        for case in evidence.failed_cases
        if case.case_id in evidence.shown
        for name, array in zip(evidence.exercise.outputs, case.outputs, strict=False)
        if not isinstance(array, NotAnArray) and array.dtype == np.float16
    ]
    if returned or (lines and evidence.wrong):
        yield Hint(
            kind=HintKind.HALF_PRECISION,
            title=f"{returned[0]} is float16" if returned else "Numbers are turned into float16",
            message="float16 keeps three digits of each number, and results are compared to five or more. Leave "
            "the arguments' own type, float32, or compute in float64.",
            places=lines,
        )


def _naming(code: StudentSource, *names: str) -> tuple[Place, ...]:
    found = {
        Place(origin=origin, line=node.lineno)
        for origin, tree in code.trees
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.Constant) and node.value in names)
    }
    return tuple(sorted(found, key=lambda place: (place.origin, place.line)))[:4]


def _channels_last(evidence: FailedExercise) -> Iterator[Hint]:
    """``B, H, W, C = x.shape`` of an array whose second axis has the channels."""
    images = any(np.ndim(value) == 4 for call in evidence.calls for value in call.arguments.values())
    answer = evidence.source.answer
    if not images or answer is None:
        return
    for statement in answer.statements():
        value = getattr(statement, "value", None)
        names = [each.id.casefold() if isinstance(each, ast.Name) else "" for each in targets(statement)]
        of_shape = isinstance(value, ast.Attribute) and value.attr == "shape" and isinstance(value.value, ast.Name)
        if of_shape and len(names) == 4 and names[3] in CHANNELS and names[1] in HEIGHTS:
            yield Hint(
                kind=HintKind.CHANNELS_LAST,
                title="The channels are the second axis",
                message="This line takes the last axis for the channels. Images have the shape (B, C, H, W) here: "
                "the batch, then the channels, then rows and columns.",
                places=(Place(origin=answer.origin, line=statement.lineno),),
            )
            return
