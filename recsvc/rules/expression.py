"""What an expression compares, and how: frozen trees, made by ``parser.py``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

Scalar: TypeAlias = str | float | bool
Operator: TypeAlias = OneOf["==", "!=", "<", "<=", ">", ">="]

PRICE, CATEGORIES, IN_STOCK, ITEM_ID = "price", "categories", "in_stock", "item_id"
ITEM_FIELDS = (PRICE, CATEGORIES, IN_STOCK, ITEM_ID)
ATTRIBUTE = "attributes."
"""Begins the name of a field that is an attribute."""

ORDERS, IS_KNOWN, BOUGHT_CATEGORIES = "shopper.orders", "shopper.is_known", "shopper.categories"
ASKED_CATEGORIES = "context.categories"
CONTEXT_FIELDS = (ORDERS, IS_KNOWN, BOUGHT_CATEGORIES, ASKED_CATEGORIES)


@dataclass(frozen=True)
class Literal:
    """A text, a number, true or false."""

    value: Scalar


@dataclass(frozen=True)
class Listing:
    """Several of them, in brackets."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Field:
    """What the catalogue says of an item: one of ``ITEM_FIELDS``, or an attribute after ``ATTRIBUTE``."""

    name: str


@dataclass(frozen=True)
class ContextField:
    """What is the same for all items of a list: one of ``CONTEXT_FIELDS``."""

    name: str


Operand: TypeAlias = Literal | Listing | Field | ContextField


@dataclass(frozen=True)
class Compare:
    """``price <= 50``; never true where one of the two is unknown."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True)
class Member:
    """``"garden" in categories``: one of the values on the left is among those on the right."""

    left: Operand
    right: Operand
    is_negated: bool = False


@dataclass(frozen=True)
class ItemIs:
    """``item_id in ["a", "b"]``."""

    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class Holds:
    """``in_stock``: the operand is true."""

    operand: Operand


@dataclass(frozen=True)
class Not:
    """The opposite, whether or not anything in it is unknown."""

    condition: "Condition"


@dataclass(frozen=True)
class Every:
    """All of them hold: ``and``."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """At least one of them holds: ``or``."""

    conditions: tuple["Condition", ...]


Condition: TypeAlias = Compare | Member | ItemIs | Holds | Not | Every | Some


def operands_of(condition: Condition) -> Iterator[Operand]:
    """Yield everything that ``condition`` looks at, from left to right."""
    match condition:
        case Compare(left, _, right) | Member(left, right, _):
            yield left
            yield right
        case Holds(operand):
            yield operand
        case Not(inner):
            yield from operands_of(inner)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from operands_of(part)


def names_items(condition: Condition) -> bool:
    """Return whether ``condition`` asks which item it is, by ``item_id``."""
    match condition:
        case ItemIs():
            return True
        case Not(inner):
            return names_items(inner)
        case Every(parts) | Some(parts):
            return any(map(names_items, parts))
    return False


def fields_of(condition: Condition) -> frozenset[str]:
    """Return the fields of items that ``condition`` needs columns of.

    Categories are among them where the condition looks at those of the shopper or of the page: these are items' too.
    """
    names = {operand.name for operand in operands_of(condition) if isinstance(operand, Field)}
    if context_of(condition) & {BOUGHT_CATEGORIES, ASKED_CATEGORIES}:
        names.add(CATEGORIES)
    return frozenset(names)


def context_of(condition: Condition) -> frozenset[str]:
    """Return what ``condition`` needs to know of the list; nothing where it is the same for all lists."""
    return frozenset(operand.name for operand in operands_of(condition) if isinstance(operand, ContextField))


def static_parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield the largest parts of ``condition`` that are the same for all lists."""
    if not context_of(condition):
        yield condition
        return
    match condition:
        case Not(inner):
            yield from static_parts_of(inner)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from static_parts_of(part)
