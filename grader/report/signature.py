"""Signatures of reports: whether one is as it was made, and if not, which part of it was changed.

A report is cut into parts: each exercise, each question, a person's mark of each question, the lists of ids, and
every other field of the document ("submission", "score", "late", ..., "run" without its ``integrity``, and the
``conditions``). Of each the canonical JSON (RFC 8785: sorted keys, no white space, UTF-8, numbers as ECMAScript
writes them) is digested with SHA-256. What is signed is the canonical JSON of

    {"parts": {part: digest, ...}, "unsigned": [part, ...]}

by HMAC-SHA256 under a key derived from the course's secret. So one signature covers everything, the times in
``run`` too, and yet it can be told which parts are not those that were signed, and that the others are.

It all stands in ``run.integrity``: it covers times, so it differs between two runs as they do, and everything
outside of ``run`` stays the same byte for byte. Digests of parts outside of ``run`` are the same in both.

Who may change what afterwards: a batch writes anew where a report belongs and what lateness costs, and 'grade mark'
gives points. Both sign again, if they have the secret, and never vouch for more than they found: what they take
over from a report that is not as it was signed, or was never signed, is listed in ``unsigned`` until it is made or
marked again. Without the secret 'grade mark' leaves the old signature, and the mark shows as a change.

A signature is about the stored document and is checked under the schema version that this was written with. What a
newer version adds when it reads an older report was never signed, and is no change. What is written anew is signed
under the version of today; a mark that can't be signed leaves all else as it is, the version too.

With the public secret anybody can sign: it proves nothing but that nobody changed the report by accident.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from grader.course import (
    PUBLIC_SECRET,
    SECRET_FILE,
    PrivateAssignment,
    derive,
    fingerprint,
    read_private_assignment,
)
from grader.report.json_format import UNSIGNED_VERSIONS, StoredReport
from grader.report.model import Integrity, Report

PURPOSE = "reports"
INTEGRITY = "integrity"
_MARKED_BY_PEOPLE = ("marks/", "score")  # what 'grade mark' changes
_OF_A_MARK = frozenset({"status", "points", "comment", "earlier", "rubric_items"})
_BELONGS_TO = frozenset({"assignment", "submission"})  # where these are changed, the rest may be another one's


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """What signs a course's reports. ``fingerprint`` is that of the secret in a report's conditions."""

    key: bytes = field(repr=False)
    fingerprint: str
    is_public: bool = False


PUBLIC_KEY = SigningKey(key=derive(PUBLIC_SECRET, PURPOSE), fingerprint=fingerprint(PUBLIC_SECRET), is_public=True)


def key_of(private: PrivateAssignment | None) -> SigningKey:
    """The key of a private assignment, or without one the public key."""
    if private is None:
        return PUBLIC_KEY
    return SigningKey(key=derive(private.secret, PURPOSE), fingerprint=fingerprint(private.grading_secret))


def key_at(folder: Path | None) -> SigningKey | None:
    """The key of a private assignment's folder; None where there is only what grading needs.

    Raises PrivateAssignmentUnusable.
    """
    if folder is None:
        return PUBLIC_KEY
    return key_of(read_private_assignment(folder)) if (folder / SECRET_FILE).exists() else None


class SignatureStatus(Enum):
    """What a signature says of a report."""

    INTACT = "intact"
    UNVOUCHED = "unvouched"  # as it was signed, and some of it came from a report without a valid signature
    CHANGED = "changed"
    OTHER_SECRET = "other_secret"
    NOT_SIGNED = "not_signed"


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A verdict with the parts that it is about."""

    verdict: SignatureStatus
    parts: tuple[str, ...] = ()  # changed, or unvouched

    @property
    def machine_made_is_intact(self) -> bool:
        """Whether nothing was changed but what a person's mark changes."""
        return self.verdict in (SignatureStatus.INTACT, SignatureStatus.UNVOUCHED) or (
            self.verdict is SignatureStatus.CHANGED
            and all(part.startswith(_MARKED_BY_PEOPLE) for part in self.parts)
        )


def sign(report: Report, key: SigningKey | None) -> Report:
    """The report with its signature, without one where there is no key or nobody knows the conditions."""
    integrity = report.run.integrity
    if integrity is None:
        return report
    if key is None or key.fingerprint != integrity.conditions.secret:
        return _with(report, replace(integrity, parts={}, signature=None))
    parts = _parts(StoredReport.of(report).document)
    integrity = replace(integrity, parts=parts, unsigned=tuple(sorted({*integrity.unsigned} & parts.keys())))
    return _with(report, replace(integrity, signature=_signature(key, parts, integrity.unsigned)))


