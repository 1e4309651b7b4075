"""What an LMS downloads, and who is in the class: the students' programs, the roster, what is nobody's work."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.intake.class_download import open_class_folder
    from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout
    from grader.intake.hand_in_time import named_zone
    from grader.intake.moodle_titles import NO, TITLES, YES, MoodleRole, normal
    from grader.intake.roster import read_roster
    from grader.intake.roster_match import is_file_name
else:
    __getattr__ = lazy(
        __name__,
        {
            "class_download": ("open_class_folder",),
            "class_submissions": ("ClassFolder", "ClassSubmission", "Layout"),
            "hand_in_time": ("named_zone",),
            "moodle_titles": ("NO", "TITLES", "YES", "MoodleRole", "normal"),
            "roster": ("read_roster",),
            "roster_match": ("is_file_name",),
        },
    )

__all__ = [
    "NO",
    "TITLES",
    "YES",
    "ClassFolder",
    "ClassSubmission",
    "Layout",
    "MoodleRole",
    "is_file_name",
    "named_zone",
    "normal",
    "open_class_folder",
    "read_roster",
]
