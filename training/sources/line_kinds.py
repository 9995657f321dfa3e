"""The column that says what happened: a sale or a return, a product or its shipping."""

import re
from collections.abc import Collection, Sequence

from training.questions import Question, quoted
from training.sources.event_words import (
    KNOWN_EVENTS,
    OTHER_EVENTS,
    PURCHASE_EVENTS,
    RETURN_EVENTS,
    event_words,
)
from training.sources.table_head import Column

MOST_KINDS = 12
MOSTLY_KNOWN = 0.9
"""Share of the rows whose kind is known, from which on a column says what kind of line each is."""

CALLED_A_KIND = re.compile(
    r"type|typ$|art$|^art|kind$|class$|metric|event|action|behaviou?r|tipo|soort|tyyppi|rodzaj|druh|^typ|slag$|種別|区分"
)
CALLED_OTHERWISE = re.compile(
    r"pay|zahl|paiement|pago|pagam|betal|maksu|plat[bn]|ship|versand|liefer|deliver|livraison|envio|customer|kund|"
    r"client|cliente|user|address|tax|steuer|vat|price|preis|prix|file|card|media|device|source|channel|artikelnr|"
    r"^artikel(?!typ|art)|^article(?!type)|^articulo|^articolo"
)
"""Names of kinds of something else: how it was paid or sent, and by whom."""


def kinds_of_line(columns: Sequence[Column], taken: Collection[int]) -> list[Column]:
    """Return the column, whatever its name, whose words tell sales from returns, or products from shipping."""
    return [one for one in columns if one.position not in taken and _tells_kinds_apart(one)][:1]


def unknown_events(columns: Sequence[Column]) -> list[Question]:
    """Ask about a column that says what happened in words of which none is known."""
    if not columns or not len(columns[0].distinct):
        return []
    words = event_words(columns[0].distinct)
    if len(words) < 2 or words.is_in(list(KNOWN_EVENTS)).any():
        return []
    text = (
        f"{columns[0].name!r} seems to say what happened, but no word of it is known "
        f"({quoted(columns[0].distinct.head(4).to_list())})."
    )
    remedy = "If all of them are purchases: --column event= (empty); otherwise keep only the rows that are."
    return [Question("unknown_events", text, remedy)]


def asked_kinds(columns: Sequence[Column], taken: Collection[int]) -> list[Question]:
    """Ask about a column that is called a kind of line or document, and has words for a sale and unknown ones."""
    for column in columns:
        if (
            column.position in taken
            or not 1 < len(column.distinct) <= MOST_KINDS
            or not _is_called_a_kind(column)
        ):
            continue
        words = event_words(column.distinct)
        unknown = column.distinct.filter(~words.is_in(list(KNOWN_EVENTS)))
        if (
            not len(unknown)
            or not words.is_in(PURCHASE_EVENTS).any()
            or column.share(r"\p{L}{2}") < MOSTLY_KNOWN
        ):
            continue
        bought = column.distinct.filter(words.is_in(PURCHASE_EVENTS))
        text = (
            f"{column.name!r} says what kind of line each is, and what {quoted(unknown.to_list())} means is not known; "
            "all rows were taken for purchases."
        )
        remedy = (
            f"If only {quoted(bought.to_list())} are purchases: --column event={column.name!r}; if all are: "
            f"--column event= "
            "(empty)."
        )
        return [Question("unknown_events", text, remedy)]
    return []


def _is_called_a_kind(column: Column) -> bool:
    return bool(CALLED_A_KIND.search(column.alias)) and not CALLED_OTHERWISE.search(column.alias)


def _tells_kinds_apart(column: Column) -> bool:
    """Return whether nearly all texts are words for what happened, some for a sale and some for something else.

    What is no sale and no return may be a way to pay, so that the column must not be called like one.
    """
    if not 1 < len(column.distinct) <= MOST_KINDS:
        return False
    words = event_words(column.filled)
    known = int(words.is_in(list(KNOWN_EVENTS)).sum()) >= MOSTLY_KNOWN * len(words)
    others = OTHER_EVENTS if not CALLED_OTHERWISE.search(column.alias) else []
    contrasts = words.is_in([*RETURN_EVENTS, *others, "line_item"]).any()
    return bool(known and contrasts and words.is_in(PURCHASE_EVENTS).any())
