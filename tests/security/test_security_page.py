"""The threat model names the test that proves each promise: those tests are there."""

import re

from tests.support.paths import ROOT, TESTS

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))


def test_each_test_that_the_page_names_exists():
    files = {path.name: path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    missing = [f"{file}::{name}" for file, name in NAMED if f"\ndef {name}(" not in files.get(file, "")]
    assert len(NAMED) > 40
    assert missing == []


def test_each_promise_has_a_proof():
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 4]
    promises = [line for line in rows if not line.startswith(("| promise", "|---"))]
    assert [line for line in promises if "test_" not in line.rsplit("|", 2)[1]] == []
