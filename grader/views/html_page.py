"""What our HTML pages share: everything in them is escaped, and nothing is a script or fetched."""

from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.report.model import without_controls


def page_environment(room: str = "views") -> Environment:
    """Jinja's environment for the templates of a room and of this one, to which a page adds filters of its own."""
    return Environment(
        loader=ChoiceLoader([PackageLoader("grader", folder) for folder in dict.fromkeys((room, "views"))]),
        autoescape=True,  # for every template, whatever its name ends in
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown(value: Any) -> Any:
    """Each value on its way into the page, before it is escaped; Markup is what the page made itself."""
    return without_controls(value) if isinstance(value, str) and not isinstance(value, Markup) else value
