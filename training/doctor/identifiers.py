"""Ids of two shapes, and ids that lost a part on the way."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, masked, percentage
from training.doctor.history import ExaminedHistory

UUID = r"^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^[0-9a-f]{24,64}$"
SHAPES = (
    ("e-mail addresses", r"@"),
    ("random keys", UUID),
    ("barcodes", r"^\d{12,14}$"),
    ("numbers", r"^\d+$"),
    ("names", r"\p{L}{3,}.*\s.*\p{L}{2,}"),
)
CODES = "codes"
MINORITY_LEAST, MINORITY_MOST = 0.005, 0.3
FEWEST_ODD = 3
AT_ONCE = 0.1
EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number, and writes zeros for the rest."""
ROUNDED_SHARE = 0.5
SPREADSHEET = (
    r"(?i)^\d{1,2}[-.](?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]{0,6}\.?$|"
    r"^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2,4}$|^#(?:REF|VALUE|NAME\?|NUM|DIV/0|####).*$"
)
WHOLE_EMAIL = r"@[^@\s]+\.\p{L}{2,}$"
PILE_UP = 5
FEWEST_LENGTHS = 8


@dataclass(frozen=True)
class Ids:
    """The distinct ids of one kind after cleaning, with how to write one without giving it away."""

    noun: str
    column: str
    values: pl.Series

    def shown(self, value: str) -> str:
        """Return the id as an example shows it."""
        return masked(value) if self.noun == "user" else value


