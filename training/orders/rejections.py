"""The list of refused rows, as a file that a person opens in a spreadsheet."""

import gzip
from pathlib import Path

import polars as pl

from training.orders.cleaning import Orders

ROWS_PER_SLICE = 200_000


def write_rejected(orders_or_rejected: Orders | pl.DataFrame, path: str | Path) -> None:
    """Write file, row, reason, also of every refused row as gzipped CSV."""
    rejected = orders_or_rejected.rejected if isinstance(orders_or_rejected, Orders) else orders_or_rejected
    columns = rejected.select("file", "row", "reason", "also")
    with gzip.open(path, "wb", compresslevel=1) as file:
        # As bytes: handed an open file, polars writes to its descriptor, past the compression.
        file.write(columns.clear().write_csv().encode())
        for part in columns.iter_slices(ROWS_PER_SLICE):
            file.write(part.write_csv(include_header=False).encode())
