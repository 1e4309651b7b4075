"""``grade check-exercise``: each finding, by breaking an exercise that is in order."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.loader import SHIPPED, load_assignment
from grader.authoring import exercise_findings, golden_builder, mutant_runs, program_findings, watchdog
from grader.authoring.exercise_check import CheckOptions, check
from grader.authoring.golden_builder import survey
from grader.authoring.mutant_runs import MutantStatus, mutant_status
from grader.authoring.mutants import Mutant, mutants_of
from grader.authoring.scaffold import ExerciseKind, new_assignment, new_exercise
from grader.course.secret import PUBLIC_SECRET
from grader.errors import UsageProblem
from grader.finding import State
from grader.variants.reference_runs import reference_runner
from sandbox.system.forked_worker import Child
from tests.support.patience import PATIENCE
from tests.support.trusted import open_trusted

pytestmark = pytest.mark.slow


@pytest.fixture
def exercise(tmp_path):
    """A scaffolded exercise: the mean of each row is subtracted."""
    return new_exercise("centre", new_assignment("week9", tmp_path), ExerciseKind.FUNCTION)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def findings(exercise, *, mutants=0, write_golden=False):
    (section,) = check(
        exercise, CheckOptions(mutants=mutants, write_golden=write_golden, open_sandbox=open_trusted)
    )
    return section.findings


def complaints(exercise, **options):
    return {
        (finding.title, finding.state, finding.found)
        for finding in findings(exercise, **options)
        if finding.state is not State.OK
    }


def complains(exercise, title, state, words, **options):
    return any(
        (title, state) == found[:2] and re.search(words, found[2]) for found in complaints(exercise, **options)
    )


def add_wrong(exercise, name, source, message="Do it otherwise."):
    (exercise / "wrong" / f"{name}.py").write_text(source, encoding="utf-8")
    with (exercise / "exercise.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[wrong]]\nid = "{name}"\ntitle = "A mistake"\nmessage = "{message}"\n')


@pytest.mark.parametrize(
    "name", ["statement.md", "skeleton.py", "cases.py", "reference.py", "wrong/columns.py", "../utils.py"]
)
def test_a_missing_file_is_named(exercise, name):
    (exercise / name).unlink()
    assert complains(exercise, "Files", State.BROKEN, f"{name.split('/')[-1]} is missing")


def test_an_exercise_toml_that_cannot_be_read_is_one_finding_and_the_others_are_still_looked_at(exercise):
    new_exercise("other", exercise.parent, ExerciseKind.FUNCTION)
    (exercise / "exercise.toml").write_text("title = ", encoding="utf-8")
    first, second = list(check(exercise.parent, CheckOptions(mutants=0)))[1:]
    assert not first.works
    assert second.works


def test_an_exercise_that_the_assignment_does_not_list_is_broken(exercise):
    change(exercise.parent / "assignment.toml", '["centre"]', "[]")
    assert complains(exercise, "Listed", State.BROKEN, "not in assignment.toml")
    section = next(check(exercise.parent, CheckOptions()))
    assert any("centre" in each.found for each in section.findings if each.state is State.WARNING)


def test_an_exercise_that_no_page_places_is_broken(exercise):
    next((exercise.parent / "pages").glob("*centre.md")).unlink()
    assert not next(check(exercise.parent, CheckOptions())).works


def test_a_wrong_file_that_is_not_listed_is_said(exercise):
    (exercise / "wrong" / "forgotten.py").write_text("", encoding="utf-8")
    assert complains(exercise, "Files", State.WARNING, "forgotten")


def test_few_variants_are_a_warning(exercise):
    assert complains(exercise, "Right variants", State.WARNING, "^2;")
    assert complains(exercise, "Wrong variants", State.WARNING, "^2;")


def test_the_scaffolds_own_words_are_a_warning(exercise):
    assert complains(exercise, "Words", State.WARNING, "statement.md.*FILL IN")


def test_a_message_that_is_no_sentence_is_a_warning(exercise):
    change(exercise / "exercise.toml", "axis=-1, keepdims=True).", "axis")
    assert complains(exercise, "Words", State.WARNING, "wrong/columns")


def test_no_points_at_all_are_broken(exercise):
    for points in ("shape = 2\nvalues = 4", "values = 2\ninput_unchanged = 2"):
        change(exercise / "exercise.toml", points, "shape = 0")
    assert complains(exercise, "Points", State.BROKEN, "no check is worth anything")


def test_no_points_for_values_are_broken(exercise):
    for points in ("shape = 2\nvalues = 4", "values = 2\ninput_unchanged = 2"):
        change(exercise / "exercise.toml", points, "shape = 2")
    assert complains(exercise, "Points", State.BROKEN, "none for values")


@pytest.mark.parametrize(("old", "new", "words"), [("true", "false", "hidden"), ("false", "true", "visible")])
def test_all_cases_of_one_sort_are_a_warning(exercise, old, new, words):
    change(exercise / "exercise.toml", f"visible = {old}", f"visible = {new}")
    assert complains(exercise, "Cases", State.WARNING, f"all are {words}")


def test_cases_that_differ_from_exercise_toml_are_broken(exercise):
    change(exercise / "cases.py", '"one_row"', '"two_rows"')
    assert complains(exercise, "cases.py", State.BROKEN, "one_row.*two_rows")


@pytest.mark.parametrize("line", ["1 / 0", "import no_such_module", "CASES = 1 +"])
def test_cases_that_cannot_be_run_are_broken(exercise, line):
    with (exercise / "cases.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert complains(exercise, "cases.py", State.BROKEN, "can't be run")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def centre", "def center", "does not define centre"),
        ("def centre(x):", "def centre(x:", "does not define centre"),
        ("raise NotImplementedError", "return x", "NotImplementedError in every case"),
    ],
)
def test_a_skeleton_that_is_not_one_is_broken(exercise, old, new, words):
    change(exercise / "skeleton.py", old, new)
    assert complains(exercise, "Skeleton", State.BROKEN, words)


@pytest.mark.parametrize("returned", ["x.mean(axis=-1, keepdim=True)", "(x, x)", "'text'"])
def test_an_accepted_solution_that_fails_is_broken(exercise, returned):
    change(exercise / "reference.py", "return x - x.mean(axis=-1, keepdims=True)", f"return {returned}")
    assert complains(exercise, "Right programs", State.BROKEN, r"reference\.py")


def test_a_right_variant_that_fails_is_named_and_the_rest_is_still_looked_at(exercise):
    change(exercise / "right" / "loop_over_rows.py", "range(len(x))", "range(len(x) + 1)")
    assert complains(exercise, "Right programs", State.BROKEN, r"right/loop_over_rows\.py.*IndexError")
    assert any(finding.title == "Margins" for finding in findings(exercise))


def test_a_right_variant_that_computes_something_else_is_named(exercise):
    change(exercise / "right" / "as_taught.py", "axis=1", "axis=0")
    assert complains(exercise, "Right programs", State.BROKEN, r"right/as_taught\.py is .* away")


def test_a_program_that_is_no_python_is_named_with_its_line(exercise):
    change(exercise / "wrong" / "columns.py", "return x -", "return x - -)")
    assert complains(exercise, "Programs", State.BROKEN, r"columns\.py can't be read: line 5")


def test_a_mistake_that_no_case_sees_is_named(exercise):
    add_wrong(exercise, "nothing_wrong", "def centre(x):\n    return x - x.mean(axis=1, keepdims=True)\n")
    assert complains(exercise, "Wrong variants", State.BROKEN, "wrong/nothing_wrong")


def test_a_property_does_not_tell_a_mistake_apart_that_has_it_too(exercise):
    change(exercise / "exercise.toml", "shape = 2", "two_calls_agree = 2")
    add_wrong(exercise, "nothing_wrong", "def centre(x):\n    return x - x.mean(axis=1, keepdims=True)\n")
    assert complains(exercise, "Wrong variants", State.BROKEN, "wrong/nothing_wrong")
    assert not any(title == "Diagnoses" for title, _, _ in complaints(exercise))


def test_a_mistake_that_only_changes_its_argument_is_told_apart(exercise):
    add_wrong(exercise, "in_place", "def centre(x):\n    x -= x.mean(axis=1, keepdims=True)\n    return x\n")
    assert not any(state is State.BROKEN for _, state, _ in complaints(exercise, write_golden=True))


def test_two_mistakes_that_no_case_tells_apart_are_named(exercise):
    source = (exercise / "wrong" / "columns.py").read_text(encoding="utf-8")
    add_wrong(exercise, "columns_again", source)
    assert complains(exercise, "Diagnoses", State.BROKEN, "wrong/columns_again is taken for wrong/columns$")


def test_a_mistake_that_is_another_one_each_time_is_named(exercise):
    source = "import random\n\ndef centre(x):\n    return x * random.SystemRandom().random()\n"
    add_wrong(exercise, "random", source)
    assert complains(exercise, "Diagnoses", State.BROKEN, "wrong/random is not known again")


def test_a_mistake_that_cannot_even_be_defined_is_named(exercise):
    add_wrong(exercise, "undefined", "import no_such_module\n\ndef centre(x):\n    return no_such_module.f(x)\n")
    assert complains(exercise, "Diagnoses", State.BROKEN, "wrong/undefined is not known again")


def test_a_small_margin_is_named_with_its_case(exercise):
    add_wrong(exercise, "nearly", "def centre(x):\n    return x - 1.0001 * x.mean(axis=1, keepdims=True)\n")
    assert complains(exercise, "Margins", State.BROKEN, "wrong/nearly is only .* tolerances away")


def test_golden_outputs_are_made_on_request(exercise):
    (exercise / "golden.npz").unlink()
    assert complains(exercise, "Golden outputs", State.BROKEN, "missing")
    assert not complains(exercise, "Golden outputs", State.BROKEN, "", write_golden=True)
    assert not complains(exercise, "Golden outputs", State.BROKEN, "")


def test_golden_outputs_that_are_out_of_date_are_broken(exercise):
    change(exercise / "cases.py", "low=-2.0", "low=-1.0")
    assert complains(exercise, "Golden outputs", State.BROKEN, "out of date")


def test_golden_outputs_are_not_made_while_something_is_weak(exercise):
    before = (exercise / "golden.json").read_bytes()
    change(exercise / "right" / "as_taught.py", "axis=1", "axis=0")
    assert complains(exercise, "Golden outputs", State.BROKEN, "out of date", write_golden=True)
    assert (exercise / "golden.json").read_bytes() == before


@pytest.mark.parametrize(
    ("utils", "words"),
    [
        ("BUILDING_BLOCKS = 'Linear'\n", "BUILDING_BLOCKS"),
        ("class Linear:\n    pass\n\n\nBUILDING_BLOCKS = (Linear,)\n", "Linear in BUILDING_BLOCKS .* no forward"),
        ("keep_mask = 0.5\n", "keep_mask"),
        ("import no_such_module\n", "can't be imported: ModuleNotFoundError"),
    ],
)
def test_a_utils_that_grading_cannot_use_is_said(exercise, utils, words):
    (exercise.parent / "utils.py").write_text(utils, encoding="utf-8")
    assert complains(exercise, "utils.py", State.BROKEN, words)


def test_a_mutant_that_survives_is_shown_with_its_line(exercise):
    whole = "    return x - x.mean(axis=-1, keepdims=True)"
    change(exercise / "reference.py", whole, f"    if x.max() > 1.95:\n        return x * 3\n{whole}")
    assert not complaints(exercise) & {("Right programs", State.BROKEN)}  # no case has so large a number
    assert complains(exercise, "Mutants", State.WARNING, r"reference\.py, line 7: 3 → 4", mutants=100)
    assert complains(exercise, "Mutants", State.WARNING, r"\d+ survive$", mutants=100)


def test_mutants_are_not_tried_without_libcst(exercise, monkeypatch):
    monkeypatch.setattr(program_findings, "find_spec", lambda name: None)
    assert complains(exercise, "Mutants", State.WARNING, "libcst is not installed", mutants=5)


def test_a_path_that_is_neither_is_a_mistake_of_usage(tmp_path):
    with pytest.raises(UsageProblem, match="neither an exercise nor an assignment"):
        list(check(tmp_path, CheckOptions()))


def test_an_exercise_without_an_assignment_around_it_is_said(exercise):
    (exercise.parent / "assignment.toml").unlink()
    with pytest.raises(UsageProblem, match="lies in no assignment"):
        findings(exercise)


# --- programs that do not end


ENDLESS = "def centre(x):\n    while True:\n        try:\n            pass\n        except BaseException:\n            pass\n"


@pytest.fixture
def _little_patience(monkeypatch):
    """A second of a processor's time, which a machine with much to do gives late, and to an endless program too."""
    monkeypatch.setattr(watchdog, "SECONDS", 1.0)
    monkeypatch.setattr(watchdog, "Child", PatientChild)


