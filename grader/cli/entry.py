"""The entry point of the command. ``grade --help`` is answered here, for click alone takes three times as long."""

import os
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to load than all the rest of this
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> "NoReturn":
    """Run the command line; a plain call for help is answered from a file that a test keeps up to date."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        with open(__file__.removesuffix("entry.py") + "help.txt", encoding="utf-8") as file:
            text = file.read()
        try:
            os.write(1, text.encode(sys.stdout.encoding if sys.stdout else "utf-8", "replace"))
        except OSError as error:
            os.write(2, f"grade: The help can't be written to standard output: {error.strerror}\n".encode())
            os._exit(2)
        sys.exit(0)
    from grader.cli.main import main as command_line

    try:
        command_line()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code < 128:  # a signal may leave threads at work; they end first
            _end_at_once(end.code)
        raise


def _end_at_once(code: int) -> "NoReturn":
    """Everything is closed by now, and taking NumPy and the rest apart would take Python another 70 ms."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
