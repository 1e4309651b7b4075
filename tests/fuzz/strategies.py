"""Inputs that are nearly right: a wholly random one is refused by a parser's first line."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sandbox.wire.framing import FrameKind, pack

CORPUS = Path(__file__).parent / "corpus"
NAMES = ("f", "Model", "x", "np", "é", "scaled_dot_product_attention")
NUMBERS = (0, 1, -1, True, 2**31, 2**63, 10**30, 1.5, 1e308, float("nan"), float("inf"))
TEXTS = (
    "",
    "a",
    "cell 1",
    "\ud800",
    "\0",
    "\r",
    "\u202e",
    "finished",
    "=1+1",
    "x" * 300,
    "2026-11-20T23:59:00+01:00",
)
PIECES = (
    b"",
    b"\0",
    b"\r",
    b"\n",
    b'"',
    b"\\",
    b",",
    b";",
    b"\xff",
    b"9" * 400,
    b"0x" + b"f" * 4000,
    b"[" * 1200,
    b" " * 2000,
)
STATEMENTS = (
    "{a} = {b}", "{a}: {b} = 1", "{a}.w[0] = {b}", "{a}.append({b})", "import {a}, {b}", "from {a} import *", "del {a}",
    "from __future__ import annotations", "global {a}", "return {a}", "await {a}", "{a} = lambda {b}: {a}", "@{a}",
    "{a} = [{b} for {b} in {a}]", "({a} := {b})", "{a}, *{b} = {a}", "print(f'{{{a}!r:{b}}}')", "{a} = '''", "\\", "(",
    "# {a}", "%time {a} = {b}", "%%time", "%%bash", "!{a} {b}", "{a}?", "{a} = !{b}", ">>> {a}", "In [1]: {a}", "# In[2]:",
    "# %% {a}", "get_ipython().run_line_magic('time', '{a} = (1,\\r{b})')", "x;{a};", "\f{a} = 1", "\x1a",
    "get_ipython().run_cell_magic('time', '', '{a} = 1\\r\\ndef {b}(): pass\\r')", "# Commented out IPython magic",
    "# Commented out IPython magic to ensure Python compatibility.\n# %%time\n# {a} = 1",
)  # fmt: skip
BLOCKS = (
    "def {a}({b}={a}):", "class {a}({b}):", "async def {a}():", "if {a}:", "elif {b}:", "else:", "for {a} in {b}:",
    "try:", "except {a} as {b}:", "except* {a}:", "finally:", "with {a} as {b}:", "while {a}:", "match {a}:",
    "case [{a}, *{b}]:", 'if __name__ == "__main__":',
)  # fmt: skip
SCALARS = (
    "1", "-5", "0x" + "f" * 5000, "1e400", "inf", "nan", '"a"', "[]", "{}", "true", "[[[]]]", "2026-11-20", "~", '"\\uD800"',
    "2026-11-20T23:59:00+01:00", "0001-01-01T00:00:00+14:00", "!!binary eA==", "!ruby/object {}", "&a [*a]", "190:20:30",
)  # fmt: skip
FILES = (
    "byronada_4511_1_a.py", "byronada_LATE_4511_2_a.ipynb", "anon_x_3_c.py", "_9_1_a.py", "x_4_text.html",
    "Ada Byron_50123_assignsubmission_file/a.py", "A_assignsubmission_onlinetext.html", "submitted/ada/ps1/a.py",
    "submitted/ada/ps1/timestamp.txt", "submitted/alan/ps1/timestamp.txt", "ada/ps1/timestamp.txt", "week8-ada/.git/HEAD",
    "week8-ada/.git/objects/info/alternates", "week8-ada/.git/refs/heads/main", "week8-ada/a.py", "ada.py", "ADA.py",
    "ada", "utils.py", "utils (1).py", "._a.py", "\udcff.py", "..", "con.py", "\u202egpj.py", "a" * 250 + ".py",
    "submission_metadata.yml", "submission_1/a.py", "class/ada.py", "~$x.py", "ﬁ.py", "fi.py", "a\tb.py", "-", "+.py",
)  # fmt: skip
CONTENTS = (
    "x", "2026-11-20 23:59:00 Europe/Berlin", "2026-11-20 23:59:00 ../../etc/passwd", "0001-01-01 00:00:00 +2359",
    "9999-12-31 23:59:59 America/Los_Angeles", "2026-11-20 23:59:00 America", "ref: refs/heads/main", "a" * 40, "\udcff",
    "2026-11-20T23:59:00 +9999", "ref: refs/heads/../../../x", "submission_1:\\n  :submitters: 5",
)  # fmt: skip
COLUMNS = (
    "Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Week 8 (1)", "Week 8 (2)", "Final Score", "Identifier",
    "Full name", "Email address", "Grade", "Maximum grade", "Grade can be changed", "Last modified (grade)", "Group",
    "Feedback comments", "name", "login", "key", "submitted at", "first name", "last name", "student number", "LastName",
    "FirstName", "github username", "", "Scale",
)  # fmt: skip
CELLS = (
    "", "1", "3,5", "9" * 400, "٣", "²", "EX", "N/A", "-", "Ada Byron", "Byron, Ada", "ada", "ada@x.org", "4511", "50123",
    "    Points Possible", "(read only)", "Manual Posting", " " * 3000 + "x", "Participant 50123", "Participant ٣", "No",
    '"', "\\", '\\"', "\x01", "a\nb", "a\rb", "2026-11-20T23:59:00+01:00", "0001-01-01T00:00:00+23:59", "\u202e", "=1",
)  # fmt: skip


def seeds(target: str) -> list[bytes]:
    """The target's corpus."""
    return [file.read_bytes() for file in sorted((CORPUS / target).iterdir())]


