"""Each exit code has one meaning, whichever command ends with it; an error says what it says in every process."""

import copy
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click
import pytest

from exercises.errors import AssignmentBroken
from grader.cli.main import cli, main
from grader.report.json_format import write_report
from grader.report.reports_folder import ClassList, ReportsFolder
from grader.settings import Settings
from sandbox.system import ExitCode, GoldgradeError, SandboxUnavailable
from tests.support.paths import ROOT

EXIT_CODE_TABLE = "| exit code | meaning |\n|---|---|\n"
# What a command is given besides the path in question. A name in braces is a file of the place of work.
COMMAND_LINES = {
    "run": "{program}",
    "report": "{report}",
    "mark": "{report} --question shuffled_pixels --points 1 --unanswered",
    "exercises": "",
    "release": "{new}",
    "init-private": "{new} --quick",
    "new assignment": "week_9",
    "new exercise": "dense",
    "check-exercise": "{assignment}",
    "batch": "{class} --out {new} --cluster tls://127.0.0.1:1 --tls-ca {file} --tls-cert {file} --tls-key {file}",
    "summary": "{reports}",
    "similar": "{reports}",
    "gradescope build": "{new}.zip",
    "prairielearn build": "{new}",
    "verify": "{report}",
    "replay": "{report} {program}",
    "doctor": "",
    "clean": "--dry-run",
    "export canvas": "{reports} --gradebook {file}",
    "export moodle": "{reports} --worksheet {file}",
    "export moodle-feedback": "{reports} --out {new}",
    "export moodle-gradebook": "{reports}",
    "export gradescope": "{report}",
    "export prairielearn": "{report}",
    "export nbgrader": "{reports}",
    "export lti": "{reports}",
    "export junit": "{reports}",
    "export github": "{report}",
    "export csv": "{reports}",
}
WRITTEN = frozenset(
    {"--json", "--html", "--out", "--summary", "--into", "release out", "init-private folder"}
    | {"gradescope build out", "prairielearn build out"}
)
IN_A_REPOSITORY = "export github --file"  # not on this machine
PATHS = re.compile(r"FILE|PATH|DIR|CSV|ZIP|REPORT")


def commands(group: click.Group = cli, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield above + name, command


def names_a_path(parameter: click.Parameter) -> bool:
    metavar = getattr(parameter, "metavar", None) or ""
    return isinstance(parameter.type, click.Path) or PATHS.search(metavar) is not None


def named(command: str, parameter: click.Parameter) -> str:
    return f"{command} {parameter.opts[0]}"


def is_written(command: str, parameter: click.Parameter) -> bool:
    return not WRITTEN.isdisjoint({named(command, parameter), parameter.opts[0]})


NO_FILES = {"missing": "nowhere", "below-a-file": "{file}/inside", "long": "x" * 300}
PATH_PARAMETERS = [
    (name, parameter)
    for name, command in commands()
    for parameter in command.params
    if names_a_path(parameter) and named(name, parameter) != IN_A_REPOSITORY
]
PATHS_TO_NOTHING = [
    pytest.param(name, parameter, path, id=f"{named(name, parameter)} {why}".replace(" ", "_"))
    for name, parameter in PATH_PARAMETERS
    for why, path in NO_FILES.items()
    if why != "missing" or not is_written(name, parameter)
]


@dataclass(frozen=True)
class Place:
    """A folder with one of each thing that a command can be given."""

    folder: Path

    @property
    def files(self) -> dict[str, str]:
        there = {name: str(self.folder / name) for name in ("report", "class", "reports", "file", "assignment")}
        return there | {"program": str(self.folder / "program.py"), "new": "new"}

    def line(self, command: str, parameter: str, value: str) -> list[str]:
        """The command's line with this value for one parameter."""
        words = [word.format(**self.files) for word in COMMAND_LINES[command].split()]
        if parameter.startswith("--"):
            return [*command.split(), *words, parameter, value]
        arguments = [each.name for each in dict(commands())[command].params if isinstance(each, click.Argument)]
        words[arguments.index(parameter)] = value
        return [*command.split(), *words]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    from grader.grading import grade

    folder = tmp_path_factory.mktemp("place")
    (folder / "program.py").write_text("x = 1\n")  # nothing to run, so nothing is started
    (folder / "file").write_text("text")
    (folder / "class").mkdir()
    (folder / "class" / "ada.py").write_text("x = 1\n")
    (folder / "empty").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "assignment.toml").write_text("id = 1\nexercises = 7\n")
    (folder / "unfit").mkdir(mode=0o700)

    def never(**_: object) -> NoReturn:
        raise AssertionError("nothing has to be run")

    write_report(grade(folder / "program.py", Settings(), never), folder / "report")
    reports = ReportsFolder(path=folder / "reports")
    reports.make()
    reports.write_class_list(ClassList(assignment="softmax_classifier", layout="plain", members=(), skipped=()))
    return Place(folder)


