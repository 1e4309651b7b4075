"""The scripts of a bundle in a tree like the platform's: set up once, then run on submissions of every kind."""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.platforms.bundle import build_gradescope, build_prairielearn
from grader.platforms.run_on_platform import main, students
from sandbox.process.runner_process import packages_of_numpy
from tests.support.asking import users_left, wait_until
from tests.support.paths import ROOT

SAMPLE = ROOT / "docs" / "sample" / "submission.py"
# Right where everything that must be closed to it is closed, and an error where something is open.
SPY = """
import os
import numpy as np

def student_attention(Q, K, V, mask=None):
    for path in ("source", "source/goldgrade", "source/goldgrade/exercises", "source/requirements.txt"):
        if os.access("{root}/" + path, os.R_OK) or os.access("{root}/" + path, os.X_OK):
            raise RuntimeError(path)
    for path in ("results", "results/results.json", "venv", "cache", ""):
        if os.access("{root}/" + path, os.W_OK):
            raise RuntimeError(path)
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
"""

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="a platform runs its scripts as root")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A platform's folders, with a way to run a script in them."""

    root: Path
    submission: Path
    run: Callable[..., subprocess.CompletedProcess[str]]

    def grade(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Run the script on a submission with these files; ``week8_py`` is ``week8.py``."""
        shutil.rmtree(self.submission, ignore_errors=True)
        self.submission.mkdir()
        for name, text in files.items():
            (self.submission / ".".join(name.rsplit("_", 1))).write_text(text, encoding="utf-8")
        finished = self.run()
        wait_until(lambda: not users_left())
        return finished

    @property
    def results(self) -> dict[str, Any]:
        return json.loads((self.root / "results" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def environment(process_settings) -> dict[str, str]:
    settings = process_settings(Path())
    if subprocess.run([settings.python, "-c", "import ensurepip, venv"], capture_output=True).returncode != 0:
        pytest.skip(f"{settings.python} makes no virtual environments; on Debian: apt-get install python3-venv")
    return {
        "PATH": f"{settings.python.parent}:/usr/bin:/bin",
        "PYTHONPATH": f"{settings.site_packages}:{packages_of_numpy()}",
        "GOLDGRADE_PIP": "true",  # the packages are these
    }


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """pytest's own are closed to other users, and so is a submission's."""
    with tempfile.TemporaryDirectory(prefix="goldgrade-platform-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def gradescope(environment, open_folder) -> Tree:
    root = open_folder
    with zipfile.ZipFile(build_gradescope("deep_learning_architectures", root / "autograder.zip")) as archive:
        archive.extractall(root / "source")
    shutil.copyfile(root / "source" / "run_autograder", root / "run_autograder")

    def run(script: str = "run_autograder") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", root / script],
            env={**environment, "GOLDGRADE_ROOT": str(root)},
            cwd=root,
            capture_output=True,
            encoding="utf-8",
        )

    finished = run("source/setup.sh")
    assert finished.returncode == 0, finished.stderr
    assert "Goldgrade is ready." in finished.stdout
    return Tree(root=root, submission=root / "submission", run=run)


@pytest.fixture
def prairielearn(environment, open_folder, tiny) -> Tree:
    """The Dockerfile's steps, without an engine."""
    home, root = open_folder / "home", open_folder / "grade"
    root.mkdir()
    build_prairielearn(str(tiny), home)
    variables = {**environment, "GOLDGRADE_HOME": str(home), "GOLDGRADE_ROOT": str(root)}
    step = (home / "Dockerfile").read_text().split("RUN source=")[1].split("\nCOPY")[0]
    step = "source=" + step.replace("/opt/goldgrade", str(home))
    packages = f'"$source/goldgrade:{environment["PYTHONPATH"]}"'
    step = step.replace('"$source/goldgrade"', packages).replace("python3 ", "python3.11 ")
    subprocess.run(["sh", "-ec", step], env=variables, check=True)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([home / "run.sh"], env=variables, capture_output=True, encoding="utf-8")

    return Tree(root=root, submission=root / "student", run=run)


@needs_root
def test_at_gradescope_every_kind_of_submission_leaves_results(gradescope):
    sample = SAMPLE.read_text(encoding="utf-8")
    finished = gradescope.grade(week8_py=sample)
    assert finished.returncode == 0, finished.stderr
    assert gradescope.results["score"] == 40  # code alone: a platform has nobody to mark answers
    assert "Score 40 of 100 (40%)." in gradescope.results["output"]
    assert "Answers in words do not count in this score." in gradescope.results["output"]
    assert len(gradescope.results["tests"]) >= 5
    assert "Not a sandbox" in finished.stderr

    # A student's program sees neither the answers nor its own mark.
    finished = gradescope.grade(week8_py=sample + SPY.format(root=gradescope.root))
    assert finished.returncode == 0, finished.stderr
    assert gradescope.results["score"] == 60

    # What can't be read has words for the student, and no mark.
    for files, words in (({}, "no submission"), ({"week8_ipynb": '{"cells": ['}, "not a notebook")):
        finished = gradescope.grade(**files)
        assert finished.returncode == 0, finished.stderr
        assert words in json.dumps(gradescope.results)
        assert "score" not in json.dumps(gradescope.results)

    # A fault of ours is no mark either, and it is named only to those who see the script's output.
    golden = gradescope.root / "source/goldgrade/exercises/deep_learning_architectures/attention/golden.npz"
    golden.unlink()
    finished = gradescope.grade(week8_py=sample)
    assert finished.returncode == 3
    assert "golden" in finished.stderr
    check_failed_at_gradescope(gradescope)
    shutil.rmtree(gradescope.root / "venv")
    assert gradescope.grade(week8_py=sample).returncode == 127
    check_failed_at_gradescope(gradescope)


def check_failed_at_gradescope(tree: Tree) -> None:
    assert tree.results.keys() == {"output", "output_format"}
    assert "The autograder itself failed" in tree.results["output"]


@needs_root
def test_a_set_up_that_can_not_work_fails_where_the_teacher_sees_it(gradescope):
    (gradescope.root / "source/goldgrade/sandbox/runner/supervisor.py").write_text("raise RuntimeError\n")
    finished = gradescope.run("source/setup.sh")
    assert finished.returncode == 4
    assert "Goldgrade is ready." not in finished.stdout
    assert "before it was ready" in finished.stderr


@needs_root
def test_at_prairielearn_every_kind_of_submission_leaves_results_and_no_status(prairielearn):
    right = "def row_shares(x):\n    total = x.sum(axis=-1, keepdims=True)\n    return x / total, total\n"
    finished = prairielearn.grade(week8_py=right)
    assert finished.returncode == 0, finished.stderr
    assert prairielearn.results["score"] == 0.5
    finished = prairielearn.grade()
    assert (finished.returncode, prairielearn.results["gradable"]) == (0, False)
    assert "no submission" in json.dumps(prairielearn.results).lower()
    for golden in (prairielearn.root.parent / "home" / "source" / "assignment").glob("*/golden.npz"):
        golden.unlink()
    finished = prairielearn.grade(week8_py=right)
    assert finished.returncode == 0, finished.stderr
    assert prairielearn.results["gradable"] is False
    assert "score" not in prairielearn.results
    assert "The grader itself failed" in prairielearn.results["format_errors"][0]


def test_nothing_runs_without_the_words_that_it_is_no_sandbox(tmp_path, capsys):
    assert main(["gradescope", "deep_learning_architectures", str(tmp_path)]) == 2
    assert "--i-know-this-is-not-a-sandbox" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"users": [{"name": "Ada Byron", "email": "a@example.edu", "id": 1}]}', "Ada Byron"),
        ('{"users": [{"name": "Ada"}, {"name": "", "email": "g@example.edu"}]}', "Ada, g@example.edu"),
        ('{"users": []}', None),
        ('{"users": [1]}', None),
        ('{"users": [{"id": 1}]}', None),
        ("[]", None),
        ("not JSON", None),
    ],
)
def test_the_students_names_are_taken_from_the_metadata(text, names, tmp_path):
    metadata = tmp_path / "submission_metadata.json"
    metadata.write_text(text)
    assert students(metadata) == names
    assert students(tmp_path / "nowhere.json") is None