@st.composite
def mutated(draw: st.DrawFn, of: st.SearchStrategy[bytes]) -> bytes:
    """Some bytes of an input taken out, doubled, or replaced."""
    data = draw(of)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 1, 1, 4, 30))))
        middle = draw(st.sampled_from(PIECES) | st.binary(max_size=4) | st.just(data[start:end] * 2))
        data = data[:start] + middle + data[end:]
    return data


def of_corpus(target: str) -> st.SearchStrategy[bytes]:
    """The corpus with mutations."""
    return mutated(st.sampled_from(seeds(target)))


def anything() -> st.SearchStrategy[Any]:
    """A value in the place of another one, in JSON."""
    leaves = st.sampled_from((None, *NUMBERS, *TEXTS))
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TEXTS), inner, max_size=2), max_leaves=4)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, document: Any, times: int = 3) -> Any:
    """A JSON document with up to so many places replaced, taken out or put in twice."""
    document = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(0, times))):
        places = list(_places(document))
        if not places:
            break
        parent, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(("replace", "replace", "remove", "double")))
        if what == "remove":
            del parent[key]
        elif what == "double" and isinstance(parent, list):
            parent.insert(key, parent[key])
        else:
            parent[key] = draw(anything())
    return document


def json_of_corpus(target: str) -> st.SearchStrategy[bytes]:
    """The corpus' documents with other values in some places."""
    documents = [json.loads(seed) for seed in seeds(target)]
    return st.sampled_from(documents).flatmap(changed).map(lambda document: json.dumps(document).encode())


@st.composite
def frames(draw: st.DrawFn, target: str, prefix: int) -> bytes:
    """The corpus' frames: left out, doubled, swapped, with other fields, cut or with another kind or length."""
    seed = draw(st.sampled_from(seeds(target)))
    parts = list(_parts(seed[prefix:]))
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(parts) - 1))
        kind, payload = parts[index]
        match draw(st.sampled_from(("fields", "fields", "fields", "bytes", "kind", "remove", "double", "swap"))):
            case "fields" if (fields := _fields(payload)) is not None:
                payload = json.dumps(draw(changed(fields, 2))).encode()
                parts[index] = kind, payload
            case "bytes":
                parts[index] = kind, draw(mutated(st.just(payload)))
            case "kind":
                parts[index] = draw(st.integers(0, 10)), payload
            case "remove" if len(parts) > 1:
                del parts[index]
            case "double":
                parts.insert(index, parts[index])
            case _:
                parts[index], parts[0] = parts[0], parts[index]
    stream = b"".join(pack(kind, payload) for kind, payload in parts)
    return seed[:prefix] + stream


