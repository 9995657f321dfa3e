"""A table that says of items whether they are in stock, and nothing else of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recsvc.catalogue.product_import import Told, told_columns
from recsvc.catalogue.rows import ExportRow, ExportTable, read_rows
from recsvc.catalogue.stock_words import says, unknown_word
from recsvc.catalogue.table_columns import TableColumns, has_item_ids
from recsvc.errors import UnreadableExportError
from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.value_errors import MAX_QUOTED


@dataclass(frozen=True)
class StockRow:
    """A row of a table of stock.

    Attributes:
        number: 1 for the first row below the header.
        item_id: which item; empty where there is a problem.
        in_stock: whether it can be sold.
        problem: what is wrong with the row; empty where nothing is.
    """

    number: int
    item_id: str
    in_stock: bool
    problem: str = ""


def read_stock(path: Path, told: Told) -> list[StockRow]:
    """Return the rows of a table with a column of item ids and one of quantities, of words, or both.

    Raises UnreadableExportError where it is no such table.
    """
    with read_rows(path, encoding=told.encoding) as table:
        if next(iter(table), None) is None:
            raise UnreadableExportError(f"{path} has no row below a header: it says nothing of any item")
        rows = table.with_notation(0, told.decimal_mark)
        columns = _columns(path, rows, told.columns)
        return list(_stock_rows(rows, columns))


def _columns(path: Path, rows: ExportTable, told: Mapping[str, str]) -> Mapping[str, str]:
    named = told_columns(path, rows.names, told)
    if "item_id" not in named and not has_item_ids(rows.names):
        raise UnreadableExportError(
            f"{path} has no column that holds item ids: say --stock-column item_id=NAME"
        )
    columns = TableColumns.of(rows, named).columns
    if not {"in_stock", "stock"} & columns.keys():
        raise UnreadableExportError(
            f"{path} has no column that says how many there are, or whether there are any: say --stock-column "
            f"stock=NAME or --stock-column in_stock=NAME; its columns are {', '.join(sorted(rows.names))[:400]}"
        )
    return columns


def _stock_rows(rows: ExportTable, columns: Mapping[str, str]) -> Iterator[StockRow]:
    for row in rows:
        item_id = row.fields.get(columns["item_id"], "")
        said = _said(row, columns)
        if not item_id or len(item_id) > MAX_ID_LENGTH:
            yield StockRow(
                row.number, "", False, f"{columns['item_id']}: must be 1 to {MAX_ID_LENGTH} characters"
            )
        elif isinstance(said, str):
            yield StockRow(row.number, "", False, said)
        else:
            yield StockRow(row.number, item_id, said)


def _said(row: ExportRow, columns: Mapping[str, str]) -> bool | str:
    """Return whether a row says that the item is in stock, or what is wrong with it: both columns have to agree."""
    if not row.is_whole:
        return "the row has more cells than the header has names"
    answers: list[bool] = []
    for name in ("in_stock", "is_offered"):
        text = row.fields.get(columns.get(name, ""))
        if text is not None:
            said = says(text)
            if said is None:
                return unknown_word(columns[name], text)
            answers.append(said)
    if "stock" in columns and columns["stock"] in row.fields:
        quantity = row.number_in(columns["stock"])
        if not isinstance(quantity, float):
            return f"{columns['stock']}: must be a number, got {str(quantity)[:MAX_QUOTED]!r}"
        answers.append(quantity > 0)
    return all(answers) if answers else "the row does not say whether the item is in stock"
