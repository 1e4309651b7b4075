"""The sandbox's only error: a fault of ours or of the machine. It stops the job and is never a mark."""


class SandboxUnavailable(Exception):
    """No submission can be run here now. Says what happened, what was expected, and what to do."""

    def __init__(self, happened: str, *, expected: str, advice: str) -> None:
        super().__init__(f"{happened}\nExpected: {expected}.\n{advice}")
        self.happened = happened
        self.expected = expected
        self.advice = advice
