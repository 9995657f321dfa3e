"""Every promise names a test that there is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/guides/promises.md"
ROWS = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "shown by" not in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_promise_is_shown_by_a_test(row: str) -> None:
    named = re.findall(r"`(tests/[^`]+)`", row.rsplit("|", 2)[1])
    assert named
    for path, _, name in (one.partition("::") for one in named):
        tree = ast.parse((ROOT / path).read_text())
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert any(one.startswith("test_") for one in tests)
        assert not name or name in tests, f"{path} has no {name}"
