"""A course with a secret of its own: how it is made and kept, and that its secret is nowhere but in its file."""

import base64
import hashlib
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import click
import numpy as np
import pytest

from exercises.errors import AssignmentBroken
from exercises.golden_files import load_golden, load_pairs, stored_fingerprint
from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED, load_assignment
from grader.authoring import golden_builder, private_builder
from grader.authoring.exercise_check import CheckOptions, check
from grader.authoring.golden_builder import Weakness, WeaknessKind
from grader.authoring.private_builder import Telling, make_private_assignment, update_private_assignment
from grader.batch.job import AssignmentFailure, Graded, InternalFailure, Job
from grader.batch.worker import Worker, _graded
from grader.cli.main import cli
from grader.course.private_assignment import SECRET_FILE, read_private_assignment, secret_around
from grader.course.secret import PUBLIC_SECRET, fingerprint
from grader.errors import PrivateAssignmentUnusable, UsageProblem
from grader.grading.pipeline import grade
from grader.judging.checks import Outcome, judge
from grader.maintenance.doctor import examine
from grader.platforms.bundle import build_gradescope, build_prairielearn
from grader.platforms.run_on_platform import PLATFORMS, grade_here
from grader.report.json_format import to_json
from grader.settings import Settings
from grader.submission.program_on_disk import find_program
from grader.variants.outcomes import named_outputs
from grader.variants.reference_runs import reference_runner
from sandbox.backends import Backend
from sandbox.system import ExitCode
from sandbox.wire.request_codec import encode_request, npy_bytes
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.patience import PATIENCE
from tests.support.tiny_programs import RIGHT_DENSE, RIGHT_SHARES
from tests.support.trusted import TrustedSandbox, open_trusted

pytestmark = pytest.mark.slow

GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]
RIGHT = RIGHT_DENSE + RIGHT_SHARES


