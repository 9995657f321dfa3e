"""What came back, where no negative quantity says so: a column beside the line tells it, or a negative amount."""

import polars as pl

from training.orders.buyers import buyer_numbers, occurs
from training.orders.decided import Refunds
from training.orders.typed_lines import TypedLines
from training.questions import Question
from training.sources.aliases import normalise_name
from training.sources.identifiers import MISSING_WORDS, tidy_text
from training.sources.raw_orders import RawOrders, encode_column

CENT = 0.011
WHOLE = 0.995
"""Share of an amount from which on it is all of it: taxes and rates are rounded."""

TOO_MUCH = 3
MANY_TOO_MUCH = 0.2
MOSTLY = 0.5
FEW = 0.05
NOTABLE = 0.001
FEW_ODD = 0.005
"""Share of rows with a price above and an amount below zero, and no purchase for it, that may be slips."""

SAYS_NO = (
    *MISSING_WORDS,
    *(
        "0",
        "0.0",
        "false",
        "f",
        "off",
        "no",
        "n",
        "nein",
        "non",
        "nee",
        "nej",
        "ei",
        "nie",
        "ne",
        "não",
        "nao",
        "нет",
        "いいえ",
    ),
)
"""What a column of cancellations or returns holds, in lower case, where nothing happened."""

OF_THE_ROW = frozenset(
    (
        "isreturn",
        "isrefund",
        "iscreditnote",
        "iscreditmemo",
        "iscredit",
        "isretoure",
        "isstorno",
        "isgutschrift",
    )
)
"""Names that say that the row itself is a return, rather than that what it says was returned."""


def says_so(texts: pl.Series) -> pl.Series:
    """Return which distinct texts (Boolean) say that something happened: a date, a yes, anything but a no."""
    tidy = tidy_text(texts).str.to_lowercase()
    return (~tidy.is_in(SAYS_NO) & ~tidy.str.starts_with("0000-00-00")).fill_null(value=False)


def take_back(raw: RawOrders, typed: TypedLines) -> pl.Series:
    """Subtract in ``typed`` the pieces that came back, and return the lines of which nothing is left (Boolean).

    A row that is itself a return gets a negative quantity, and is netted with its purchase as others are.
    What cannot be told is noted in ``typed``.
    """
    _turn_negative_amounts(typed)
    return _marked_lines(raw, typed) | _missing_pieces(raw, typed)


def _nowhere(typed: TypedLines) -> pl.Series:
    return pl.repeat(value=False, n=typed.frame.height, dtype=pl.Boolean, eager=True)


def _note(typed: TypedLines, text: str, remedy: str, *, stops: bool = False) -> None:
    typed.questions.append(Question("what_came_back", text, remedy, stops))


def _turn_negative_amounts(typed: TypedLines) -> None:
    """Give pieces a minus where the money has one and is what the shopper paid for the item; ask where it is not."""
    price, quantity = typed.frame["unit_price"], typed.frame["quantity"]
    amount = typed.back.get("signed_amount", price)
    minus = (((price < 0) | (amount < 0)) & (quantity > 0)).fill_null(value=False)
    if not minus.any():
        return
    by_amount = (minus & (price > 0)).fill_null(value=False)
    paid = price.abs().zip_with(~by_amount, amount.abs() / quantity)
    buyer, item = buyer_numbers(typed), typed.ids["item_id"].numbers()
    at = (occurs(buyer, minus) & occurs(item, minus) & (quantity > 0)).arg_true()
    columns = {"buyer": buyer, "item": item, "price": paid, "minus": minus}
    rows = pl.DataFrame({"at": at.cast(pl.UInt32)} | {name: one.gather(at) for name, one in columns.items()})
    bought = rows.filter(~pl.col("minus")).select("buyer", "item", "price").unique()
    pairs = rows.filter("minus").join(bought, on=["buyer", "item"], suffix="_paid")
    near = pl.max_horizontal(pl.lit(CENT), pl.col("price") * (1 - WHOLE))
    returns = pairs.filter((pl.col("price") - pl.col("price_paid")).abs() <= near)["at"].unique()
    typed.frame = typed.frame.with_columns(
        quantity.scatter(returns, -quantity.gather(returns)),
        price.scatter(returns, price.gather(returns).abs()),
    )
    n_open = int(minus.sum()) - len(returns)
    if n_open > NOTABLE * typed.frame.height:
        n_odd = int(by_amount.sum()) - int(by_amount.gather(returns).sum())
        _note(
            typed,
            f"{n_open:,} rows have an amount below zero that is no price the shopper paid for the item: they were "
            "taken for reductions, which take no purchase back.",
            "If they are returns, write their quantity with a minus; if not: --column signed_amount= (empty).",
            stops=n_odd > FEW_ODD * typed.frame.height,
        )


