"""What may run where: whoever grades without the command line keeps its rules."""

import pickle
from dataclasses import replace

import pytest

from grader.errors import UsageProblem
from grader.grading.pipeline import grade
from grader.settings import Settings, named_backend
from sandbox.backends import Backend
from tests.support.trusted import open_trusted


def test_a_plain_process_has_to_be_meant():
    assert Settings(backend=Backend.PROCESS, acknowledged=True).backend is Backend.PROCESS
    with pytest.raises(UsageProblem, match="without a sandbox"):
        Settings(backend=Backend.PROCESS)
    with pytest.raises(UsageProblem, match="without a sandbox"):
        replace(Settings(), backend=Backend.PROCESS)


@pytest.mark.parametrize("backend", [Backend.PROCESS, Backend.BUBBLEWRAP])
def test_only_an_engine_has_a_container_runtime(backend):
    assert Settings(backend=Backend.DOCKER, runtime="runsc").runtime == "runsc"
    with pytest.raises(UsageProblem, match="has no container runtime"):
        Settings(backend=backend, runtime="runsc", acknowledged=True)


def test_settings_that_came_from_elsewhere_are_looked_at_where_they_are_used(tmp_path, tiny):
    travelled = pickle.loads(pickle.dumps(Settings(assignment=str(tiny))))
    object.__setattr__(travelled, "backend", Backend.PROCESS)
    file = tmp_path / "submission.py"
    file.write_text("x = 1\n")
    with pytest.raises(UsageProblem, match="without a sandbox"):
        grade(file, travelled, open_trusted)


def test_a_backend_by_another_name_is_refused():
    assert named_backend("bubblewrap") is Backend.BUBBLEWRAP
    with pytest.raises(UsageProblem, match="no backend 'chroot'"):
        named_backend("chroot")
