"""A list in a sentence and the name that was probably meant, said in one place."""

import pytest

from grader.wording import did_you_mean, listed, nearest_name
from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c"), "a, b and c"),
        (list("abcd"), "a, b, c and d"),
    ],
)
def test_a_list_reads_as_in_a_sentence(words, text):
    assert listed(words) == text


def test_the_name_that_was_meant_is_the_most_similar_one():
    assert nearest_name("atention", ["lstm_model", "attention"]) == "attention"
    assert nearest_name("zzz", ["lstm_model", "attention"]) is None
    assert nearest_name("atention", []) is None
    assert nearest_name("ab", ["axxx"], cutoff=0.3) == "axxx"
    assert nearest_name("ab", ["axxx"]) is None


def test_capitals_count_unless_said_otherwise():
    assert nearest_name("WEEK8", ["week8"]) is None
    assert nearest_name("WEEK8", ["Week8", "other"], any_case=True) == "Week8"


def test_very_long_and_very_many_names_are_not_compared():
    assert nearest_name("x" * 100_000, ["x" * 99, "x" * 100_000]) == "x" * 99
    many = [f"name_{number:06}" for number in range(100_000)]
    assert nearest_name("name_000999", many) == "name_000999"
    assert nearest_name("name_099999", many) != "name_099999"


def test_the_question_is_asked_where_a_name_is_near():
    assert did_you_mean("attention", otherwise="Look.") == "Did you mean attention?"
    assert did_you_mean(None, otherwise="Look.") == "Look."
    assert did_you_mean(None) == ""


@pytest.mark.parametrize("words", ["get_close_matches", "Did you mean"])
def test_it_is_said_in_one_place(words):
    ours = [path for package in ("grader", "sandbox") for path in (ROOT / package).rglob("*.py")]
    said = [path.name for path in ours if words in path.read_text(encoding="utf-8")]
    assert said == ["wording.py"]
