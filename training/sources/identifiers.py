"""Ids and titles: invisible characters, spreadsheet damage, several spellings of one thing."""

import polars as pl

MISSING_WORDS = ("", "nan", "null", "none", "n/a", "#n/a", "na", "<na>", "\\n", "-", "nil", "undefined")
GUEST_WORDS = ("0", "guest", "gast", "anonymous")
MAX_ID_CHARACTERS = 256
INVISIBLE = r"[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{feff}\u{00ad}\x00]"
PLAIN_ID = r"^[0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*$"
"""An id that needs no cleaning: plain characters with at least one digit, which no missing word has."""

SCIENTIFIC = r"^[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}$"


def tidy_text(values: pl.Series) -> pl.Series:
    """Return text without invisible characters, with single spaces and one Unicode form; blank is null."""
    tidy = (
        values.str.normalize("NFC")
        .str.replace_all(INVISIBLE, "")
        .str.replace_all(r"[\s\p{Cc}]+", " ")
        .str.strip_chars()
    )
    return tidy.set(tidy == "", None)


def clean_ids(values: pl.Series) -> pl.Series:
    """Return ids as they were before spreadsheets: `17850.0` is `17850`, `="0042"` is `0042`, `n/a` is null."""
    odd = (~values.str.contains(PLAIN_ID)).fill_null(value=False).arg_true()
    if not len(odd):
        return values
    tidy = tidy_text(values.gather(odd)).str.replace(r'^="?([^"]*)"?$', "$1").str.strip_chars()
    digits = tidy.str.replace(r"^(\d+)\.0+$", "$1")
    cleaned = digits.set(digits.str.to_lowercase().is_in(MISSING_WORDS), None)
    return cleaned if len(odd) == len(values) else values.scatter(odd, cleaned)


def clean_user_ids(values: pl.Series) -> pl.Series:
    """Return user ids; e-mail addresses in lower case, guests null."""
    ids = clean_ids(values)
    lower = ids.str.to_lowercase()
    folded = lower.zip_with(ids.str.contains("@", literal=True).fill_null(value=False), ids)
    return folded.set(lower.is_in(GUEST_WORDS), None)


def is_damaged_id(ids: pl.Series) -> pl.Series:
    """Return whether each cleaned id lost its digits to scientific notation or is too long to be one."""
    damaged = ids.str.contains(SCIENTIFIC) | (ids.str.len_chars() > MAX_ID_CHARACTERS)
    return damaged.fill_null(value=False)


def most_frequent_spelling(ids: pl.Series, counts: pl.Series) -> pl.Series:
    """Return each id in the spelling that is the most frequent of those that differ in case and spaces only.

    `counts` says how often each of `ids` occurs; of equally frequent spellings the smallest is taken.
    """
    frame = pl.DataFrame({"id": ids, "count": counts}).with_columns(
        pl.col("id").str.to_lowercase().str.replace_all(" ", "", literal=True).alias("key")
    )
    spellings = frame.drop_nulls("id").group_by("key", "id").agg(pl.col("count").sum())
    best = (
        spellings.sort(["count", "id"], descending=[True, False]).group_by("key", maintain_order=True).first()
    )
    joined = frame.join(
        best.select("key", pl.col("id").alias("best")), on="key", how="left", maintain_order="left"
    )
    return joined["best"].alias(ids.name)
