"""What was understood of the orders: figures, columns with values of theirs, refused rows, questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from recsvc.errors import DataError, OpenQuestionError
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.look.sentences import Purchase, called, sample_purchases
from training.orders import CleaningRules, Orders, check_orders, clean_orders
from training.orders.catalogue_ids import with_catalogue_questions
from training.questions import Question
from training.sources.raw_orders import RAW_COLUMNS, RawOrders, SourceFile

VALUES_SHOWN = 3
EXAMPLES_SHOWN = 3
LONGEST_VALUE = 60
_SHOWN = ("ordered_at", "order_id", "user_id", "item_id", "title", "quantity", "unit_price", "status")


@dataclass(frozen=True)
class TakenColumn:
    """What fills a role: the header (or headers) of a file, and a few values of it as they stand there."""

    role: str
    header: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class LookedAt:
    """One source, and what its columns were taken for."""

    file: SourceFile
    columns: tuple[TakenColumn, ...]


@dataclass(frozen=True)
class Refused:
    """Rows that are no purchase for one reason; examples are rows as they were read."""

    code: str
    sentence: str
    n_rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Understanding:
    """What `run` would learn from.

    `counts` has rows, purchases, users, items, orders and quantity (pieces bought, net of returns). `problem` says
    why `run` would stop beside the questions, None where it would not.
    """

    files: tuple[LookedAt, ...]
    counts: Mapping[str, float]
    first: datetime | None
    last: datetime | None
    purchases: tuple[Purchase, ...]
    refused: tuple[Refused, ...]
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
    problem: str | None

    @property
    def stops(self) -> bool:
        """Whether `run` would end before it learns anything."""
        return self.problem is not None or any(question.stops for question in self.questions)

    def document(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return {
            "files": [
                {
                    "path": looked.file.path,
                    "format": looked.file.format_name,
                    "encoding": looked.file.encoding,
                    "delimiter": looked.file.delimiter,
                    "columns": {column.role: column.header for column in looked.columns},
                }
                for looked in self.files
            ],
            **self.counts,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "rejected": {one.code: one.n_rows for one in self.refused},
            "questions": [vars(question) for question in self.questions],
            "problem": self.problem,
        }


def look_at(
    raw: RawOrders, rules: CleaningRules, now: datetime, catalogue: ShopCatalogue = NO_CATALOGUE
) -> Understanding:
    """Clean the orders as `run` does, and tell what came of them.

    Raises SettingsError for a bad date_format.
    """
    orders = with_catalogue_questions(clean_orders(raw, rules, now), catalogue)
    summary, lines = orders.summary, orders.lines
    return Understanding(
        files=tuple(_looked_at(raw, index, file) for index, file in enumerate(raw.files)),
        counts={
            "rows": summary.n_rows,
            "purchases": summary.n_purchases,
            "users": lines["user_id"].n_unique(),
            "items": lines["item_id"].n_unique(),
            "orders": lines["order_id"].drop_nulls().n_unique(),
            "quantity": round(float(lines["quantity"].sum()), 3),
        },
        first=_moment(summary.first_ordered_at),
        last=_moment(summary.last_ordered_at),
        purchases=sample_purchases(lines),
        refused=_refused(raw, orders),
        questions=summary.questions,
        warnings=summary.warnings,
        problem=_problem(orders, rules),
    )


def _problem(orders: Orders, rules: CleaningRules) -> str | None:
    try:
        check_orders(orders, rules)
    except OpenQuestionError:
        return None  # the questions say it
    except DataError as error:
        return str(error)
    return None


def _looked_at(raw: RawOrders, index: int, file: SourceFile) -> LookedAt:
    rows = raw.lines.filter(pl.col("file") == index) if len(raw.files) > 1 else raw.lines
    roles = [name for name in RAW_COLUMNS if name in file.columns]
    roles += [name for name in file.columns if name not in RAW_COLUMNS]
    return LookedAt(file, tuple(TakenColumn(role, file.columns[role], _values(rows, role)) for role in roles))


def _values(rows: pl.DataFrame, role: str) -> tuple[str, ...]:
    if role not in rows.columns:
        return ()
    texts = rows[role].drop_nulls().head(10_000).cast(pl.String).unique(maintain_order=True)
    return tuple(_short(text) for text in texts.head(VALUES_SHOWN))


def _refused(raw: RawOrders, orders: Orders) -> tuple[Refused, ...]:
    found = []
    for count in orders.summary.reasons:
        if count.n_rows:
            rows = orders.rejected.filter(pl.col("reason") == count.reason.code).head(EXAMPLES_SHOWN)
            examples = tuple(_example(raw, row) for row in rows.iter_rows(named=True))
            found.append(Refused(count.reason.code, count.reason.sentence, count.n_rows, examples))
    return tuple(sorted(found, key=lambda one: -one.n_rows))


def _example(raw: RawOrders, row: Mapping[str, Any]) -> str:
    """Return a refused row: where it stands, and what is in it."""
    index = next(at for at, file in enumerate(raw.files) if file.path == row["file"])
    found = raw.lines.filter((pl.col("file") == index) & (pl.col("row") == row["row"]))
    if not found.height:
        return f"row {row['row']}"
    cells = found.row(0, named=True)
    shown = [f"{called(name)} {_short(str(cells[name]))}" for name in _SHOWN if cells.get(name) is not None]
    return f"row {row['row']}: {', '.join(shown)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
