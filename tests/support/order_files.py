"""Order files for tests: written, read and cleaned in one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from training.orders import CleaningRules, Orders, clean_orders
from training.sources.gathering import Gathering
from training.sources.order_sources import OrderSources, read_orders
from training.sources.raw_orders import RawOrders, SourceFile

FORMATS = Path(__file__).parents[2] / ".." / "shared" / "formats"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT_RULES = CleaningRules()


@dataclass
class BatchesSeen(Gathering):
    """Remembers how many rows each batch has."""

    batches: list[int] = field(default_factory=list)

    def _compact(self, lines: pl.DataFrame) -> pl.DataFrame:
        self.batches.append(lines.height)
        return super()._compact(lines)


def write(directory: Path, content: str | bytes, name: str = "orders.csv") -> str:
    """Write a file; returns its path as text."""
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read_files(paths: Sequence[str], columns: Mapping[str, str] | None = None) -> RawOrders:
    """Read files and globs as orders."""
    return read_orders(OrderSources(tuple(paths)), columns or {})


def read(
    directory: Path, content: str | bytes, name: str = "orders.csv", columns: Mapping[str, str] | None = None
) -> RawOrders:
    """Write a file and read it as orders."""
    return read_files([write(directory, content, name)], columns or {})


def clean(
    directory: Path, content: str | bytes, rules: CleaningRules = DEFAULT_RULES, name: str = "o.csv"
) -> Orders:
    """Write a file, read it as orders and clean them."""
    return clean_orders(read(directory, content, name), rules, NOW)


def raw_orders(rows: list[dict[str, str | None]], columns: tuple[str, ...]) -> RawOrders:
    """Raw lines without a file behind them; row numbers begin at 2."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    numbered = frame.with_row_index("row", 2).with_columns(
        pl.col("row").cast(pl.Int64),
        pl.lit(0, dtype=pl.UInt32).alias("file"),
        pl.lit(value=False).alias("malformed"),
    )
    file = SourceFile(
        "orders.csv", len(rows), 0, "order lines", "utf-8", ",", {name: name for name in columns}
    )
    return RawOrders(numbered, (file,))


def values(raw: RawOrders, *names: str) -> list[tuple[object, ...]]:
    """The named raw columns as rows of text."""
    return raw.lines.select(pl.col(name).cast(pl.String) for name in names).rows()


def reasons(orders: Orders) -> dict[int, str]:
    """The reason of each refused row."""
    return dict(orders.rejected.select("row", "reason").rows())


def header_line(name: str) -> list[str]:
    """The column names of a real export; FileNotFoundError where the collection is missing."""
    return pl.read_csv(FORMATS / name, n_rows=0, infer_schema=False).columns


def csv_under(names: list[str], *rows: Mapping[str, str]) -> str:
    """A table under these column names with only some cells filled."""
    unknown = {name for row in rows for name in row} - set(names)
    assert not unknown, unknown
    table = pl.DataFrame([[row.get(name, "") for name in names] for row in rows], schema=names, orient="row")
    return table.write_csv()