def _fields(payload: bytes) -> dict[str, object] | None:
    """What a payload says; None where it is an array, or was changed before and says nothing any more."""
    try:
        read = json.loads(payload)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Statements and blocks that may follow one another, and often do not."""
    lines, depth = [], 0
    for _ in range(draw(st.integers(0, 8))):
        opens = draw(st.booleans()) and depth < 4
        text = draw(st.sampled_from(BLOCKS if opens else STATEMENTS))
        a, b = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
        lines.append(
            "    " * depth + text.replace("{a}", a).replace("{b}", b).replace("{{", "{").replace("}}", "}")
        )
        depth = depth + 1 if opens else max(0, depth - draw(st.sampled_from((0, 0, 1, 4))))
        if opens and draw(st.booleans()):
            lines.append("    " * depth + draw(st.sampled_from(("pass", "x = 1", "return x"))))
    return draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\r"))).join(lines)


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """Zips of files with telling names, as links, encrypted, packed in other ways, with other names inside."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in draw(st.lists(st.sampled_from(FILES), max_size=4, unique=True)):
            entry = zipfile.ZipInfo(
                name.replace("\udcff", "ÿ"), (draw(st.sampled_from((1980, 2026, 2107))), 1, 1, 0, 0, 0)
            )
            entry.external_attr = draw(st.sampled_from((0, 0o100644, 0o120777, 0o020666, 0o040755))) << 16
            entry.compress_type = draw(
                st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
            )
            archive.writestr(entry, draw(st.sampled_from(("x = 1", "", "{}"))))
    return file.getvalue()


@st.composite
def class_folders(draw: st.DrawFn) -> bytes:
    """Names as several systems give them, in one folder."""
    names = draw(st.lists(st.sampled_from(FILES), max_size=6))
    lines = [f"{name}\t{draw(st.sampled_from(CONTENTS))}" for name in names]
    return (draw(st.sampled_from("cws")) + "\n".join(lines)).encode("utf-8", "surrogateescape")


@st.composite
def tables(draw: st.DrawFn, *always: str) -> bytes:
    """A CSV with known columns, delimiters, encodings and line ends."""
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(("\n", "\r\n", "\r")))
    columns = [*always, *draw(st.lists(st.sampled_from(COLUMNS), max_size=4))]
    width = st.sampled_from((0, 0, 0, -1, 1))

    def row(cells: list[str]) -> str:
        return delimiter.join(
            '"' + cell.replace('"', '""') + '"'
            if any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
            else cell
            for cell in cells
        )

    lines = [row(columns)]
    for _ in range(draw(st.integers(0, 4))):
        size = max(0, len(columns) + draw(width))
        lines.append(row(draw(st.lists(st.sampled_from(CELLS), min_size=size, max_size=size))))
    text = draw(st.sampled_from(("", "\ufeff"))) + end.join(lines) + draw(st.sampled_from(("", end)))
    return text.encode(draw(st.sampled_from(("utf-8", "utf-8", "cp1252"))), "replace")


@st.composite
def with_scalars(draw: st.DrawFn, target: str, sign: str) -> bytes:
    """The corpus' YAML or TOML with other values."""
    lines = draw(st.sampled_from(seeds(target))).decode().split("\n")
    for _ in range(draw(st.integers(0, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        key, found, _ = lines[index].partition(sign)
        if found:
            lines[index] = key + sign + draw(st.sampled_from(SCALARS))
    return "\n".join(lines).encode()


def _places(document: Any) -> Any:
    children = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()  # fmt: skip
    for key, child in list(children):
        yield document, key
        yield from _places(child)


def _parts(stream: bytes) -> Any:
    while stream:
        end = 8 + int.from_bytes(stream[4:8], "big")
        yield FrameKind(stream[2]), stream[8:end]
        stream = stream[end:]


INPUTS: dict[str, st.SearchStrategy[bytes]] = {
    "array": of_corpus("array"),
    "frames": of_corpus("frames"),
    "result": mutated(frames("result", 0)) | frames("result", 0),
    "judged": frames("judged", 1),
    "engine_stream": of_corpus("engine_stream"),
    "program": programs().map(str.encode) | of_corpus("program"),
    "cells": st.lists(programs(), max_size=3).map("\0".join).map(str.encode) | of_corpus("cells"),
    "notebook": json_of_corpus("notebook") | of_corpus("notebook"),
    "archive": mutated(zips()),
    "class_zip": mutated(zips()),
    "class_folder": class_folders(),
    "gradescope": with_scalars("gradescope", ": ") | of_corpus("gradescope"),
    "roster": tables("name", "login") | tables() | of_corpus("roster"),
    "sheet": tables() | of_corpus("sheet"),
    "canvas": tables("Student", "ID", "Section", "Week 8 (1)") | of_corpus("canvas"),
    "moodle": tables("Identifier", "Full name", "Grade", "Last modified (grade)") | of_corpus("moodle"),
    "report": json_of_corpus("report"),
    "class_list": json_of_corpus("class_list"),
    "earlier_scores": of_corpus("earlier_scores"),
    "assignment": with_scalars("assignment", " = "),
}
