"""What the how-to pages show is Python, and what it imports exists."""

import ast
import re
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize("page", sorted(path.name for path in HOW_TO.glob("*.md")))
def test_each_import_that_is_shown_works(page: str) -> None:
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```", (HOW_TO / page).read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    for _, block in blocks:
        for node in ast.walk(ast.parse(dedent(block))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("recsvc", "training")):
                module = import_module(str(node.module))
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)
