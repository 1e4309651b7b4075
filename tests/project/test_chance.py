"""``make test`` draws no lots: what passes once passes again, and what fails can be looked into."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.chance import FIXED, NIGHTLY, rounds
from tests.support.paths import ROOT, TESTS

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def drawn(profile: str) -> list[int]:
    seen: list[int] = []

    @settings(settings.get_profile(profile), max_examples=20)
    @given(st.integers())
    def test(number: int) -> None:
        seen.append(number)

    test()
    return seen


def recipe(verb: str) -> str:
    found = re.search(rf"^{verb}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None
    return found[1]


def test_inputs_are_the_same_in_every_run():
    assert drawn(FIXED) == drawn(FIXED)
    fixed = settings.get_profile(FIXED)
    assert (fixed.database, fixed.deadline) == (None, None)


def test_at_night_they_are_others_each_time_unless_a_seed_is_given(pytestconfig):
    if pytestconfig.getoption("hypothesis_seed") is not None:
        pytest.skip("there is a seed")
    assert drawn(NIGHTLY) != drawn(NIGHTLY)


def test_every_property_is_tried_under_the_profile_of_the_run(pytestconfig):
    profile = pytestconfig.getoption("hypothesis_profile") or FIXED
    assert settings.get_current_profile_name() == profile
    assert rounds(7).derandomize is (profile == FIXED)
    sources = {path.name: path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")}
    assert {name for name, text in sources.items() if "max_examples" in text} == {"chance.py", Path(__file__).name}


def test_only_the_nightly_verb_has_a_seed_and_it_tells_it():
    assert "seed" not in recipe("test").lower().replace("hashseed", "")
    night = recipe("nightly")
    assert f"--hypothesis-profile={NIGHTLY}" in night
    assert "--hypothesis-seed=" in night
    assert "make nightly SEED=$$seed" in night