class PatientChild(Child):
    """Measures what the child has computed, instead of the time."""

    def line(self, seconds):
        until = None if seconds is None else self._computed() + seconds
        while True:
            try:
                return super().line(None if until is None else 0.02)
            except TimeoutError:
                if until is not None and self._computed() > until:
                    raise

    def _computed(self) -> float:
        fields = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.usefixtures("_little_patience")
@pytest.mark.parametrize(
    "name", ["right/as_taught.py", "wrong/columns.py", "reference.py", "skeleton.py", "cases.py"]
)
def test_a_program_that_never_ends_is_named_with_how_long_it_ran(exercise, name):
    source = "while True:\n    pass\n" if name == "cases.py" else ENDLESS
    (exercise / name).write_text(source, encoding="utf-8")
    *_, last = findings(exercise)
    assert (last.title, last.state) == ("Programs", State.BROKEN)
    assert last.found == f"{name} was ended after 1 seconds; what comes after it was not looked at"
    assert "endless loop" in last.advice


@pytest.mark.usefixtures("_little_patience")
def test_a_wrong_variant_that_never_ends_leaves_what_was_found_before_it(exercise):
    add_wrong(exercise, "endless", ENDLESS)
    found = {finding.title: finding for finding in findings(exercise, write_golden=True)}
    assert found["Skeleton"].state is State.OK
    assert found["Programs"].found.startswith("wrong/endless.py was ended after 1 seconds")


