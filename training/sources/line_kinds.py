"""The column that says what happened: a sale or a return, a product or its shipping."""

from collections.abc import Collection, Sequence

from training.questions import Question, quoted
from training.sources.event_words import KNOWN_EVENTS, PURCHASE_EVENTS, RETURN_EVENTS, event_words
from training.sources.table_head import Column

MOST_KINDS = 12
MOSTLY_KNOWN = 0.9
"""Share of the rows whose kind is known, from which on a column says what kind of line each is."""


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


def _tells_kinds_apart(column: Column) -> bool:
    """Return whether nearly all texts are words for what happened, some for a sale and some for a return."""
    if not 1 < len(column.distinct) <= MOST_KINDS:
        return False
    words = event_words(column.filled)
    known = int(words.is_in(list(KNOWN_EVENTS)).sum()) >= MOSTLY_KNOWN * len(words)
    contrasts = words.is_in([*RETURN_EVENTS, "line_item"]).any()
    return bool(known and contrasts and words.is_in(PURCHASE_EVENTS).any())
