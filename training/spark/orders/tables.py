"""Clean order lines as DataFrames, and what became of all others."""

from dataclasses import dataclass

import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from recsvc.identity.nobody import Guests
from training.orders.cleaning import N_EXAMPLES, check_summary
from training.orders.rules import CleaningRules
from training.orders.summary import CleaningSummary


@dataclass(frozen=True, eq=False)
class CleanedTables:
    """Order lines after cleaning, as ``training.orders.Orders`` has them.

    Attributes:
        lines: the purchases that count: user_id, item_id, title, order_id (string), ordered_at (long: Unix seconds),
            quantity, unit_price (double), and `line` (long), by which lines of one moment are sorted; `file` (index)
            and `row` say where it stood.
        guest_lines: the same columns, with user_id null.
        rejected: file (string), row (long), reason and also (string), and `line`.
        summary: the cleaning in numbers.
        guests: who was taken for nobody, or for a shopper, against their name.
    """

    lines: DataFrame
    guest_lines: DataFrame
    rejected: DataFrame
    summary: CleaningSummary
    guests: Guests

    def check(self, rules: CleaningRules) -> None:
        """Refuse a history that is too damaged, or of which nothing is left.

        Raises OpenQuestionError, TooManyRejectedError, TooLittleDataError.
        """

        def refused(codes: tuple[str, ...]) -> pl.DataFrame:
            first = self.rejected.where(fn.col("reason").isin(*codes)).orderBy("line").limit(N_EXAMPLES)
            return pl.DataFrame(pl.from_arrow(first.toArrow()))

        check_summary(self.summary, rules, refused)
