import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.errors import RulesError
from recsvc.rules.expression import (
    Compare,
    ContextField,
    Every,
    Field,
    Holds,
    ItemIs,
    Listing,
    Literal,
    Member,
    Not,
    Some,
    context_of,
    fields_of,
)
from recsvc.rules.parser import MAX_LENGTH, parse

BRAND, IN_STOCK = Field("attributes.brand"), Holds(Field("in_stock"))
CHEAP = Compare(Field("price"), "<=", Literal(50.0))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("in_stock", IN_STOCK),
        ("price <= 50", CHEAP),
        ("price<=-0.5", Compare(Field("price"), "<=", Literal(-0.5))),
        ("price < attributes.list_price", Compare(Field("price"), "<", Field("attributes.list_price"))),
        ("brand == \"it's\"", Compare(BRAND, "==", Literal("it's"))),
        ("brand != '\"'", Compare(BRAND, "!=", Literal('"'))),
        ("organic == true", Compare(Field("attributes.organic"), "==", Literal(value=True))),
        ("not in_stock", Not(IN_STOCK)),
        ("not not in_stock", IN_STOCK),
        ("in_stock or in_stock and price <= 50", Some((IN_STOCK, Every((IN_STOCK, CHEAP))))),
        ("(in_stock or in_stock) and price <= 50", Every((Some((IN_STOCK, IN_STOCK)), CHEAP))),
        ('"garden" in categories', Member(Literal("garden"), Field("categories"))),
        ('brand not in ["a", "b"]', Member(BRAND, Listing(("a", "b")), is_negated=True)),
        ("categories in shopper.categories", Member(Field("categories"), ContextField("shopper.categories"))),
        ('item_id in ["a", "b"]', ItemIs(("a", "b"))),
        ('item_id != "a"', Not(ItemIs(("a",)))),
        ('attributes."fabric type" == 1', Compare(Field("attributes.fabric type"), "==", Literal(1.0))),
        ("attributes.in or order", Some((Holds(Field("attributes.in")), Holds(Field("attributes.order"))))),
        ("größe > 3", Compare(Field("attributes.größe"), ">", Literal(3.0))),
        (" in_stock\n\tand price <= 50 ", Every((IN_STOCK, CHEAP))),
    ],
)  # fmt: skip
def test_text_is_read_as_what_it_says(text: str, condition: object) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: found the end; here may stand a field"),
        ("price <", "column 8: found the end; here may stand a field, a text in quotes, a number"),
        ("price <= 5 5", "column 12: found 5; here may stand and, or or the end"),
        ("(in_stock", "column 10: found the end; here may stand )"),
        ("price = 3", "column 7: found '=' (equal is written ==)"),
        ("in_stock && price < 3", "column 10: found '&' (write and)"),
        ("in_stock AND price < 3", "column 10: found AND (did you mean and?)"),
        ('brand == "a', "column 10: found '\"' (the text has no end)"),
        ("1 < price < 3", "column 11: found <; here may stand and, or or the end"),
        ("in_stock and\nprize < 3", "column 14: there is no field prize; did you mean price? An attribute"),
        ("shopper.order > 3", "column 1: there is no shopper.order; did you mean shopper.orders?"),
        ("shopper.age > 3", "there is no shopper.age; known are shopper.orders"),
        ("shopper > 3", "there is no shopper; known are"),
        ('category == "x"', "did you mean categories?"),
        ("attributes == 3", "must be followed by a name"),
        ('title == "x"', "rules cannot use title; an attribute of that name is written attributes.title"),
        ("organic == True", "column 12: True is no field"),
        ("brand == null", "null is no field"),
        ("price", "price is a number, which is neither true nor false: compare it"),
        ("5", "5 is a number"),
        ('categories == "garden"', 'ask with in, like "garden" in categories'),
        ('price == "5"', 'price is a number and "5" is a text: never the same'),
        ('brand < "b"', 'only numbers are less or greater; "b" is a text'),
        ("in_stock > 0", "only numbers are less or greater; in_stock is true or false"),
        ('"a" == "b"', "two values are compared"),
        ('"a" in ["a"]', "two values are compared"),
        ('brand in "a"', 'after in stands a list, not "a"'),
        ("shopper.categories in categories", "before in stands a value or a field of items"),
        ("brand in categories", "two fields of an item cannot be compared with in"),
        ("item_id == brand", "item_id is compared with texts alone"),
        ("item_id in [1]", "item_id is compared with texts alone"),
        ("brand in [colour]", "in brackets stand texts, numbers, true or false, not colour"),
        ("price < 99999999999999999999", "beyond the largest number"),
        ('shopper."orders" > 3', "only attributes have names in quotes"),
        ("(" * 21 + "in_stock" + ")" * 21, "column 21: nested deeper than 20 brackets"),
        ("in_stock or " * 100, "an expression has at most 1,000 characters, this one 1,200"),
    ],
)
def test_what_makes_no_sense_is_refused_with_place_and_remedy(text: str, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        parse(text)
    assert message in str(refused.value)


def test_twenty_brackets_are_not_too_deep() -> None:
    assert parse("(" * 20 + "in_stock" + ")" * 20) == IN_STOCK


def test_an_expression_tells_what_it_looks_at() -> None:
    condition = parse('not (price < 3 or brand == "a") and shopper.orders > 2 and "x" in context.categories')
    assert fields_of(condition) == {"price", "attributes.brand", "categories"}
    assert context_of(condition) == {"shopper.orders", "context.categories"}


WORDS = st.sampled_from(
    [
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "==",
        "<",
        "!=",
        "=",
        "price",
        "brand",
        '"a"',
        "'",
        "3",
    ]
) | st.sampled_from(
    ["categories", "in_stock", "item_id", "shopper.orders", "context", "true", "-", "%", "\n"]
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=1100), st.lists(WORDS, max_size=60).map(" ".join)))
def test_any_text_is_read_or_refused_within_a_moment(text: str) -> None:
    started = time.monotonic()
    with suppress(RulesError):
        parse(text)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("part", ["(", "not ", "[", "price < 3 and ", "a.", '"', "a in [1,", "-", "1"])
def test_the_longest_texts_take_no_longer(part: str) -> None:
    text = (part * MAX_LENGTH)[:MAX_LENGTH]
    started = time.monotonic()
    with pytest.raises(RulesError):
        parse(text)
    assert time.monotonic() - started < 0.5
