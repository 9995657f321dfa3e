"""Ids that differ by zeros at the beginning only, which spreadsheets take away."""

import polars as pl

from training.orders.typed_lines import TypedLines
from training.questions import Question, quoted

FEWEST = 3
NOTABLE = 0.02
"""Share of the distinct numbers that have to have two spellings before it is said."""

NOUNS = {"item_id": "products", "user_id": "shoppers"}


def note_lost_zeros(typed: TypedLines) -> None:
    """Note in ``typed`` that numbers stand with and without zeros before them, and so count as two."""
    for role, noun in NOUNS.items():
        values = typed.ids[role].values.drop_nulls().unique()
        numbers = pl.DataFrame({"text": values.filter(values.str.contains(r"^\d+$"))})
        numbers = numbers.with_columns(pl.col("text").str.strip_chars_start("0").alias("bare"))
        several = numbers.filter(pl.len().over("bare") > 1).sort("bare", "text")
        n_several = several["bare"].n_unique()
        if n_several < FEWEST or n_several < NOTABLE * numbers["bare"].n_unique():
            continue
        typed.questions.append(
            Question(
                "lost_zeros",
                f"{n_several:,} {noun} stand with and without zeros before their number "
                f"({quoted(several['text'].head(4).to_list(), 4)}): each spelling counts for itself. A spreadsheet "
                "takes such zeros away.",
                "If they are the same, export again, with these columns as text.",
                stops=False,
            )
        )
