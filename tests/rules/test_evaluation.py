"""Conditions on columns, against the same read item by item."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.catalogue.item import Item
from recsvc.errors import RulesError
from recsvc.rules.columns import Columns
from recsvc.rules.evaluation import NOBODY, ConditionEvaluation, ListContext
from recsvc.rules.expression import (
    CONTEXT_FIELDS,
    ITEM_FIELDS,
    Compare,
    Condition,
    Every,
    Holds,
    ItemIs,
    Listing,
    Literal,
    Member,
    Not,
    Operand,
    Some,
    fields_of,
)
from recsvc.rules.parser import parse

ITEMS = (
    Item("spade", price=20.0, categories=("garden", "tools"), attributes={"brand": "acme", "grams": 900}),
    Item("rose", price=60, categories=("garden",), attributes={"organic": True, "tags": ["red", 5]}),
    Item("tea", in_stock=False, attributes={"brand": "tetley", "grams": "900", "organic": False, "tags": []}),
    Item("bare"),
)


def found(text: str, context: ListContext = NOBODY, items: Sequence[Item] = ITEMS) -> set[str]:
    condition = parse(text)
    ids = [item.item_id for item in items]
    columns = Columns.of(enumerate(items), len(items), fields_of(condition))
    index_of = lambda one: ids.index(one) if one in ids else None  # noqa: E731
    meets = ConditionEvaluation(columns, index_of, context).items(condition)
    assert meets.dtype == np.bool_
    return {item.item_id for item, meet in zip(items, meets, strict=True) if meet}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price <= 20", {"spade"}),
        ("price > 20", {"rose"}),
        ("price != 20", {"rose"}),
        ("not price == 20", {"rose", "tea", "bare"}),
        ('"garden" in categories', {"spade", "rose"}),
        ('"garden" not in categories', {"tea", "bare"}),
        ('categories in ["tools", "toys"]', {"spade"}),
        ('categories not in ["tools", "toys"]', {"rose", "tea", "bare"}),
        ("in_stock", {"spade", "rose", "bare"}),
        ("in_stock == false", {"tea"}),
        ('brand == "acme"', {"spade"}),
        ('brand != "acme"', {"tea"}),
        ('not brand == "acme"', {"rose", "tea", "bare"}),
        ('brand in ["acme", "tetley"]', {"spade", "tea"}),
        ('brand not in ["acme"]', {"tea"}),
        ('brand == "nobody"', set()),
        ('brand != "nobody"', {"spade", "tea"}),
        ("grams == 900", {"spade"}),
        ('grams == "900"', {"tea"}),
        ("grams != 900", {"tea"}),
        ("grams < 1000", {"spade"}),
        ("grams > price", {"spade"}),
        ("organic", {"rose"}),
        ("organic == false", {"tea"}),
        ("organic == 1", set()),
        ('"red" in tags', {"rose"}),
        ("5 in tags", {"rose"}),
        ("true in tags", set()),
        ('"red" not in tags', {"spade", "tea", "bare"}),
        ('"acme" in brand', {"spade"}),
        ('tags in ["red", "blue"]', {"rose"}),
        ('tags not in ["blue"]', {"rose", "tea"}),
        ('tags == "red"', set()),
        ('tags != "red"', set()),
        ('item_id in ["tea", "nothing"]', {"tea"}),
        ('item_id != "tea"', {"spade", "rose", "bare"}),
        ("true", {"spade", "rose", "tea", "bare"}),
        ("not true", set()),
        ('price <= 50 and "garden" in categories and in_stock', {"spade"}),
        ("price < 1 or organic", {"rose"}),
    ],
)
def test_items_are_found_by_what_is_known_of_them(text: str, expected: set[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("shopper.orders >= 3", ListContext(n_orders=3), {"spade", "rose", "tea", "bare"}),
        ("shopper.orders >= 3", NOBODY, set()),
        ("shopper.orders in [0, 1]", NOBODY, {"spade", "rose", "tea", "bare"}),
        ("shopper.is_known in [1]", ListContext(is_known=True), set()),
        ("shopper.is_known and in_stock", ListContext(is_known=True), {"spade", "rose", "bare"}),
        ("not shopper.is_known or in_stock", NOBODY, {"spade", "rose", "tea", "bare"}),
        ("shopper.is_known == organic", NOBODY, {"tea"}),
        ("categories in shopper.categories", ListContext(bought_categories=frozenset({"tools"})), {"spade"}),
        ("categories in context.categories", ListContext(bought_categories=frozenset({"tools"})), set()),
        ('"tools" in context.categories and price > 20', ListContext(asked_categories=frozenset({"tools"})), {"rose"}),
        ("brand not in context.categories", NOBODY, {"spade", "tea"}),
    ],
)  # fmt: skip
def test_a_list_is_asked_about_its_shopper_and_its_question(
    text: str, context: ListContext, expected: set[str]
) -> None:
    assert found(text, context) == expected


TEXTS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.sampled_from([-1.0, 0.0, 1.0, 2.5])
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans())
ITEM_LISTS = st.lists(
    st.builds(
        Item,
        st.just(""),
        price=st.none() | NUMBERS,
        categories=st.lists(TEXTS, max_size=3).map(tuple),
        in_stock=st.booleans(),
        attributes=st.dictionaries(
            st.sampled_from(["x", "y"]), SCALARS | st.sampled_from([0, 1]) | st.lists(SCALARS, max_size=3)
        ),
    ),
    max_size=6,
).map(lambda items: [Item(**{**vars(item), "item_id": "abcdef"[at]}) for at, item in enumerate(items)])
CONTEXTS = st.builds(
    ListContext, st.integers(0, 2), st.booleans(), st.frozensets(TEXTS), st.frozensets(TEXTS)
)
OPERANDS = (
    '"a"',
    '"b"',
    "1",
    "2.5",
    "true",
    "false",
    '["a", "c"]',
    "[1, true]",
    *ITEM_FIELDS,
    "x",
    "y",
    *CONTEXT_FIELDS,
)
OPERATORS = ("==", "!=", "<", ">=", "in", "not in")


def sensible_comparisons() -> Iterator[str]:
    for parts in (*product(OPERANDS), *product(OPERANDS, OPERATORS, OPERANDS)):
        with suppress(RulesError):
            parse(" ".join(parts))
            yield " ".join(parts)


EXPRESSIONS = st.recursive(
    st.deferred(lambda: st.sampled_from(list(sensible_comparisons()))),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda one: f"({' '.join(one)})"),
    ),
    max_leaves=4,
)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, ITEM_LISTS, CONTEXTS)
def test_columns_say_what_is_said_of_each_item(text: str, items: list[Item], context: ListContext) -> None:
    condition = parse(text)
    assert found(text, context, items) == {one.item_id for one in items if meets(condition, one, context)}


def meets(condition: Condition, item: Item, context: ListContext) -> bool:  # noqa: PLR0911 - one a kind
    """The language, as docs/guides/rules.md says it, for one item."""
    match condition:
        case Every(parts):
            return all(meets(part, item, context) for part in parts)
        case Some(parts):
            return any(meets(part, item, context) for part in parts)
        case Not(inner):
            return not meets(inner, item, context)
        case Holds(operand):
            return read(operand, item, context) is True
        case ItemIs(item_ids):
            return item.item_id in item_ids
        case Compare(left, operator, right):
            return compare(read(left, item, context), operator, read(right, item, context))
        case Member(left, right, is_negated):
            values = read(left, item, context)
            if values is None:
                return False
            wanted = many(read(right, item, context))
            is_in = any(same(one, other) for one in many(values) for other in wanted)
            return is_in is not is_negated


def compare(left: object, operator: str, right: object) -> bool:
    if left is None or right is None or isinstance(left, tuple) or isinstance(right, tuple):
        return False
    if operator in ("==", "!="):
        return same(left, right) is (operator == "==")
    if not (type(left) is type(right) is float):
        return False
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def many(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def read(operand: Operand, item: Item, context: ListContext) -> object:
    if isinstance(operand, Literal):
        return operand.value
    if isinstance(operand, Listing):
        return operand.values
    known = {
        "shopper.orders": float(context.n_orders),
        "shopper.is_known": context.is_known,
        "shopper.categories": tuple(context.bought_categories),
        "context.categories": tuple(context.asked_categories),
        "price": item.price,
        "in_stock": item.in_stock,
        "categories": item.categories,
    }
    attribute = item.attributes.get(operand.name.removeprefix("attributes."))
    return known[operand.name] if operand.name in known else plain(attribute)


def plain(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(plain, value))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
