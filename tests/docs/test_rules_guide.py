"""What docs/guides/rules.md shows is read as rules."""

import re
import tomllib
from pathlib import Path

import pytest

from recsvc.errors import RulesError
from recsvc.rules.expression import CONTEXT_FIELDS, ITEM_FIELDS
from recsvc.rules.parser import parse
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import read_book

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "rules.md").read_text()


def test_the_example_is_read_and_shows_each_key() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    tables = tomllib.loads(example)["placements"]
    assert len(read_book(tables).in_file) == 2
    assert set(tables["garden"]) == set(PlacementRules.model_fields)
    rows = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert rows == set(PlacementRules.model_fields)


def test_each_comparison_of_the_table_is_one() -> None:
    rows = re.findall(r"^\| (`.*?`) \| ", GUIDE.split("## Expressions")[1].split("| name |")[0], re.MULTILINE)
    shown = [text for row in rows[:-2] for text in re.findall("`(.*?)`", row)]
    assert len(shown) == 11
    for text in shown:
        parse(text)


def test_each_name_is_in_the_table() -> None:
    named = set(re.findall(r"`([a-z_.]+)`", GUIDE.split("| name |")[1].split("An expression has")[0]))
    assert {*ITEM_FIELDS, *CONTEXT_FIELDS} <= named


def test_the_error_that_is_shown_is_the_one_that_is_raised() -> None:
    with pytest.raises(RulesError) as refused:
        read_book({"garden": {"base": "for_you", "filter": "price = 50"}})
    shown = re.search(r"`error: (.*?)here may stand …`", GUIDE, re.DOTALL)
    assert shown is not None
    assert re.sub(r"\s+", " ", shown[1]) in str(refused.value)
