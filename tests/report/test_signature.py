"""Signatures of reports: what was changed is told, and nothing is vouched for that was not signed."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from grader.audit.verification import Standing, verified, verify
from grader.cli.main import cli
from grader.course.private_assignment import PrivateAssignment
from grader.errors import ReportUnreadable, UsageProblem
from grader.report.json_format import from_json, read_report, read_stored, to_json, write_report
from grader.report.manual_marks import mark, store
from grader.report.model import Conditions, Integrity, QuestionReport, QuestionStatus, Report
from grader.report.signature import PUBLIC_KEY, SignatureStatus, SigningKey, examine, examined, key_of, sign
from tests.support.chance import rounds
from tests.support.class_reports import check, exercise, report, reports_folder
from tests.support.json_places import places
from tests.support.trusted import open_trusted

SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return key_of(PrivateAssignment(folder=Path("course"), secret=SECRET, assignment="course/assignment"))


def question(name: str) -> QuestionReport:
    return QuestionReport(
        id=name, title=name, status=QuestionStatus.NEEDS_REVIEW, answer="Because.", points=None, max_points=4.0
    )


def unsigned_report(student: str, key: SigningKey, **more) -> Report:
    made = report(
        student,
        exercise("alpha", check("one", "values", 2.0), check("two", "shape", 1.0, passed=False)),
        exercise("beta", check("one", "values", 5.0)),
        questions=(question("why"), question("how")),
        **more,
    )
    conditions = Conditions(
        goldgrade="0.1.0",
        grader="ab" * 32,
        python="3.11",
        blas="scipy-openblas 0.3.31",
        kernel="Haswell",
        runtime=None,
        secret=key.fingerprint,
        show_hidden=False,
        fresh_inputs=False,
        exercises={"alpha": "cd" * 32, "beta": "ef" * 32},
        words={"alpha": "01" * 32, "beta": "01" * 32},
    )
    return replace(made, run=replace(made.run, integrity=Integrity(conditions=conditions)))


def signed_report(student: str, key: SigningKey, **more) -> Report:
    return sign(unsigned_report(student, key, **more), key)


@pytest.fixture
def file(tmp_path, key) -> Path:
    path = tmp_path / "report.json"
    write_report(signed_report("ada", key), path)
    return path


def verdict(path: Path, key: SigningKey) -> tuple[Standing, tuple[str, ...]]:
    found = verified(path, key)
    return found.standing, found.parts


SIGNED = json.loads(to_json(signed_report("ada", PUBLIC_KEY)))
PLACES = [path for path in places(SIGNED) if path and path[0] != "schema_version"]
scalars = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=4), st.just([]), st.just({}))


@rounds(300)
@given(place=st.sampled_from(PLACES), value=scalars)
def test_whatever_is_changed_in_a_report_is_seen(place, value):
    fields = json.loads(json.dumps(SIGNED))
    holder = fields
    for name in place[:-1]:
        holder = holder[name]
    before = holder[place[-1]]
    holder[place[-1]] = value
    try:
        from_json(json.dumps(fields))
    except ReportUnreadable:
        return  # nobody takes it for a report
    is_same = before == value and isinstance(before, bool) == isinstance(value, bool)
    assert (examine(fields, PUBLIC_KEY).verdict is SignatureStatus.INTACT) == is_same


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda fields: fields["exercises"][0].update(points=3.0), ("exercises/alpha",)),
        (lambda fields: fields["exercises"][0]["checks"][1].update(passed=True), ("exercises/alpha",)),
        (lambda fields: fields["exercises"].reverse(), ("exercises",)),
        (lambda fields: fields["exercises"].pop(), ("exercises", "exercises/beta")),
        (lambda fields: fields["score"].update(points=8.0), ("score",)),
        (lambda fields: fields["submission"].update(student="eve"), ("submission",)),
        (lambda fields: fields["run"].update(started_at="2020-01-01T00:00:00+00:00"), ("run",)),
        (lambda fields: fields["run"]["integrity"]["conditions"].update(kernel="Zen"), ("conditions",)),
        (lambda fields: fields["questions"][0].update(answer="No."), ("questions/why",)),
        (lambda fields: fields["run"]["integrity"]["parts"].update(score="0" * 64), ("integrity",)),
        (lambda fields: fields["run"]["integrity"].update(signature="0" * 64), ("integrity",)),
        (lambda fields: fields["run"]["integrity"].update(signature="\ud800é"), ("integrity",)),
        (lambda fields: fields["run"]["integrity"].update(unsigned=["score"]), ("integrity",)),
        (lambda fields: fields["exercises"].append(fields["exercises"][0]), ("integrity",)),
    ],
)
def test_the_part_that_was_changed_is_named(file, key, change, parts):
    fields = json.loads(file.read_text(encoding="utf-8"))
    change(fields)
    file.write_text(json.dumps(fields), encoding="utf-8")
    assert verdict(file, key) == (Standing.CHANGED, parts)


def test_another_way_to_write_the_same_report_is_no_change(file, key):
    text = file.read_text(encoding="utf-8")
    file.write_text(json.dumps(json.loads(text), sort_keys=True).replace("5.0", "5.00"), encoding="utf-8")
    assert verdict(file, key) == (Standing.INTACT, ())


def test_a_name_that_stands_two_times_is_a_change(file, key):
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"points": 2.0,', '"points": 9.0, "points": 2.0,', 1), encoding="utf-8")
    assert verdict(file, key)[0] is Standing.CHANGED


def test_a_report_that_somebody_signed_with_the_public_secret_is_not_a_courses(file, key):
    forged = replace(read_report(file), score=replace(read_report(file).score, points=8.0))
    integrity = forged.run.integrity
    assert integrity is not None
    conditions = replace(integrity.conditions, secret=PUBLIC_KEY.fingerprint)
    forged = replace(forged, run=replace(forged.run, integrity=replace(integrity, conditions=conditions)))
    write_report(sign(forged, PUBLIC_KEY), file)
    assert verdict(file, PUBLIC_KEY)[0] is Standing.INTACT
    assert verdict(file, key)[0] is Standing.OTHER_SECRET


def test_the_right_fingerprint_without_the_key_signs_nothing(file, key):
    forger = replace(key, key=b"guess")
    write_report(sign(read_report(file), forger), file)
    assert verdict(file, key) == (Standing.CHANGED, ("integrity",))


def test_an_old_version_number_does_not_hide_a_change(file, key):
    fields = json.loads(file.read_text(encoding="utf-8"))
    fields["schema_version"] = "1.3"
    file.write_text(json.dumps(fields), encoding="utf-8")
    assert verdict(file, key)[0] is Standing.NOT_SIGNED


def test_a_mark_with_the_secret_is_signed_and_one_without_shows(file, key):
    mark(file, question_id="why", points=3, key=key)
    assert verdict(file, key) == (Standing.INTACT, ())
    mark(file, question_id="how", points=4)  # the public key is not this report's
    assert verdict(file, key) == (Standing.CHANGED, ("marks/how", "score"))
    mark(file, question_id="why", points=2, key=key)  # vouches for its own mark only
    assert verdict(file, key) == (Standing.UNVOUCHED, ("marks/how",))
    mark(file, question_id="how", points=4, key=key)
    assert verdict(file, key) == (Standing.INTACT, ())


def test_a_mark_signs_no_report_in_which_something_else_was_changed(file, key):
    fields = json.loads(file.read_text(encoding="utf-8"))
    fields["exercises"][0]["points"] = 3.0
    file.write_text(json.dumps(fields), encoding="utf-8")
    mark(file, question_id="why", points=3, key=key)
    assert "exercises/alpha" in verdict(file, key)[1]


def test_marks_carried_into_a_new_report_are_vouched_for_only_if_they_were_signed(file, key):
    mark(file, question_id="why", points=3, key=key)
    mark(file, question_id="how", points=4)
    store(unsigned_report("ada", key), file, key)
    assert read_report(file).score.points == 14.0
    assert verdict(file, key) == (Standing.UNVOUCHED, ("marks/how",))


def test_what_is_written_anew_keeps_what_nobody_vouches_for(file, key):
    fields = json.loads(file.read_text(encoding="utf-8"))
    fields["exercises"][0]["points"] = 3.0
    file.write_text(json.dumps(fields), encoding="utf-8")
    for _ in range(2):
        write_report(sign(examined(read_stored(file), key), key), file)
        assert verdict(file, key) == (Standing.UNVOUCHED, ("exercises/alpha",))
    fields["submission"]["sha256"] = "00" * 32
    file.write_text(json.dumps(fields), encoding="utf-8")
    write_report(sign(examined(read_stored(file), key), key), file)
    assert "exercises/beta" in verdict(file, key)[1]  # it may be another one's


def test_in_a_batchs_folder_a_report_in_anothers_place_is_seen(tmp_path, key):
    folder = reports_folder(tmp_path, signed_report("ada", key), signed_report("bob", key))
    assert {each.standing for each in verify([tmp_path], key)} == {Standing.INTACT}
    folder.report_file("bob").write_bytes(folder.report_file("ada").read_bytes())
    assert [each.standing for each in verify([tmp_path], key)] == [Standing.INTACT, Standing.MISPLACED]


@pytest.mark.parametrize("text", ["", "{", '{"schema_version": "1.5"}', "[" * 100_000, "\x1b[2J"])
def test_what_is_no_report_is_said_to_be_none(file, key, text):
    file.write_text(text)
    assert verdict(file, key)[0] is Standing.UNREADABLE


def test_where_there_is_no_report_it_is_a_mistake_in_the_command(tmp_path, key):
    for path in (tmp_path, tmp_path / "nothing.json"):
        with pytest.raises(UsageProblem, match="no report"):
            list(verify([path], key))


def test_the_key_is_in_no_repr_and_no_pickle_of_a_report(key):
    made = signed_report("ada", key)
    for text in (repr(key), repr(made), to_json(made)):
        assert key.key.hex() not in text
        assert repr(key.key) not in text
    assert key.key not in pickle.dumps(made)
    assert SECRET.hex() not in to_json(made)


def test_the_command_tells_each_report_and_its_exit_code_is_0_only_if_all_are_intact(tmp_path):
    good, bad, hostile = (tmp_path / name for name in ("good.json", "bad.json", "hostile.json"))
    write_report(signed_report("ada", PUBLIC_KEY), good)
    fields = json.loads(good.read_text(encoding="utf-8"))
    fields["score"]["points"] = 8.0
    bad.write_text(json.dumps(fields))
    fields["exercises"][0]["id"] = "\x1b[2J[red]\u202e"
    hostile.write_text(json.dumps(fields))
    done = CliRunner().invoke(cli, ["verify", str(good)], standalone_mode=False)
    assert done.return_value == 0
    assert "public secret" in done.output
    done = CliRunner().invoke(cli, ["verify", str(good), str(bad), str(hostile)], standalone_mode=False)
    assert done.return_value == 1
    assert "good.json  intact" in done.output
    assert "bad.json  changed: score" in done.output
    assert "[red]" in done.output
    assert not any(sign in done.output for sign in "\x1b\u202e")
    done = CliRunner().invoke(cli, ["verify", "--json", str(tmp_path)], standalone_mode=False)
    assert [each["standing"] for each in json.loads(done.output)["reports"]] == ["changed", "intact", "changed"]


def test_an_ordinary_run_gives_a_signed_report_whose_parts_do_not_change(tiny, tmp_path):
    from grader.grading.pipeline import grade
    from grader.settings import Settings

    program = tmp_path / "submission.py"
    program.write_text("def row_shares(x):\n    return x, x\n")
    first, second = (grade(program, Settings(assignment=str(tiny)), open_trusted) for _ in range(2))
    one, other = first.run.integrity, second.run.integrity
    assert one is not None
    assert other is not None
    assert {**one.parts, "run": ""} == {**other.parts, "run": ""}
    assert one.conditions == other.conditions
    assert set(one.conditions.exercises) == {"dense", "shares"}
    path = tmp_path / "report.json"
    write_report(first, path)
    assert verdict(path, PUBLIC_KEY) == (Standing.INTACT, ())