@pytest.mark.usefixtures("_little_patience")
def test_the_exercises_after_one_that_never_ends_are_still_looked_at(exercise):
    new_exercise("other", exercise.parent, ExerciseKind.FUNCTION)
    (exercise / "right" / "as_taught.py").write_text(ENDLESS, encoding="utf-8")
    assert [section.works for section in check(exercise.parent, CheckOptions(mutants=0))] == [True, False, True]


@pytest.mark.usefixtures("_little_patience")
def test_only_a_programs_own_time_is_limited(exercise, monkeypatch):
    """Making the golden outputs, and mutants, may take longer than a program."""

    def slowly(*given, **named):
        end = time.process_time() + 1.5
        while time.process_time() < end:
            pass
        return golden_builder.pairs_of(*given, **named)

    monkeypatch.setattr(exercise_findings, "pairs_of", slowly)
    assert not complains(exercise, "Programs", State.BROKEN, "", write_golden=True)


def test_a_program_that_ends_its_process_is_named(exercise):
    (exercise / "wrong" / "columns.py").write_text(
        "import os\n\ndef centre(x):\n    os._exit(0)\n", encoding="utf-8"
    )
    assert complains(exercise, "Programs", State.BROKEN, r"ended while it ran wrong/columns\.py")


def test_a_program_that_asks_gets_no_answer():
    read_end, write_end = os.pipe()
    before = os.dup(0)
    os.dup2(read_end, 0)
    try:
        with Child(lambda say: say(repr(os.read(0, 1)))) as child:
            assert child.line(PATIENCE) == "b''"
    finally:
        os.dup2(before, 0)
        for end in (read_end, write_end, before):
            os.close(end)


