"""A student's file: found, read cell by cell, and cut down to what an exercise needs."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.submission.limited_reading import within_limits
    from grader.submission.passages import Passage, PassageKind, told
    from grader.submission.program_choice import latest
    from grader.submission.program_file import Format, ProgramFile
    from grader.submission.program_in_archive import whole
    from grader.submission.program_on_disk import find_program
    from grader.submission.sliced_modules import ReadModules, read_modules, slice_with_modules
    from grader.submission.slicing import BrokenSyntax, Missing, Slice, Sliced, slice_program
    from grader.submission.source_text import Grammar, Unparsable, parsed, source_lines, storable
    from grader.submission.submission import Submission, parse, read_submission
    from grader.submission.text_blocks import CUT, TextBlock
else:
    __getattr__ = lazy(
        __name__,
        {
            "passages": ("Passage", "PassageKind", "told"),
            "program_choice": ("latest",),
            "program_file": ("Format", "ProgramFile"),
            "program_in_archive": ("whole",),
            "program_on_disk": ("find_program",),
            "sliced_modules": ("ReadModules", "read_modules", "slice_with_modules"),
            "slicing": ("BrokenSyntax", "Missing", "Slice", "Sliced", "slice_program"),
            "source_text": ("Grammar", "Unparsable", "parsed", "source_lines", "storable"),
            "submission": ("Submission", "parse", "read_submission"),
            "text_blocks": ("CUT", "TextBlock"),
            "limited_reading": ("within_limits",),
        },
    )

__all__ = [
    "CUT",
    "BrokenSyntax",
    "Format",
    "Grammar",
    "Missing",
    "Passage",
    "PassageKind",
    "ProgramFile",
    "ReadModules",
    "Slice",
    "Sliced",
    "Submission",
    "TextBlock",
    "Unparsable",
    "find_program",
    "latest",
    "parse",
    "parsed",
    "read_modules",
    "read_submission",
    "slice_program",
    "slice_with_modules",
    "source_lines",
    "storable",
    "told",
    "whole",
    "within_limits",
]
