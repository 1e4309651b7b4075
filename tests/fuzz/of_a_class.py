"""Targets for what systems and teachers give: class folders, rosters, gradebooks, stored reports, assignments."""

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exercises.loader import load_assignment
from grader.batch.plan import stored_head
from grader.class_results.json_format import summary_json
from grader.class_results.write import summarise
from grader.exports.canvas import canvas_gradebook
from grader.exports.external_csv import Sheet, parse_sheet, read_sheet
from grader.exports.lti import read_previous
from grader.exports.marks import ClassMarks, read_marks
from grader.exports.moodle_worksheet import fill_moodle_worksheet
from grader.intake.class_download import open_class_folder
from grader.intake.class_submissions import ClassFolder
from grader.intake.roster import read_roster
from grader.report.json_format import from_json, to_json
from grader.report.lateness import late_report, rule_of
from grader.report.reports_folder import ReportsFolder
from tests.fuzz.contract import assert_storable, only
from tests.fuzz.from_the_container import seen
from tests.support.class_reports import reports_folder, small_class

MEMORY = Path("/dev/shm")  # as fast as it gets where it is there
FOLDERS = {"w": "week8-submissions", "c": "class", "s": "submitted"}


def class_zip(data: bytes) -> None:
    """The zip of a class as an LMS gives it."""
    with _scratch() as folder:
        (folder / "class.zip").write_bytes(data)
        with only(), open_class_folder(folder / "class.zip") as work:
            _assert_understood(work)


def class_folder(data: bytes) -> None:
    """A class folder, a line for each file: its path, a tab, its content. The first letter is the folder's name."""
    with _scratch() as outer:
        folder = outer / FOLDERS.get(data[:1].decode("latin-1"), "class")
        folder.mkdir()
        for line in data[1:].split(b"\n")[:20]:
            name, _, content = line.partition(b"\t")
            _put(folder, name.decode("utf-8", "surrogateescape"), content.replace(b"\\n", b"\n"))
        with only(), open_class_folder(folder) as work:
            _assert_understood(work)


def gradescope(data: bytes) -> None:
    """``submission_metadata.yml``, beside the folders of two submissions."""
    with _scratch() as folder:
        for name in ("submission_1", "submission_2"):
            (folder / name).mkdir()
        (folder / "submission_metadata.yml").write_bytes(data)
        with only(), open_class_folder(folder) as work:
            _assert_understood(work)


def roster(data: bytes) -> None:
    """A roster, for a class that came from Canvas."""
    with _scratch() as folder, only():
        (folder / "roster.csv").write_bytes(data)
        joined = read_roster(folder / "roster.csv").joined(_canvas_class())
        keys = [*joined.work.attempts, *(each.key for each in joined.absent)]
        assert len(keys) == len(set(keys))
        assert_storable((joined.absent, joined.strangers))
        _assert_understood(joined.work)


def sheet(data: bytes) -> None:
    """A CSV file: put together again it is the same, and so is all but one cell when that one is filled."""
    with only(ValueError):
        table = parse_sheet(data)
        assert table.to_bytes(table.rows) == data
        if (
            len(table.header.cells) < 2
        ):  # what one column is divided by may hang on any cell; nothing fills such a file
            return
        for text in ("7.5", '"a", b\r\n'):
            rows = [table.with_cell(row, 0, text) if index == 0 else row for index, row in enumerate(table.rows)]
            _assert_only_changed(table, table.to_bytes(rows), {0}, text=text)


def canvas(data: bytes) -> None:
    """A gradebook of Canvas."""
    with _scratch() as folder, only():
        (folder / "gradebook.csv").write_bytes(data)
        gradebook = read_sheet(folder / "gradebook.csv")
        for column in (None, "Week 8 (1)"):
            with only():
                done = canvas_gradebook(_marks(), gradebook, column=column, by_name=True)
                assert_storable((done.without_mark, done.without_row, done.without_report, done.notes))
                again = parse_sheet(done.content)
                width = len(again.header.cells) - 1
                raws = {row.cells[0].raw for row in gradebook.rows if row.cells}
                assert all(row.cells[0].raw in raws and len(row.cells) <= width + 1 for row in again.rows)


