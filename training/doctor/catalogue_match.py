"""Whether the catalogue speaks of the items that are bought, by the same ids."""

from collections.abc import Iterator

import polars as pl

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory

FEW_UNKNOWN, MOST_UNKNOWN = 0.02, 0.5
"""Share of the purchases whose item the catalogue does not name."""


def catalogue_match(history: ExaminedHistory) -> Iterator[Finding]:
    """Report purchases of items that the catalogue does not name; nothing where there is no catalogue."""
    known = history.catalogue.titles.keys() | history.catalogue.categories.keys()
    if not known:
        return
    unknown = history.items.filter(~pl.col("item_id").is_in(list(known))).sort("n_lines", descending=True)
    n_lines = int(history.items["n_lines"].sum())
    share = int(unknown["n_lines"].sum()) / max(n_lines, 1)
    if share < FEW_UNKNOWN:
        return
    yield Finding(
        "not_in_catalogue",
        Severity.WARNING if share >= MOST_UNKNOWN else Severity.NOTE,
        f"{percentage(share)} of the purchases are of {counted(unknown.height, 'item')} that the catalogue lacks; "
        f"it names {counted(len(known), 'item')}, such as {', '.join(sorted(known)[:MAX_EXAMPLES])}.",
        "Export orders and catalogue with the same ids (both with the SKU, or both with the product's number); "
        "products that are no longer sold may be left out.",
        tuple(
            f"item {item_id}{f' ({title})' if title else ''}: {counted(lines, 'line')}"
            for item_id, title, lines in unknown.select("item_id", "title", "n_lines")
            .head(MAX_EXAMPLES)
            .iter_rows()
        ),
    )
