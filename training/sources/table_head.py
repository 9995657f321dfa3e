"""The first rows of a table with all its columns: the evidence for what each column means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from training.sources.aliases import normalise_name
from training.sources.column_names import plain_alias
from training.sources.identifiers import MISSING_WORDS

HEAD_ROWS = 20_000
FEWEST_ROWS = 30
"""With fewer rows, a column that never repeats says nothing."""

CURRENCY = (
    "(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|INR|JPY|CNY|BRL|MXN|CAD|AUD|NZD|SGD|MYR|THB|PHP|IDR|VND|ZAR|"
    r"AED|ARS|CLP|COP|Rs\.?|RM|Rp\.?|kr\.?|Fr\.?|(?:US|CA|AU|NZ|HK|C|A|R|S|NT|MX)\s?\$)"
)
NUMBER = (
    rf"^(?:{CURRENCY}\s?)?"
    r"[^\d\p{L}]{0,3}\(?[+-]?[^\d\s\p{L}]?\s?\d[\d.,'’\s]*\)?-?\s?(?:[^\d\s\p{L}]|\p{L}{1,4}\.?)?$"  # noqa: RUF001
)
DATE = (
    r"(?i)^\W{0,2}(?:\d{4}\W\d{1,2}\W\d|\d{1,2}[./-]\d{1,2}[./-]\d{2}|(?:19|20)\d{6}(?:T?\d{4,6})?$|\d{9,19}(?:\.\d+)?$|"
    r"\d{4}-?W\d{2}|\d{4}年|/Date\(|[1-9]\.\d+E\+1[0-9]$|[3-5]\d{4}(?:\.\d+)?$|"
    r"(?:\p{L}{2,10}\.?,?\s+)?(?:\d{1,2}(?:st|nd|rd|th|\.)?[\s/-]*(?:de\s+)?\p{L}{3,10}|\p{L}{3,10}\.?\s+\d{1,2})\b.*\d{2})"
)
DOTTED_DAY = r"^(?:\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})|\d{4}\.\d{1,2}\.\d{1,2})(?:\D|$)"
EPOCH = r"^\d{10}(?:\d{3}|\d{6}|\d{9})?(?:\.0*)?$"
FIRST_EPOCH, LAST_EPOCH = 1_000_000_000, 2_051_222_400
"""Seconds of 2001 and of 2035: with ten digits, and less than most numbers of telephones."""
NEARLY_EACH = 0.98
PERSON = r"^\p{L}[\p{L}.'’-]*(?:,?\s+\p{L}[\p{L}.'’-]*){1,4}$"  # noqa: RUF001


@dataclass(frozen=True)
class Column:
    """One column of the head: its place, its name, and its texts (String; null where blank)."""

    position: int
    name: str
    texts: pl.Series

    @cached_property
    def alias(self) -> str:
        """The name as names are compared."""
        return plain_alias(self.name)

    @property
    def has_plain_name(self) -> bool:
        """Whether the name is the alias, without a unit or anything else that says nothing."""
        return normalise_name(self.name) == self.alias

    @cached_property
    def filled(self) -> pl.Series:
        """The texts that are there."""
        return self.texts.drop_nulls()

    @cached_property
    def distinct(self) -> pl.Series:
        """Each text once, the first one first."""
        return self.filled.unique(maintain_order=True)

    @property
    def is_key(self) -> bool:
        """Whether no text occurs twice, in rows enough to tell."""
        return len(self.filled) >= FEWEST_ROWS and len(self.distinct) == len(self.filled)

    @cached_property
    def counts_rows(self) -> bool:
        """Whether the texts are the numbers of the rows, one more on each."""
        steps = self.numbers.diff().drop_nulls()
        return len(steps) > 0 and bool((steps == 1).all())

    def share(self, pattern: str) -> float:
        """Return the share of the distinct texts that match ``pattern``; 0 where there is none."""
        found = self.distinct.str.strip_chars().str.contains(pattern).mean()
        return float(found) if isinstance(found, float) else 0.0

    @cached_property
    def numbers(self) -> pl.Series:
        """The texts as numbers, Float64, row by row; null where they are none."""
        compact = self.texts.str.replace_all(r"[^\d.,+-]", "").str.strip_chars(".,")
        decimal_comma = compact.str.contains(r"^[^.]*,\d{1,2}$|\.\d{3},\d").sum()
        decimal_point = compact.str.contains(r"^[^,]*\.\d{1,2}$|,\d{3}\.\d").sum()
        if decimal_comma > decimal_point:
            compact = compact.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
        return compact.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)

    @cached_property
    def looks_like_numbers(self) -> bool:
        """Whether the texts are amounts."""
        return self.share(NUMBER) >= 0.8

    @cached_property
    def looks_like_dates(self) -> bool:
        """Whether the texts are days or moments, in any notation."""
        return self.share(DATE) >= 0.5

    @cached_property
    def looks_like_days(self) -> bool:
        """Whether the texts are days or moments that no amounts are: not counted since some moment, for example."""
        return self.looks_like_dates and (not self.looks_like_numbers or self.share(DOTTED_DAY) >= 0.9)

    @cached_property
    def looks_like_epochs(self) -> bool:
        """Whether the texts are whole seconds, or thousandths, millionths or billionths, since 1970."""
        if self.share(EPOCH) < NEARLY_EACH:
            return False
        seconds = self.distinct.str.strip_chars().str.slice(0, 10).cast(pl.Int64, strict=False).drop_nulls()
        return bool((seconds.is_between(FIRST_EPOCH, LAST_EPOCH)).mean() == 1)

    @cached_property
    def looks_like_persons(self) -> bool:
        """Whether the texts are names of people rather than ids."""
        return len(self.distinct) > 1 and self.share(PERSON) >= 0.8


@dataclass(frozen=True)
class TableHead:
    """Names of the columns, and the first rows as text, columns ``column_<position>``.

    Attributes:
        names: as the header spells them.
        n_texts: how many lines of text stand above the header.
        rows: at most `HEAD_ROWS`, String; without rows nothing but the names decides.
    """

    names: tuple[str, ...]
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    n_texts: int = 0

    @classmethod
    def of(cls, names: Sequence[str], rows: pl.DataFrame, n_texts: int = 0) -> "TableHead":
        """Keep the first of the rows."""
        return cls(tuple(names), rows.head(HEAD_ROWS), n_texts)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in their order."""
        return tuple(Column(at, name, self._texts(at)) for at, name in enumerate(self.names))

    def _texts(self, position: int) -> pl.Series:
        name = f"column_{position}"
        if name not in self.rows.columns:
            return pl.Series(name, [], dtype=pl.String)
        texts = self.rows[name].cast(pl.String)
        tidy = texts.str.strip_chars()
        return texts.set((tidy.str.to_lowercase().is_in(MISSING_WORDS)).fill_null(value=False), None)
