"""Right programs that are written as few people write them get full marks: a lost mark here is the worst fault."""

import pytest

from grader.grading.pipeline import grade
from grader.settings import Settings
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

pytestmark = pytest.mark.slow

PROGRAMS = sorted((DATA / "unusual").glob("*.*"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_right_program_in_an_unusual_style_gets_full_marks(path):
    report = grade(path, Settings(), open_trusted)
    lost = {each.id: each.message for each in report.exercises if each.points != each.max_points}
    assert lost == {}
    assert report.score.points == 100
