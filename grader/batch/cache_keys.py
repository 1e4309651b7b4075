"""What an exercise's marks depend on, as one digest: while it is the same, no mark can change."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from exercises.spec import Assignment
from grader.course import derive, fingerprint, secret_of
from grader.report.digests import exercise_digest, marks_digest
from grader.settings import Settings
from sandbox.image import image_tag


def exercise_keys(assignment: Assignment, sha256: str, settings: Settings) -> Mapping[str, str]:
    """By exercise: the digest for a submission with this SHA-256.

    Keyed with the secret, for it stands in reports: a plain digest would tell whether a guess of what is in golden
    outputs is right.
    """
    secret = secret_of(settings)
    key = derive(secret, "keys")
    common = f"{sha256} {_common(settings, secret)}"
    return {
        exercise.exercise_id: hmac.new(
            key, f"{common} {exercise_digest(assignment, exercise)}".encode(), hashlib.sha256
        ).hexdigest()
        for exercise in assignment.exercises
    }


def assignment_digest(assignment: Assignment) -> str:
    """Of all the files that grading reads: two machines with the same one give the same marks."""
    parts = "".join(exercise_digest(assignment, exercise) for exercise in assignment.exercises)
    return hashlib.sha256(parts.encode()).hexdigest()


def _common(settings: Settings, secret: bytes) -> str:
    """What of the grader decides about marks, the sandbox's image, and the settings that show in a report."""
    shown = (
        asdict(settings.limits),
        settings.show_hidden,
        settings.fresh_inputs,
        settings.with_questions,
        fingerprint(secret),
    )
    return f"{marks_digest()} {image_tag()} {np.__version__} {shown}"
