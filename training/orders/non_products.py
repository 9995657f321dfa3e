"""What stands on orders and is no product: found by name and by sales, kept with its figures, or asked about."""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from training.orders.product_names import CERTAIN, POSSIBLE, are_named
from training.orders.rules import CleaningRules
from training.orders.summary import NonProduct
from training.orders.typed_lines import TypedLines
from training.questions import Question
from training.sources.identifiers import item_keys

ALMOST_ALWAYS = 0.75
ONE_PRICE = 0.7
NO_PRICE = 0.2
FEW_LINES = 5
MANY_LINES = 20
NEXT_TO_NOTHING = 0.01
LARGE_SHARE_OF_LINES = 0.005
LARGE_SHARE_OF_SHOPPERS = 0.02
MOST_ORDERS_OF_A_PRODUCT = 0.2
NEARLY_ALWAYS = 0.95

PLACEHOLDERS = ("0", "-1", "00000000-0000-0000-0000-000000000000")
"""Codes that stand for no product where one is needed, and are a product's in some shops."""


@dataclass(frozen=True)
class Sales:
    """How one code was sold.

    Attributes:
        n_lines, n_shoppers: as in ``NonProduct``.
        one_piece: share of its lines that are one piece.
        beside_others: share of its orders that hold something else, too; 1 where no order is known.
        one_price: share of its priced lines that have the most frequent price; 1 without prices.
        spread: the price that nine of ten lines stay below, divided by the one that nine of ten exceed.
        undone: share of its lines that cost nothing, or less, or are taken back.
        of_orders: how many lines it has for each order there is; 0 where no order is known.
    """

    n_lines: int
    n_shoppers: int
    one_piece: float
    beside_others: float
    one_price: float
    spread: float
    undone: float
    of_orders: float = 0.0

    def fit_a_booking(self) -> bool:
        """Return whether anything speaks for postage, a fee or the like: one piece, varying prices, or a minus."""
        return self.one_piece >= ALMOST_ALWAYS or self.one_price < ONE_PRICE or self.undone >= 0.5

    def fit_a_product(self) -> bool:
        """Return whether nothing speaks for postage: often several pieces, one price, and not in most orders."""
        return (
            self.one_piece < ALMOST_ALWAYS
            and self.one_price >= ONE_PRICE
            and self.undone < 1 - ALMOST_ALWAYS
            and self.of_orders <= MOST_ORDERS_OF_A_PRODUCT
        )

    def fit_each_order(self) -> bool:
        """Return whether half of the orders and more have one of it beside other things, as of postage at one price."""
        return self.of_orders >= 0.5 and min(self.one_piece, self.beside_others) >= NEARLY_ALWAYS

    def fit_what_goes_along(self) -> bool:
        """Return whether many orders have it and hardly one has it alone, as of a deposit or a gift wrapping."""
        return self.of_orders > MOST_ORDERS_OF_A_PRODUCT and self.beside_others >= NEARLY_ALWAYS

    def fit_no_product(self) -> bool:
        """Return whether this is how no product is sold: at a price of its own each time, or at a minus."""
        is_priced_anew = self.n_lines >= FEW_LINES and self.one_price < 0.5 and self.spread >= 3
        return self.undone >= 0.5 or (is_priced_anew and max(self.one_piece, self.beside_others) >= 0.5)

    def fit_nothing_else(self) -> bool:
        """Return whether hardly two of many lines have the same price, or most are a minus."""
        return self.undone >= 0.5 or (self.n_lines >= MANY_LINES and self.one_price < NO_PRICE)


def recognise_non_products(typed: TypedLines, rules: CleaningRules) -> pl.Series:
    """Return which rows are no sale of a product (Boolean), and note in ``typed`` what was taken for none.

    ``rules.products`` are products and ``rules.not_products`` are none, whatever they are called; so are the codes that
    ``rules.non_product_pattern`` matches, which then decides instead of names. Otherwise a code is no product because
    its name (the code, or most of its titles) says so *and* its sales look like it:

    - A name of which nothing that is sold is called (“Versandkosten Deutschland”) needs one sign: one piece in three of
      four lines, a price that less than 70 % of the lines share, or half of the lines at a minus.
    - The placeholders ``0``, ``-1`` and the null UUID need such sales, or many titles; at one price in most orders they
      are asked about.
    - A name that is a thing in one shop and a booking in another (“Manual”, “Pads”) needs sales that no product has: a
      minus, or prices three times apart of which none makes up half of the lines.

    What has more than half a per cent of all lines, or more than one in fifty shoppers, matters for what is learned: as
    much as a best seller. For it the run stops and asks, unless the name is of the first kind, or hardly two lines have
    the same price. Then another answer is so unlikely that the list in the report is enough.
    """
    if typed.decided.non_products is None:
        typed.non_products = _non_products(typed, rules)
        typed.decided.non_products = frozenset(one.item_id for one in typed.non_products)
    items = typed.ids["item_id"]
    return items.where(items.values.is_in(list(typed.decided.non_products)).fill_null(value=False))


