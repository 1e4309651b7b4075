"""What the documents tell a reader to type: the commands, options, verbs, extras and files are there."""

import ast
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.cli.main import cli
from grader.errors import UsageProblem
from grader.extras import Extra, how_to_install
from tests.support.paths import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
VERBS = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
# Advice lies in the texts of the programs, too.
TEXTS = [
    path
    for folder in ("exercises", "grader", "reference", "sandbox")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sh", ".jinja", ".txt", ".md"} and not {"right", "wrong"} & set(path.parts)
]


def console_lines(document: Path) -> Iterator[str]:
    """What stands behind a prompt, continued lines joined, comments left out."""
    text = document.read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^\w*\$ +(.*)$", block.replace("\\\n", " "), re.MULTILINE):
            yield shlex.join(shlex.split(line, comments=True))


CONSOLE = [(path.name, line) for path in DOCUMENTS for line in console_lines(path)]


def parsed(line: str) -> None:
    """Take a line of ``grade`` apart as far as its files don't matter. Raises click.UsageError or UsageProblem."""
    context, words = click.Context(cli, info_name="grade"), shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group):
        if command is cli and words[0] not in command.list_commands(context):  # "grade FILE"
            words = ["run", *words]
        _, inner, words = command.resolve_command(context, words)
        assert inner is not None
        context, command = click.Context(inner, parent=context, info_name=inner.name), inner
    given, rest, _ = command.make_parser(context).parse_args(list(words))
    if rest:
        raise click.UsageError(f"too much: {rest}", context)
    for parameter in command.params:
        if parameter.required and parameter.name not in given:
            raise click.MissingParameter(ctx=context, param=parameter)
        if isinstance(parameter.type, click.Choice | click.IntRange | click.FloatRange) and parameter.name in given:
            parameter.type_cast_value(context, given[parameter.name])


@pytest.mark.parametrize(("document", "line"), [each for each in CONSOLE if each[1].startswith("grade ")])
def test_every_command_line_that_is_shown_can_be_given(document, line):
    parsed(line)


@pytest.mark.parametrize(
    "line",
    [
        "grade submission.py --no-such-option",
        "grade batch reports",
        "grade batch class --out reports --keep worst",
        "grade report one.json two.json",
        "grade export nothing reports",
        "grade submission.py --fail-under 101",
    ],
)
def test_a_line_that_can_t_be_given_would_be_seen(line):
    with pytest.raises((click.UsageError, UsageProblem)):
        parsed(line)


def test_the_other_lines_name_verbs_and_programs_that_are_there():
    assert len(CONSOLE) > 50
    for document, line in CONSOLE:
        match shlex.split(line):
            case ["grade", *_] | ["dask", *_] | ["export", *_]:
                pass
            case ["make", verb, *_]:
                assert verb in VERBS, f"{document}: {line}"
            case ["python" | ".venv/bin/python", "-m", module, *_]:
                assert find_spec(module), f"{document}: {line}"
            case ["python", file, *_]:
                assert (ROOT / file).is_file(), f"{document}: {line}"
            case _:
                pytest.fail(f"{document} shows a line of another kind, which this test does not know: {line}")


def test_advice_names_verbs_and_extras_that_are_there_and_no_package_that_is_not_published():
    wrong = []
    for path in [*DOCUMENTS, *TEXTS]:
        text = path.read_text(encoding="utf-8")
        wrong += [f"{path}: make {verb}" for verb in re.findall(r"['`]make ([a-z]+)", text) if verb not in VERBS]
        named = re.findall(r"pip install [^`]*?\.\[([a-z,]+)\]", text)
        wrong += [f"{path}: {name}" for names in named for name in names.split(",") if name not in EXTRAS]
        if path.name != "extras.py":  # which says why not
            wrong += [f"{path}: {found}" for found in re.findall(r"goldgrade\[|pip install '?goldgrade", text)]
    assert wrong == []


def test_every_file_that_a_document_links_to_is_there():
    links = [
        (path, link)
        for path in [*DOCUMENTS, ROOT / "CHANGELOG.md"]
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    ]
    assert len(links) > 30
    assert [f"{path.name}: {link}" for path, link in links if not (path.parent / link).exists()] == []


# The extras


@pytest.mark.parametrize("extra", Extra)
def test_an_extra_is_what_pyproject_says(extra):
    assert sorted(extra.value) == sorted(EXTRAS[extra.name.lower()])


def test_what_is_missing_is_told_by_name(monkeypatch):
    monkeypatch.setattr("grader.extras._is_installed", lambda name: name == "dulwich")
    assert Extra.BATCH.missing() == ("copydetect", "jsonschema-rs", "matplotlib", "pyyaml")


def test_the_command_that_installs_is_for_the_python_that_runs(monkeypatch):
    monkeypatch.setattr("sys.executable", "/home/ada/my env/bin/python")
    told = "Run: '/home/ada/my env/bin/python' -m pip install 'dulwich>=1' libcst"
    assert how_to_install("dulwich>=1", "libcst") == told


def test_an_environment_without_pip_is_told_uv_s_command(monkeypatch):
    monkeypatch.setattr("grader.extras.find_spec", lambda name: None)
    monkeypatch.setattr("sys.executable", "/venv/bin/python")
    assert how_to_install("libcst") == "Run: uv pip install --python /venv/bin/python libcst"


def imported_names() -> set[str]:
    """The top-level packages that our code imports anywhere, Python's own left out."""
    names: set[str] = set()
    for path in TEXTS:
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Import(names=aliases):
                        names |= {alias.name.split(".")[0] for alias in aliases}
                    case ast.ImportFrom(module=str(module), level=0):
                        names.add(module.split(".")[0])
    return names - sys.stdlib_module_names


def test_every_package_that_our_commands_import_is_locked_for_make_grade():
    """Also what is imported only where a command needs it: nothing that the README shows may be refused."""
    packages = {"yaml": "pyyaml", "IPython": "ipython"}
    ours = {"exercises", "grader", "reference", "sandbox", "utils"}
    lock = (ROOT / "locks" / "grade.txt").read_text(encoding="utf-8")
    locked = {
        canonicalize_name(Requirement(line).name) for line in re.findall(r"^(\w[^\\\n]*)", lock, re.MULTILINE)
    }
    assert imported_names() - ours >= {"yaml", "dulwich", "copydetect", "matplotlib", "libcst", "distributed"}
    missing = {
        name for name in imported_names() - ours if canonicalize_name(packages.get(name, name)) not in locked
    }
    assert missing == set()