class Heard:
    """Remembers what it is told; may stop the work at some moment."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.lines: list[str] = []
        self.moments: list[str] = []
        self._stop_at = stop_at

    @property
    def telling(self) -> Telling:
        return Telling(say=self.lines.append, now=self._now)

    def _now(self, moment: str) -> None:
        self.moments.append(moment)
        if moment == self._stop_at:
            raise KeyboardInterrupt


def made(folder: Path, assignment: str | Path, *, quick: bool = True) -> Path:
    make_private_assignment(folder, str(assignment), quick=quick, telling=Heard().telling)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory, tiny) -> Path:
    """A private course of the tiny assignment, which no test changes."""
    return made(tmp_path_factory.mktemp("courses") / "shared", tiny)


@pytest.fixture
def course(shared, tmp_path) -> Path:
    """A copy of it that a test may change."""
    folder = tmp_path / "course"
    copy_sources(shared, folder)
    return folder


def settings_of(folder: Path, **more) -> Settings:
    return Settings(assignment=str(folder / "assignment"), private_assignment=folder, **more)


def written(source: str, tmp_path: Path) -> Path:
    file = tmp_path / "submission.py"
    file.write_text(source, encoding="utf-8")
    return file


def graded(folder: Path, source: str, tmp_path: Path, **more):
    return grade(written(source, tmp_path), settings_of(folder, **more), open_trusted)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def forms_of(folder: Path) -> list[bytes]:
    """Every way in which a secret, or what grading is given of it, could be written."""
    course = read_private_assignment(folder)
    return [
        form
        for secret in (course.secret, course.grading_secret)
        for form in (
            secret,
            secret.hex().encode(),
            secret.hex().upper().encode(),
            base64.b64encode(secret).rstrip(b"="),
            base64.urlsafe_b64encode(secret).rstrip(b"="),
            repr(secret).encode()[2:-1],
        )
    ]


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


# --- how it is made


def test_it_is_closed_to_others_and_has_everything_anew_under_its_own_secret(shared, tiny):
    assert (mode(shared), mode(shared / SECRET_FILE)) == (0o700, 0o600)
    found = read_private_assignment(shared)
    assert len(found.secret) >= 32
    for exercise in load_assignment(found.assignment).exercises:
        certificate = json.loads((exercise.folder / "golden.json").read_text())
        assert certificate["made_by"] == "grade init-private"
        assert certificate["secret_fingerprint"] == fingerprint(found.grading_secret)
        public = next(each for each in load_assignment(str(tiny)).exercises if each.title == exercise.title)
        assert stored_fingerprint(public) == fingerprint(PUBLIC_SECRET)
        for name, cases in load_golden(exercise).accepted.items():
            for case_id, outputs in cases.items():
                for output, array in outputs.items():
                    assert not np.array_equal(array, load_golden(public).accepted[name][case_id][output])
        assert (exercise.folder / "traces.json").is_file()
    assert sorted(path.name for path in shared.iterdir()) == ["assignment", "course.json", "secret"]


def test_the_programs_come_along_and_nothing_else_of_the_source_is_lost(shared, tiny):
    def listed(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in files_below(folder) if "__pycache__" not in path.parts}

    assert listed(tiny) - listed(shared / "assignment") <= {"dense/pairs.npz", "shares/pairs.npz"}
    assert (shared / "assignment" / "dense" / "wrong" / "no_bias.py").is_file()


def test_two_courses_have_two_secrets(shared, tmp_path, tiny):
    other = made(tmp_path / "other", tiny)
    assert read_private_assignment(other).secret != read_private_assignment(shared).secret


def test_a_course_or_anything_else_that_is_there_is_never_overwritten(course, tmp_path, tiny):
    before = (course / SECRET_FILE).read_bytes()
    with pytest.raises(UsageProblem, match="--update"):
        made(course, tiny)
    (course / "assignment").rename(tmp_path / "moved away")
    with pytest.raises(UsageProblem):
        made(course, tiny)
    assert (course / SECRET_FILE).read_bytes() == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("x")
    for name in ("full", "file"):
        with pytest.raises(UsageProblem, match="there already"):
            made(tmp_path / name, tiny)


@pytest.mark.parametrize("moment", ["Dense: right/usual.py", "Shares: wrong/columns.py", "Shares: traces"])
def test_stopped_in_the_middle_there_is_no_course_and_the_same_command_goes_on(moment, tmp_path, tiny):
    folder = tmp_path / "course"
    with pytest.raises(KeyboardInterrupt):
        make_private_assignment(folder, str(tiny), quick=True, telling=Heard(moment).telling)
    unfinished = tmp_path / ".course.unfinished"
    assert not folder.exists()
    assert (mode(unfinished), mode(unfinished / SECRET_FILE)) == (0o700, 0o600)
    secret = (unfinished / SECRET_FILE).read_bytes()
    again = Heard()
    make_private_assignment(folder, str(tiny), quick=True, telling=again.telling)
    assert (folder / SECRET_FILE).read_bytes() == secret
    assert again.lines[0] == "Going on where it was stopped."
    assert ("Dense: right/usual.py" in again.moments) == (moment == "Dense: right/usual.py")  # done once only
    assert list(tmp_path.iterdir()) == [folder]


def test_what_was_stopped_is_begun_anew_when_the_assignment_has_changed_meanwhile(tmp_path, tiny):
    source = tmp_path / "source"
    copy_sources(tiny, source)
    with pytest.raises(KeyboardInterrupt):
        make_private_assignment(
            tmp_path / "course", str(source), quick=True, telling=Heard("Shares: traces").telling
        )
    cases = source / "shares" / "cases.py"
    cases.write_text(cases.read_text().replace("3, 4", "5, 4"))
    made(tmp_path / "course", source)
    shares = load_assignment(str(tmp_path / "course" / "assignment")).exercises[1]
    assert load_golden(shares).accepted["right"]["rows"]["output"].shape == (5, 4)


def test_two_commands_at_once_do_not_make_the_same_course(tmp_path, tiny):
    def at_once(moment: str) -> None:
        if moment == "Dense: traces":
            with pytest.raises(UsageProblem, match="another command"):
                made(tmp_path / "course", tiny)

    telling = Telling(say=lambda line: None, now=at_once)
    make_private_assignment(tmp_path / "course", str(tiny), quick=True, telling=telling)
    read_private_assignment(tmp_path / "course")


def test_a_secret_under_which_a_mistake_comes_too_near_is_replaced(tmp_path, tiny, monkeypatch):
    weak = Weakness(kind=WeaknessKind.SMALL_MARGIN, happened="too near", expected="far")
    asked: list[bytes] = []

    def survey(runner):
        asked.append(runner.key)
        found = golden_builder.survey(runner)
        return replace(found, weaknesses=(weak,)) if len(asked) == 1 else found

    monkeypatch.setattr(private_builder, "survey", survey)
    heard = Heard()
    make_private_assignment(tmp_path / "course", str(tiny), quick=True, telling=heard.telling)
    assert "too near" in heard.lines[0]
    assert asked[0] != asked[1]
    monkeypatch.setattr(private_builder, "MOST_SECRETS", 2)
    monkeypatch.setattr(
        private_builder, "survey", lambda runner: replace(golden_builder.survey(runner), weaknesses=(weak,))
    )
    with pytest.raises(AssignmentBroken, match="too near"):
        made(tmp_path / "never", tiny)
    assert not list(tmp_path.glob("*never*"))


def test_an_update_takes_up_what_is_new_under_the_same_secret_and_keeps_what_was_there(tmp_path, tiny):
    source, folder = tmp_path / "source", tmp_path / "course"
    copy_sources(tiny, source)
    made(folder, source)
    secret = (folder / SECRET_FILE).read_bytes()
    assert not update_private_assignment(folder, None, quick=True, telling=Heard().telling)
    (folder / "assignment" / "notes.md").write_text("a teacher's own")
    cases = source / "shares" / "cases.py"
    cases.write_text(cases.read_text().replace("3, 4", "5, 4"))
    assert update_private_assignment(folder, None, quick=True, telling=Heard().telling)
    assert (folder / SECRET_FILE).read_bytes() == secret
    assert (folder / "previous" / "notes.md").read_text() == "a teacher's own"
    shares = load_assignment(str(folder / "assignment")).exercises[1]
    assert load_golden(shares).accepted["right"]["rows"]["output"].shape == (5, 4)
    assert graded(folder, RIGHT, tmp_path).score.percent == 100
    shutil.rmtree(folder / "assignment")  # as after a power cut at the worst moment
    with pytest.raises(PrivateAssignmentUnusable, match="--update"):
        read_private_assignment(folder)
    assert update_private_assignment(folder, None, quick=True, telling=Heard().telling)
    assert graded(folder, RIGHT, tmp_path).score.percent == 100


def test_pairs_are_made_unless_it_has_to_be_quick_and_an_update_makes_them_later(tmp_path):
    source = tmp_path / "source"
    copy_sources(SHIPPED / "softmax_classifier", source)
    toml = source / "assignment.toml"
    lines = toml.read_text().splitlines()
    toml.write_text(
        "\n".join('exercises = ["softmax"]' if line.startswith("exercises") else line for line in lines)
    )
    folder = made(tmp_path / "course", source)
    (exercise,) = load_assignment(str(folder / "assignment")).exercises
    assert load_pairs(exercise) == ()
    assert update_private_assignment(folder, None, quick=False, telling=Heard().telling)
    assert len(load_pairs(exercise)) > 5


def test_an_exercise_in_a_course_is_checked_under_the_courses_secret(course, tiny):
    assert secret_around(course / "assignment") == read_private_assignment(course).grading_secret
    assert secret_around(tiny) == PUBLIC_SECRET
    (course / SECRET_FILE).chmod(0o644)
    with pytest.raises(PrivateAssignmentUnusable):
        next(check(course / "assignment" / "dense", CheckOptions(mutants=0)))


# --- what is refused


def refused(folder: Path, code: ExitCode = ExitCode.ASSIGNMENT) -> PrivateAssignmentUnusable:
    with pytest.raises(PrivateAssignmentUnusable) as caught:
        read_private_assignment(folder)
    assert caught.value.exit_code == code
    return caught.value


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o644, 0o660, 0o602])
def test_a_secret_that_others_may_read_is_refused_and_the_remedy_named(open_to, course):
    (course / SECRET_FILE).chmod(open_to)
    assert f"chmod 600 '{course / SECRET_FILE}'" in str(refused(course))


@pytest.mark.parametrize("open_to", [0o755, 0o710, 0o701, 0o770])
def test_a_folder_that_others_may_open_is_refused_and_the_remedy_named(open_to, course):
    course.chmod(open_to)
    assert f"chmod 700 '{course}'" in str(refused(course))


def _written(text: bytes):
    def spoil(path: Path) -> None:
        path.write_bytes(text)

    return spoil


def _replaced(make):
    def spoil(path: Path) -> None:
        path.rename(path.with_name("elsewhere"))
        make(path)

    return spoil


SPOILED = {
    "short": (_written(b"ab" * 31 + b"\n"), "31 bytes, which can be guessed"),
    "empty": (_written(b""), "0 bytes"),
    "no hexadecimal": (_written(b"correct horse battery staple " * 3), "hexadecimal"),
    "no text": (_written(bytes(range(200, 250))), "hexadecimal"),
    "gone": (_replaced(lambda path: None), "No such file"),
    "a link": (_replaced(lambda path: path.symlink_to("elsewhere")), "can't be read"),
    "a pipe": (_replaced(lambda path: os.mkfifo(path, 0o600)), "not a file"),
    "a folder": (_replaced(lambda path: path.mkdir(0o700)), "not a file"),
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_spoiled_secret_is_refused_without_being_quoted(spoil, course):
    forms = forms_of(course)
    change, said = SPOILED[spoil]
    change(course / SECRET_FILE)
    error = refused(course)
    assert said in str(error)
    for text in (str(error), repr(error), repr(error.__cause__), repr(error.__context__)):
        assert "horse" not in text
        assert not any(form in text.encode("utf-8", "surrogateescape") for form in forms)


def test_no_course_is_named_with_where_it_was_looked_for(tmp_path):
    assert "GOLDGRADE_PRIVATE_ASSIGNMENT" in str(refused(tmp_path / "nowhere", ExitCode.USAGE))
    (tmp_path / "file").write_text("x")
    assert "not a folder" in str(refused(tmp_path / "file", ExitCode.USAGE))


def test_golden_outputs_of_another_secret_grade_nobody(course, tiny, tmp_path):
    with pytest.raises(AssignmentBroken, match="another secret") as caught:
        grade(written(RIGHT, tmp_path), Settings(assignment=str(course / "assignment")), open_trusted)
    assert "--private-assignment" in str(caught.value)
    other = made(tmp_path / "other", tiny)
    (other / SECRET_FILE).replace(course / SECRET_FILE)
    with pytest.raises(AssignmentBroken, match="another secret") as caught:
        graded(course, RIGHT, tmp_path)
    assert caught.value.exit_code == 3
    with pytest.raises(AssignmentBroken, match="another secret"):
        build_gradescope(str(course / "assignment"), tmp_path / "a.zip", private=read_private_assignment(course))


def test_a_plain_process_of_the_same_user_is_no_place_for_a_secret(course, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    as_root = settings_of(course, backend=Backend.PROCESS, acknowledged=True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PrivateAssignmentUnusable, match="could read your secret"):
        settings_of(course, backend=Backend.PROCESS, acknowledged=True)
    with pytest.raises(PrivateAssignmentUnusable, match="could read your secret"):  # on another machine, say
        grade(written(RIGHT, tmp_path), as_root, open_trusted)


def test_a_course_and_another_assignment_contradict_each_other(course, tiny):
    done = command("exercises", "--course", course, "--assignment", tiny)
    assert done.returncode == 2
    assert "GOLDGRADE_PRIVATE_ASSIGNMENT" in done.stderr
    assert command("exercises", "--course", course, "--assignment", course / "assignment").returncode == 0
    assert "Dense" in command("exercises", GOLDGRADE_COURSE=str(course)).stdout


def command(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GRADE, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=PATIENCE,
    )


def test_every_command_that_grades_or_reads_an_assignment_takes_a_course():
    for name in ("run", "batch", "exercises", "release"):
        assert any("--course" in parameter.opts for parameter in cli.commands[name].params), name
    for name in ("gradescope", "prairielearn"):
        group = cli.commands[name]
        assert isinstance(group, click.Group)
        (build,) = group.commands.values()
        assert any("--course" in parameter.opts for parameter in build.params), name


def test_doctor_looks_at_the_course_that_the_environment_names(course, monkeypatch):
    assert not [each for each in examine() if each.title == "Private assignment"]
    monkeypatch.setenv("GOLDGRADE_COURSE", str(course))
    (found,) = (each for each in examine() if each.title == "Private assignment")
    assert found.works, found
    (course / SECRET_FILE).chmod(0o644)
    (found,) = (each for each in examine() if each.title == "Private assignment")
    assert not found.works
    assert "chmod 600" in found.advice


# --- that it serves


# AlexNet's programs take a minute; `grade init-private` runs them all, and refuses where one is not right.
@pytest.mark.parametrize(
    "exercise",
    [
        exercise
        for name in ("softmax_classifier", DEFAULT_ASSIGNMENT)
        for exercise in load_assignment(name).exercises
        if exercise.exercise_id != "alexnet"
    ],
    ids=lambda exercise: exercise.exercise_id,
)
def test_every_right_variant_is_right_under_a_private_secret_too(exercise):
    assignment = load_assignment(exercise.folder.parent.name)
    secret = hashlib.sha256(b"a secret that stays the same from test to test").digest()
    runner = reference_runner(assignment, exercise, secret)
    exact = {
        each.solution_id: named_outputs(exercise, runner.right_outputs(each.path, each.entry_point, double=True))
        for each in exercise.accepted
    }
    golden = replace(load_golden(exercise), accepted=exact)  # with tolerances that the public secret gave
    whole = runner.as_graded(secret)
    assert exercise.right_paths
    for path in exercise.right_paths:
        result = whole.run(path, exercise.entry_point, whole.source)
        verdicts = judge(exercise, golden, whole.calls, result)
        assert [each for each in verdicts if each.outcome is not Outcome.PASSED] == [], path


def recited(folder: Path) -> str:
    """A submission that returns an assignment's golden outputs by the shapes of what it is given."""
    dense, shares = load_assignment(str(folder)).exercises
    by_shape = {
        np.shape(array): array.tolist()
        for outputs in load_golden(dense).accepted["right"].values()
        for array in outputs.values()
    }
    known = load_golden(shares).accepted["right"]["rows"]
    return f"""
import numpy as np
BY_SHAPE = {by_shape!r}
class Dense:
    def __init__(self, in_features, out_features):
        self.out_features = out_features
    def forward(self, x):
        return np.array(BY_SHAPE[x.shape[0], self.out_features])
def row_shares(x):
    return np.array({known["output"].tolist()!r}), np.array({known["total"].tolist()!r})
"""