def _non_products(typed: TypedLines, rules: CleaningRules) -> tuple[NonProduct, ...]:
    """Return the codes that are no products, most lines first; note in ``typed`` what is not certain."""
    names = kinds_by_name(typed, rules)
    if not names:
        return ()
    n_rows, n_shoppers = len(typed.ids["item_id"].codes), typed.ids["user_id"].values.n_unique()
    found = []
    sales, titles, shares = _sales(typed, list(names)), *_titles(typed, list(names))
    for item_id, sold in sales.items():
        why = _reason(names[item_id], sold, shares.get(item_id, 1.0))
        if why is not None:
            found.append(NonProduct(item_id, titles.get(item_id), sold.n_lines, sold.n_shoppers, why))
            is_large = (
                sold.n_lines > LARGE_SHARE_OF_LINES * n_rows
                or sold.n_shoppers > LARGE_SHARE_OF_SHOPPERS * n_shoppers
            )
            if is_large and names[item_id] in ("possible", "placeholder") and not sold.fit_nothing_else():
                typed.questions.append(_asked(found[-1], n_rows))
        elif names[item_id] == "certain":
            stops = sold.n_lines > LARGE_SHARE_OF_LINES * n_rows and not sold.fit_a_product()
            typed.questions.append(_kept(item_id, titles.get(item_id), sold, stops=stops))
        elif names[item_id] == "placeholder" and sold.fit_each_order():
            typed.questions.append(_in_each_order(item_id, None, sold))
        elif names[item_id] == "possible" and sold.fit_what_goes_along():
            typed.questions.append(_in_each_order(item_id, titles.get(item_id), sold))
    return tuple(sorted(found, key=lambda one: (-one.n_lines, one.item_id)))


def kinds_by_name(typed: TypedLines, rules: CleaningRules) -> dict[str, str]:
    """Return the codes that may be no products, and what tells: "said", "certain", "possible" or "placeholder"."""
    items = typed.ids["item_id"]
    keys = item_keys(items.values)
    said = keys.is_in(list(_keys(rules.not_products))).fill_null(value=False)
    kept = keys.is_in(list(_keys(rules.products))).fill_null(value=False)
    if rules.non_product_pattern is not None:
        said |= _matching(items.values, rules.non_product_pattern)
        certain = possible = pl.repeat(value=False, n=len(items.values), dtype=pl.Boolean, eager=True)
    else:
        certain, possible = _named(typed, CERTAIN), _named(typed, POSSIBLE)
    blank = items.values.is_in(PLACEHOLDERS).fill_null(value=False)
    candidates = (said | certain | possible | blank) & ~kept
    kinds = _kinds(said, certain, possible).filter(candidates)
    return dict(zip(items.values.filter(candidates).to_list(), kinds.to_list(), strict=True))


def _keys(item_ids: frozenset[str]) -> set[str]:
    return set(item_keys(pl.Series(sorted(item_ids), dtype=pl.String)).to_list())


def _matching(item_ids: pl.Series, pattern: str) -> pl.Series:
    compiled = re.compile(pattern, re.IGNORECASE)
    distinct = item_ids.unique().drop_nulls().to_list()
    matches = [item_id for item_id in distinct if compiled.fullmatch(item_id)]
    return item_ids.is_in(matches).fill_null(value=False)


def _kinds(said: pl.Series, certain: pl.Series, possible: pl.Series) -> pl.Series:
    kinds = {"said": said, "certain": certain, "possible": possible}
    first = [pl.when(is_so).then(pl.lit(kind)) for kind, is_so in kinds.items()]
    return pl.select(pl.coalesce(*first, pl.lit("placeholder"))).to_series()


def _named(typed: TypedLines, pattern: str) -> pl.Series:
    """Return which of the item values (Boolean) are called so: the code itself, or most of its titles."""
    items, titles = typed.ids["item_id"], typed.ids["title"]
    by_code = are_named(items.values, pattern)
    is_so = are_named(titles.values, pattern)
    if not is_so.any():
        return by_code
    # A title of its own counts for more than a code that looks like a name.
    so = titles.where(is_so)
    codes = items.codes.filter(so).drop_nulls()
    n_values = len(items.values)
    matching = np.bincount(codes.to_numpy(), minlength=n_values)
    concerned = items.codes.is_in(codes.unique().to_list()) & titles.codes.is_not_null()
    titled = np.bincount(items.codes.filter(concerned).drop_nulls().to_numpy(), minlength=n_values)
    frame = pl.DataFrame({"id": items.values, "matching": matching, "titled": titled})
    most = frame.select(
        2 * pl.col("matching").sum().over("id") > pl.col("titled").sum().over("id")
    ).to_series()
    return (by_code | (most & items.values.is_not_null())).fill_null(value=False)


def _lines_of(typed: TypedLines, item_ids: list[str]) -> pl.Series:
    items = typed.ids["item_id"]
    return items.where(items.values.is_in(item_ids).fill_null(value=False))


