"""Tables of stock."""

from pathlib import Path

import pytest

from recsvc.catalogue.product_import import NOTHING_TOLD
from recsvc.catalogue.stock_table import read_stock
from recsvc.errors import UnreadableExportError


@pytest.mark.parametrize("content", ["", "sku,qty\n", "\ufeffsku;qty\r\n\r\n"])
def test_a_table_without_rows_is_told_as_that_not_as_one_without_columns(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "stock.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableExportError, match="has no row below a header"):
        read_stock(tmp_path / "stock.csv", NOTHING_TOLD)
    (tmp_path / "stock.csv").write_text("sku,qty\nA1,0\n", encoding="utf-8")
    assert [one.in_stock for one in read_stock(tmp_path / "stock.csv", NOTHING_TOLD)] == [False]
