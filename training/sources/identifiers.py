"""Ids and titles: invisible characters, spreadsheet damage, several spellings of one thing."""

from collections.abc import Callable

import polars as pl

from recsvc.identity.nobody import is_placeholder
from recsvc.identity.spelling import canonical_id, canonical_user_id

MISSING_WORDS = ("", "nan", "null", "none", "n/a", "#n/a", "na", "<na>", "\\n", "-", "nil", "undefined")
MAX_ID_CHARACTERS = 256
INVISIBLE = r"[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{feff}\u{00ad}\x00]"
PLAIN_ID = r"^[0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*$"
"""An id that needs no cleaning: plain characters with at least one digit, which no missing word has."""

PLAIN_TEXT = r"^[0-9A-Za-z_.+@/#:-]*[A-Za-z_+@/#:-][0-9A-Za-z_.+@/#:-]*$"
"""A text that `canonical_id` leaves as it is."""

VISIBLE = r"[^\s\p{Cc}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{feff}\u{00ad}]"
PERHAPS_NOBODY = (
    r"^[^1-9@]{0,40}$|^-1$|"
    r"^(?i:pos|kass|cai|caj|cas|reg|cou|ter|til)[^@]{0,20}$|"
    r"^(?:gue|gas|inv|osp|vie|ano|unk|wal|nor|no-|noe|non|nul|und)[^@]*@|@(?:.*\.)?invalid$"
)
"""What any placeholder looks like: a few words without digits, a till with its number, or an address."""

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
    """Return ids in their one spelling, ``canonical_id``; what stands for no value, such as `n/a`, is null."""
    return _spelled(values, canonical_id)


def _spelled(values: pl.Series, spelling: Callable[[str], str]) -> pl.Series:
    odd = (~values.str.contains(PLAIN_ID)).fill_null(value=False).arg_true()
    if not len(odd):
        return values
    texts = values.gather(odd)
    # Most texts are spelled right; those that need a closer look are few among the distinct ones.
    strange = (~texts.str.contains(PLAIN_TEXT)).arg_true()
    right = [spelling(text) for text in texts.gather(strange).to_list()]
    spelled = texts.scatter(strange, pl.Series(right, dtype=pl.String)) if right else texts
    missing = spelled.str.to_lowercase().is_in(MISSING_WORDS) | ~spelled.str.contains(VISIBLE)
    cleaned = spelled.set(missing, None)
    return cleaned if len(odd) == len(values) else values.scatter(odd, cleaned)


def clean_user_ids(values: pl.Series) -> pl.Series:
    """Return user ids in their one spelling, ``canonical_user_id``; what stands for no value is null."""
    ids = _spelled(values, canonical_user_id)
    is_address = ids.str.contains("@", literal=True).fill_null(value=False)
    return ids.str.to_lowercase().zip_with(is_address & ids.str.contains(PLAIN_TEXT), ids)


def are_placeholders(user_ids: pl.Series) -> pl.Series:
    """Return which of the cleaned user ids name no shopper, as ``is_placeholder`` knows them."""
    candidates = user_ids.str.contains(PERHAPS_NOBODY).fill_null(value=False).arg_true()
    nothing = pl.repeat(value=False, n=len(user_ids), dtype=pl.Boolean, eager=True)
    named = pl.Series(
        [is_placeholder(one) for one in user_ids.gather(candidates).to_list()], dtype=pl.Boolean
    )
    return nothing.scatter(candidates, named)


def is_damaged_id(ids: pl.Series) -> pl.Series:
    """Return whether each cleaned id lost its digits to scientific notation or is too long to be one."""
    damaged = ids.str.contains(SCIENTIFIC) | (ids.str.len_chars() > MAX_ID_CHARACTERS)
    return damaged.fill_null(value=False)


def most_frequent_spellings(ids: pl.Series, counts: pl.Series) -> dict[str, str]:
    """Return the ids that are spelled otherwise more often, in case or spaces only, and the most frequent spelling.

    `counts` says how often each of `ids` occurs; of equally frequent spellings the smallest is taken.
    """
    frame = pl.DataFrame({"id": ids, "count": counts, "key": item_keys(ids)})
    spellings = frame.drop_nulls("id").group_by("key", "id").agg(pl.col("count").sum())
    best = (
        spellings.sort(["count", "id"], descending=[True, False]).group_by("key", maintain_order=True).first()
    )
    others = spellings.join(best.select("key", pl.col("id").alias("best")), on="key").filter(
        pl.col("id") != pl.col("best")
    )
    return dict(others.select("id", "best").iter_rows())


def item_keys(item_ids: pl.Series) -> pl.Series:
    """Return what all spellings of each cleaned item id have in common, ``item_key``."""
    return item_ids.str.to_lowercase().str.normalize("NFC").str.replace_all(" ", "", literal=True)
