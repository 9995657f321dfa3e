"""The parts of an expression as they are recognised, checked for whether they make sense together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, cast

from lark import Token, Transformer

from recsvc.errors import RulesError
from recsvc.rules.expression import (
    ASKED_CATEGORIES,
    ATTRIBUTE,
    BOUGHT_CATEGORIES,
    CATEGORIES,
    CONTEXT_FIELDS,
    IN_STOCK,
    IS_KNOWN,
    ITEM_FIELDS,
    ITEM_ID,
    ORDERS,
    PRICE,
    Compare,
    Condition,
    ContextField,
    Every,
    Field,
    Holds,
    ItemIs,
    Listing,
    Literal,
    Member,
    Not,
    Operand,
    Operator,
    Scalar,
    Some,
)

_RESERVED = ("and", "or", "not", "in", "true", "false", "null", "none")
_SPACES = ("shopper", "context")
_NOT_USABLE = ("title", "url", "image_url", "available_from", "available_until")
_MEANT = {"category": "categories"}
_SIMILAR = 0.8


def read_name(name: str, part: str | None = None) -> Field | ContextField:
    """Return what ``name``, or ``name.part``, means: a field, what is known of the list, else an attribute.

    Raises RulesError where it means nothing, or looks like a misspelled field.
    """
    if name == "attributes":
        if part is None:
            raise RulesError("attributes must be followed by a name, like attributes.brand")
        return Field(ATTRIBUTE + part)
    if name in _SPACES or part is not None:
        return ContextField(_known(name if part is None else f"{name}.{part}"))
    return Field(name if name in ITEM_FIELDS else ATTRIBUTE + _no_mistake(name))


def field_of_cap(by: str) -> str:
    """Return the field that a cap names with ``by``: categories or an attribute, with or without its prefix.

    Raises RulesError where it is another field.
    """
    name, _, part = by.partition(".")
    field = read_name(name, part or None) if name in ("attributes", *_SPACES) else read_name(by)
    if field.name != CATEGORIES and not field.name.startswith(ATTRIBUTE):
        raise RulesError(f"{by:.80} cannot be capped; categories and attributes can")
    return field.name


def nearest(name: str, known: Iterable[str], similar: float = _SIMILAR) -> str | None:
    """Return the one of ``known`` that ``name`` was most likely meant to be, or None."""
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=similar)
    return by_lower[found[0]] if found else None


def _known(name: str) -> str:
    if name in CONTEXT_FIELDS:
        return name
    meant = nearest(name, CONTEXT_FIELDS)
    hint = f"did you mean {meant}?" if meant else f"known are {', '.join(CONTEXT_FIELDS)} and attributes.NAME"
    raise RulesError(f"there is no {name:.80}; {hint}")


def _no_mistake(name: str) -> str:
    attribute = f"an attribute of that name is written {ATTRIBUTE}{name:.80}"
    if name.lower() in _RESERVED:
        raise RulesError(
            f"{name} is no field: and, or, not, in, true and false are written small; {attribute}"
        )
    if name in _NOT_USABLE:
        raise RulesError(f"rules cannot use {name}; {attribute}")
    meant = _MEANT.get(name.lower()) or nearest(name, ITEM_FIELDS)
    if meant:
        raise RulesError(f"there is no field {name}; did you mean {meant}? {attribute.capitalize()}")
    return name


LARGEST_NUMBER = 2**53 - 1
_KINDS = {
    PRICE: "number", ORDERS: "number", IN_STOCK: "flag", IS_KNOWN: "flag", ITEM_ID: "text",
    CATEGORIES: "list", BOUGHT_CATEGORIES: "list", ASKED_CATEGORIES: "list",
}  # fmt: skip
_ANY = "any"
"""The kind of an attribute: another for each item, for all that is known here."""

_SAID = {
    "number": "a number",
    "flag": "true or false",
    "text": "a text",
    "list": "a list",
    _ANY: "an attribute",
}


@dataclass(frozen=True)
class Phrase:
    """An operand, and where it stands in the text."""

    operand: Operand
    text: str
    column: int
    told: str | None = None
    """The kind of a field that is none of items."""

    @property
    def kind(self) -> str:
        """What its values are."""
        if self.told is not None:
            return self.told
        match self.operand:
            case Literal(value):
                return "flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
            case Listing():
                return "list"
            case Field(name) | ContextField(name):
                return _KINDS.get(name, _ANY)

    def refuse(self, why: str) -> RulesError:
        """Return the error that says so."""
        return RulesError(f"column {self.column}: {why}")


class Phrases(Transformer[Token, Any]):
    """Called by the parser with the parts of each rule of the grammar."""

    def text(self, parts: list[Token]) -> Phrase:
        """Take a text in quotes."""
        return phrase_of(parts, Literal(str(parts[0])[1:-1]))

    def number(self, parts: list[Token]) -> Phrase:
        """Take a number."""
        value = float(parts[0])
        phrase = phrase_of(parts, Literal(value))
        if abs(value) > LARGEST_NUMBER:
            raise phrase.refuse(f"{phrase.text:.40} is beyond the largest number, {LARGEST_NUMBER:,}")
        return phrase

    def true(self, parts: list[Token]) -> Phrase:
        """Take the word."""
        return phrase_of(parts, Literal(value=True))

    def false(self, parts: list[Token]) -> Phrase:
        """Take the word."""
        return phrase_of(parts, Literal(value=False))

    def name(self, parts: list[Token]) -> Phrase:
        """Take a field."""
        try:
            return phrase_of(parts, read_name(*map(str, parts)))
        except RulesError as error:
            raise RulesError(f"column {_column(parts[0])}: {error}") from None

    def quoted_name(self, parts: list[Token]) -> Phrase:
        """Take an attribute with an unusual name."""
        if parts[0] != "attributes" or len(parts[1]) < 3:
            raise RulesError(
                f'column {_column(parts[1])}: only attributes have names in quotes: attributes."a name"'
            )
        return phrase_of(parts, Field(ATTRIBUTE + parts[1][1:-1]))

    def listing(self, parts: list[Phrase]) -> Phrase:
        """Take values in brackets."""
        values: list[Scalar] = []
        for part in parts:
            if not isinstance(part.operand, Literal):
                raise part.refuse(f"in brackets stand texts, numbers, true or false, not {part.text:.80}")
            values.append(part.operand.value)
        return replace(parts[0], operand=Listing(tuple(values)), text="[…]")

    def holds(self, parts: list[Phrase]) -> Condition:
        """Take an operand alone."""
        [alone] = parts
        if alone.kind not in ("flag", _ANY):
            raise alone.refuse(
                f"{alone.text:.80} is {_SAID[alone.kind]}, which is neither true nor false: compare it"
            )
        return Holds(alone.operand)

    def compare(self, parts: list[Any]) -> Condition:
        """Take two operands and what is between them."""
        left, operator, right = cast("tuple[Phrase, Token, Phrase]", parts)
        _check_single(left, right)
        if operator not in ("==", "!="):
            _check_ordered(left, right)
        _check_comparable(left, right)
        if ITEM_ID in (_field(left), _field(right)):
            same = _items(right if _field(left) == ITEM_ID else left)
            return same if operator == "==" else Not(same)
        return Compare(left.operand, cast("Operator", str(operator)), right.operand)

    def member(self, parts: list[Phrase]) -> Condition:
        """Take ``in``."""
        return _member(*parts)

    def no_member(self, parts: list[Any]) -> Condition:
        """Take ``not in``."""
        found = _member(parts[0], parts[2])
        return replace(found, is_negated=True) if isinstance(found, Member) else Not(found)

    def opposite(self, parts: list[Any]) -> Condition:
        """Take ``not``, once or several times."""
        return Not(parts[-1]) if len(parts) % 2 == 0 else parts[-1]

    def together(self, parts: list[Condition]) -> Condition:
        """Take ``and``."""
        return Every(tuple(parts))

    def alternatives(self, parts: list[Condition]) -> Condition:
        """Take ``or``."""
        return Some(tuple(parts))


def phrase_of(parts: list[Token], operand: Operand) -> Phrase:
    """Return an operand as it stands in the text."""
    return Phrase(operand, ".".join(parts), _column(parts[0]))


def _column(token: Token) -> int:
    return cast("int", token.start_pos) + 1


def _field(phrase: Phrase) -> str | None:
    return phrase.operand.name if isinstance(phrase.operand, Field) else None


def _check_single(left: Phrase, right: Phrase) -> None:
    for phrase in (left, right):
        if phrase.kind == "list":
            raise phrase.refuse(
                f'{phrase.text:.80} has several values: ask with in, like "garden" in categories'
            )
    if isinstance(left.operand, Literal) and isinstance(right.operand, Literal):
        raise left.refuse("two values are compared; one of them should be a field")


def _check_comparable(left: Phrase, right: Phrase) -> None:
    if _ANY not in (left.kind, right.kind) and left.kind != right.kind:
        raise left.refuse(
            f"{left.text:.80} is {_SAID[left.kind]} and {right.text:.80} is {_SAID[right.kind]}: never the same"
        )


def _check_ordered(left: Phrase, right: Phrase) -> None:
    for phrase in (left, right):
        if phrase.kind not in ("number", _ANY):
            raise phrase.refuse(
                f"only numbers are less or greater; {phrase.text:.80} is {_SAID[phrase.kind]}"
            )


def _member(left: Phrase, right: Phrase) -> Condition:
    _check_member(left, right)
    if _field(left) == ITEM_ID:
        return _items(right)
    return Member(left.operand, right.operand)


def _check_member(left: Phrase, right: Phrase) -> None:
    if right.kind not in ("list", _ANY):
        raise right.refuse(
            f"after in stands a list, not {right.text:.80}: brackets, categories or an attribute"
        )
    if left.kind == "list" and _field(left) is None:
        raise left.refuse(f"before in stands a value or a field of items, not {left.text:.80}")
    if isinstance(left.operand, Literal) and isinstance(right.operand, Listing):
        raise left.refuse("two values are compared; one of them should be a field")
    if isinstance(left.operand, Field) and isinstance(right.operand, Field):
        raise right.refuse("two fields of an item cannot be compared with in")
    if isinstance(left.operand, ContextField) and isinstance(right.operand, Field):
        raise left.refuse(f"before in stands a value or a field of items, not {left.text:.80}")


def _items(phrase: Phrase) -> ItemIs:
    """Return that the item is (one of) what ``phrase`` names."""
    match phrase.operand:
        case Literal(str() as item_id):
            return ItemIs((item_id,))
        case Listing(values) if all(isinstance(value, str) for value in values):
            return ItemIs(tuple(cast("tuple[str, ...]", values)))
    raise phrase.refuse("item_id is compared with texts alone")
