"""The list of refused rows, as a file that a person opens in a spreadsheet."""

import gzip
import io
from pathlib import Path

import polars as pl

from training.orders.cleaning import Orders


def write_rejected(orders_or_rejected: Orders | pl.DataFrame, path: str | Path) -> None:
    """Write file, row, reason, also of every refused row as gzipped CSV."""
    rejected = orders_or_rejected.rejected if isinstance(orders_or_rejected, Orders) else orders_or_rejected
    with gzip.open(path, "wb", compresslevel=6) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        rejected.select("file", "row", "reason", "also").write_csv(text)