def test_who_knows_the_public_golden_outputs_by_heart_gets_no_values_right_in_a_private_course(
    shared, tiny, tmp_path
):
    source = recited(tiny)
    file = tmp_path / "submission.py"
    file.write_text(source)
    public = grade(file, Settings(assignment=str(tiny)), open_trusted)
    assert public.score.percent == 100
    private = graded(shared, source, tmp_path)
    values = [check for each in private.exercises for check in each.checks if check.kind == "values"]
    assert values
    assert not any(check.passed for check in values)


def test_a_bundle_grades_under_the_courses_secret_and_does_not_have_it(shared, tmp_path):
    archive = build_gradescope(
        str(shared / "assignment"), tmp_path / "a.zip", private=read_private_assignment(shared)
    )
    assert mode(archive) == 0o600
    root = tmp_path / "root"
    with zipfile.ZipFile(archive) as file:
        (entry,) = (each for each in file.infolist() if each.filename == "course/grading-secret")
        assert stat.S_IMODE(entry.external_attr >> 16) == 0o600
        assert b"course/assignment" in file.read("run_autograder")
        file.extractall(root / "source")
    secret = read_private_assignment(shared).secret
    for path in files_below(root):
        content = path.read_bytes()
        assert secret not in content, path
        assert secret.hex().encode() not in content, path
    (root / "source" / "course").chmod(0o700)  # as setup.sh does
    (root / "source" / "course" / "grading-secret").chmod(0o600)
    (root / "submission").mkdir()
    (root / "results").mkdir()
    (root / "submission" / "week.py").write_text(RIGHT)
    report = grade_here(PLATFORMS["gradescope"], str(root / "source" / "course" / "assignment"), root, open_trusted)
    assert report.score.percent == 100
    folder = build_prairielearn(
        str(shared / "assignment"), tmp_path / "pl", private=read_private_assignment(shared)
    )
    assert (mode(folder), mode(folder / "source" / "course" / "grading-secret")) == (0o700, 0o600)


