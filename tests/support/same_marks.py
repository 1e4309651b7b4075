"""Whether two reports say the same."""

import json
from collections.abc import Mapping

from grader.report.json_format import to_json
from grader.report.model import Report


def without_run(report: Report) -> Mapping[str, object]:
    fields: dict[str, object] = json.loads(to_json(report))
    fields.pop("run")
    return fields
