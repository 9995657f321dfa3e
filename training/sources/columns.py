"""How the columns of one source fill those of an order line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from training.questions import Question
from training.sources.exports.export import Finish
from training.sources.split import Split

NO_USER = ("", "nan", "null", "none", "n/a", "na", "\\n", "-", "0", "0.0", "guest")


@dataclass(frozen=True)
class ColumnPlan:
    """How the columns of one file fill the canonical ones.

    Attributes:
        format_name: the export that was recognised, else "order lines".
        names: of all columns; those that `split` adds come last.
        sources: canonical column -> 0-based positions that fill it, row by row the first that is not blank.
        nested: positions of columns with whole line items of a known export.
        finish: is applied to the file as a whole.
        split: makes several rows of a row with several items.
        time_of_day: position of a column with times, which are written behind the dates of `ordered_at`.
        price_of_line: whether `unit_price` holds what all pieces of the line cost together.
        questions: what the values leave open.
    """

    format_name: str
    names: tuple[str, ...]
    sources: Mapping[str, tuple[int, ...]]
    nested: tuple[int, ...] = ()
    finish: Finish | None = None
    split: Split | None = None
    time_of_day: int | None = None
    price_of_line: bool = False
    questions: tuple[Question, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """All positions that have to be read, ascending."""
        wanted = {*self.nested, *(i for indices in self.sources.values() for i in indices)}
        if self.time_of_day is not None:
            wanted.add(self.time_of_day)
        if self.split is not None:
            wanted = {at for at in wanted if at < self.split.first_added} | set(self.split.positions)
        return tuple(sorted(wanted))

    @property
    def mapping(self) -> dict[str, str]:
        """Canonical column to header names, for people."""
        mapping = {name: ", then ".join(self.names[i] for i in at) for name, at in self.sources.items()}
        if self.time_of_day is not None and "ordered_at" in mapping:
            mapping["ordered_at"] += f" with {self.names[self.time_of_day]}"
        if self.nested:
            shown = [self.names[i] for i in self.nested]
            mapping["line items"] = ", ".join(shown) if len(shown) < 4 else f"{shown[0]} to {shown[-1]}"
        return mapping

    def canonical(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rename and coalesce the columns `column_<position>` of a table that was read."""
        if self.split is not None:
            table = self.split.applied_to(table)
        filled = [self._filled(table, name, at).alias(name) for name, at in self.sources.items()]
        nested = [table[f"column_{i}"].alias(f"nested_{n}") for n, i in enumerate(self.nested, 1)]
        return table.select("row", "malformed", *filled, *nested)

    def _filled(self, table: pl.DataFrame, name: str, at: tuple[int, ...]) -> pl.Series:
        first, *others = (table[f"column_{i}"] for i in at)
        if name == "ordered_at" and self.time_of_day is not None:
            return _joined(first, table[f"column_{self.time_of_day}"])
        if not others:
            return first
        filled = without_blanks(first, name)
        for other in others:
            if not filled.null_count():
                break
            filled = filled.zip_with(filled.is_not_null(), without_blanks(other, name))
        return filled


def _joined(dates: pl.Series, times: pl.Series) -> pl.Series:
    """Return dates with their time of day, where there is one."""
    both = pl.DataFrame({"date": dates, "time": times}).select(
        pl.concat_str(pl.col("date").str.strip_chars(), pl.col("time").str.strip_chars(), separator=" ")
    )
    joined = both.to_series()
    return joined.zip_with(joined.is_not_null(), dates)


def without_blanks(texts: pl.Series, canonical: str) -> pl.Series:
    """Return the texts with null where another column has to stand in."""
    blank = NO_USER if canonical == "user_id" else NO_USER[:-3]
    at = (texts.str.strip_chars().str.len_bytes() <= max(map(len, blank))).fill_null(value=False).arg_true()
    is_blank = texts.gather(at).str.strip_chars().str.to_lowercase().is_in(blank)
    return texts.scatter(at.filter(is_blank), None) if is_blank.any() else texts


def described(plan: ColumnPlan) -> str:
    """Return the recognised columns, for a message."""
    return ", ".join(f"{name} ({header})" for name, header in plan.mapping.items()) or "none"


def listed(names: Sequence[str]) -> str:
    """Return header names for a message, not more than thirty."""
    shown = ", ".join(repr(name) for name in names[:30])
    return shown if len(names) <= 30 else f"{shown} and {len(names) - 30} more"
