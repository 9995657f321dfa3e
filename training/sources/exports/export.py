"""What an export of a shop system looks like: one that serves, or one that cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

Finish = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class OrderExport:
    """An export that is recognised by its columns; of several that fit, the first in ``EXPORTS`` is taken.

    Attributes:
        name: what the shop system calls it.
        required: normalised header names that all have to be there.
        columns: canonical column -> normalised header names that fill it, row by row the first that is not blank.
        finish: works on the canonical columns of the whole file; None where each row is an order line already.
        nested: normalised header names of columns that hold whole line items.
        nested_prefix: the same, for columns that are numbered: this name and digits.
    """

    name: str
    required: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    finish: Finish | None = None
    nested: tuple[str, ...] = ()
    nested_prefix: str | None = None


@dataclass(frozen=True)
class UnusableExport:
    """An export that carries no order lines, why it cannot serve, and what to export in its place."""

    name: str
    required: frozenset[str]
    problem: str
    remedy: str


def blank_to_null(column: str) -> pl.Expr:
    """Return the column with empty and whitespace-only text as null."""
    return pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column))