# --- that it is nowhere


def test_what_travels_or_is_shown_has_no_secret(shared, tmp_path):
    course, settings = read_private_assignment(shared), settings_of(shared)
    program = find_program(DATA / "right_submission.py")
    job = Job(program=program, settings=settings, assignment_digest="")
    for shown in (repr(course), str(course), repr(settings), str(asdict(settings)), repr(job)):
        assert not any(form in shown.encode() for form in forms_of(shared))
    assert not any(form in pickle.dumps(job) for form in forms_of(shared))
    with pytest.raises(TypeError, match="does not travel"):
        pickle.dumps(course)


def test_neither_report_nor_request_nor_bank_has_the_secret(shared, tmp_path, tmp_path_factory):
    opened = []

    def remembering(**given):
        opened.append((given["bank"], sandbox := open_trusted(**given)))
        return sandbox

    file = tmp_path / "submission.py"
    file.write_text(RIGHT.replace("return x /", "return 1.5 * x /"))
    requests = []
    run = TrustedSandbox.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TrustedSandbox,
            "run",
            lambda self, request, **more: (requests.append(request), run(self, request, **more))[1],
        )
        report = grade(file, settings_of(shared, fresh_inputs=True), remembering)
    (bank, _) = opened[0]
    texts = [to_json(report).encode(), *(bytes(str(path), "utf-8") for path in bank.rglob("*"))]
    texts += [encode_request(request) for request in requests]
    texts += [
        npy_bytes(array)
        for each in requests
        for run in each.runs
        for call in run.calls
        for array in call.arguments.values()
    ]
    texts += [path.read_bytes() for path in files_below(bank)]
    assert len(texts) > 4
    for text in texts:
        assert not any(form in text for form in forms_of(shared))


