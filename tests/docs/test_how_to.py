"""What the how-to pages show is Python, what it imports exists, and the source that is shown works."""

import ast
import re
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from support.models import small_model

from recsvc.ranking.candidates import Proposer
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.sources.all import SOURCES

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


def test_the_source_that_is_shown_proposes_and_is_explained() -> None:
    shown = re.search(r"```python\n(.*?)```", (HOW_TO / "source.md").read_text(), re.DOTALL)
    assert shown
    names: dict[str, Any] = {}
    exec(shown[1], names)  # noqa: S102 - what the page shows is to run as it stands
    model = small_model()
    proposer = Proposer(model, (*SOURCES, names["Repeated"]))
    recommender = Recommender(model, proposer=proposer)
    assert recommender.recommend(Query(user_id="ada")).items
    told = explain(recommender, Query(user_id="ada"), "milk")
    assert "repeated" in {source.source for source in told.sources}
