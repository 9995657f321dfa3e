"""An export that is added from outside is recognised like those that are shipped."""

from pathlib import Path

import polars as pl
import pytest
from support.order_files import clean, read, values

from recsvc.errors import UnusableExportError
from training.sources import exports
from training.sources.exports.export import OrderExport, UnusableExport


def in_whole_pieces(lines: pl.DataFrame) -> pl.DataFrame:
    """The till writes dozens."""
    dozens = pl.col("quantity").cast(pl.Int64) * 12
    return lines.with_columns(dozens.cast(pl.String).alias("quantity"))


TILL = OrderExport(
    name="Corner till",
    required=frozenset({"bon", "punter", "ware"}),
    columns={
        "order_id": ("bon",),
        "user_id": ("punter", "phone"),
        "item_id": ("ware",),
        "quantity": ("dozens",),
    },
    finish=in_whole_pieces,
)
DAY_SHEET = UnusableExport(
    "the day sheet of a corner till", frozenset({"bons", "taken"}), "it has sums", "export bons"
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, TILL, DAY_SHEET))


def test_a_new_export_is_recognised_and_finished(tmp_path: Path) -> None:
    raw = read(tmp_path, "Bon,Punter,Phone,Ware,Dozens\n7,anna,1,TEA,2\n8,,555,SAW,1\n")
    assert raw.files[0].format_name == "Corner till"
    assert raw.files[0].columns["user_id"] == "Punter, then Phone"
    assert values(raw, "user_id", "item_id", "order_id", "quantity") == [
        ("anna", "TEA", "7", "24"),
        ("555", "SAW", "8", "12"),
    ]


def test_the_cleaning_takes_it_as_any_other(tmp_path: Path) -> None:
    orders = clean(tmp_path, "Bon,Punter,Phone,Ware,Dozens\n7,anna,1,TEA,2\n")
    assert orders.lines["quantity"].to_list() == [24.0]


def test_a_new_unusable_export_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(UnusableExportError, match="the day sheet of a corner till: it has sums; export bons"):
        read(tmp_path, "Bons,Taken\n12,99.50\n")