def test_a_crash_of_ours_tells_nothing_of_the_secret(shared, tmp_path, monkeypatch):
    file = tmp_path / "submission.py"
    file.write_text(RIGHT)
    from grader.batch.cache_keys import assignment_digest

    digest = assignment_digest(load_assignment(str(shared / "assignment")))
    job = Job(program=find_program(file), settings=settings_of(shared), assignment_digest=digest)
    monkeypatch.setattr("grader.grading.pipeline.ensure_bank", lambda specs, secret: 1 / (len(secret) * 0))
    outcome = _graded(job, Worker(Backend.AUTO, None))
    assert isinstance(outcome, InternalFailure)
    assert "ZeroDivisionError" in outcome.traceback
    assert not any(form in pickle.dumps(outcome) for form in forms_of(shared))


def test_a_worker_that_can_not_read_the_course_says_so_and_grades_nobody(course, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text(RIGHT)
    job = Job(program=find_program(file), settings=settings_of(course), assignment_digest="")
    course.rename(tmp_path / "elsewhere")
    outcome = _graded(job, Worker(Backend.AUTO, None))
    assert isinstance(outcome, AssignmentFailure)
    assert "on every machine that grades" in outcome.error.expected
    assert not isinstance(outcome, Graded)


def processes() -> Iterator[bytes]:
    """What any user could see of all processes, and what their own users can."""
    for folder in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                yield (folder / name).read_bytes()
            except OSError:
                continue


@pytest.mark.engine
def test_during_a_batch_the_secret_is_in_no_process_list_environment_log_or_report(engine, tmp_path, tiny):
    course = made(tmp_path / "course", tiny)
    forms = forms_of(course)
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(4):
        (folder / f"student{number}.py").write_text(f"# {number}\n{RIGHT}")
    (folder / "crash.py").write_text("import os\nos.abort()\ndef row_shares(x):\n    os.abort()\n")
    found: list[bytes] = []
    seen, over = 0, threading.Event()

    def watch() -> None:
        nonlocal seen
        while not over.is_set():
            for text in processes():
                seen += b"spawn_main" in text
                found.extend(form for form in forms if form in text)

    listener = threading.Thread(target=watch)
    listener.start()
    try:
        arguments = ("--out", tmp_path / "out", "--jobs", "2", "--fresh-inputs")
        done = command("batch", folder, *arguments, GOLDGRADE_COURSE=str(course))
    finally:
        over.set()
        listener.join()
    assert done.returncode == 0, done.stderr
    assert seen, "no worker was looked at"
    assert found == []
    reports = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "out" / "reports").glob("*.json")}
    assert [reports[f"student{number}"]["score"]["points"] for number in range(4)] == [20.0] * 4
    texts = [
        done.stdout.encode(),
        done.stderr.encode(),
        *(path.read_bytes() for path in files_below(tmp_path / "out")),
    ]
    for text in texts:
        assert not any(form in text for form in forms)
