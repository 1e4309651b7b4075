"""Every command that talks to an engine, with one that answers nonsense: exit code 4, our words, no escapes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.batches import right
from tests.support.faulty_engine import FaultyEngine, a_faulty_engine, answer
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.engine

NONSENSE = {
    "no JSON": answer(b"hello"),
    "a list": answer(b"[1]"),
    "nothing in it": answer(b"{}"),
    "an error with escapes": answer(b'{"message": "\\u001b[31mboom"}', b"500 Internal Server Error"),
}
COMMANDS: dict[str, tuple[list[str], bytes]] = {  # and what it asks of the engine that is answered so
    "grade": (["CLASS/ada.py", "--only", "attention"], b"/containers/create"),
    "batch": (["batch", "CLASS", "--out", "OUT", "--only", "attention", "--jobs", "1"], b"/containers/create"),
    "doctor": (["doctor"], b"/containers/create"),
    "clean": (["clean", "--dry-run"], b"/containers/json"),
    "image": (["IMAGE"], b"/images/"),
}


@pytest.fixture
def faulty(engine, tmp_path) -> Iterator[FaultyEngine]:
    with a_faulty_engine(tmp_path) as proxy:
        yield proxy


def run(faulty: FaultyEngine, tmp_path: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    places = {"CLASS/ada.py": "class/ada.py", "CLASS": "class", "OUT": "out"}
    (tmp_path / "class").mkdir(exist_ok=True)
    (tmp_path / "class" / "ada.py").write_text(right(), encoding="utf-8")
    words = [str(tmp_path / places[word]) if word in places else word for word in command]
    program = ["-c", "import sys; from grader.cli.entry import main; sys.exit(main())", *words]
    return subprocess.run(
        [sys.executable, *(["-m", "sandbox.image"] if command == ["IMAGE"] else program)],
        env=os.environ | {"DOCKER_HOST": faulty.host},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def check(ended: subprocess.CompletedProcess[str]) -> None:
    said = ended.stdout + ended.stderr
    assert ended.returncode == 4, said
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert "engine" in said


# A batch tries again with pauses before it gives up, so that one kind of nonsense has to do; and "nothing in it" is how
# an engine says that there are no containers to clean.
IN_THE_MIDDLE = [
    (command, nonsense)
    for command in COMMANDS
    for nonsense in NONSENSE
    if command != "batch" or nonsense == "an error with escapes"
    if (command, nonsense) != ("clean", "nothing in it")
]


@pytest.mark.parametrize(("command", "nonsense"), IN_THE_MIDDLE)
def test_nonsense_in_the_middle_of_the_work(faulty, tmp_path, command, nonsense):
    words, asked = COMMANDS[command]
    faulty.answers[asked] = NONSENSE[nonsense]
    check(run(faulty, tmp_path, words))


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("command", COMMANDS)
def test_nonsense_where_the_version_is_asked_for(faulty, tmp_path, command, nonsense):
    faulty.answers[b"/version"] = NONSENSE[nonsense]
    check(run(faulty, tmp_path, COMMANDS[command][0]))
    assert not list(tmp_path.glob("out/reports/*.json"))