def _titles(typed: TypedLines, item_ids: list[str]) -> tuple[dict[str, str], dict[str, float]]:
    """Return the most frequent title of each code that has one, and on which share of its titled lines it stands."""
    at = _lines_of(typed, item_ids).arg_true()
    items, titles = typed.ids["item_id"], typed.ids["title"]
    named = pl.DataFrame(
        {
            "item": items.values.gather(items.codes.gather(at)),
            "title": titles.values.gather(titles.codes.gather(at)),
        }
    )
    counted = named.drop_nulls("title").group_by("item", "title").len()
    best = counted.sort(["len", "title"], descending=[True, False]).unique(
        "item", keep="first", maintain_order=True
    )
    shares = counted.group_by("item").agg(pl.col("len").max() / pl.col("len").sum())
    return dict(best.select("item", "title").iter_rows()), dict(shares.iter_rows())


def _sales(typed: TypedLines, item_ids: list[str]) -> dict[str, Sales]:
    """Return how each of the codes was sold."""
    chosen = _lines_of(typed, item_ids)
    at = chosen.arg_true()
    items, users, orders = (typed.ids[name] for name in ("item_id", "user_id", "order_id"))
    order_numbers = orders.numbers()
    largest = order_numbers.max()
    has_others = np.zeros(largest + 1 if isinstance(largest, int) else 1, dtype=np.bool_)
    has_others[order_numbers.filter(~chosen).drop_nulls().to_numpy()] = True
    of_lines = order_numbers.gather(at)
    beside = pl.Series(has_others).gather(of_lines) if len(at) else pl.Series([], dtype=pl.Boolean)
    lines = pl.DataFrame(
        {
            "item": items.values.gather(items.codes.gather(at)),
            "user": users.numbers().gather(at),
            "beside": beside,
            "quantity": typed.frame["quantity"].gather(at),
            "price": typed.frame["unit_price"].gather(at),
        }
    )
    price, quantity = pl.col("price"), pl.col("quantity")
    n_orders = max(order_numbers.n_unique() - bool(order_numbers.null_count()), 1)
    figures = lines.group_by("item", maintain_order=True).agg(
        pl.len().alias("n_lines"),
        pl.col("user").drop_nulls().n_unique().alias("n_shoppers"),
        (quantity.abs() == 1).mean().alias("one_piece"),
        pl.col("beside").mean().fill_null(1.0).alias("beside_others"),
        (price.drop_nulls().unique_counts().max() / price.count())
        .fill_null(1.0)
        .fill_nan(1.0)
        .alias("one_price"),
        (price.abs().quantile(0.9) / price.abs().quantile(0.1)).fill_null(1.0).fill_nan(1.0).alias("spread"),
        ((price < NEXT_TO_NOTHING) | (quantity < 0)).fill_null(value=False).mean().alias("undone"),
        (pl.len() * bool(order_numbers.count()) / n_orders).alias("of_orders"),
    )
    return {row.pop("item"): Sales(**row) for row in figures.iter_rows(named=True)}


def _reason(kind: str, sold: Sales, title_share: float) -> str | None:
    """Return why a code is no product; None where it is one. ``title_share`` is that of its most frequent title."""
    if kind == "said":
        return "said by the settings"
    if kind == "certain" and (sold.n_lines < FEW_LINES or sold.fit_a_booking()):
        return "by its name, and sold like it"
    if kind == "possible" and sold.fit_no_product():
        return "by its name, and sold like no product"
    if kind == "placeholder" and title_share < 0.5:
        return "a placeholder: it has many titles"
    if kind == "placeholder" and sold.fit_no_product():
        return "a placeholder, and sold like no product"
    return None


def _asked(taken: NonProduct, n_rows: int) -> Question:
    title = f" ({taken.title})" if taken.title else ""
    return Question(
        "not_a_product",
        f"{taken.item_id}{title} has {taken.n_lines:,} of {n_rows:,} lines and {taken.n_shoppers:,} shoppers; it was "
        f"taken for no product ({taken.why}).",
        f'Say not_products = ["{taken.item_id}"] in recsvc.toml, or products = ["{taken.item_id}"] if it is for sale.',
    )


def _in_each_order(item_id: str, title: str | None, sold: Sales) -> Question:
    called = f" ({title})" if title else ""
    return Question(
        "not_a_product",
        f"{item_id}{called} stands in {min(sold.of_orders, 1):.0%} of the orders, nearly always beside other "
        f"things: it may "
        "be a product, or postage, a deposit or the like.",
        f'Say not_products = ["{item_id}"] in recsvc.toml, or products = ["{item_id}"] if it is for sale.',
    )


def _kept(item_id: str, title: str | None, sold: Sales, *, stops: bool) -> Question:
    called = f" ({title})" if title else ""
    return Question(
        "not_a_product",
        f"{item_id}{called} is called like postage, a fee or a voucher, but is sold like a product ({sold.n_lines:,} "
        "lines, in several pieces at one price): it was kept.",
        f'Say not_products = ["{item_id}"] in recsvc.toml if it is none, products = ["{item_id}"] if it is one.',
        stops=stops,
    )
