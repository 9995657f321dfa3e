"""Which column is the date of the order, and which holds its time of day."""

import re
from collections.abc import Callable, Sequence

from training.questions import Question, quoted
from training.sources.aliases import ALIASES, KNOWN_NAMES
from training.sources.evidence import share_with_several
from training.sources.proposals import filled_first
from training.sources.table_head import FEWEST_ROWS, Column, TableHead

UNSURE = 0.5
DAY = r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\.0)?$"
FEWEST_DAYS = 5
TIME_NAME = re.compile(
    r"(?:^|[_. -]|(?<=[a-z])(?=[A-Z]))(?i:ts|at|on|[mun]s|when|day|sec(?:ond)?s?|millis|zeit|fecha)"
    r"(?:$|[_. -]|(?=[A-Z]))|(?i:time|date|datum|epoch|unix|stamp)"
)
"""How the name of a column of times has one of these words in it."""
OTHER_NAMES = KNOWN_NAMES - {*ALIASES["ordered_at"], *ALIASES["time_of_day"]}
NUMBER_NAME = re.compile(r"phone|mobil|telef|fax|ean|gtin|upc|barcode|tracking")
"""Names of numbers that may have as many digits as a moment."""
Ask = Callable[[Question], None]


def named_dates(proposed: Sequence[Column]) -> list[Column]:
    """Return the columns called like the date, those that look like dates where there are some."""
    named = filled_first(proposed)
    return [one for one in named if one.looks_like_dates] or named


def dates_by_values(head: TableHead, users: Sequence[Column], ask: Ask) -> list[Column]:
    """Return the only column that holds days on which shoppers came, whatever it is called; it is said."""
    dates = [one for one in head.columns if _holds_days(one)]
    dates = dates or [one for one in head.columns if is_named_epoch(one)]
    # Days of birth and of registration are the same on all rows of a shopper.
    bought = [one for one in dates if users and share_with_several(users[0], one, FEWEST_ROWS) > UNSURE]
    if len(bought) != 1:
        return []
    values = quoted(bought[0].distinct.head(4).to_list())
    text = f"{bought[0].name!r} ({values}) is taken for the date of the order: no other column looks like it."
    ask(Question("date_by_values", text, "If it is another one: --column ordered_at=….", stops=False))
    return bought


def time_of_day(dates: Sequence[Column], proposed: Sequence[Column]) -> int | None:
    """Return the position of a column of times, where the dates have none."""
    times = [one for one in proposed if one.share(r"^\d?\d[:.]\d\d") >= 0.9]
    if len(dates) != 1 or not times or times[0].position == dates[0].position:
        return None
    has_times = dates[0].share(r"\d[:T ]\d?\d[:.]\d\d|\d{9,}")
    return times[0].position if len(dates[0].distinct) and not has_times else None


def _holds_days(column: Column) -> bool:
    return column.looks_like_days or (len(column.distinct) >= FEWEST_DAYS and column.share(DAY) == 1)


def is_epoch(column: Column) -> bool:
    """Return whether the column has seconds since 1970 under a name that is not known for anything else."""
    is_free = column.alias not in OTHER_NAMES and not NUMBER_NAME.search(column.alias)
    return is_free and column.looks_like_epochs


def is_named_epoch(column: Column) -> bool:
    """Return whether its name says besides that it is a time."""
    return is_epoch(column) and bool(TIME_NAME.search(column.name))
