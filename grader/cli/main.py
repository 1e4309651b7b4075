"""The command ``grade``: parse, call, print, exit. Nothing in this room decides about a mark.

A command's module is loaded as a whole when it is called, so that ``grade FILE`` loads nothing of a batch's.
"""

import os
import sys
from collections import UserDict
from contextlib import closing
from importlib import import_module
from typing import NoReturn

import click

from grader.cli.standard_output import guard
from sandbox.system import ExitCode, GoldgradeError, ShutdownSignals

COMMANDS = {
    "batch": "class_commands:grade_class",
    "check-exercise": "authoring_commands:check_exercise",
    "clean": "maintenance_commands:clean",
    "doctor": "maintenance_commands:doctor",
    "exercises": "report_commands:list_exercises",
    "export": "export_commands:export",
    "gradescope": "platform_commands:gradescope",
    "init-private": "authoring_commands:init_private",
    "mark": "report_commands:mark_answer",
    "new": "authoring_commands:new",
    "prairielearn": "platform_commands:prairielearn",
    "release": "authoring_commands:write_release",
    "replay": "audit_commands:replay_command",
    "report": "report_commands:show_report",
    "run": "run_command:run",
    "similar": "class_commands:show_similar",
    "summary": "class_commands:summarise_class",
    "verify": "audit_commands:verify_reports",
}

RENAMED = {"init-course": "init-private"}  # what a command was called before

EXAMPLES = """\b
Examples:
  grade submission.py                  grade a file and show the report
  grade notebook.ipynb --only attention
  grade submission.py --json report.json --fail-under 60
  grade report report.json             show a stored report again
  grade doctor                         what works on this machine, and what to do
"""

EXIT_CODES = "\n".join(["\b", "Exit codes:", *(f"  {code:<3}  {code.meaning}" for code in ExitCode)])


class LazyCommands(UserDict[str, click.Command]):
    """Commands by name, each found in its module when it is asked for."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(COMMANDS, click.Command(None)))

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"grader.cli.{module}"), attribute)
        return command


class GradeFirst(click.Group):
    """A group whose command may be left out: ``grade FILE`` is ``grade run FILE``."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        arguments = [RENAMED.get(word, word) for word in arguments[:1]] + arguments[1:]
        if arguments and arguments[0] not in self.commands and arguments[0] not in own:
            self._refuse_misspelt_command(context, arguments[0])
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)

    def _refuse_misspelt_command(self, context: click.Context, word: str) -> None:
        """A word like "docter" is a command, not the name of a file, unless there is such a file."""
        if not word.isalpha() or os.path.exists(word):
            return
        from grader.wording import did_you_mean, nearest_name

        near = nearest_name(word, self.commands, cutoff=0.7)
        if near is not None:
            raise click.UsageError(f"There is no command or file {word!r}. {did_you_mean(near)}", context)


@click.group(
    cls=GradeFirst,
    commands=LazyCommands(),
    invoke_without_command=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXAMPLES + "\n\n" + EXIT_CODES,
)
@click.version_option(package_name="goldgrade", prog_name="grade")
def cli() -> None:
    """Grade neural-network code that students wrote in NumPy.

    A submission runs in a locked-down container; the arrays that it computed are compared with golden
    ones outside. "grade FILE" is short for "grade run FILE".
    """


def help_text() -> str:
    """What ``grade --help`` says; ``python -m grader.cli.main`` prints it into ``grader/cli/help.txt``."""
    with click.Context(cli, info_name="grade", terminal_width=80, **cli.context_settings) as context:
        return cli.get_help(context) + "\n"


def main() -> NoReturn:
    """The entry point: runs a command and turns our errors into messages and exit codes."""
    guard()
    ending = ShutdownSignals()
    ending.watch()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead of failing
    try:
        code = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
        sys.exit(code)
    except SystemExit:
        if ending.has_begun:
            _leave_nothing()
        raise
    except (click.exceptions.Abort, KeyboardInterrupt):
        _leave_nothing()
        click.echo("Interrupted: the container was removed, and no mark was recorded.", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except GoldgradeError as error:
        click.echo(f"grade: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if (words := _storage_fault(error)) is not None:
            click.echo(f"grade: {words}", err=True)
            sys.exit(ExitCode.USAGE)
        import traceback

        traceback.print_exc()
        click.echo("grade: this is a fault of Goldgrade's, not the submission's; nobody got a mark.", err=True)
        sys.exit(ExitCode.BUG)


def _storage_fault(error: Exception) -> GoldgradeError | None:
    """The words for a full or read-only disk, or a place where this user may not be; None for anything else."""
    if not isinstance(error, OSError):
        return None
    from pathlib import Path

    from grader.output_file import NO_ROOM, STORAGE_FAULTS, unwritable

    path = error.filename2 or error.filename
    if isinstance(path, str | bytes):
        return unwritable(Path(os.fsdecode(path)), error, None) if error.errno in STORAGE_FAULTS else None
    return unwritable(Path("A file of ours"), error, None) if error.errno in NO_ROOM else None


def _leave_nothing() -> None:
    """A signal may come just where a container changes hands. What is under way ends, then all of ours are removed.

    The entry point lets the interpreter end in the usual way: it waits for the threads that start and remove.
    """
    if "docker" not in sys.modules:
        return
    import atexit
    from contextlib import suppress

    from sandbox.docker import connect
    from sandbox.leftovers import remove_containers_of
    from sandbox.system import ProcessIdentity, SandboxUnavailable

    def remove() -> None:
        with suppress(SandboxUnavailable), closing(connect()) as client:
            remove_containers_of(client, ProcessIdentity.this_process())

    atexit.register(remove)


if __name__ == "__main__":
    sys.stdout.write(help_text())
