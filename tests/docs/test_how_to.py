"""What the how-to pages show is Python, what it imports exists, and the source that is shown works."""

import ast
import re
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from support.languages import check_fields, check_sentences, check_use, check_words
from support.models import small_model

from recsvc.ranking.candidates import Proposer
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import Standing
from recsvc.ranking.explain.languages.all import LANGUAGES, language_of
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Placement, Query
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


def shown_on(page: str) -> dict[str, Any]:
    """Return the names that the first block of a page defines."""
    shown = re.search(r"```python\n(.*?)```", (HOW_TO / page).read_text(), re.DOTALL)
    assert shown
    names: dict[str, Any] = {}
    exec(shown[1], names)  # noqa: S102 - what the page shows is to run as it stands
    return names


def test_the_source_that_is_shown_proposes_and_is_explained() -> None:
    names = shown_on("source.md")
    model = small_model()
    proposer = Proposer(model, (*SOURCES, names["Repeated"]))
    recommender = Recommender(model, proposer=proposer)
    assert recommender.recommend(Query(user_id="ada")).items
    told = explain(recommender, Query(user_id="ada"), "milk")
    assert "repeated" in {source.source for source in told.sources}


def test_the_language_that_is_shown_has_words_for_everything() -> None:
    danish = shown_on("language.md")["DANISH"]
    check_words(danish)
    check_fields(danish)
    check_sentences(danish)
    check_use(danish)


def test_the_language_that_is_shown_is_chosen_and_explains() -> None:
    danish = language_of("da-DK", (*LANGUAGES, shown_on("language.md")["DANISH"]))
    assert danish is not None
    query, titles = Query(Placement.DISCOVER, 1, "ada"), {"cake": "Kage", "tea": "Te", "milk": "Mælk"}
    recommender = Recommender(small_model())
    cake, tea = (
        sentence(Told(explain(recommender, query, item_id), item_id, Standing.KNOWN, titles, danish))
        for item_id in ("cake", "tea")
    )
    assert cake.startswith(
        "»Kage« er nummer 1 blandt dine forslag til noget nyt, fordi du har købt »Te« og »Mælk«."
    )
    assert tea == (
        "»Te« er ikke blandt dine forslag til noget nyt, fordi du har købt varen før, og den liste kun viser, "
        "hvad der er nyt for dig."
    )
