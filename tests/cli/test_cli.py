"""The command as a user meets it: what it prints, where, and its exit codes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cli.main import cli, help_text
from grader.report.json_format import read_report
from sandbox.process.runner_process import packages_of_numpy
from tests.support.paths import DATA, ROOT
from tests.support.patience import PATIENCE

PROCESS = ("--backend", "process", "--i-know-this-is-not-a-sandbox")
GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]


def run(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None):
    command = [*GRADE, *(str(argument) for argument in arguments)]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **(env or {})}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment, cwd=cwd, timeout=PATIENCE
    )


@pytest.fixture
def no_engine(tmp_path) -> dict[str, str]:
    return {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}


def no_traceback(finished) -> None:
    assert "Traceback" not in finished.stderr + finished.stdout


def test_help_lists_the_commands_and_shows_examples():
    text = run("--help").stdout
    for command in cli.commands:
        assert re.search(rf"^  {command}\b", text, re.MULTILINE), command
    assert "grade submission.py" in text
    assert "Exit codes" in text


def test_every_command_is_documented_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        if name != "run":
            assert f"grade {name}" in readme, name
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert option in readme, option


def test_help_is_what_click_would_say():
    """After a change of the command line: python -m grader.cli.main > grader/cli/help.txt"""
    assert run("--help").stdout == help_text()
    assert run("-h").stdout == help_text()


def test_help_imports_nothing_slow():
    code = (
        "import sys\nsys.argv = ['grade', '--help']\nfrom grader.cli.entry import main\n"
        "try:\n    main()\nexcept SystemExit:\n"
        "    print([m for m in ('numpy', 'docker', 'rich', 'jsonschema', 'nbformat', 'IPython', 'requests', 'click', 'jinja2') if m in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert finished.stdout.strip().endswith("[]")


def test_a_command_loads_its_own_module_and_nothing_of_other_commands():
    """What is loaded before ``grade FILE`` begins to grade comes before its container too."""
    code = (
        "import sys\nfrom grader.cli.main import cli\n"
        "before = {m for m in sys.modules if m.endswith(('_command', '_commands'))}\n"
        "cli.commands['run']\n"
        "print(sorted(before), *sorted(sys.modules))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    before, *loaded = finished.stdout.split()
    assert before == "[]"
    assert [each for each in loaded if each.endswith(("_command", "_commands"))] == ["grader.cli.run_command"]
    others = ("batch", "class_results", "exports", "audit", "similarity", "authoring", "platforms", "maintenance")
    assert not [each for each in loaded if each.startswith(tuple(f"grader.{room}" for room in others))]
    assert not {"numpy", "docker", "rich", "jinja2"} & {*loaded}


@pytest.mark.engine
def test_a_graded_file_gives_a_report_on_the_terminal_and_as_json(engine, right_submission, tmp_path):
    file = tmp_path / "report.json"
    finished = run(right_submission, "--json", file, "--student", "Ada L.", "--fail-under", "83")
    assert finished.returncode == 0, finished.stderr
    assert "Score 100 of 120" in finished.stdout  # it has no answers in words
    report = read_report(file)
    assert report.submission.student == "Ada L."
    assert report.run.backend == "docker"
    assert report.run.image is not None
    assert report.run.image.startswith("sha256:")
    again = run("report", file)
    assert again.returncode == 0
    assert again.stdout == finished.stdout


@pytest.mark.engine
def test_json_on_standard_output_stands_alone(engine, right_submission):
    finished = run(right_submission, "--only", "attention", "--json", "-")
    assert finished.returncode == 0, finished.stderr
    assert [exercise["id"] for exercise in json.loads(finished.stdout)["exercises"]] == ["attention"]


@pytest.mark.engine
@pytest.mark.parametrize(("only", "times"), [((), 5), (("--only", "attention"), 15)])
def test_again_and_again_the_json_is_the_same_but_for_run(engine, only, times):
    reports = []
    for _ in range(times):
        fields = json.loads(run(ROOT / "docs" / "sample" / "submission.py", *only, "--json", "-").stdout)
        fields.pop("run")
        reports.append(json.dumps(fields))
    assert len(set(reports)) == 1


@pytest.mark.slow
def test_a_score_under_the_bound_has_its_own_exit_code(tmp_path):
    file = tmp_path / "empty_handed.py"
    file.write_text("x = 1\n")  # nothing to run, so no engine is needed
    assert run(file).returncode == 0
    assert run(file, "--fail-under", "50").returncode == 1
    assert run(file, "--fail-under", "0").returncode == 0


@pytest.mark.slow
def test_under_the_bound_only_because_answers_wait_is_said(tmp_path):
    """The file has no program, so no engine is needed; each of the five answers is worth a thirtieth."""
    file = tmp_path / "answers.py"
    file.write_text("# ### Shuffled pixels\n# The CNN.\n")
    for bound, words in (("3", "could lift it to 3 percent"), ("4", "")):
        finished = run(file, "--fail-under", bound)
        assert finished.returncode == 1
        assert words in finished.stderr
        assert ("provisional" in finished.stderr) == bool(words)
    alone = run(file, "--without-questions")
    assert "Score 0 of 100  (0%)\n" in alone.stdout
    assert "provisional" not in alone.stdout
    assert "waits for a person, does not count" in alone.stdout


@pytest.mark.slow
def test_marks_that_do_not_count_or_change_the_maximum_are_told(tmp_path):
    file, stored = tmp_path / "answers.py", tmp_path / "report.json"
    file.write_text("# ### Shuffled pixels\n# The CNN.\n")
    run(file, "--json", stored, "--without-questions")
    finished = run("mark", stored, "--question", "shuffled_pixels", "--points", "3")
    assert (finished.returncode, finished.stdout) == (0, "Score 0 of 100  (0%)\n")
    assert "shuffled_pixels does not count in this report" in finished.stderr
    again = run(file, "--json", stored)  # counts after all: the mark is still there
    assert "Score 3 of 120" in again.stdout
    shutil.copyfile(DATA / "stored" / "1.5.json", stored)
    finished = run("mark", stored, "--question", "skip_connections", "--points", "4")
    assert "Score 24 of 48" in finished.stdout
    assert "The maximum was 44 and is 48 now" in finished.stderr


def test_the_list_of_exercises_tells_what_can_be_reached():
    listed = run("exercises").stdout
    assert "shuffled_pixels      (in words)              4 points\n" in listed
    assert listed.endswith("Together 120 points. Code alone, with --without-questions: 100.\n")
    assert run("exercises", "--assignment", "softmax_classifier").stdout.endswith("Together 100 points.\n")


@pytest.mark.slow
def test_an_answer_in_words_is_marked_and_stays_marked(tmp_path):
    """The file has no program, so no engine is needed."""
    file, stored = tmp_path / "answers.py", tmp_path / "report.json"
    file.write_text("x = 1\n# ### Shuffled pixels\n# The CNN.\n")
    assert "1 answer waits for a person" in run(file, "--json", stored).stdout
    mark: tuple[str | Path, ...] = ("mark", stored, "--question", "shuffled_pixels", "--points")
    finished = run(*mark, "3.5", "--comment", "And the ViT?")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "Score 3.5 of 120  (3%)\n4 questions are not answered\n"
    assert "And the ViT?" in run("report", stored).stdout
    assert "Score 3.5 of 120" in run(file, "--json", stored).stdout
    before = stored.read_bytes()
    finished = run(*mark, "5")
    assert (finished.returncode, stored.read_bytes()) == (2, before)
    assert "from 0 to 4" in finished.stderr
    no_traceback(finished)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["mark", "nowhere.json", "--question", "why", "--points", "1"], 2, "nowhere.json"),
        (["mark", "other.json", "--question", "why", "--points", "one"], 2, "'one'"),
        (["mark", "other.json", "--points", "1"], 2, "--question"),
        (["submission.py", "--json", "notes.txt"], 2, "may hold marks"),
        (["submision.py"], 2, "submission.py"),
        (["run"], 2, "SUBMISSION"),
        (["docter"], 2, "Did you mean doctor?"),
        (["--colour"], 2, "--colour"),
        (["submission.py", "--fail-under", "200"], 2, "200"),
        (["submission.py", "--only", "atention"], 2, "Did you mean attention?"),
        (["submission.py", "--assignment", "week9"], 2, "week9"),
        (["notes.txt"], 5, ".py"),
        (["."], 5, "."),
        (["report", "notes.txt"], 2, "not JSON"),
        (["report", "nowhere.json"], 2, "nowhere.json"),
        (["report", "other.json"], 2, "not a report"),
        (["new", "exercise", "softmax"], 2, "There is no assignment.toml"),
        (["new", "assignment", "Week 9"], 2, "can't be the name"),
        (["check-exercise", "."], 2, "neither an exercise nor an assignment"),
        (["submission.py", "--backend", "process"], 2, "--i-know-this-is-not-a-sandbox"),
        (["submission.py", *PROCESS, "--runtime", "runsc"], 2, "no container runtime"),
        (["submission.py", "--backend", "bubblewrap", "--runtime", "runsc"], 2, "no container runtime"),
        (["submission.py", "--backend", "podman"], 2, "'podman'"),
        (["batch", ".", "--out", "reports", "--backend", "process"], 2, "--i-know-this-is-not-a-sandbox"),
        (["clean", "everything"], 2, "unexpected extra argument"),
        (["gradescope", "build", "submission.py"], 2, "no name for a zip"),
        (["gradescope", "build", "out.zip", "--assignment", "week9"], 2, "week9"),
        (["prairielearn", "build", "."], 2, "there already"),
        (["submission.py", "--html", "-"], 2, "goes to a file, not to standard output"),
        (["report", "other.json", "--html", "-"], 2, "goes to a file, not to standard output"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(arguments, code, words, tmp_path, no_engine):
    (tmp_path / "submission.py").write_text("x = 1\n")
    (tmp_path / "second.py").write_text("x = 1\n")
    (tmp_path / "notes.txt").write_text("words\n")
    (tmp_path / "other.json").write_text("{}")
    finished = run(*arguments, cwd=tmp_path, env=no_engine)
    assert finished.returncode == code, finished.stderr
    assert words in finished.stderr
    assert finished.stdout == ""
    no_traceback(finished)


@pytest.mark.slow
def test_the_page_is_made_when_grading_and_of_a_stored_report_alike(tmp_path):
    file = tmp_path / "submission.py"
    file.write_text("x = 1\n")  # nothing to run, so no engine is needed
    graded, stored, again = (tmp_path / name for name in ("graded.html", "report.json", "again.html"))
    finished = run(file, "--html", graded, "--json", stored)
    assert finished.returncode == 0, finished.stderr
    assert "Score 0 of 120" in finished.stdout
    page = graded.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "not found" in page
    assert run("report", stored, "--html", again).stdout == finished.stdout
    assert again.read_text(encoding="utf-8") == page


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_report_that_cannot_be_written_is_said(option, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text("x = 1\n")
    finished = run(file, option, tmp_path / "nowhere" / "report")
    assert finished.returncode == 2
    assert "can't be written" in finished.stderr
    assert f"another path to {option}" in finished.stderr
    no_traceback(finished)


@pytest.mark.parametrize(
    "options",
    [(), ("--backend", "docker"), ("--runtime", "runsc"), ("--i-know-this-is-not-a-sandbox",)],
)
def test_without_an_engine_or_bubblewrap_nobody_gets_a_mark(options, right_submission, tmp_path, no_engine):
    file = tmp_path / "report.json"
    nothing = {"PATH": f"{tmp_path}"} if options not in (("--backend", "docker"), ("--runtime", "runsc")) else {}
    finished = run(right_submission, "--json", file, *options, env=no_engine | nothing)
    assert finished.returncode == 4
    assert "grade doctor" in finished.stderr
    assert not file.exists()
    assert "Score" not in finished.stdout
    no_traceback(finished)


@pytest.mark.parametrize(("options", "says"), [((), True), (("--backend", "bubblewrap"), False)])
def test_without_an_engine_bubblewrap_serves_and_it_is_said(
    options, says, wrapped_settings, right_submission, no_engine, tmp_path
):
    settings = wrapped_settings(Path("/"))
    file = tmp_path / "report.json"
    finished = subprocess.run(
        [settings.python, *GRADE[1:], right_submission, "--only", "attention", "--json", file, *options],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **no_engine, "PYTHONPATH": python_path(settings)},
    )
    assert finished.returncode == 0, finished.stderr
    assert "Score 20 of 40" in finished.stdout
    assert ("Submissions run in bubblewrap instead" in finished.stderr) == says
    assert read_report(file).run.backend == "bubblewrap"


def python_path(settings) -> str:
    """NumPy where every user may read it, then the rest of our packages."""
    return os.pathsep.join(map(str, [settings.site_packages, packages_of_numpy(), ROOT]))


def test_a_plain_process_says_each_time_that_it_is_no_sandbox(process_settings, right_submission, no_engine):
    settings = process_settings(Path())
    finished = subprocess.run(
        [settings.python, *GRADE[1:], right_submission, "--only", "attention", *PROCESS],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **no_engine, "PYTHONPATH": python_path(settings)},
    )
    assert finished.returncode == 0, finished.stderr
    assert "Score 20 of 40" in finished.stdout
    assert "Not a sandbox" in finished.stderr


def test_an_unknown_runtime_is_a_fault_of_the_machine(engine, right_submission):
    finished = run(right_submission, "--runtime", "no-such-runtime")
    assert finished.returncode == 4
    assert "no-such-runtime" in finished.stderr
    no_traceback(finished)


def test_exercises_are_listed_with_their_points():
    text = run("exercises").stdout
    for name in ("alexnet", "residual_block", "lstm_model", "attention", "patch_embedding"):
        assert re.search(rf"^  {name} +\w+ +20 points", text, re.MULTILINE)


def test_a_terminal_without_unicode_shows_question_marks_and_no_traceback(tmp_path):
    file = tmp_path / "submission.py"
    file.write_text("x = 1\n")
    finished = run(file, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert finished.returncode == 0
    assert "AlexNet" in finished.stdout
    no_traceback(finished)


def test_what_platforms_need_is_written(tmp_path):
    for command, name in (("gradescope", "autograder.zip"), ("prairielearn", "grader")):
        finished = run(command, "build", tmp_path / name)
        assert finished.returncode == 0, finished.stderr
        assert name in finished.stdout
        assert (tmp_path / name).exists()


@pytest.mark.slow
def test_an_exercise_of_ones_own_is_made_checked_broken_and_checked(tmp_path):
    assert run("new", "assignment", "week9", cwd=tmp_path).returncode == 0
    made = run("new", "exercise", "dense_relu", "--assignment", "week9", "--kind", "class", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    fine = run("check-exercise", "week9", "--mutants", "0", cwd=tmp_path)
    assert fine.returncode == 0, fine.stdout
    assert fine.stdout.count("This works.") == 2
    (tmp_path / "week9" / "dense_relu" / "skeleton.py").unlink()
    broken = run("check-exercise", Path("week9") / "dense_relu", cwd=tmp_path)
    assert broken.returncode == 3
    assert "skeleton.py is missing" in broken.stdout
    assert "This can't be used yet" in broken.stdout
    no_traceback(broken)


@pytest.mark.parametrize("options", [[], ["--json", "-"]])
def test_a_full_disk_is_named(options, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text("x = 1\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*GRADE, str(file), *options], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2, done.stderr
    assert "can't be written to standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
