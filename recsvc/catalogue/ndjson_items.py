"""Items that a shop's program sends as lines of JSON, with the words and numbers that its files have."""

from collections.abc import Mapping, Sequence
from typing import Any

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.fields import Refused
from recsvc.catalogue.item import MAX_TITLE_LENGTH
from recsvc.catalogue.item_schema import ItemEntry, read_entry
from recsvc.catalogue.stock_words import says, unknown_word
from recsvc.catalogue.values import Notation, NotationEvidence, read_moment, read_number, tidied
from recsvc.clock import to_text


def read_items(values: Sequence[object]) -> list[ItemEntry | Refused]:
    """Return what each of ``values`` describes, or why it describes no item.

    Beside the fields as ``PUT /v1/items`` takes them, texts are read as in product exports: ``"12,50"`` as a price,
    ``"sold out"`` as out of stock, ``"Kitchen > Mugs"`` as a category, ``"2026-01-31"`` as a moment.
    """
    objects = [value for value in values if isinstance(value, dict)]
    evidence = NotationEvidence()
    for one in objects:
        evidence.look(value for value in one.values() if isinstance(value, str))
    notation = evidence.notation(0, is_semicolon=False)
    written = (one.get("categories") for one in objects)
    texts = CategoryTexts.of(text for text in written if isinstance(text, str))
    return [_read(value, notation, texts) for value in values]


def _read(value: object, notation: Notation, texts: CategoryTexts) -> ItemEntry | Refused:
    if not isinstance(value, dict):
        return read_entry(value)
    in_stock = value.get("in_stock")
    if isinstance(in_stock, str) and says(in_stock) is None:
        return Refused(unknown_word("in_stock", in_stock))
    return read_entry({**value, **_understood(value, notation, texts)})


def _understood(value: Mapping[Any, Any], notation: Notation, texts: CategoryTexts) -> dict[str, Any]:
    """Return the fields of ``value`` that are texts and that can be read as what they have to be."""
    found: dict[str, Any] = {}
    for name, text in value.items():
        if not isinstance(text, str):
            continue
        if name == "price":
            found[name] = read_number(text, notation)
        elif name == "in_stock":
            found[name] = says(text)
        elif name == "categories":
            found[name] = texts.read(text)
        elif name == "title" and len(text) <= MAX_TITLE_LENGTH:
            found[name] = tidied(text)
        elif name in ("available_from", "available_until") and "T" not in text:
            moment = read_moment(text, notation, is_end=name == "available_until")
            found[name] = None if moment is None else to_text(moment)
    return {name: read for name, read in found.items() if read is not None}
