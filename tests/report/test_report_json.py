"""Reports are files that people edit by hand: what is read from them is what the schema allows, and quickly."""

import contextlib
import copy
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import ReportUnreadable
from grader.output_file import open_whole
from grader.report import json_format
from grader.report.json_format import from_json, read_report, to_json
from tests.support.chance import rounds
from tests.support.class_reports import check, exercise, report
from tests.support.json_places import places

REPORT = json.loads(
    to_json(
        report(
            "ada",
            exercise(
                "alpha",
                check("one", "values", 2.0),
                check("two", "shape", 1.0, passed=False),
                diagnoses=(("unscaled", "Not scaled", "Divide."),),
            ),
        )
    )
)


PLACES = [path for path in places(REPORT) if path]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [
            "passed",
            "failed",
            "values",
            "1.2",
            "1.3",
            "1.4",
            "1.5",
            "python",
            "a" * 64,
            "a" * 64 + "\n",
            "2026-01-01",
        ]
    ),
    st.just([]),
    st.just({}),
    st.just({"points": 1}),
)


def outcome(text: str) -> object:
    try:
        return from_json(text)
    except ReportUnreadable as error:
        return str(error)


@rounds(400)
@given(place=st.sampled_from(PLACES), value=values, remove=st.booleans(), add=st.booleans())
def test_with_and_without_the_fast_validator_the_same_reports_are_read(place, value, remove, add):
    pytest.importorskip("jsonschema_rs")
    fields = copy.deepcopy(REPORT)
    *parents, last = place
    holder = fields
    for name in parents:
        holder = holder[name]
    if remove:
        del holder[last]
    else:
        holder[last] = value
    if add and isinstance(holder, dict):
        holder["more"] = value
    text = json.dumps(fields)
    fast = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_format, "_fast_validator", lambda: None)
        assert outcome(text) == fast


def test_the_fast_validator_is_used(monkeypatch):
    pytest.importorskip("jsonschema_rs")

    def slow():
        raise AssertionError("the slow validator was asked")

    monkeypatch.setattr(json_format, "_validator", slow)
    assert from_json(json.dumps(REPORT)).submission.student == "ada"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "9" * 5000])
@pytest.mark.parametrize("fast", [True, False])
def test_a_number_that_is_none_is_refused(number, fast, monkeypatch):
    if not fast:
        monkeypatch.setattr(json_format, "_fast_validator", lambda: None)
    text = json.dumps(REPORT).replace('"max_points": 3.0', f'"max_points": {number}', 1)
    assert number in text
    with pytest.raises(ReportUnreadable, match="not JSON"):
        from_json(text)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "\ud800", '"\\ud800"', "", "null", "1"])
def test_any_text_is_a_report_or_refused(text):
    with pytest.raises(ReportUnreadable):
        from_json(text)


def test_an_unfinished_file_has_no_name_and_a_finished_one_replaces_the_last(tmp_path):
    file = tmp_path / "report.json"
    tmp_path.chmod(0o755)  # in one that is closed to others the file would be as well
    for text in (b"first", b"second"):
        before = sorted(tmp_path.iterdir())
        with open_whole(file, option="--json") as unfinished:
            unfinished.write(text)
            unfinished.flush()
            assert sorted(tmp_path.iterdir()) == before
        assert [(each, each.read_bytes()) for each in tmp_path.iterdir()] == [(file, text)]
    umask = os.umask(0o027)
    os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~umask


def test_where_no_file_can_be_without_a_name_it_has_one_that_is_gone_after_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.output_file._nameless", lambda folder: None)
    with contextlib.suppress(ZeroDivisionError), open_whole(tmp_path / "report.json", option="--json"):
        assert len(list(tmp_path.iterdir())) == 1
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with open_whole(tmp_path / "report.json", option="--json") as file:
        file.write(b"whole")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"whole"]


def test_a_class_given_for_a_report_is_told_where_its_reports_are(tmp_path):
    with pytest.raises(ReportUnreadable, match="is a folder"):
        read_report(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "ada.json").write_text("{}")
    with pytest.raises(ReportUnreadable, match=r"such as .*reports/ada\.json"):
        read_report(tmp_path)
