import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.errors import RulesError
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import Boost, Cap, PlacementRules, Rotation, read_placement

ALL = """
base = "discover"
filter = 'price <= 50 and "garden" in categories'
exclude_bought_days = 30
min_stock = 3
fill = "none"
rotation = {after_impressions = 4}
[[boosts]]
when = 'brand == "acme"'
factor = 1.5
[[pins]]
item_id = "rose"
position = 1
from = 2026-12-01
until = 2026-12-24T18:00:00+01:00
[[pins]]
item_id = "spade"
position = 2
from = "2026-12-01T00:00:00.5"
[[caps]]
by = "attributes.brand"
at_most = 2
"""
DECEMBER_US = 1_796_083_200_000_000


def test_a_table_is_read_as_rules() -> None:
    rules = read_placement("garden", tomllib.loads(ALL))
    assert (rules.base, rules.fill, rules.min_stock, rules.exclude_bought_days) == ("discover", "none", 3, 30)
    assert rules.filter == 'price <= 50 and "garden" in categories'
    assert rules.boosts == [Boost(when='brand == "acme"', factor=1.5)]
    assert rules.caps == [Cap(by="attributes.brand", at_most=2)]
    assert rules.rotation == Rotation(after_impressions=4)
    assert [(pin.item_id, pin.position, pin.bounds_us) for pin in rules.pins] == [
        ("rose", 1, (DECEMBER_US, DECEMBER_US + (23 * 24 + 17) * 3_600_000_000)),
        ("spade", 2, (DECEMBER_US + 500_000, None)),
    ]


def test_rules_are_written_as_json_and_read_again() -> None:
    rules = read_placement("garden", tomllib.loads(ALL))
    written = rules.as_json()
    assert written["pins"][0]["from"] == "2026-12-01T00:00:00Z"
    assert read_placement("garden", written) == rules


def test_a_built_in_placement_needs_no_base() -> None:
    rules = read_placement("trending", {"filter": "in_stock"})
    assert rules.base_of("trending") is Placement.TRENDING
    assert rules.as_json() == {
        "filter": "in_stock", "boosts": [], "pins": [], "caps": [],
    }  # fmt: skip


PIN = {"item_id": "rose", "position": 1}
BOOST = {"when": "true", "factor": 2}


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("garden", {}, "placement garden: base is missing; it is one of for_you, discover"),
        ("garden", {"base": "nothing"}, "placement garden: base: must be 'for_you', 'discover'"),
        ("trending", {"base": "for_you"}, "placement trending: base for_you contradicts its name"),
        ("Garden", {"base": "for_you"}, "a placement is named with 1 to 64 of a-z, 0-9, _ and -, got 'Garden'"),
        ("x" * 65, {"base": "for_you"}, "a placement is named with"),
        ("garden\n", {"base": "for_you"}, "a placement is named with"),
        ("for_you", "filter", "placement for_you: must be a table, got 'filter'"),
        ("for_you", {"filters": "in_stock"}, "there is no key filters; did you mean filter?"),
        ("for_you", {"pins": [PIN | {"form": "2026-12-01"}]}, "there is no key pins.0.form; did you mean from?"),
        ("for_you", {"filter": "price <"}, "filter: column 8: found the end"),
        ("for_you", {"filter": 5}, "filter: must be text, got 5"),
        ("for_you", {"filter": ""}, "filter: must not be empty, got ''"),
        ("for_you", {"boosts": [BOOST | {"when": "prize < 3"}]}, "boosts.0.when: column 1: there is no"),
        ("for_you", {"boosts": [BOOST | {"factor": 0}]}, "boosts.0.factor: must be at least 0.01"),
        ("for_you", {"boosts": [BOOST | {"factor": 101}]}, "at most 100, got 101"),
        ("for_you", {"boosts": [BOOST | {"factor": "2"}]}, "factor: must be a number, got '2'"),
        ("for_you", {"boosts": [{"when": "true"}]}, "boosts.0.factor: is missing"),
        ("for_you", {"boosts": [BOOST] * 51}, "boosts: may have at most 50 entries"),
        ("for_you", {"boosts": {"when": "true"}}, "boosts: must be a list"),
        ("for_you", {"pins": [PIN | {"position": 101}]}, "pins.0.position: must be at most"),
        ("for_you", {"pins": [PIN | {"position": 0}]}, "pins.0.position"),
        ("for_you", {"pins": [PIN | {"position": True}]}, "pins.0.position"),
        ("for_you", {"pins": [PIN | {"item_id": "a\0"}]}, "pins.0.item_id: must be Unicode text without NUL"),
        ("for_you", {"pins": [PIN | {"item_id": "\ud800"}]}, "pins.0.item_id"),
        ("for_you", {"pins": [PIN | {"from": "2026-12-02", "until": "2026-12-02"}]}, "must be after from 2026-12-02"),
        ("for_you", {"pins": [PIN | {"from": "soon"}]}, "pins.0.from: must be like 2026-12-01"),
        ("for_you", {"pins": [PIN | {"until": 5}]}, "pins.0.until: must be a date"),
        ("for_you", {"pins": [PIN | {"until": "1969-12-31"}]}, "must be in the years 1970 to 9999"),
        ("for_you", {"pins": [PIN] * 51}, "pins: may have at most 50 entries"),
        ("for_you", {"caps": [{"by": "price", "at_most": 1}]}, "caps.0.by: price cannot be capped"),
        ("for_you", {"caps": [{"by": "brand", "at_most": 0}]}, "caps.0.at_most"),
        ("for_you", {"caps": [{"by": "brand", "at_most": 1}] * 11}, "caps: may have at most 10 entries"),
        ("for_you", {"exclude_bought_days": -1}, "exclude_bought_days: must be greater than 0, got -1"),
        ("for_you", {"min_stock": float("inf")}, "min_stock"),
        ("for_you", {"rotation": {"after_impressions": 0}}, "rotation.after_impressions"),
        ("for_you", {"fill": "popular"}, "fill: must be 'trending' or 'none', got 'popular'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_placement_key_and_value(
    name: str, table: Any, message: str
) -> None:
    with pytest.raises(RulesError) as refused:
        read_placement(name, table)
    assert message in str(refused.value)


KEYS = st.sampled_from(
    [
        *PlacementRules.model_fields,
        "item_id",
        "position",
        "from",
        "until",
        "by",
        "at_most",
        "when",
        "factor",
        "x",
    ]
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.datetimes()
    | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=3) | st.sampled_from(["garden", "for_you"]), ANYTHING | st.dictionaries(KEYS, ANYTHING)
)
def test_any_table_is_read_or_refused(name: str, table: object) -> None:
    with suppress(RulesError):
        rules = read_placement(name, table)
        assert read_placement(name, rules.as_json()) == rules