def identifiers(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about the ids of users and items."""
    users = Ids("user", "user_id", history.users["user_id"])
    items = Ids("item", "item_id", history.items["item_id"])
    yield from mixed_user_ids(history, users)
    yield from mixed_item_ids(history, items)
    yield from line_numbers(history)
    for ids in (users, items):
        yield from lost_zeros(history, ids)
        yield from damaged(history, ids)


def shapes_of(values: pl.Series) -> pl.DataFrame:
    """Return id and shape of each id, and n, how many have that shape."""
    shape: pl.Expr = pl.lit(CODES)
    for name, pattern in reversed(SHAPES):
        shape = pl.when(pl.col("id").str.contains(pattern)).then(pl.lit(name)).otherwise(shape)
    shaped = values.alias("id").to_frame().with_columns(shape.alias("shape"))
    return shaped.with_columns(pl.len().over("shape").alias("n"))


def mixed_user_ids(history: ExaminedHistory, users: Ids) -> Iterator[Finding]:
    """Report users known by different kinds of id, so that one person is several users."""
    # A customer number may be as long as a barcode.
    shaped = shapes_of(users.values).with_columns(pl.col("shape").replace("barcodes", "numbers"))
    counts = shaped["shape"].value_counts(name="n").sort("n", "shape", descending=[True, False])
    real = counts.filter(pl.col("n") >= max(FEWEST_ODD, MINORITY_LEAST * len(users.values)))
    if real.height < 2:
        return
    listed = ", ".join(f"{n:,} {shape}" for shape, n in real.rows())
    # Letters before a number tell departments or countries apart; the other mixtures are two systems.
    harmless = set(real["shape"].to_list()) <= {"numbers", CODES}
    odd = shaped.filter(pl.col("shape") == real["shape"][-1])["id"].head(MAX_EXAMPLES)
    yield Finding(
        "mixed_user_ids",
        Severity.NOTE if harmless else Severity.WARNING,
        f"User ids are of {real.height} shapes: {listed}; one shopper may be known under several.",
        "Export one id for each customer: the number, or the e-mail address, but the same everywhere.",
        tuple(example(history, users, value) for value in odd),
    )


def mixed_item_ids(history: ExaminedHistory, items: Ids) -> Iterator[Finding]:
    """Report a minority of items whose ids are of another shape."""
    shaped = shapes_of(items.values)
    starts_with_digit = pl.col("id").str.contains(r"^\d")
    # 85123 and 85123A are one system; so are shops whose codes are numbers of any length.
    joined = (
        pl.when((pl.col("shape") == CODES) & starts_with_digit).then(pl.lit("numbers")).otherwise("shape")
    )
    shaped = shaped.with_columns(joined.alias("shape"))
    counts = shaped["shape"].value_counts(name="n").sort("n", "shape", descending=[True, False])
    minority = counts.slice(1).filter(
        pl.col("n") >= max(FEWEST_ODD, MINORITY_LEAST * len(items.values)),
        pl.col("n") <= MINORITY_MOST * len(items.values),
    )
    if minority.is_empty():
        return
    usual, odd = counts["shape"][0], minority["shape"].to_list()
    n_odd = int(minority["n"].sum())
    n_twice = two_codes(history, shaped, odd)
    twice = f", and {counted(n_twice, 'title')} have both" if n_twice else ""
    yield Finding(
        "mixed_item_ids",
        Severity.WARNING if n_twice else Severity.NOTE,
        f"{counted(n_odd, 'item')} ({percentage(n_odd / len(items.values))}) have ids that are "
        f"{' or '.join(odd)} where the others are {usual}{twice}.",
        "Check what the export writes for products without a code, and give each product one id.",
        tuple(
            example(history, items, value)
            for value in shaped.filter(pl.col("shape").is_in(odd))["id"].head(MAX_EXAMPLES)
        ),
    )


def line_numbers(history: ExaminedHistory) -> Iterator[Finding]:
    """Report order ids that are different in each line, although lines were bought at one moment."""
    numbered = history.lines.filter(pl.col("order_id").is_not_null(), pl.col("ordered_at").is_not_null())
    if not history.has_times or numbered["order_id"].n_unique() < numbered.height:
        return
    at_once = numbered.filter(pl.len().over("user_id", "ordered_at") > 1)
    if at_once.height < max(FEWEST_ODD, AT_ONCE * numbered.height):
        return
    yield Finding(
        "order_ids_of_lines",
        Severity.WARNING,
        f"Each of {counted(numbered.height, 'line')} has an order id of its own, yet {at_once.height:,} were "
        "bought at the same moment as another one by the same user: it is the id of the line.",
        "Name the column that all lines of an order share with --column order_id=….",
        history.places(pl.col("order_id").is_in(at_once["order_id"].head(MAX_EXAMPLES).to_list())),
    )


def two_codes(history: ExaminedHistory, shaped: pl.DataFrame, odd: list[str]) -> int:
    """Return how many titles have both an item of an odd and one of a usual shape."""
    titled = (
        history.items.select("item_id", "title").drop_nulls().join(shaped, left_on="item_id", right_on="id")
    )
    is_odd = titled["shape"].is_in(odd)
    return titled.filter(is_odd).join(titled.filter(~is_odd), on="title", how="semi")["title"].n_unique()


def example(history: ExaminedHistory, ids: Ids, value: str) -> str:
    """Return an id, masked if it is a user's, and where it first stands."""
    return f"{ids.noun} {ids.shown(value)} ({''.join(history.places(pl.col(ids.column) == value, 1))})"


def lost_zeros(history: ExaminedHistory, ids: Ids) -> Iterator[Finding]:
    """Report numbers that occur with and without leading zeros: a spreadsheet took them from some files."""
    numbers = ids.values.filter(ids.values.str.contains(r"^\d+$")).alias("id").to_frame()
    bare = numbers.with_columns(pl.col("id").str.strip_chars_start("0").alias("bare"))
    twice = bare.filter(pl.len().over("bare") > 1, pl.col("id") != pl.col("bare")).sort("id")
    if twice.height < FEWEST_ODD:
        return
    yield Finding(
        f"{ids.noun}_ids_lost_zeros",
        Severity.WARNING,
        f"{counted(twice.height, f'{ids.noun} id')} occur with and without leading zeros: two ids for one.",
        "Export ids as text, and let no spreadsheet save the file.",
        tuple(example(history, ids, value) for value in twice["id"].head(MAX_EXAMPLES)),
    )


def damaged(history: ExaminedHistory, ids: Ids) -> Iterator[Finding]:
    """Report ids that are no longer what they were: each kind of damage with its tell-tale."""
    values = ids.values
    for what, remedy, found in (
        (
            "end in zeros after 15 digits, as a spreadsheet rounds long numbers",
            "Export ids as text, and let no spreadsheet save the file.",
            rounded(values),
        ),
        (
            "look like dates or error values that a spreadsheet made of codes",
            "Export ids as text, and let no spreadsheet save the file.",
            values.filter(values.str.contains(SPREADSHEET)),
        ),
        (
            "seem to be cut off",
            "Export them in full: different ids become one when their ends are lost.",
            truncated(values),
        ),
    ):
        if len(found) and len(found) < len(values):
            yield Finding(
                f"damaged_{ids.noun}_ids",
                Severity.WARNING,
                f"{counted(len(found), f'{ids.noun} id')} ({percentage(len(found) / len(values))}) {what}.",
                remedy,
                tuple(example(history, ids, value) for value in found.head(MAX_EXAMPLES)),
            )


def rounded(values: pl.Series) -> pl.Series:
    """Return the long numbers that end in zeros, if chance cannot be why."""
    long = values.filter(values.str.contains(rf"^\d{{{EXACT_DIGITS + 1},}}$"))
    zeros = long.filter(long.str.slice(EXACT_DIGITS).str.contains(r"^0+$"))
    return zeros if len(zeros) >= max(FEWEST_ODD, ROUNDED_SHARE * len(long)) else zeros.clear()


def truncated(values: pl.Series) -> pl.Series:
    """Return e-mail addresses without their end, or all ids of a length at which suspiciously many stop."""
    emails = values.filter(values.str.contains("@", literal=True))
    broken = emails.filter(~emails.str.contains(WHOLE_EMAIL))
    if len(broken) >= FEWEST_ODD and len(broken) >= MINORITY_LEAST * len(emails):
        return broken
    words = values.filter(~values.str.contains(r"^\d+$|" + UUID))
    lengths = words.str.len_chars()
    longest = lengths.max()
    if not isinstance(longest, int) or lengths.n_unique() < FEWEST_LENGTHS:
        return words.clear()
    piled, before = words.filter(lengths == longest), int((lengths == longest - 1).sum())
    return piled if len(piled) >= max(10, PILE_UP * before, 0.05 * len(words)) else words.clear()
