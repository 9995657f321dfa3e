"""Columns that look like a date, an order, a quantity or a status where none was found."""

from collections.abc import Callable, Collection, Iterable, Mapping

from training.questions import Question, quoted
from training.sources.date_columns import is_epoch
from training.sources.order_columns import CALLED_AN_AMOUNT
from training.sources.table_head import Column, TableHead

FEWEST_ORDERS = 10
DECIDES = frozenset({"ordered_at", "order_id", "quantity"})
"""What would be learned differently with a column for it, so that a run may not go on without an answer."""


def unused_columns(head: TableHead, used: Iterable[int], roles: Collection[str]) -> list[Question]:
    """Name columns that look like what no column was found for."""
    free = [column for column in head.columns if column.position not in set(used) and len(column.filled)]
    questions = []
    for role, (noun, likely) in LIKELY.items():
        if role in roles:
            continue
        for column in free:
            if likely(column):
                questions.append(
                    Question(
                        "unused_column",
                        f"{column.name!r} looks like {noun} ({quoted(column.distinct.head(4).to_list())}) "
                        "and is not used.",
                        f"Say so: --column {role}={column.name!r}, or --column {role}= if there is none.",
                        stops=role in DECIDES,
                    )
                )
                break
    return questions


def _holds(*parts: str) -> Callable[[Column], bool]:
    return lambda column: any(part in column.alias for part in parts)


called_a_status = _holds("status", "state", "statut", "estado", "stato", "tila")
"""Whether a column is called like what became of something."""

LIKELY: Mapping[str, tuple[str, Callable[[Column], bool]]] = {
    "ordered_at": (
        "a date",
        lambda one: is_epoch(one) or one.looks_like_days,
    ),
    "order_id": (
        "an order number",
        lambda one: (
            _holds(
                "order", "invoice", "receipt", "bestell", "auftrag", "commande", "pedido", "ordine", "tilaus"
            )(one)
            and not one.is_key
            and not one.looks_like_dates
            and len(one.distinct) >= FEWEST_ORDERS
            and not CALLED_AN_AMOUNT.search(one.alias)
        ),
    ),
    "quantity": (
        "a quantity",
        lambda one: (
            _holds("qty", "quantity", "menge", "anzahl", "quantit", "cantidad", "aantal", "maara", "antal")(
                one
            )
            and one.looks_like_numbers
        ),
    ),
    "status": (
        "a status",
        lambda one: called_a_status(one) and 1 < len(one.distinct) <= 40 and not one.looks_like_numbers,
    ),
}
"""Role -> what it is called in a sentence, and whether a column looks like it."""
