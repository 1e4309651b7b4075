"""The threat model names the test that proves each promise: those tests are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))


def test_each_test_that_the_page_names_exists():
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not (TESTS / file).is_file() or f"\ndef {name}(" not in (TESTS / file).read_text(encoding="utf-8")
    ]
    assert len(NAMED) > 40
    assert missing == []


def test_each_promise_has_a_proof():
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 4]
    promises = [line for line in rows if not line.startswith(("| promise", "|---"))]
    assert [line for line in promises if "test_" not in line.rsplit("|", 2)[1]] == []
