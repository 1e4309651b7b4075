"""The corpus of programs in other people's ways: its index holds, and each program is judged as it is labelled."""

import ast
import re
from dataclasses import replace

import pytest

from benchmarks.judgement.programs import all_programs
from benchmarks.judgement.strangers import Outcome, Reported, Told, outcome
from benchmarks.judgement.strangers_index import STRANGERS, Half, Stranger, Truth, half_of, strangers
from exercises.loader import DEFAULT_ASSIGNMENT

ALL = tuple(each for half in Half for each in strangers(half))
PROGRAMS = {programs.exercise.exercise_id: programs for programs in all_programs(DEFAULT_ASSIGNMENT)}
SLOW = "alexnet"  # the first right and the first wrong one stand for all
FIRST = {each.truth: each for each in reversed(ALL) if each.exercise_id == SLOW}
TRIED = tuple(each for each in ALL if each.exercise_id != SLOW or each in FIRST.values())


def test_the_folders_hold_what_the_index_names_and_nothing_else():
    assert {each.path for each in ALL} == set(STRANGERS.rglob("*.py"))
    assert len({each.name for each in ALL}) == len(ALL)


def test_a_programs_name_alone_decides_to_which_half_it_belongs():
    assert [each.name for each in ALL if half_of(each.name) is not each.half] == []


def test_half_of_a_name_is_the_last_bit_of_its_digest():
    # printf plan_in_words | sha256sum ends with 0 for even, 1 for odd
    assert {half_of(name) for name in ("plan_in_words", "features_and_classifier")} == set(Half)


@pytest.mark.parametrize("stranger", ALL, ids=lambda each: each.name)
def test_a_label_is_complete(stranger: Stranger):
    assert stranger.exercise_id in PROGRAMS
    assert stranger.cause.endswith(".")
    assert bool(stranger.names) is (stranger.truth is Truth.WRONG)
    for expression in (*stranger.names, *stranger.partly, *stranger.harmless):
        assert not re.search(expression, ""), "it would match whatever is told"
    ast.parse(stranger.path.read_text(encoding="utf-8"), feature_version=(3, 11))


@pytest.mark.parametrize("stranger", TRIED, ids=lambda each: each.name)
def test_right_ones_get_all_marks_and_wrong_ones_do_not(stranger: Stranger):
    passed = PROGRAMS[stranger.exercise_id].passes(stranger.path.read_text(encoding="utf-8"))
    as_labelled = passed is (stranger.truth is Truth.RIGHT)
    assert as_labelled is (stranger.known_miss is None), (
        "judged otherwise than labelled, or a known miss is mended: then take its reason out of the index"
    )


def test_two_mistakes_may_be_named_in_two_texts():
    both = replace(_stranger(Truth.WRONG), names=("(?=.*not scaled).*inverted",), partly=("scaled", "inverted"))
    assert outcome(both, _reported("They are not scaled", "The mask is inverted")) is Outcome.NAMED
    assert outcome(both, _reported("They are not scaled")) is Outcome.PARTLY


def _stranger(truth: Truth) -> Stranger:
    return Stranger(
        name="n",
        exercise_id="attention",
        half=Half.TUNED,
        truth=truth,
        cause="The scale is missing.",
        names=("not scaled",),
        partly=("scale",),
        harmless=("unused",),
    )


def _reported(*texts: str, states: bool = True, passed: bool = False, exception: str = "") -> Reported:
    told = tuple(Told(id="x", states=states, text=text) for text in texts)
    return Reported(passed=passed, told=told, exception=exception)


@pytest.mark.parametrize(
    ("truth", "reported", "expected"),
    [
        (Truth.RIGHT, _reported(passed=True), Outcome.FINE),
        (Truth.RIGHT, _reported(passed=False), Outcome.ALARM),
        (Truth.RIGHT, _reported("There is Dropout", passed=True), Outcome.TOLD),
        (Truth.RIGHT, _reported("A layer is unused", passed=True), Outcome.FINE),
        (Truth.WRONG, _reported(passed=True), Outcome.MISSED),
        (Truth.WRONG, _reported("They are NOT SCALED"), Outcome.NAMED),
        (Truth.WRONG, _reported("Look at the scale", states=False), Outcome.PARTLY),
        (Truth.WRONG, _reported("The mask is inverted"), Outcome.MISLED),
        (Truth.WRONG, _reported("They are not scaled", "The mask is inverted"), Outcome.MISLED),
        (Truth.WRONG, _reported("They are not scaled", "A layer is unused"), Outcome.NAMED),
        (Truth.WRONG, _reported("Look at line 3", states=False), Outcome.NOTHING),
        (Truth.WRONG, _reported(exception="ValueError: not scaled"), Outcome.PARTLY),
        (Truth.WRONG, _reported(), Outcome.NOTHING),
    ],
)
def test_the_labelling_rule(truth: Truth, reported: Reported, expected: Outcome):
    assert outcome(_stranger(truth), reported) is expected
