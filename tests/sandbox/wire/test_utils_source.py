"""A utils in parts: whole where nothing is forbidden, and without the code of what is."""

import sys
import types

import pytest

from exercises.loader import load_assignment
from sandbox.runner.execute import load_utils
from sandbox.runner.instrumentation import ForbiddenCall
from sandbox.wire.utils_source import utils_parts

UTILS = '''\
"""Layers."""
from __future__ import annotations
import functools

FACTOR = 3


@functools.cache
def shown(x):
    return secret(x) + 1


@functools.cache
def secret(x):
    return x * FACTOR * 70001


class Layer:
    value = 70002

    def forward(self, x):
        return x


class Kept(Layer):
    pass


quick = lambda x: 70003
if FACTOR:
    def nested(x):
        return 70004
else:
    nested = None
ALIAS = secret
BUILDING_BLOCKS = (Layer, Kept)


def last(x) -> not_there:
    raise ValueError(x)
'''
NAMES = ("secret", "Layer", "quick", "nested")


@pytest.fixture(autouse=True)
def _utils_as_before(monkeypatch):
    monkeypatch.setitem(sys.modules, "utils", types.ModuleType("utils"))


def constants(value, seen=None):
    """All that code and what it holds consist of."""
    match value:
        case types.CodeType():
            return {each for constant in value.co_consts for each in constants(constant)}
        case tuple() | frozenset():
            return {each for constant in value for each in constants(constant)}
    return {value}


def everything_in(module):
    for value in vars(module).values():
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, types.FunctionType):
            yield from constants(value.__code__)
        elif isinstance(value, type):
            yield from (each for each in vars(value).values() if isinstance(each, int))


def test_the_code_of_what_is_forbidden_is_nowhere_in_the_module():
    whole, cut = (list(everything_in(load_utils(UTILS, names))) for names in ((), NAMES))
    assert {70001, 70002, 70003, 70004} <= set(whole)
    assert not {70001, 70002, 70003, 70004} & set(cut)


def test_what_is_forbidden_refuses_to_be_called_by_every_name_and_the_rest_works():
    utils = load_utils(UTILS, NAMES)
    for call in (utils.secret, utils.ALIAS, utils.Layer, utils.quick, utils.nested, utils.shown, utils.Kept):
        with pytest.raises(ForbiddenCall):
            call(1)
    assert utils.FACTOR == 3


def test_lines_keep_their_numbers():
    with pytest.raises(ValueError, match="5") as found:
        load_utils(UTILS, NAMES).last(5)
    assert found.traceback[-1].lineno + 1 == UTILS.splitlines().index("    raise ValueError(x)") + 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_set_of_names_gets_its_own_parts_and_no_others(line_end):
    parts = utils_parts(UTILS.replace("\n", line_end), [(), ("secret",), NAMES])
    assert "70001" not in "".join(each.source for each in parts.common)
    texts = ["".join(part.source for part in sorted((*parts.common, *own))) for own in parts.own]
    assert texts[0] == UTILS
    assert [str(number) in texts[1] for number in (70001, 70002, 70003, 70004)] == [False, True, True, True]
    assert [str(number) in texts[2] for number in (70001, 70002, 70003, 70004)] == [False] * 4
    assert {text.count("\n") for text in texts} == {UTILS.count("\n")}
    assert parts.future_annotations


def test_where_nothing_is_forbidden_or_nothing_can_be_read_it_stays_whole():
    for source, names in ((UTILS, ()), ("def broken(", ("broken",))):
        parts = utils_parts(source, [names])
        assert [part.source for part in parts.common] == [source]


def test_the_shipped_utils_have_no_code_of_attention_where_it_is_the_exercise():
    assignment = load_assignment()
    exercise = next(each for each in assignment.exercises if each.exercise_id == "attention")
    parts = utils_parts(assignment.utils_source, [exercise.forbidden])
    text = "".join(part.source for part in (*parts.common, *parts.own[0]))
    assert "swapaxes(-1, -2)" not in text
    assert "class MultiHeadAttention" not in text
    assert "class PositionalEncoding" in text
