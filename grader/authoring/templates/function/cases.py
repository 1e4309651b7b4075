"""Inputs of the cases: FILL IN how yours are made.

``random.uniform(*shape, low=, high=)`` gives float32 numbers that only the course's secret decides. Let the sizes of
the axes differ from each other, so that axes which change places show.
"""

from exercises.spec import CaseInput

CASES = {
    "three_rows": CaseInput(arguments=lambda random: {"x": random.uniform(3, 5, low=-2.0, high=2.0)}),
    "one_row": CaseInput(arguments=lambda random: {"x": random.uniform(1, 4, low=-2.0, high=2.0)}),
}
