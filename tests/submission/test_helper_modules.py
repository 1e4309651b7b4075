"""Which files beside a program come along as its modules, and which file of several is the program."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from grader.errors import SubmissionUnreadable
from grader.submission.helper_modules import MOST_BYTES, MOST_MODULES, imported_names
from grader.submission.program_file import ProgramFile
from grader.submission.program_in_archive import program_in_archive, whole
from grader.submission.program_on_disk import find_program

USES_LAYERS = "import numpy as np\nfrom layers import softmax\n\n\ndef f(x):\n    return softmax(x)\n"
LAYERS = "def softmax(x):\n    return x\n"


def folder_of(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / "handed in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "handed in"


def archive_of(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def names(program: ProgramFile) -> list[str]:
    return [module.name for module in program.modules]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import layers", {"layers"}),
        ("import numpy as np, layers.more as more", {"numpy", "layers"}),
        ("from layers import (\n    a,\n    b)", {"layers"}),
        ("from parts.layers import *", {"parts"}),
        ("def f():\n\timport layers", {"layers"}),
        ("try: import layers\nexcept ImportError: layers = None", {"layers"}),
        ("x = 1; from layers import a", {"layers"}),
        ("import \\\n    layers", {"layers"}),
        ("x = 1\r\nimport layers\r\n", {"layers"}),
        ("importlib.import_module('layers')", {"layers"}),
        ("# from layers import a", set()),
        ("We take softmax from layers, which we import.", set()),
        ("reimport layers", set()),
        ("from . import layers", set()),
    ],
)
def test_imports_are_seen_by_their_lines(text, expected):
    assert imported_names(text.encode()) == expected


@pytest.mark.parametrize("indent", [1, None])
def test_imports_are_seen_in_a_notebooks_json(indent):
    lines = ["import numpy as np\n", "from layers import softmax\n", 'importlib.import_module("more")']
    text = json.dumps({"cells": [{"cell_type": "code", "source": lines}]}, indent=indent)
    assert imported_names(text.encode(), is_notebook=True) == {"numpy", "layers", "more"}


def test_a_folder_and_a_zip_give_the_same_modules_with_what_these_import(tmp_path):
    files = {
        "week8/solution.py": USES_LAYERS + "import parts.blocks\n",
        "week8/layers.py": "import basics\n" + LAYERS,
        "week8/basics.py": "",
        "week8/unused.txt": "",
        "week8/parts/__init__.py": "",
        "week8/parts/blocks.py": "from .utils import x\n",
        "week8/parts/utils.py": "x = 1\n",
        "elsewhere/layers.py": "raise ValueError\n",
    }
    (tmp_path / "work.zip").write_bytes(archive_of(files))
    found = [find_program(folder_of(tmp_path, files), file_name="solution.py"), find_program(tmp_path / "work.zip", file_name="solution.py")]  # fmt: skip
    assert found[0] == found[1]
    assert found[0].path == "week8/solution.py"
    assert sorted(names(found[0])) == ["basics", "layers", "parts", "parts.blocks", "parts.utils"]
    assert {module.path for module in found[0].modules if module.is_package} == {"parts/__init__.py"}


def test_a_file_that_another_imports_is_not_the_program(tmp_path):
    folder = folder_of(tmp_path, {"layers.py": LAYERS, "solution.py": USES_LAYERS})
    program = find_program(folder)
    assert (program.path, names(program), program.passed_over) == ("solution.py", ["layers"], ())


def test_files_that_import_one_another_in_a_circle_are_not_told_apart(tmp_path):
    folder = folder_of(tmp_path, {"a.py": "import b\n", "b.py": "import a\n"})
    with pytest.raises(SubmissionUnreadable, match="2 files in handed in that could be the submission"):
        find_program(folder)


def test_a_notebook_has_the_scripts_that_it_imports(tmp_path):
    cell = {"cell_type": "code", "source": ["from layers import softmax\n"]}
    files = {"week8.ipynb": json.dumps({"cells": [cell]}), "layers.py": LAYERS, "plots.py": ""}
    program = find_program(folder_of(tmp_path, files))
    assert (program.path, names(program)) == ("week8.ipynb", ["layers"])
    assert [path for path, _ in program.passed_over] == ["plots.py"]


def test_names_of_pythons_own_and_of_the_course_are_never_taken(tmp_path):
    modules = {"json.py", "numpy.py", "random.py", "submission.py", "sandbox.py", "utils.py"}
    imports = "".join(f"import {name.removesuffix('.py')}\n" for name in sorted(modules))
    program = find_program(folder_of(tmp_path, {"week8.py": imports} | dict.fromkeys(modules, "")))
    assert program.path == "week8.py"
    assert names(program) == []
    told = dict(program.passed_over)
    assert told.keys() == modules
    assert told["utils.py"] == "the course's own file is used in its place"
    assert told["json.py"] == "what is named so where answers are run is used in its place"


def test_no_more_modules_are_taken_than_a_person_writes(tmp_path):
    many = {f"m{number}.py": "" for number in range(MOST_MODULES + 5)}
    program = find_program(
        folder_of(tmp_path, many | {"a.py": "".join(f"import {name[:-3]}\n" for name in many)}), file_name="a.py"
    )
    assert len(program.modules) == MOST_MODULES
    assert [reason for _, reason in program.passed_over if "are not taken" in reason]


def test_modules_together_have_a_size_that_they_may_have(tmp_path):
    half = "#" * (MOST_BYTES * 2 // 3)
    program = find_program(folder_of(tmp_path, {"a.py": "import b, c\n", "b.py": half, "c.py": half}))
    assert names(program) == ["b"]
    assert [path for path, reason in program.passed_over if "are not taken" in reason] == ["c.py"]


def test_no_link_leads_to_a_module_and_odd_names_are_none(tmp_path):
    (tmp_path / "secret.py").write_text("SECRET = 1\n")
    files = {"a.py": "import secret\nimport größe\nimport Layers\n", "größe.py": "", "layers.py": ""}
    folder = folder_of(tmp_path, files)
    os.symlink(tmp_path / "secret.py", folder / "secret.py")
    assert names(find_program(folder, file_name="a.py")) == []
    assert names(find_program(folder / "a.py", beside=True)) == []


def test_what_lies_beside_a_single_file_comes_along_only_where_it_is_the_same_persons(tmp_path):
    files = {"ada.py": USES_LAYERS + "import mine.more\n", "layers.py": LAYERS, "mine/more.py": "", "bob.py": ""}
    file = folder_of(tmp_path, files) / "ada.py"
    assert names(find_program(file)) == []
    assert names(find_program(file, beside=True)) == ["layers", "mine.more", "mine"]


def test_a_submission_is_known_by_its_modules_too(tmp_path):
    folder = folder_of(tmp_path, {"a.py": USES_LAYERS, "layers.py": LAYERS})
    before = find_program(folder).sha256
    (folder / "layers.py").write_text(LAYERS + "\n")
    assert find_program(folder).sha256 != before
    (folder / "layers.py").unlink()
    alone = find_program(folder)
    assert alone.sha256 == find_program(folder / "a.py").sha256 not in (before,)


def test_a_program_comes_out_of_an_archive_of_it_as_it_was(tmp_path):
    files = {"a.py": USES_LAYERS + "import mine.more\n", "layers.py": LAYERS, "mine/more.py": "x = 1\n"}
    program = find_program(folder_of(tmp_path, files))
    again = program_in_archive(whole(program), container="a.zip", file_name="a.py")
    assert (again.sha256, again.modules, again.data) == (program.sha256, program.modules, program.data)
    assert whole(again) == whole(program)
