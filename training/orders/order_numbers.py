"""Order numbers that are not unique: two shoppers are two orders, and days apart are said or asked about."""

import numpy as np
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
    rows = pl.DataFrame({"order": numbers, "user": users, "at": typed.frame["ordered_at"]})
    rows = rows.filter(bought & numbers.is_not_null())
    largest = numbers.max()
    n_orders = largest + 1 if isinstance(largest, int) else 1
    n_several = int((np.bincount(rows["order"].to_numpy(), minlength=n_orders) > 1).sum())
    shared = _differing(rows.drop_nulls("user"), "user", n_orders, 0)
    days = _differing(rows.drop_nulls("at"), "at", n_orders, DAYS_OF_ONE_ORDER * DAY_SECONDS)
    _note_days_apart(raw, typed, days.filter(~days.is_in(shared.implode())), n_several)
    return _numbered(typed, shared, numbers, users)


def _differing(rows: pl.DataFrame, name: str, n_orders: int, at_most: int) -> pl.Series:
    """Return the orders in which the largest and the smallest number of a column lie further apart than ``at_most``."""
    orders, values = rows["order"].to_numpy(), rows[name].to_numpy().astype(np.int64)
    any_of_order = np.zeros(n_orders, dtype=np.int64)
    any_of_order[orders] = values
    # Two of an order cannot both be near to a third: only orders with one that is not are looked at as a whole.
    is_far = np.zeros(n_orders, dtype=bool)
    is_far[orders[2 * np.abs(values - any_of_order[orders]) > at_most]] = True
    spread = pl.col(name).max() - pl.col(name).min()
    return rows.filter(is_far[orders]).group_by("order").agg(spread).filter(pl.col(name) > at_most)["order"]


def _examples(typed: TypedLines, orders: pl.Series) -> str:
    at = typed.ids["order_id"]
    known = at.values.filter(encode(at.values).codes.is_in(orders.implode()).fill_null(value=False))
    return quoted(known.unique(maintain_order=True).head(4).to_list())


def _note_days_apart(raw: RawOrders, typed: TypedLines, long: pl.Series, n_several: int) -> None:
    if len(long) < FEWEST_ORDERS or len(long) < NOTABLE * n_several:
        return
    by_hand = any(role in file.by_hand for file in raw.files for role in ("order_id", "ordered_at"))
    typed.questions.append(
        Question(
            "order_of_several_days",
            f"{len(long):,} of {n_several:,} orders with several lines have lines more than {DAYS_OF_ONE_ORDER} days "
            f"apart ({_examples(typed, long)}): their numbers may not be unique, or be no order numbers, or "
            "the dates may be those of the parcels.",
            "Name the columns by hand: --column order_id=… (empty where orders have no number of their own) and "
            "--column ordered_at=…, which may be the same as now.",
            stops=len(long) >= MANY * n_several and not by_hand,
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
    codes = orders.codes.clone().scatter(at, apart.codes + len(orders.values))
    return Coded(codes, pl.concat([orders.values, apart.values]))
