"""Questions about numbers and dates that can be read in two ways, or not at all."""

import re
from collections.abc import Mapping, Sequence

import polars as pl

from training.orders.decimal_marks import Decision, MarkEvidence, one_of
from training.questions import Question, quoted

WORDS = {
    "quantity": "quantities",
    "unit_price": "prices",
    "ordered_at": "dates",
    "returned_quantity": "returned quantities",
    "cancelled_quantity": "cancelled quantities",
    "refunded_amount": "refunded amounts",
    "signed_amount": "amounts",
}
CODES = {"unit_price": "unreadable_price", "ordered_at": "unreadable_date"}
"""Those that are not called as the column is."""

UNREADABLE_REMEDY = {
    "ordered_at": "Say how dates are written with --date-format, for example --date-format '%d/%m/%Y %H:%M'.",
}
PIECES = frozenset({"quantity", "returned_quantity", "cancelled_quantity"})
"""What is learned depends on these."""

LONGEST_QUOTE = 60
TWO_NUMBERS = re.compile(r"^(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?(\d{2,4})(.*)$")


def unreadable_values(path: str, name: str, texts: pl.Series, n_rows: int) -> Question | None:
    """Quote texts of a column that could not be read; None when there are none."""
    if not n_rows:
        return None
    shown = [
        text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…" for text in texts.head(4).to_list()
    ]
    rows = "1 row" if n_rows == 1 else f"{n_rows:,} rows"
    return Question(
        CODES.get(name, f"unreadable_{name}"),
        f"{path}: {WORDS[name]} in {rows} cannot be read: {quoted(shown)}.",
        UNREADABLE_REMEDY.get(name, "Correct them in the export."),
        stops=False,
    )


def ask_for_decimal_mark(
    path: str, evidence: Mapping[str, MarkEvidence], decisions: Mapping[str, Decision]
) -> Question | None:
    """Ask what 1,000 means where no number shows it; this stops when quantities depend on it.

    What is likely, though not shown, is taken for granted and said.
    """
    open_columns = [
        name for name, each in evidence.items() if each.open_texts and not decisions[name].is_certain
    ]
    if not open_columns:
        return None
    name = open_columns[0]
    texts, decision = evidence[name].open_texts, decisions[name]
    return Question(
        "decimal_mark",
        f"{path}: the numbers do not show what stands before decimals; of the {WORDS[name]} {quoted(texts)}, "
        f"{one_of(texts, decision.mark)}.",
        "Say which it is: --decimal-mark . or --decimal-mark , (decimal_mark in recsvc.toml).",
        stops=name in PIECES and not decision.is_likely,
    )


def ask_for_date_format(path: str, undecided: Sequence[str]) -> Question | None:
    """Ask whether the day or the month comes first, where no date shows it.

    This stops, but for dates with points, which are written with the day first wherever they are used.
    """
    match = TWO_NUMBERS.match(undecided[0]) if undecided else None
    if match is None:
        return None
    mark = match[2]
    first = "the month" if mark == "/" else "the day"
    year = "%Y" if len(match[4]) == 4 else "%y"
    day_first, month_first = (
        mark.join((*two, year)) + time_format(match[5]) for two in (("%d", "%m"), ("%m", "%d"))
    )
    return Question(
        "date_format",
        f"{path}: the dates do not show whether the day or the month comes first, for example {quoted(undecided)}; "
        f"{first} was taken to come first.",
        f"Say which it is: --date-format '{day_first}' or --date-format '{month_first}' (date_format in recsvc.toml).",
        stops=mark != ".",
    )


def time_format(rest: str) -> str:
    """Return how what follows a date is written, for strptime."""
    hour = "%I" if re.search(r"[AaPp]\.?[Mm]", rest) else "%H"
    rest = re.sub(r"\d{1,2}:\d{2}:\d{2}", f"{hour}:%M:%S", rest)
    rest = re.sub(r"\d{1,2}:\d{2}", f"{hour}:%M", rest)
    return re.sub(r"[AaPp]\.?[Mm]\.?", "%p", rest)