def _marked_lines(raw: RawOrders, typed: TypedLines) -> pl.Series:
    """Return the lines that a date or a yes says were returned; rows that are returns themselves get a minus."""
    marks = encode_column(raw.lines, "returned_at")
    marked = marks.where(says_so(marks.values))
    if not marked.any():
        return marked
    key = pl.struct("order", "item")
    rows = pl.DataFrame(
        {"order": typed.ids["order_id"].numbers(), "item": typed.ids["item_id"].numbers(), "marked": marked}
    )
    bought = rows.filter(~pl.col("marked")).drop_nulls().select(key).to_series().unique()
    of_marked = rows.filter("marked").select(key).to_series()
    if typed.decided.marks_returns is None:
        names = {normalise_name(file.columns.get("returned_at", "")) for file in raw.files}
        typed.decided.marks_returns = bool(
            names & OF_THE_ROW or of_marked.is_in(bought.implode()).mean() > MOSTLY  # type: ignore[operator]
        )
    if typed.decided.marks_returns:
        quantity = typed.frame["quantity"]
        typed.frame = typed.frame.with_columns(quantity.zip_with(~marked, -quantity.abs()))
        return _nowhere(typed)
    return marked & (typed.frame["quantity"] > 0)


def _missing_pieces(raw: RawOrders, typed: TypedLines) -> pl.Series:
    """Subtract the pieces that came back or were never sent; return the lines of which none is left."""
    pieces = [typed.back[name] for name in ("returned_quantity", "cancelled_quantity") if name in typed.back]
    quantity = typed.frame["quantity"]
    if not pieces:
        return _nowhere(typed)
    back = sum((one.abs().fill_null(0.0) for one in pieces[1:]), pieces[0].abs().fill_null(0.0))
    touched = (back > 0) & (quantity >= 0)
    n_touched = int(touched.sum())
    if not n_touched:
        return _nowhere(typed)
    if typed.decided.counts_what_is_left is None:
        beyond = int((touched & (back > quantity + 1e-6)).sum()) / n_touched
        typed.decided.counts_what_is_left = "quantity" in raw.lines.columns and beyond > FEW
        if typed.decided.counts_what_is_left:
            _note_what_is_left(typed, beyond, n_touched)
    if typed.decided.counts_what_is_left:
        return _nowhere(typed)
    gone = touched & (back >= quantity - 1e-6) & (quantity > 0)
    partly = touched & ~gone
    if partly.any():
        _note(
            typed,
            f"Of {int(partly.sum()):,} lines some pieces came back or were never sent; they count with the others.",
            "If that is wrong: --column returned_quantity= --column cancelled_quantity= (empty).",
        )
    left = quantity.zip_with(~partly, quantity - back)
    typed.frame = typed.frame.with_columns(left.alias("quantity"))
    return gone


def _note_what_is_left(typed: TypedLines, beyond: float, n_touched: int) -> None:
    is_net = beyond > MOSTLY
    _note(
        typed,
        f"On {beyond:.0%} of {n_touched:,} lines more came back than was bought: the quantity "
        f"{'is' if is_net else 'may be'} what was left, and nothing was subtracted.",
        "Name the quantity that was ordered, --column quantity=…, or say that nothing is to be subtracted, "
        "--column returned_quantity= --column cancelled_quantity= (empty).",
        stops=not is_net,
    )


