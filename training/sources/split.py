"""How the cells of some columns become a row for each item, or what has to be asked before."""

from dataclasses import dataclass

import polars as pl

from training.questions import Question, quoted
from training.sources.cell_readers import MOST_ITEMS, Item, Reader
from training.sources.table_head import Column, TableHead


@dataclass(frozen=True)
class Split:
    """How the cells of some columns are split.

    Attributes:
        positions: of the columns with several items in a cell.
        first_added: position of the first column that is added; the number of columns there are.
        added: names of the columns that are added.
        reader: reads the cells of a row; its items have a value for each column ``fills`` names.
        fills: positions that the values of an item fill, those of ``positions`` or added ones.
    """

    positions: tuple[int, ...]
    first_added: int
    added: tuple[str, ...]
    reader: Reader
    fills: tuple[int, ...]

    def applied_to(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return a row for each item; a row whose cells cannot be read is malformed, one with blank cells stays."""
        cells = [f"column_{at}" for at in self.positions]
        filled = [f"column_{at}" for at in self.fills]
        distinct = table.select(cells).unique(maintain_order=True)
        items = [self._items(row) for row in distinct.iter_rows()]
        keys = distinct.rename({name: f"cell_{name}" for name in cells})
        values = {
            name: pl.Series(
                [[item[n] for item in one or self._nothing] for one in items], dtype=pl.List(pl.String)
            )
            for n, name in enumerate(filled)
        }
        unreadable = pl.Series([one is None for one in items], dtype=pl.Boolean)
        parts = keys.with_columns(unreadable.alias("unreadable"), **values).explode(filled)
        kept = table.rename({name: f"cell_{name}" for name in cells})
        kept = kept.drop([name for name in filled if name in kept.columns])
        joined = kept.join(
            parts, on=list(keys.columns), how="left", nulls_equal=True, maintain_order="left_right"
        )
        split = joined.with_columns((pl.col("malformed") | pl.col("unreadable")).alias("malformed"))
        # A column that is split stays whole for what else is read from it.
        whole = [pl.col(f"cell_{name}").alias(name) for name in cells if name not in filled]
        return split.with_columns(whole).drop("unreadable", *keys.columns)

    def head(self, head: TableHead) -> TableHead:
        """Return the head with a row for each item."""
        rows = head.rows.with_columns(pl.lit(value=False).alias("malformed"))
        return TableHead((*head.names, *self.added), self.applied_to(rows))

    def _items(self, cells: tuple[str | None, ...]) -> list[Item] | None:
        if all(cell is None or not cell.strip() for cell in cells):
            return self._nothing
        items = self.reader(cells)
        if items is None or len(items) > MOST_ITEMS:
            return None
        return items or self._nothing

    @property
    def _nothing(self) -> list[Item]:
        return [(None,) * len(self.fills)]


Found = tuple[Split | None, list[Question]]


def unsplit(column: Column, quantity: Column | None = None, how: str = "") -> Question:
    """Ask about a column whose cells seem to hold several items and cannot be split."""
    cells = column.distinct.filter(column.distinct.str.contains(r"[\[{|;,\n]"))
    why = f", and {quantity.name!r} does not say how many pieces of each" if quantity else how
    return Question(
        "several_items_in_a_cell",
        f"{column.name!r} seems to hold several items in a cell{why} ({quoted(cells.head(4).to_list())}).",
        "Export one row for each item of an order; if each cell is one item, say so: "
        f"--column item_id={column.name!r}.",
    )
