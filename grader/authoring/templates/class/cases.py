"""Inputs of the cases: FILL IN how yours are made.

``construct`` is what the class is made with, ``arguments`` what its ``forward`` gets. ``random.uniform(*shape, low=,
high=)`` gives float32 numbers that only the course's secret decides. Let the sizes of the axes differ from each
other, so that axes which change places show.
"""

from exercises.spec import CaseInput

CASES = {
    "five_rows": CaseInput(
        construct={"in_features": 4, "out_features": 3},
        arguments=lambda random: {"x": random.uniform(5, 4, low=-2.0, high=2.0)},
    ),
    "one_row": CaseInput(
        construct={"in_features": 3, "out_features": 6},
        arguments=lambda random: {"x": random.uniform(1, 3, low=-2.0, high=2.0)},
    ),
}
