"""Files that are something else than their names say, named for what they are by their first bytes."""

import json
import re
from dataclasses import dataclass

LOOKED_AT = 4096  # bytes from the beginning
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
_CONFLICT = re.compile(rb"^(?:<{7} \S.*|={7}|>{7} \S.*)\r?$", re.M)


@dataclass(frozen=True, kw_only=True)
class OtherKind:
    """What a file is, and what to do about it."""

    what: str  # "a PDF"
    advice: str = "Hand in the file in which you wrote the code."


_ARCHIVE = "Unpack it, and hand in the notebook or the Python file itself."
_PRINTED = "It is a picture of the work, and nothing in it can run. Hand in the notebook or the Python file itself."
_SIGNATURES: tuple[tuple[bytes, OtherKind], ...] = (
    (b"PK\x03\x04", OtherKind(what="a zip archive", advice=f"Give its name the ending .zip. Or: {_ARCHIVE}")),
    (b"%PDF", OtherKind(what="a PDF", advice=_PRINTED)),
    (b"\x7fELF", OtherKind(what="a machine's program")),
    (b"MZ\x90\x00", OtherKind(what="a program of Windows")),
    (b"\x89PNG", OtherKind(what="a picture", advice=_PRINTED)),
    (b"\xff\xd8\xff", OtherKind(what="a picture", advice=_PRINTED)),
    (b"GIF8", OtherKind(what="a picture", advice=_PRINTED)),
    (b"\x1f\x8b", OtherKind(what="a gzip archive", advice=_ARCHIVE)),
    (b"7z\xbc\xaf\x27\x1c", OtherKind(what="a 7z archive", advice=_ARCHIVE)),
    (b"Rar!", OtherKind(what="a rar archive", advice=_ARCHIVE)),
    (b"\xfd7zXZ", OtherKind(what="an xz archive", advice=_ARCHIVE)),
    (b"BZh91AY&SY", OtherKind(what="a bzip2 archive", advice=_ARCHIVE)),
    (b"\xd0\xcf\x11\xe0", OtherKind(what="a document of an office program")),
    (b"{\\rtf", OtherKind(what="a document in RTF, as a word processor writes it")),
    (b"\x93NUMPY", OtherKind(what="an array that NumPy stored")),
    (b"SQLite format 3", OtherKind(what="a database")),
    (b"\xa7\r\r\n", OtherKind(what="Python's compiled file", advice="Hand in the .py file that it was made from.")),
    (
        b"version https://git-lfs.github.com/",
        OtherKind(
            what="a pointer of Git LFS, which stands for a file that is elsewhere",
            advice="Run 'git lfs pull', and hand in the file that is then there.",
        ),
    ),
)
_OF_OFFICES = (b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis", b"[Content_Types].xml")
_DOCUMENT = OtherKind(what="a document of an office program", advice="Copy the code out of it into a .py file.")


def other_kind(data: bytes) -> OtherKind | None:
    """What it is if it is surely no program; None where it may be one."""
    head = data[:LOOKED_AT]
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            is_office = signature == b"PK\x03\x04" and any(name in head for name in _OF_OFFICES)
            return _DOCUMENT if is_office else kind
    if head[257:262] == b"ustar":
        return OtherKind(what="a tar archive", advice=_ARCHIVE)
    if _is_page(head):
        return OtherKind(
            what="a web page",
            advice="The page was saved, and not the file: use the download of the site (in GitHub 'Download raw "
            "file', in Colab 'File, Download').",
        )
    return None


def _is_page(head: bytes) -> bool:
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<!--", b"<?")):
        end = b"-->" if rest.startswith(b"<!--") else b"?>"
        _, found, rest = rest.partition(end)
        if not found:
            return False
        rest = rest.lstrip()
    return rest.lower().startswith(_PAGES)


def other_notebook(data: bytes) -> OtherKind | None:
    """What a notebook is whose JSON can't be read."""
    markers = {found.group()[:1] for found in _CONFLICT.finditer(data)}
    if {b"<", b"=", b">"} <= markers:
        return OtherKind(
            what="a notebook with a conflict that Git could not merge",
            advice="Both versions stand in it, between lines of < and >. Settle the conflict ('git checkout "
            "--ours' or '--theirs', or by hand), open it in Jupyter, and save it.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    start = text.lstrip()[:LOOKED_AT]
    if not start.startswith("{") and re.search(r"^\s*(?:import|from|def|class)\s+\w", start, re.M):
        return OtherKind(what="Python text with the ending of a notebook", advice="Give its name the ending .py.")
    if start.startswith("{") and _is_cut(text):
        return OtherKind(
            what="a notebook whose end is missing",
            advice="It was not saved or not uploaded completely. Save it in Jupyter, and hand it in again.",
        )
    return None


def _is_cut(text: str) -> bool:
    """Whether its JSON breaks at its very end."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        at_string = error.msg.startswith("Unterminated string")
        return at_string or error.pos >= len(text.rstrip()) - 1
    except (RecursionError, ValueError):
        pass
    return False
