"""Goldgrade grades neural-network code that students wrote in NumPy. This is its public Python interface.

    from functools import partial
    from pathlib import Path

    from grader import Settings, grade, to_json
    from sandbox.backends import open_sandbox

    settings = Settings(only=("attention",))
    report = grade(Path("submission.py"), settings, partial(open_sandbox, settings.backend))
    print(report.score.points, to_json(report))

Errors that stop a job are GoldgradeError; none of them is a mark. Names are loaded when they are asked for.
"""

TYPE_CHECKING = False  # as typing has it, which "grade --help" has no time for

if TYPE_CHECKING:
    from grader.grading import grade
    from grader.report.json_format import read_report, to_json
    from grader.report.model import Report
    from grader.settings import Settings
    from sandbox.system import GoldgradeError
else:
    _HOMES = {
        "GoldgradeError": "sandbox.system",
        "Report": "grader.report.model",
        "Settings": "grader.settings",
        "grade": "grader.grading",
        "read_report": "grader.report.json_format",
        "to_json": "grader.report.json_format",
    }

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


__all__ = ["GoldgradeError", "Report", "Settings", "grade", "read_report", "to_json"]
