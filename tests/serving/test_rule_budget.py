"""What a rule book may cost: on a catalogue that grows, on a large model, and in values that come and go."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs
from support.models import random_model

from recsvc.catalogue.item import Item
from recsvc.errors import RulesError
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.query import Placement
from recsvc.ranking.recommender import Recommender
from recsvc.rules.cost import BookCost, CatalogueSize
from recsvc.rules.placement_rules import read_placement
from recsvc.rules.rule_book import RuleBook, read_book
from recsvc.serving.compiled_book import written_rules
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rules_in_force import SPARE_BYTES, RulesInForce
from recsvc.store.store import Store, open_store
from recsvc.store.stored_placements import StoredPlacement

N_ITEMS = 3000
MIB = 2**20


def looks_at(name: str, n: int) -> dict[str, object]:
    return {"base": "discover", "filter": " or ".join(f"{name}{number}" for number in range(n))}


SMALL, LARGE = looks_at("s", 3), looks_at("l", 10)
BOTH = {"small": SMALL, "large": LARGE}
MAX_BYTES = 2 * MIB
"""Enough for ``SMALL`` on ``N_ITEMS``, and for both on half of them."""


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(random_model(1, n_items=N_ITEMS)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def items(n: int = N_ITEMS) -> list[Item]:
    return [Item(f"i{number:05}", attributes={"s0": True, "l0": number % 2 == 0}) for number in range(n)]


def in_force(rules: RulesInForce, live: LiveVersion) -> list[str]:
    return sorted(name for name in rules.names() if rules.state.compiled(name, live) is not None)


def refusals(logs: list[dict[str, object]]) -> list[object]:
    return [line["placement"] for line in logs if line["event"] == "placement_refused"]


def test_a_stored_book_that_costs_too_much_leaves_out_the_dearest_and_says_so_once(
    store: Store, live: LiveVersion
) -> None:
    store.catalogue.put(items())
    for name, body in BOTH.items():
        store.placements.put(StoredPlacement(name, body, 1))
    rules = RulesInForce(max_bytes=MAX_BYTES)
    with capture_logs() as logs:
        for _ in range(3):
            rules.follow(store, store.position())
        assert in_force(rules, live) == ["small"]
        store.catalogue.put(items(10))
        rules.follow(store, store.position())
    assert refusals(logs) == ["large"]
    assert "may take 2.0 MiB (RECSVC_MAX_RULES_BYTES)" in str(logs[0]["error"])
    assert rules.base_of("large") is Placement.DISCOVER  # as it is without its rules
    store.placements.delete("small", 2)
    store.placements.put(StoredPlacement("large", looks_at("l", 4), 3))
    rules.follow(store, store.position())
    assert in_force(rules, live) == ["large"]


def test_a_catalogue_that_grows_puts_rules_out_of_force_before_they_cost_too_much(
    store: Store, live: LiveVersion, registry: Registry
) -> None:
    small_model = LiveVersion(registry.load().manifest, Recommender(random_model(1, n_items=300)))
    rules = RulesInForce(read_book(BOTH), max_bytes=MAX_BYTES)
    store.catalogue.put(items(1500))
    rules.follow(store, store.position())
    assert in_force(rules, small_model) == ["large", "small"]
    with capture_logs() as logs:
        store.catalogue.put(items())
        rules.follow(store, store.position())
        rules.follow(store, store.position())
        assert in_force(rules, live) == ["small"]
    assert refusals(logs) == ["large"]
    assert rules.problem_of("large")
    assert rules.problem_of("small") is None
    allowed = rules.state.compiled("small", live).selection().allowed
    assert allowed.all()  # what was read again is whole


def test_a_model_with_more_items_than_the_catalogue_counts_too(live: LiveVersion) -> None:
    rules = RulesInForce(read_book(BOTH), max_bytes=MAX_BYTES)
    rules.take(items(10))
    rules.settle()
    with capture_logs() as logs:
        assert in_force(rules, live) == ["small"]
        rules.take([Item("i00001", attributes={"s1": True})])
        rules.settle()
        assert in_force(rules, live) == ["small"]
    assert refusals(logs) == ["large"]


def test_values_count_and_those_that_came_and_went_are_forgotten(store: Store) -> None:
    rules = RulesInForce(read_book({"small": SMALL}), max_bytes=3 * SPARE_BYTES)
    for turn in range(30):
        texts = [f"{turn}/{number}".ljust(1000, "x") for number in range(700)]
        store.catalogue.put([Item(str(number), attributes={"s0": text}) for number, text in enumerate(texts)])
        rules.follow(store, store.position())
    assert rules.problem_of("small") is None
    assert rules._value_bytes < 2 * SPARE_BYTES
    many = [Item(str(number), attributes={"s0": f"{number}".ljust(1000, "x")}) for number in range(30_000)]
    store.catalogue.put(many)
    with capture_logs() as logs:
        while not rules.follow(store, store.position()):
            pass
    assert refusals(logs) == ["small"]
    rules.follow(store, store.position())
    assert rules._value_bytes < SPARE_BYTES


def test_what_is_held_is_no_more_than_was_counted(live: LiveVersion) -> None:
    full = [
        item.patched(
            {"attributes": {f"l{number}": number + 0.5 if place % 2 else "x" for number in range(10)}}
        )
        for place, item in enumerate(items())
    ]
    book = read_book(BOTH)
    rules = RulesInForce(book)
    rules.take(full)
    rules.settle()
    assert in_force(rules, live) == ["large", "small"]
    described, placed = rules._described.columns, rules.state._columns[live].columns
    held = sum(
        0 if half.strides == (0,) else half.nbytes
        for columns in (described, placed)
        for field in columns.fields
        for half in (columns[field].numbers, columns[field].codes)
    )
    counted = BookCost(written_rules(book)).on(CatalogueSize(N_ITEMS)).n_bytes
    assert counted / 8 < 2 * held < counted  # two: old and new, while all of it changes


def test_fields_that_no_item_has_take_no_memory() -> None:
    rules = RulesInForce(read_book({"large": LARGE}))
    rules.take(items())
    column = rules._described.columns["attributes.l7"]
    assert column.is_constant
    assert not rules._described.columns["attributes.l0"].is_constant


def test_a_change_of_an_item_copies_only_what_changes(live: LiveVersion) -> None:
    rules = RulesInForce(read_book(BOTH))
    rules.take(items())
    rules.settle()
    assert in_force(rules, live) == ["large", "small"]
    before = rules.state._columns[live].columns
    rules.take([items(1)[0].patched({"attributes": {"s0": False}})])
    rules.settle()
    after = rules.state._columns[live].columns
    assert after["attributes.l0"].codes is before["attributes.l0"].codes
    assert after["attributes.s0"].codes is not before["attributes.s0"].codes
    assert not np.array_equal(after["attributes.s0"].codes, before["attributes.s0"].codes)


def test_rules_are_compiled_once_for_the_same_cold_start_items(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"small": SMALL}))
    rules.take([*items(), Item("new", attributes={"s1": True}), Item("other")])
    rules.settle()
    compiled = rules.state.compiled("small", live)
    assert compiled is not None
    maker = ColdStartMaker(live.recommender.model)
    new = maker.make([ColdStartItem("other"), ColdStartItem("new")])
    assert compiled.selection(cold_start=new).allowed[-2:].tolist() == [True, False]
    assert compiled._compiled_for(new) is compiled._compiled_for(new)


def test_a_placement_is_checked_beside_all_others() -> None:
    rules = RulesInForce(max_bytes=MAX_BYTES)
    small, large = (read_placement(name, body) for name, body in BOTH.items())
    rules.check("large", large, 1500)
    with pytest.raises(RulesError, match=r"placement large: the rules .* on 3,000 items"):
        rules.check("large", large, N_ITEMS)
    rules.replace(RuleBook(in_store={"small": small}), lambda: ())
    rules.check("other", read_placement("other", looks_at("o", 2)), N_ITEMS)
    with pytest.raises(RulesError, match="placement other: they leave too little for placement small: "):
        RulesInForce(read_book({"small": looks_at("s", 6)}), max_bytes=MAX_BYTES).check(
            "other", read_placement("other", looks_at("o", 5)), N_ITEMS
        )
    # One that costs less than today is taken, whatever others cost that are not in force anyway.
    grown = RulesInForce(read_book(BOTH), max_bytes=MAX_BYTES)
    grown.take(items())
    grown.check("small", read_placement("small", looks_at("s", 2)), N_ITEMS)
