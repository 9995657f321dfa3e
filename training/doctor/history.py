"""An order history in the forms that several checks look at."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import DAY_SECONDS
from training.orders import CleaningRules, Orders
from training.orders.decided import Decided
from training.orders.typed_lines import groups_of_like_files, typed_dates, typed_ids
from training.sources.raw_orders import RawOrders


@dataclass(frozen=True, eq=False)
class ExaminedHistory:
    """An order history, before and after cleaning.

    Attributes:
        raw, orders, rules, now: what was read, what the cleaning made of it, by which rules and when.
        rows: one row for each raw line, refused or not, in input order: file UInt32, row Int64, user_id,
            item_id, order_id String and ordered_at Int64 (Unix seconds), as the cleaning reads them.
        lines: purchases of known users, as in `Orders`, but String instead of Enum, and basket String (null: nothing
            tells the order).
        baskets: one row for each order: user_id (null for guests), basket, ordered_at, n_lines, n_items.
        users: one row for each known user: user_id, n_orders, n_lines, n_items.
        items: one row for each item of known users and guests: item_id, n_lines, n_users, first_at, last_at,
            title (the most frequent, null where none is known).
        catalogue: what the shop says of its items.
    """

    raw: RawOrders
    orders: Orders
    rules: CleaningRules
    now: datetime
    rows: pl.DataFrame
    lines: pl.DataFrame
    baskets: pl.DataFrame
    users: pl.DataFrame
    items: pl.DataFrame
    catalogue: ShopCatalogue = NO_CATALOGUE

    @classmethod
    def of(
        cls,
        raw: RawOrders,
        orders: Orders,
        rules: CleaningRules,
        now: datetime,
        catalogue: ShopCatalogue = NO_CATALOGUE,
    ) -> "ExaminedHistory":
        """Derive all forms; takes about as long as the cleaning."""
        lines = with_basket(orders.lines)
        everything = pl.concat([lines, with_basket(orders.guest_lines)])
        return cls(
            raw=raw,
            orders=orders,
            rules=rules,
            now=now,
            rows=rows_of(raw, rules),
            lines=lines,
            baskets=baskets_of(everything),
            users=users_of(lines),
            items=items_of(everything),
            catalogue=catalogue,
        )

    @property
    def n_rows(self) -> int:
        """Raw lines of all files."""
        return self.orders.summary.n_rows

    @property
    def has_dates(self) -> bool:
        """Whether any purchase is dated."""
        return self.orders.summary.last_ordered_at is not None

    @property
    def has_times(self) -> bool:
        """Whether any purchase is dated more finely than by its day."""
        return bool((self.lines["ordered_at"] % DAY_SECONDS != 0).any())

    def has_column(self, name: str) -> bool:
        """Return whether some file fills this canonical column."""
        return name in self.raw.lines.columns

    def file_name(self, file: int) -> str:
        """Return the short name of a file, or its path where short names are not unique."""
        paths = [Path(each.path) for each in self.raw.files]
        short = paths[file].name
        return short if sum(path.name == short for path in paths) == 1 else str(paths[file])

    def places(self, chosen: pl.Series | pl.Expr, n: int = 3) -> tuple[str, ...]:
        """Say where the first n of the chosen rows stand."""
        first = self.rows.lazy().filter(chosen).select("file", "row").head(n).collect()
        return tuple(f"{self.file_name(file)} row {row:,}" for file, row in first.rows())

    def refused_places(self, codes: tuple[str, ...], n: int = 3) -> tuple[str, ...]:
        """Say where the first n refused rows stand, one for each reason before a second one."""
        refused = self.orders.rejected.lazy().filter(pl.col("reason").is_in(codes))
        ranked = refused.with_columns(pl.int_range(pl.len()).over("reason").alias("nth"))
        first = ranked.filter(pl.col("nth") < n).sort("nth", maintain_order=True).head(n)
        numbers = {file.path: number for number, file in enumerate(self.raw.files)}
        return tuple(
            f"{self.file_name(numbers[file])} row {row:,} ({reason})"
            for file, row, reason in first.select("file", "row", "reason").collect().rows()
        )


def rows_of(raw: RawOrders, rules: CleaningRules) -> pl.DataFrame:
    """Return what each raw line says, refused or not."""
    decided = Decided()
    ids, _ = typed_ids(raw.lines, decided)
    dates, _ = typed_dates(raw, groups_of_like_files(raw), rules.date_format, decided)
    texts = [
        coded.each(coded.values).alias(name)
        for name, coded in ids.items()
        if name in {"user_id", "item_id", "order_id"}
    ]
    return raw.lines.select("file", "row").with_columns(*texts, dates["ordered_at"])


def with_basket(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with texts as String and what names the order: its id; else when its user bought."""
    lines = lines.with_columns(pl.col(pl.Enum).cast(pl.String))
    by_moment = pl.concat_str(pl.lit("@"), pl.col("user_id").fill_null(""), pl.lit("@"), pl.col("ordered_at"))
    by_id = pl.concat_str(pl.lit("#"), pl.col("order_id"))
    return lines.with_columns(pl.coalesce(by_id, by_moment).alias("basket"))


def baskets_of(everything: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each order, guests' included."""
    known = everything.filter(pl.col("basket").is_not_null())
    return known.group_by("user_id", "basket").agg(
        pl.col("ordered_at").min(),
        pl.len().cast(pl.Int64).alias("n_lines"),
        pl.col("item_id").n_unique().cast(pl.Int64).alias("n_items"),
    )


def users_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each known user, in the order of their ids."""
    return (
        lines.group_by("user_id")
        .agg(
            pl.col("basket").drop_nulls().n_unique().cast(pl.Int64).alias("n_orders"),
            pl.len().cast(pl.Int64).alias("n_lines"),
            pl.col("item_id").n_unique().cast(pl.Int64).alias("n_items"),
        )
        .sort("user_id")
    )


def items_of(everything: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each item, in the order of their ids."""
    sold = everything.group_by("item_id").agg(
        pl.len().cast(pl.Int64).alias("n_lines"),
        pl.col("user_id").drop_nulls().n_unique().cast(pl.Int64).alias("n_users"),
        pl.col("ordered_at").min().alias("first_at"),
        pl.col("ordered_at").max().alias("last_at"),
    )
    titles = (
        everything.filter(pl.col("title").is_not_null())
        .group_by("item_id", "title")
        .agg(pl.len().alias("times"))
        .sort(["item_id", "times", "title"], descending=[False, True, False])
        .unique("item_id", keep="first", maintain_order=True)
        .drop("times")
    )
    return sold.join(titles, on="item_id", how="left").sort("item_id")
