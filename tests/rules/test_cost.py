import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.errors import RulesError
from recsvc.rules.cost import MAX_BYTES, BookCost, CatalogueSize, Cost, PlacementCost
from recsvc.rules.placement_rules import PlacementRules
from recsvc.settings.settings import Settings

MANY = CatalogueSize(1_000_000)
MIB = 2**20


def rules(filter_: str | None = None, **other: object) -> PlacementRules:
    return PlacementRules.model_validate({"base": "for_you", "filter": filter_, **other})


def looks_at(*names: str) -> PlacementRules:
    return rules(" or ".join(names))


def cost(of: PlacementRules) -> Cost:
    return PlacementCost(of).on(MANY)


def test_the_memory_of_columns_grows_with_fields_and_items() -> None:
    one, two = cost(looks_at("a")).n_bytes, cost(looks_at("a", "b")).n_bytes
    assert 0 < one < two < 2 * one
    assert PlacementCost(looks_at("a")).on(CatalogueSize(500_000)).n_bytes == one / 2


def test_a_field_that_several_placements_look_at_counts_once() -> None:
    alone = BookCost({"x": looks_at("a", "b")}).on(MANY).n_bytes
    twice = BookCost({"x": looks_at("a", "b"), "y": looks_at("b", "a")}).on(MANY).n_bytes
    assert alone < twice < alone * 1.05


def test_what_is_known_of_values_counts() -> None:
    size = CatalogueSize(10, {"attributes.a": 5 * MIB, "attributes.b": 7 * MIB})
    assert 5 * MIB < PlacementCost(looks_at("a")).on(size).n_bytes < 6 * MIB


def test_only_what_depends_on_the_list_costs_time_for_each() -> None:
    assert cost(looks_at("a", "b")).list_seconds == 0
    mixed = cost(rules("a and shopper.orders > 2"))
    assert mixed.list_seconds > 0
    assert mixed.renewal_seconds > cost(rules("shopper.orders > 2")).renewal_seconds


def test_values_in_brackets_cost_time_too() -> None:
    listed = ", ".join(f"{number}" for number in range(100))
    assert cost(rules(f"a in [{listed}]")).renewal_seconds > 5 * cost(rules("a in [1]")).renewal_seconds


def test_caps_stock_and_boosts_are_counted() -> None:
    names = [
        rule.rule
        for rule in PlacementCost(
            rules("a", min_stock=2, caps=[{"by": "b", "at_most": 1}], boosts=[{"when": "c", "factor": 2.0}])
        ).rules
    ]
    assert names == ["filter", "boosts.0", "caps.0", "min_stock"]


def test_the_dearest_placement_goes_first_and_only_as_many_as_must() -> None:
    book = {"small": looks_at("a"), "large": looks_at("b", "c", "d"), "middle": looks_at("e", "f")}
    alone = {name: cost(of).n_bytes for name, of in book.items()}
    assert BookCost(book, int(sum(alone.values()))).beyond(MANY) == {}
    assert set(BookCost(book, int(sum(alone.values())) - 1).beyond(MANY)) == {"large"}
    assert set(BookCost(book, int(alone["small"])).beyond(MANY)) == {"large", "middle"}


def test_the_refusal_names_the_rule_what_it_costs_the_bound_and_the_remedy() -> None:
    dear = rules("a", boosts=[{"when": "b and c", "factor": 2.0}])
    [problem] = BookCost({"x": dear}, 50 * MIB).beyond(MANY).values()
    assert re.match(
        r"the rules of all placements take 217 MiB on 1,000,000 items, and may take 50 MiB "
        r"\(RECSVC_MAX_RULES_BYTES\); those of this one take 217 MiB, most of it boosts\.0 "
        r"\(2 fields, \d+ MiB\): look at fewer fields",
        problem,
    )


def test_a_file_whose_rules_cost_too_much_even_for_a_small_shop_is_refused() -> None:
    many = {f"p{place}": looks_at(*(f"a{place}_{number}" for number in range(100))) for place in range(80)}
    BookCost({name: many[name] for name in list(many)[:70]}).require_affordable()
    with pytest.raises(
        RulesError, match=r"placement p\d+: the rules of all placements take 549 MiB on 1,000 items"
    ):
        BookCost(many).require_affordable()


def test_time_is_bounded_as_well() -> None:
    compared = " or ".join(f"a > {number}" for number in range(100))
    slow = rules(compared, boosts=[{"when": compared, "factor": 2.0}] * 9)
    [problem] = BookCost({"x": slow}, 2**40).beyond(MANY).values()
    assert "may take 2,000 ms after each change of the catalogue" in problem
    of_list = " or ".join(f"(a > {number} and shopper.orders > {number})" for number in range(25))
    [problem] = BookCost({"x": rules(of_list)}, 2**40).beyond(MANY).values()
    assert BookCost({"x": rules(of_list)}, 2**40).beyond(CatalogueSize(500_000)) == {}
    assert "longer on 1,000,000 items, and may 100 ms" in problem


@pytest.mark.parametrize("max_bytes", [1, 100 * MIB])
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    steps=st.lists(st.integers(0, 2_000_000), min_size=2, max_size=5),
)
def test_with_more_items_the_same_are_refused_and_more(
    max_bytes: int, sizes: list[int], steps: list[int]
) -> None:
    written = {
        f"p{one}": looks_at(*(f"f{one * 5 + number}" for number in range(size)))
        for one, size in enumerate(sizes)
    }
    book = BookCost(written, max_bytes)
    found = [set(book.beyond(CatalogueSize(n_items))) for n_items in sorted(steps)]
    assert all(before <= after for before, after in pairwise(found))
    kept = [name for name in book.placements if name not in found[-1]]
    rest = BookCost({name: written[name] for name in kept}, max_bytes)
    assert rest.on(CatalogueSize(max(steps))).n_bytes <= max_bytes


def test_the_setting_and_the_code_have_one_default() -> None:
    assert Settings.model_fields["max_rules_bytes"].default == MAX_BYTES
