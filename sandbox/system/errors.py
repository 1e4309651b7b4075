"""What every error of ours has, and the sandbox's own: a fault of the machine, which is never a mark."""

from functools import partial
from typing import Any, ClassVar

from sandbox.system.exit_code import ExitCode

LONGEST_REASON = 500


class GoldgradeError(Exception):
    """Work that can't go on. Says what happened, what was expected, and what to try.

    ``grader/errors.py`` draws the tree. Whatever else is raised is a fault of Goldgrade's own.
    """

    exit_code: ClassVar[ExitCode]

    def __init__(self, happened: str, *, expected: str, advice: str) -> None:
        super().__init__(f"{happened}\nExpected: {expected}.\n{advice}")
        self.happened = happened
        self.expected = expected
        self.advice = advice

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it comes whole from one process to another: an exception's own way knows no named arguments."""
        return partial(type(self), expected=self.expected, advice=self.advice), (self.happened,)


class SandboxUnavailable(GoldgradeError):
    """No submission can be run here now."""

    exit_code = ExitCode.MACHINE


class EngineNonsense(SandboxUnavailable):
    """Something answers where the container engine should be, and not as one does. Nothing else takes its place."""


def root_cause(error: BaseException) -> BaseException:
    """The system's or the engine's answer, which the SDK, requests and urllib3 each wrap once more."""
    cause: BaseException | None = error
    while cause is not None and not (_is_systems_own(cause) or _explanation(cause)):
        cause = cause.__cause__ or cause.__context__
    return cause or error.__cause__ or error


def reason(error: BaseException) -> str:
    """An error in a few words: the system's or the engine's, without what the libraries wrap around it."""
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return error.strerror
    return plain_line(_explanation(error) or str(error) or type(error).__name__)


def plain_line(text: str) -> str:
    """Others' words as one short line that steers no terminal: whoever answers us may be anybody."""
    line = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * LONGEST_REASON])
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def _is_systems_own(error: BaseException) -> bool:
    # requests' errors are OSErrors as well, but without a number.
    return isinstance(error, OSError) and error.errno is not None


def _explanation(error: BaseException) -> str:
    """The engine's own words, in the SDK's APIError; not imported here, for it takes a while."""
    return str(getattr(error, "explanation", None) or "")
