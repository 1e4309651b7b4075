"""Whether two reports say the same."""

import json

from grader.report.json_format import to_json


def without_run(report) -> dict:
    fields = json.loads(to_json(report))
    fields.pop("run")
    return fields