def moodle(data: bytes) -> None:
    """A grading worksheet of Moodle: every byte stays, besides grades and feedback."""
    with _scratch() as folder, only():
        (folder / "worksheet.csv").write_bytes(data)
        worksheet = read_sheet(folder / "worksheet.csv")
        done = fill_moodle_worksheet(_marks(), worksheet, by_name=True)
        assert_storable((done.without_mark, done.without_row, done.without_report, done.notes))
        columns = {worksheet.column("Grade"), worksheet.column("Feedback comments")}
        _assert_only_changed(worksheet, done.content, columns)


def report(data: bytes) -> None:
    """A stored report: what is read is written as it was, and can be shown, summed up and exported."""
    text = data.decode("utf-8", "replace")
    with only():
        stored = from_json(text)
        assert to_json(from_json(to_json(stored))) == to_json(stored)
        seen(stored)
        with _scratch() as folder:
            (folder / "head.json").write_bytes(data)
            stored_head(folder / "head.json")
            if stored.handed_in is not None:
                # The key is what a batch made of a name, and so says the schema.
                everybody = reports_folder(folder / "reports", stored)
                assert_storable(summary_json(summarise(everybody)))
                assert_storable(read_marks(everybody.path))


def class_list(data: bytes) -> None:
    """``class.json`` of a reports folder."""
    with _scratch() as folder, only():
        reports = ReportsFolder(path=folder)
        reports.make()
        reports.class_file.write_bytes(data)
        assert_storable(summary_json(summarise(reports)))
        assert_storable(read_marks(folder))
        reports.write_class_list(reports.class_list())


def earlier_scores(data: bytes) -> None:
    """The file that ``grade export lti`` wrote the last time."""
    with _scratch() as folder, only():
        (folder / "scores.jsonl").write_bytes(data)
        assert all(isinstance(user, str) for user in read_previous(folder / "scores.jsonl"))


def assignment(data: bytes) -> None:
    """``assignment.toml`` and, behind a NUL, ``exercise.toml``."""
    about, _, exercise = data.partition(b"\0")
    with _scratch() as folder, only():
        (folder / "tanh").mkdir()
        (folder / "assignment.toml").write_bytes(about)
        (folder / "tanh" / "exercise.toml").write_bytes(exercise)
        loaded = load_assignment(str(folder))
        assert sum(each.max_points for each in loaded.exercises) >= 0


def _assert_understood(work: ClassFolder) -> None:
    """Every work lies in the folder, under a key that a report can hold."""
    rule = rule_of("2026-11-20T23:59:00+01:00", None, 10, None, None)
    for key, attempts in work.attempts.items():
        assert key
        for each in attempts:
            assert each.key == key
            assert work.path in each.path.parents
            assert_storable(
                (
                    key,
                    each.people,
                    late_report(rule, each.submitted_at, each.marked_late, time_problem=each.time_problem),
                )
            )
    assert_storable([each.reason for each in work.skipped])


def _assert_only_changed(before: Sheet, data: bytes, columns: set[int | None], *, text: str | None = None) -> None:
    after = parse_sheet(data)
    assert len(after.rows) == len(before.rows)
    # Not the texts: which of the old encodings a file is in may hang on one byte of the cell that was filled.
    assert [cell.raw for cell in after.header.cells] == [cell.raw for cell in before.header.cells]
    for old, new in zip(before.rows, after.rows, strict=True):
        for index, cell in enumerate(old.cells):
            assert index in columns or new.cells[index].raw == cell.raw
        assert old.end == new.end
    if text is not None and before.rows:
        assert after.rows[0].cells[0].text == text


def _put(folder: Path, name: str, content: bytes) -> None:
    """A file of that path where there can be one."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    if not parts or "\0" in name:
        return
    path = folder.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError:  # a name that is too long, or a folder already
        return


@contextmanager
def _scratch() -> Iterator[Path]:
    name = tempfile.mkdtemp(prefix="goldgrade-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)


@functools.cache
def _marks() -> ClassMarks:
    with _scratch() as folder:
        return read_marks(small_class(folder).path)


@functools.cache
def _canvas_class() -> ClassFolder:
    with _scratch() as folder:
        for name in ("byronada_4511_1_a.py", "turingalan_4512_2_b.py", "anon_x_3_c.py"):
            (folder / name).write_text("x = 1\n", encoding="utf-8")
        with open_class_folder(folder) as work:
            return work
