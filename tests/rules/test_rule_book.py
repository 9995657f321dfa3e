import pytest

from recsvc.errors import RulesError
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import MAX_PLACEMENTS, Origin, RuleBook, read_book

IN_STOCK = PlacementRules(base=Placement.FOR_YOU, filter="in_stock")


def test_the_store_replaces_the_file_and_the_file_what_is_built_in() -> None:
    book = read_book({"garden": {"base": "for_you"}, "for_you": {"filter": "in_stock"}})
    book = book.with_stored({"garden": IN_STOCK, "sale": IN_STOCK})
    assert list(book.all()) == [*Placement, "garden", "sale"]
    assert [book.origin_of(name) for name in ("garden", "sale", "for_you", "trending")] == [
        Origin.STORE, Origin.STORE, Origin.FILE, Origin.BUILT_IN,
    ]  # fmt: skip
    assert book.get("garden") == IN_STOCK
    assert book.get("for_you") == PlacementRules(filter="in_stock")
    assert book.get("trending") == PlacementRules()
    assert book.get("nothing") is None
    assert book.with_stored({}).origin_of("garden") is Origin.FILE


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(RulesError, match=r"placement a: base is missing.*; placement b: fill"):
        read_book({"a": {}, "b": {"base": "for_you", "fill": 1}})


def test_a_hundred_placements_are_enough() -> None:
    tables = {f"p{number}": {"base": "for_you"} for number in range(MAX_PLACEMENTS)}
    book = read_book(tables)
    book.check_space_for("p1")
    book.check_space_for("for_you")
    with pytest.raises(RulesError, match="100 placements already"):
        book.check_space_for("other")
    with pytest.raises(RulesError, match="there are 101 placements"):
        read_book({**tables, "other": {"base": "for_you"}})


def test_a_book_without_any_rules_knows_what_is_built_in() -> None:
    assert list(RuleBook().all()) == list(Placement)