def paid_back(typed: TypedLines, gone: pl.Series) -> pl.Series:
    """Return the lines (Boolean) for which all money was paid back, beside those that are ``gone`` already.

    Where an amount is a part of an order, nobody can tell for which lines it is; ``typed`` notes that.
    """
    amount = typed.back.get("refunded_amount")
    back = None if amount is None else amount.abs().fill_null(0.0)
    if back is None or not (back > 0).any():
        return _nowhere(typed)
    orders = typed.ids["order_id"].numbers()
    concerned = occurs(orders, back > 0) | (orders.is_null() & (back > 0))
    at = concerned.arg_true()
    frame = typed.frame[at]
    rows = pl.DataFrame(
        {
            "at": at.cast(pl.UInt32),
            "order": orders.gather(at).cast(pl.Int64).fill_null(-1 - at.cast(pl.Int64)),
            "back": back.gather(at),
            "worth": (frame["quantity"] * frame["unit_price"]).abs(),
            "told": gone.gather(at) | (frame["quantity"] < 0),
        }
    )
    paid, worth = pl.col("back"), pl.col("worth")
    if typed.decided.refunds is None:
        typed.decided.refunds = _refunds(typed, rows)
    if typed.decided.refunds is Refunds.NOTHING:
        return _nowhere(typed)
    if typed.decided.refunds is Refunds.ORDERS:
        paid, worth = paid.max().over("order"), worth.sum().over("order")
    rows = rows.with_columns(whole=(paid >= WHOLE * worth - CENT) & (worth > 0) & (paid > 0))
    partly = rows.filter((pl.col("back") > 0) & ~pl.col("whole").fill_null(value=False) & ~pl.col("told"))
    if partly.height:
        n_orders = partly["order"].n_unique()
        _note(
            typed,
            f"{n_orders:,} {'order was' if n_orders == 1 else 'orders were'} paid back in part, by an amount alone, "
            "which does not say for what: all their lines were kept.",
            "If the export can say which pieces came back, choose that column; --column returned_quantity=….",
        )
    return _nowhere(typed).scatter(rows.filter(pl.col("whole") & ~pl.col("told"))["at"], values=True)


def _refunds(typed: TypedLines, rows: pl.DataFrame) -> Refunds:
    """Return what the amounts belong to; ask where they are too large for these orders."""
    much = rows.group_by("order").agg(much=pl.col("back").max() > TOO_MUCH * pl.col("worth").sum())["much"]
    beyond = much.mean()
    if isinstance(beyond, float) and beyond > MANY_TOO_MUCH:
        _note(
            typed,
            f"What was paid back is more than {TOO_MUCH} times the worth of the order in {beyond:.0%} of "
            f"{rows['order'].n_unique():,} orders: it is no amount of these orders.",
            "Say which column it is, --column refunded_amount=…, which is empty if there is none.",
            stops=True,
        )
        return Refunds.NOTHING
    return Refunds.ORDERS if _is_of_the_order(rows) else Refunds.LINES


def _is_of_the_order(rows: pl.DataFrame) -> bool:
    """Return whether the amounts are those of whole orders: the same on all lines, or on the first line alone."""
    per_order = rows.group_by("order").agg(
        n=pl.len(),
        same=(pl.col("back") == pl.col("back").first()).all(),
        first_alone=(pl.col("back").first() > 0) & ((pl.col("back") > 0).sum() == 1),
        fits_line=(pl.col("back").first() <= pl.col("worth").first() + CENT).fill_null(value=True),
        even=pl.col("worth").n_unique() == 1,
    )
    several = per_order.filter((pl.col("n") > 1) & ~(pl.col("same") & pl.col("even")))
    if not several.height:
        return False
    same = several["same"].sum()
    beyond = several.filter(pl.col("first_alone") & ~pl.col("fits_line")).height
    alone = several["first_alone"].sum()
    return bool(
        same > MOSTLY * several.height or (alone > 0.9 * several.height and beyond > FEW * several.height)
    )