def test_a_fault_of_ours_is_no_finding(exercise, monkeypatch):
    monkeypatch.setattr(exercise_findings, "survey", lambda runner: 1 / 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        findings(exercise)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_check_that_is_ended_leaves_no_process_behind(exercise, number, code):
    pid = exercise / "pid"
    change(
        exercise / "right" / "as_taught.py",
        "    return",
        f"    open({str(pid)!r}, 'w').write(str(os.getpid()) + ';')\n    while True:\n        pass\n    return",
    )
    change(exercise / "right" / "as_taught.py", "def centre", "import os\n\n\ndef centre")
    command = [
        sys.executable,
        "-c",
        "from grader.cli.entry import main; main()",
        "check-exercise",
        str(exercise),
    ]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # A shell's background jobs ignore the signal, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            child = waited_for(lambda: pid.is_file() and pid.read_text().partition(";")[0])
            process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == code
    assert b"Traceback" not in said
    assert waited_for(lambda: has_ended(child))


def waited_for(look):
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_childs_own_child_ends_with_it():
    def work(say):
        def inner_work(inner) -> None:
            inner(str(os.getpid()))
            time.sleep(60)

        with Child(inner_work) as child:
            say(child.line(PATIENCE))
            time.sleep(60)

    with Child(work) as child:
        number = child.line(PATIENCE)
        assert number is not None
        assert not has_ended(number)
        with pytest.raises(TimeoutError):
            child.line(0.1)
    assert waited_for(lambda: has_ended(number))


def has_ended(number: str) -> bool:
    """One that has ended may still wait for whoever started it to ask for its status."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


# --- mutants


PROGRAM = '''"""A docstring with 1 + 2."""
import numpy as np


def f(x, n: int = 1):
    """axis=0"""
    total = x
    if n == 0:
        total = total + np.dot(x, n)
    total *= 2
    return total.sum(axis=0)
'''


def test_mutants_are_single_changes_of_code_only(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    mutants = mutants_of(path)
    assert {mutant.change for mutant in mutants} >= {
        "total + np.dot(x, n) → total - np.dot(x, n)",
        "np.dot(x, n) → np.dot(n, x)",
        "n == 0 → n != 0",
        "total *= 2 → pass",
        "axis=0 → axis=-1",
        "2 → 3",
    }
    for mutant in mutants:
        compile(mutant.source, "mutant", "exec")
        lines = zip(PROGRAM.splitlines(), mutant.source.splitlines(), strict=True)
        changed = [number for number, (before, after) in enumerate(lines, start=1) if before != after]
        assert changed == [mutant.line]
        assert mutant.line not in (1, 2, 6)


@pytest.fixture
def fate(exercise):
    """What becomes of a program that is taken for a mutant of the reference."""
    assignment = load_assignment(str(exercise.parent))
    runner = reference_runner(assignment, assignment.exercises[0], PUBLIC_SECRET)
    golden = survey(runner).golden
    assert golden is not None

    def decide(body):
        source = f"import numpy as np\n\ndef centre(x):\n{body}\n"
        mutant = Mutant(path=exercise / "reference.py", line=1, change="", source=source)
        return mutant_status(mutant, "centre", runner, golden, PUBLIC_SECRET)

    return decide


def test_a_mutant_is_caught_or_the_same_or_survives(fate):
    assert fate("    return x") is MutantStatus.CAUGHT
    assert fate("    return x - np.sum(x, axis=1, keepdims=True) / x.shape[1]") is MutantStatus.EQUIVALENT
    # Within the tolerance, and not the same.
    assert fate("    return x - x.mean(axis=1, keepdims=True) + 1e-7") is MutantStatus.SURVIVED


def test_a_mutant_that_never_ends_or_kills_itself_is_caught(fate, monkeypatch):
    monkeypatch.setattr(mutant_runs, "SECONDS", 0.5)
    assert fate("    while True:\n        pass") is MutantStatus.CAUGHT
    assert fate("    import os\n    os.kill(os.getpid(), 9)") is MutantStatus.CAUGHT


def test_the_shipped_softmax_classifier_has_nothing_to_complain_of():
    for section in check(SHIPPED / "softmax_classifier", CheckOptions(mutants=5, open_sandbox=open_trusted)):
        assert [finding for finding in section.findings if finding.state is not State.OK] == []
