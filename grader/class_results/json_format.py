"""A class's results as JSON, with a published schema."""

import io
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import resources
from typing import Any

from grader.class_results.model import ClassSummary
from grader.report.model import without_controls


def summary_json(summary: ClassSummary) -> str:
    """The results as JSON text: the same reports always give the same text."""
    plain = _plain(summary)
    ordered = {"schema_version": plain.pop("schema_version"), **plain}
    text = io.StringIO()  # json.dumps keeps a list of all pieces until the end
    json.dump(ordered, text, indent=1, ensure_ascii=False, allow_nan=False)
    return text.getvalue() + "\n"


def summary_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a summary."""
    text = resources.files("grader.class_results").joinpath("summary.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _plain(value: Any) -> Any:
    """Enums as their values, and no text that would steer a terminal or could not be written.

    In one go: with ``asdict`` there would be two copies of a large class at once.
    """
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Enum():
            return value.value
        case str():
            return without_controls(value)
        case dict():
            return {_plain(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
