"""Which column is the order: by its name, else by its values, which stand beside one shopper and one date each."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from training.questions import Question, quoted
from training.sources.aliases import ORDER_FALLBACKS
from training.sources.evidence import one_to_one, share_with_several
from training.sources.proposals import filled_first, named
from training.sources.table_head import FEWEST_ROWS, Column, TableHead

CONTRADICTED = 0.1
"""Share of orders with two shoppers beyond which a column is no order number."""
FEW = 0.02
SOME = 0.2
MOSTLY = 0.9
CODE = r"^\S*\d\S*$"
FEWEST_BASKETS = 10
"""Baskets of several rows that a column needs so that its values alone show that it is the order."""
CALLED_AN_AMOUNT = re.compile(
    r"total|amount|betrag|summe|gesamt|montant|importe|sum$|price|preis|prix|precio|points"
)
AMOUNT = r"[\d'’ ][.,]\d{1,2}\D*$|^\p{Sc}|\p{Sc}$"  # noqa: RUF001
Proposed = Mapping[str, Sequence[Column]]
Ask = Callable[[Question], None]


def named_orders(
    head: TableHead, proposed: Sequence[Column], users: Sequence[Column], dates: Sequence[Column]
) -> list[Column]:
    """Return the columns called like the order that the values do not contradict."""
    kept = [
        one
        for one in filled_first(proposed)
        if not (users and share_with_several(one, users[0], FEWEST_ROWS) > CONTRADICTED)
    ]
    if not proposed:
        owners = (*users, *dates)
        others = [
            one
            for one in named(head, (*ORDER_FALLBACKS, "name"))
            if one.alias != "name" or one.share(CODE) >= MOSTLY
        ]
        kept = [one for one in others if _groups_rows(one, owners) or _begins_orders(one, owners)]
    return [one for one in kept if not one.is_key] or kept


def contradicted_order(orders: Column, users: Column) -> Question:
    """Ask about a column that is called like the order and whose values stand beside several shoppers."""
    return Question(
        "order_of_several_shoppers",
        f"{orders.name!r} would be the order and {users.name!r} the shopper, but "
        f"{share_with_several(orders, users):.0%} of the orders stand beside several shoppers "
        f"({quoted(orders.distinct.head(4).to_list())}).",
        "Name the right columns: --column order_id=… (empty where orders have no number), --column user_id=….",
    )


def orders_by_values(
    free: Iterable[Column], users: Sequence[Column], dates: Sequence[Column], ask: Ask
) -> list[Column]:
    """Return the only column that can be the order whatever it is called, and say so; ask where there are several."""
    if not users:
        return []
    baskets = [one for one in free if _holds_baskets(one, users[0], dates)]
    if not baskets:
        return []
    first = baskets[0]
    values = quoted(first.distinct.head(4).to_list())
    others = [one for one in baskets[1:] if not one_to_one(first, one)]
    if others or not dates:
        beside = f", like {others[0].name!r}," if others else ""
        text = f"{first.name!r} looks like an order number ({values}){beside} and is not used."
        remedy = f"Say so: --column order_id={first.name!r}, or --column order_id= if there is none."
        ask(Question("unused_column", text, remedy))
        return []
    text = f"{first.name!r} ({values}) is taken for the order: each value stands beside one shopper and one date."
    ask(Question("order_by_values", text, "If it is another one: --column order_id=….", stops=False))
    return [first]


def _holds_baskets(column: Column, users: Column, dates: Sequence[Column]) -> bool:
    """Return whether the rows fall into baskets: several rows beside one shopper and date."""
    if (
        column.is_key
        or CALLED_AN_AMOUNT.search(column.alias)
        or column.looks_like_dates
        or column.share(AMOUNT) >= SOME
        or len(column.distinct) < FEWEST_BASKETS
    ):
        return False
    if len(column.filled) < MOSTLY * len(users.filled):
        return False
    rows = pl.DataFrame({"key": column.texts}).drop_nulls().group_by("key").len()
    if rows.filter(pl.col("len") > 1).height < FEWEST_BASKETS:
        return False
    if any(share_with_several(column, owner) > FEW for owner in (users, *dates[:1])):
        return False
    # What each shopper has one of says who it is, and not what was bought together.
    return share_with_several(users, column) >= SOME


def _begins_orders(column: Column, owners: Sequence[Column]) -> bool:
    """Return whether the column is filled in the rows that have shopper and date, anew each time, and blank below."""
    filled = column.texts.is_not_null()
    if (
        not owners
        or not 0 < len(column.filled) < len(column.texts)
        or len(column.distinct) < len(column.filled)
    ):
        return False
    return all(int((one.texts.is_not_null() != filled).sum()) <= FEW * len(filled) for one in owners)


def _groups_rows(column: Column, owners: Iterable[Column]) -> bool:
    """Return whether values of the column stand on several rows, each beside one shopper and one date."""
    repeats = bool(len(column.filled)) and len(column.distinct) < len(column.filled)
    return repeats and all(share_with_several(column, owner) <= CONTRADICTED for owner in owners)