@pytest.fixture
def grade_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[Sequence[str]], tuple[int, str]]:
    monkeypatch.setattr("sandbox.system.signals.ShutdownSignals.watch", lambda self: None)  # pytest has its own
    monkeypatch.delenv("GOLDGRADE_COURSE", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(arguments: Sequence[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["grade", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = "".join(capsys.readouterr())
        assert isinstance(end.value.code, int)
        return end.value.code, said

    return run


def test_a_file_that_is_not_there_is_no_command_either(grade_command):
    for word in ("nowhere", "nowhere.py", "x" * 300, "docter"):
        assert grade_command([word])[0] == ExitCode.USAGE, word


def test_every_command_is_walked():
    assert set(COMMAND_LINES) == {name for name, _ in commands()}
    assert len(PATH_PARAMETERS) > 60


@pytest.mark.parametrize(("command", "parameter", "path"), PATHS_TO_NOTHING)
def test_a_file_that_is_not_there_is_a_matter_of_usage(command, parameter, path, place, grade_command):
    line = place.line(command, parameter.opts[0], path.format(**place.files))
    code, said = grade_command(line)
    assert code == ExitCode.USAGE, said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--assignment", "empty", ExitCode.USAGE),
        ("--assignment", "broken", ExitCode.ASSIGNMENT),
        ("--course", "file", ExitCode.USAGE),
        ("--course", "unfit", ExitCode.ASSIGNMENT),
    ],
)
@pytest.mark.parametrize("command", COMMAND_LINES)
def test_what_is_there_and_broken_is_another_matter(command, option, value, code, place, grade_command):
    if any(option in parameter.opts for parameter in dict(commands())[command].params):
        found, said = grade_command(place.line(command, option, str(place.folder / value)))
        assert found == code, said


@pytest.mark.parametrize("command", ["run", "replay"])
@pytest.mark.parametrize("name", ["file", "empty"])
def test_what_can_not_be_read_as_a_program_has_its_own_code(command, name, place, grade_command):
    code, said = grade_command(place.line(command, "submission", str(place.folder / name)))
    assert code == ExitCode.SUBMISSION, said


def test_no_as_an_answer_has_its_own_code(place, grade_command):
    assert grade_command(["run", place.files["program"]])[0] == ExitCode.DONE
    assert grade_command(["run", place.files["program"], "--fail-under", "1"])[0] == ExitCode.BELOW
    assert grade_command(["verify", place.files["report"]])[0] == ExitCode.DONE
    changed = place.folder / "changed"
    changed.write_text(Path(place.files["report"]).read_text().replace("program.py", "another.py"))
    assert grade_command(["verify", str(changed)])[0] == ExitCode.BELOW


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SandboxUnavailable("No engine", expected="one", advice="Start it."), ExitCode.MACHINE),
        (AssignmentBroken("No golden outputs", expected="some", advice="Make them."), ExitCode.ASSIGNMENT),
        (ZeroDivisionError("ours"), ExitCode.BUG),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (SystemExit(128 + 15), 143),
        (click.Abort(), ExitCode.INTERRUPTED),
        (click.ClickException("of click's own"), ExitCode.USAGE),
    ],
)
def test_an_error_ends_every_command_alike(error, code, grade_command, monkeypatch):
    for name, command in commands():
        monkeypatch.setattr(command, "invoke", lambda context: (_ for _ in ()).throw(error))
        words = COMMAND_LINES[name].replace("{", "").replace("}", "").split()
        found, said = grade_command([*name.split(), *words])
        assert found == code, name
        assert (code == ExitCode.BUG) == ("Traceback" in said)


def errors(above: type[GoldgradeError] = GoldgradeError) -> Iterator[type[GoldgradeError]]:
    for error in above.__subclasses__():
        yield error
        yield from errors(error)


def test_an_error_comes_whole_through_another_process():
    for path in [*ROOT.glob("grader/**/*.py"), *ROOT.glob("sandbox/**/*.py"), *ROOT.glob("exercises/*.py")]:
        if "templates" not in path.parts and "GoldgradeError" in path.read_text(encoding="utf-8"):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = set(errors())
    assert len(found) >= 10
    for kind in found:
        error = kind("It fell", expected="a floor", advice="Build one.")
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(again) is kind
            assert str(again) == str(error) == "It fell\nExpected: a floor.\nBuild one."
            assert (again.happened, again.expected, again.advice) == ("It fell", "a floor", "Build one.")
            assert again.exit_code is kind.exit_code


def test_the_tree_is_drawn_as_it_is():
    import grader.errors

    drawn = {
        (name.rpartition(".")[2], int(code))
        for name, code in re.findall(r"(\S+) +(\d)   ", grader.errors.__doc__ or "")
    }
    assert drawn == {(error.__name__, int(error.exit_code)) for error in errors()}


def test_the_readme_has_the_table_and_help_the_same_words():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = "".join(f"| {code} | {code.meaning} |\n" for code in ExitCode)
    assert EXIT_CODE_TABLE + rows + "\n" in readme
    help_text = (ROOT / "grader" / "cli" / "help.txt").read_text(encoding="utf-8")
    for code in ExitCode:
        assert re.search(rf"^ +{code} +{re.escape(code.meaning)}$", help_text, re.MULTILINE), code
