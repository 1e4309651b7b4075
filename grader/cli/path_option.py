"""Files and folders behind arguments and options."""

import os
from pathlib import Path
from typing import Any

import click

LONGEST_SHOWN = 100  # signs of a path


class PathOption(click.Path):
    """A path, of which it is not known yet whether anything is there.

    A name that is too long, or one in a folder that is closed to this user, would be an error wherever somebody
    first asks for it.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, as what ``path_type`` says. Raises UsageProblem."""
        try:
            os.lstat(value)
        except (FileNotFoundError, NotADirectoryError):
            pass  # it may have to be made, or what is missing is told by those who know what it should be
        except OSError as error:
            from grader.errors import UsageProblem

            path = os.fspath(value)
            raise UsageProblem(
                f"{path[:LONGEST_SHOWN]}{'…' * (len(path) > LONGEST_SHOWN)} can't be looked at: {error.strerror}",
                expected="a path that this user can reach",
                advice=f"Check {param.opts[0] if param and param.opts[0].startswith('-') else 'the path'}.",
            ) from error
        return super().convert(value, param, ctx)


A_PATH = PathOption(path_type=Path)
A_PLACE = PathOption(path_type=str)  # or another word, such as "-" or an assignment's name