def examine(document: Mapping[str, Any], key: SigningKey | None) -> Examination:
    """What the signature says of a stored report, of any version that can be read, as it stands in the file."""
    integrity = None if document["schema_version"] in UNSIGNED_VERSIONS else document["run"][INTEGRITY]
    if integrity is None or integrity["signature"] is None:
        return Examination(verdict=SignatureStatus.NOT_SIGNED)
    if key is None or integrity["conditions"]["secret"] != key.fingerprint:
        return Examination(verdict=SignatureStatus.OTHER_SECRET)
    signed, unsigned = integrity["parts"], integrity["unsigned"]
    try:
        right = _signature(key, signed, unsigned)
        found = _parts(document)
    except (ValueError, RecursionError):  # what canonical JSON has no place for, we never wrote
        return Examination(verdict=SignatureStatus.CHANGED, parts=(INTEGRITY,))
    if not hmac.compare_digest(right.encode(), integrity["signature"].encode("utf-8", "surrogatepass")):
        return Examination(verdict=SignatureStatus.CHANGED, parts=(INTEGRITY,))
    changed = sorted(name for name in {*signed, *found} if signed.get(name) != found.get(name))
    if changed:
        return Examination(verdict=SignatureStatus.CHANGED, parts=tuple(changed))
    if unsigned:
        return Examination(verdict=SignatureStatus.UNVOUCHED, parts=tuple(unsigned))
    return Examination(verdict=SignatureStatus.INTACT)


def is_intact(stored: StoredReport, key: SigningKey | None) -> bool:
    """Whether everything in a report is as it was signed."""
    return examine(stored.document, key).verdict is SignatureStatus.INTACT


def examined(stored: StoredReport, key: SigningKey | None) -> Report:
    """A stored report, to be written anew: ``unsigned`` lists what must not be vouched for."""
    return with_doubts(stored.report, doubtful(stored, key))


def doubtful(stored: StoredReport, key: SigningKey | None) -> frozenset[str]:
    """The exercises, questions and marks in a stored report that nobody who has the key has vouched for."""
    report = stored.report
    asked = [each.id for each in report.questions]
    own = {
        *(f"exercises/{each.id}" for each in report.exercises),
        *(f"{part}/{question_id}" for part in ("questions", "marks") for question_id in asked),
    }
    found = examine(stored.document, key)
    match found.verdict:
        case SignatureStatus.INTACT:
            return frozenset()
        case SignatureStatus.UNVOUCHED:
            return frozenset(found.parts) & own
        case SignatureStatus.CHANGED if INTEGRITY not in found.parts and _BELONGS_TO.isdisjoint(found.parts):
            assert report.run.integrity is not None
            return frozenset({*found.parts, *report.run.integrity.unsigned}) & own
        case _:
            return frozenset(own)


def with_doubts(report: Report, parts: frozenset[str]) -> Report:
    """The report, in which these parts are no longer vouched for; in others nothing changes."""
    integrity = report.run.integrity
    if integrity is None or not parts:
        return report
    return _with(report, replace(integrity, unsigned=tuple(sorted({*integrity.unsigned, *parts}))))


def signed_mark(stored: StoredReport, marked: Report, question_id: str, key: SigningKey | None) -> StoredReport:
    """The report with a person's new mark, signed again if what was stored is as a machine made it.

    Otherwise it keeps the signature that it has, and the version that this is about: it tells what was changed.
    """
    integrity = stored.report.run.integrity
    if integrity is None:
        return StoredReport.of(marked)
    if not examine(stored.document, key).machine_made_is_intact:
        now = StoredReport.of(marked).document
        document = {**stored.document, **_in_the_form_of(stored.document, now)}
        return StoredReport(report=marked, document=document)
    unsigned = doubtful(stored, key) - {f"marks/{question_id}"}
    return StoredReport.of(sign(_with(marked, replace(integrity, unsigned=tuple(sorted(unsigned)))), key))


def _in_the_form_of(document: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What a mark changes, with the fields alone that the document's own version has."""
    score = {name: now["score"][name] for name in document["score"]}
    before = {each["id"]: each for each in document["questions"]}
    questions = [{name: each[name] for name in before[each["id"]]} for each in now["questions"]]
    return {"questions": questions, "score": score}


def _with(report: Report, integrity: Integrity) -> Report:
    return replace(report, run=replace(report.run, integrity=integrity))


def _parts(fields: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each part. Raises ValueError for what canonical JSON has no place for.

    Whatever changes here must leave the parts of older versions as they are.
    """
    run = fields["run"]
    contents: dict[str, Any] = {name: value for name, value in fields.items() if name != "run"}
    for name in ("exercises", "questions"):
        listed = fields[name]
        contents[name] = [each["id"] for each in listed]
        if len({*contents[name]}) < len(listed):
            raise ValueError(f"two {name} have the same id")
    contents |= {f"exercises/{each['id']}": each for each in fields["exercises"]}
    for question in fields["questions"]:
        given = {name: value for name, value in question.items() if name in _OF_A_MARK}
        contents[f"marks/{question['id']}"] = given
        contents[f"questions/{question['id']}"] = {
            name: value for name, value in question.items() if name not in given
        }
    contents["run"] = {name: value for name, value in run.items() if name != INTEGRITY}
    contents["conditions"] = run[INTEGRITY]["conditions"]
    return {name: hashlib.sha256(_canonical(content)).hexdigest() for name, content in sorted(contents.items())}


def _signature(key: SigningKey, parts: Mapping[str, str], unsigned: Any) -> str:
    message = _canonical({"parts": dict(parts), "unsigned": list(unsigned)})
    return hmac.new(key.key, message, hashlib.sha256).hexdigest()


def _canonical(value: Any) -> bytes:
    import rfc8785  # grading can start its container before it is needed

    return rfc8785.dumps(value)
