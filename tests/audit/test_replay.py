"""A submission graded again: the same comes out, or what differs is shown, and never under other conditions unsaid."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.audit.replay import replay_report
from grader.audit.verification import Standing
from grader.errors import UsageProblem
from grader.grading.pipeline import grade
from grader.report import provenance
from grader.report.json_format import read_report, write_report
from grader.report.signature import PUBLIC_KEY
from grader.settings import Settings
from tests.support.trusted import open_trusted

pytestmark = pytest.mark.slow

SOURCE = "def row_shares(x):\n    total = x.sum(axis=-1, keepdims=True)\n    return x / total, total + 1\n"


@pytest.fixture
def report(tiny, tmp_path) -> Path:
    """A stored report, with its submission beside it."""
    (tmp_path / "handed_in.py").write_text(SOURCE)
    file = tmp_path / "report.json"
    write_report(
        grade(tmp_path / "handed_in.py", Settings(assignment=str(tiny), show_hidden=True), open_trusted), file
    )
    return file


@pytest.fixture
def asked() -> list[tuple[str, str | None]]:
    """The backends and runtimes that a replay asked for."""
    return []


@pytest.fixture
def again(tiny, tmp_path, report, asked):
    def open_as(backend, runtime):
        asked.append((backend, runtime))
        return open_trusted

    def again(submission: Path | None = tmp_path / "handed_in.py", file: Path = report, **more):
        return replay_report(file, submission, Settings(assignment=str(tiny)), PUBLIC_KEY, open_as, **more)

    return again


def edit(file: Path, change) -> None:
    fields = json.loads(file.read_text(encoding="utf-8"))
    change(fields)
    file.write_text(json.dumps(fields), encoding="utf-8")


def test_the_same_comes_out_under_the_recorded_settings_and_backend(again, asked):
    done = again()
    assert done.is_same
    assert done.conditions == ()
    assert done.verified.standing is Standing.INTACT
    assert asked == [("trusted", None)]
    assert not done.report.exercises[0].points


def test_a_copy_under_another_name_is_the_same_submission(again, tmp_path):
    (tmp_path / "handed_in.py").rename(tmp_path / "ada.py")
    assert again(tmp_path / "ada.py").is_same


def test_what_somebody_changed_in_the_report_comes_out_as_a_difference(again, report):
    edit(report, lambda fields: fields["exercises"][1]["checks"][0].update(message="Well done."))
    done = again()
    assert done.verified.standing is Standing.CHANGED
    (difference,) = done.differences
    assert difference.place.startswith("shares / checks / ")
    assert difference.recorded == "Well done."


def test_another_file_is_refused(again, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(SOURCE + "\n")
    with pytest.raises(UsageProblem, match="SHA-256"):
        again(other)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("numpy", lambda fields: fields["run"].update(numpy="1.26.0")),
        ("secret", lambda fields: fields["run"]["integrity"]["conditions"].update(secret="0" * 12)),
        ("blas", lambda fields: fields["run"]["integrity"]["conditions"].update(blas="mkl")),
        ("grader", lambda fields: fields["run"]["integrity"]["conditions"].update(grader="0" * 64)),
        (
            "exercises / dense",
            lambda fields: fields["run"]["integrity"]["conditions"]["exercises"].update(dense="0"),
        ),
        ("limits / memory_bytes", lambda fields: fields["run"]["limits"].update(memory_bytes=1e12)),
        ("conditions", lambda fields: fields["run"].update(integrity=None)),
    ],
)
def test_other_conditions_are_refused_and_with_anyway_they_are_shown(again, asked, report, place, change):
    edit(report, change)
    with pytest.raises(UsageProblem, match=place):
        again()
    assert asked == []
    done = again(anyway=True)
    assert [each.place for each in done.conditions] == [place]


def test_another_image_is_told(again, report):
    edit(report, lambda fields: fields["run"].update(image="sha256:old"))
    (difference,) = again().conditions
    assert (difference.place, difference.recorded, difference.now) == ("image", "sha256:old", "none")


def test_another_processor_is_told_and_no_reason_to_refuse(again, monkeypatch):
    monkeypatch.setattr(provenance, "_kernel", lambda: "Zen")
    assert [each.place for each in again().conditions] == ["kernel"]


def test_other_words_are_told_and_no_reason_to_refuse(again, monkeypatch):
    monkeypatch.setattr(provenance, "words_digest", lambda: "other words")
    assert [each.place for each in again().conditions] == ["words / dense", "words / shares"]


def test_the_limits_of_a_report_decide_nothing(tiny, again, report):
    edit(report, lambda fields: fields["run"]["limits"].update(exercise_seconds=1e9))
    done = again(anyway=True)
    assert done.report.run.limits["exercise_seconds"] == Settings().limits.cpu_seconds


def test_a_batchs_report_finds_the_copy_of_its_program(again, report, tmp_path):
    for name in ("reports", "programs"):
        (tmp_path / name).mkdir()
    stored = report.rename(tmp_path / "reports" / "ada.json")
    with pytest.raises(UsageProblem, match="no copy"):
        again(None, stored)
    (tmp_path / "handed_in.py").rename(tmp_path / "programs" / "ada.py")
    assert again(None, stored).is_same


def test_what_could_not_be_read_is_not_graded_again(again, report):
    from tests.support.class_reports import unreadable

    write_report(replace(unreadable("ada"), handed_in=None), report)
    assert read_report(report).problem is not None
    with pytest.raises(UsageProblem, match="Nothing was graded"):
        again()


def test_fresh_inputs_are_made_again(tiny, again, report, tmp_path):
    settings = Settings(assignment=str(tiny), fresh_inputs=True)
    write_report(grade(tmp_path / "handed_in.py", settings, open_trusted), report)
    done = again()
    assert done.report.run.integrity.conditions.fresh_inputs
    assert done.is_same
