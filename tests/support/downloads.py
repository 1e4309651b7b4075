"""Class folders as systems make them, and what is understood of them."""

from pathlib import Path

from grader.intake.class_download import open_class_folder
from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout
from grader.report.people import IdKind


def tree(folder: Path, *names: str, content: str = "x = 1\n") -> Path:
    """Files at these paths; a name that ends with a slash is a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return folder


def understood(folder: Path, *, layout: Layout | None = None, assignment_name: str | None = None) -> ClassFolder:
    with open_class_folder(folder, layout=layout, assignment_name=assignment_name) as work:
        return work


def only(work: ClassFolder, key: str) -> ClassSubmission:
    (attempt,) = work.attempts[key]
    return attempt


def id_of(work: ClassSubmission, kind: IdKind) -> str | None:
    (person,) = work.people
    return person.id_of(kind)
