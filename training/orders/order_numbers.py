"""Order numbers that are not unique: two shoppers are two orders, and days apart are said or asked about."""

import polars as pl

from training.history.interactions import DAY_SECONDS
from training.orders.typed_lines import TypedLines
from training.questions import Question, quoted
from training.sources.raw_orders import Coded, RawOrders, encode

DAYS_OF_ONE_ORDER = 2
NOTABLE = 0.02
MANY = 0.2
"""Share of the orders with several lines that may lie days apart before it is said, and before a run stops."""

FEWEST_ORDERS = 10


def tell_orders_apart(raw: RawOrders, typed: TypedLines, bought: pl.Series) -> Coded:
    """Return the order numbers, with /1, /2, … behind those that several shoppers have; note in ``typed`` what is odd.

    Tills and years that begin at 1 again have the same number for two orders. ``bought`` are the rows that count, those
    of guests too.
    """
    numbers, users = typed.ids["order_id"].numbers(), typed.ids["user_id"].numbers()
    rows = pl.DataFrame({"order": numbers, "user": users, "at": typed.frame["ordered_at"]}).filter(bought)
    user, at = pl.col("user"), pl.col("at")
    orders = (
        rows.drop_nulls("order")
        .group_by("order")
        .agg(
            n=pl.len(),
            is_shared=(user.min() != user.max()).fill_null(value=False),
            is_long=(at.max() - at.min() > DAYS_OF_ONE_ORDER * DAY_SECONDS).fill_null(value=False),
        )
    )
    _note_days_apart(
        raw, typed, orders.filter("is_long", ~pl.col("is_shared")), orders.filter(pl.col("n") > 1).height
    )
    return _numbered(typed, orders.filter("is_shared")["order"], numbers, users)


def _examples(typed: TypedLines, orders: pl.Series) -> str:
    at = typed.ids["order_id"]
    known = at.values.filter(encode(at.values).codes.is_in(orders.implode()).fill_null(value=False))
    return quoted(known.unique(maintain_order=True).head(4).to_list())


def _note_days_apart(raw: RawOrders, typed: TypedLines, long: pl.DataFrame, n_several: int) -> None:
    if long.height < FEWEST_ORDERS or long.height < NOTABLE * n_several:
        return
    by_hand = any(role in file.by_hand for file in raw.files for role in ("order_id", "ordered_at"))
    typed.questions.append(
        Question(
            "order_of_several_days",
            f"{long.height:,} of {n_several:,} orders with several lines have lines more than {DAYS_OF_ONE_ORDER} days "
            f"apart ({_examples(typed, long['order'])}): their numbers may not be unique, or be no order numbers, or "
            "the dates may be those of the parcels.",
            "Name the columns by hand: --column order_id=… (empty where orders have no number of their own) and "
            "--column ordered_at=…, which may be the same as now.",
            stops=long.height >= MANY * n_several and not by_hand,
        )
    )


def _numbered(typed: TypedLines, shared: pl.Series, numbers: pl.Series, users: pl.Series) -> Coded:
    orders = typed.ids["order_id"]
    if not len(shared):
        return orders
    typed.questions.append(
        Question(
            "order_of_several_shoppers",
            f"{len(shared):,} order numbers stand beside several shoppers ({_examples(typed, shared)}): each shopper's "
            "lines were taken for an order of their own.",
            "If another column tells orders apart: --column order_id=….",
            stops=False,
        )
    )
    at = (numbers.is_in(shared.implode()).fill_null(value=False) & users.is_not_null()).arg_true()
    rows = pl.DataFrame({"text": orders.values.gather(orders.codes.gather(at)), "user": users.gather(at)})
    place = pl.col("user").rank("dense").over("text").cast(pl.String)
    apart = encode(rows.select(pl.concat_str("text", pl.lit("/"), place)).to_series())
    codes = orders.codes.scatter(at, apart.codes + len(orders.values))
    return Coded(codes, pl.concat([orders.values, apart.values]))
