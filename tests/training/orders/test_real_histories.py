"""Real order histories, as dirty as they came, against what is known about them."""

from pathlib import Path

import polars as pl
import pytest
from support.order_files import NOW, read_files

from training.orders import CleaningRules, Orders, check_orders, clean_orders

DUNNHUMBY = Path(__file__).parents[3] / ".." / "shared" / "data" / "dunnhumby_orders_sample.csv.gz"


@pytest.fixture(scope="module")
def cleaned(online_retail: Path) -> Orders:
    return clean_orders(read_files([str(online_retail)]), CleaningRules(), NOW)


@pytest.mark.parametrize(
    ("code", "n_applies"),
    [
        ("guest", 135_080),
        ("cancellation", 9_288),
        ("return", 1_336),
        ("zero_price", 2_515),
        ("negative_price", 2),
        ("duplicate", 5_268),
    ],
)
def test_online_retail_has_the_dirt_that_is_known(cleaned: Orders, code: str, n_applies: int) -> None:
    assert cleaned.summary.count(code).n_applies == n_applies


def test_online_retail_rows_are_all_accounted_for(cleaned: Orders) -> None:
    assert cleaned.lines.height + cleaned.rejected.height == cleaned.summary.n_rows == 541_909
    assert cleaned.summary.damaged_share == 0
    check_orders(cleaned, CleaningRules())


def test_no_cancelled_or_adjusted_invoice_of_online_retail_is_kept(
    cleaned: Orders, online_retail: Path
) -> None:
    invoices = pl.read_csv(online_retail, infer_schema=False).with_row_index("row", 2)
    undone = invoices.filter(pl.col("InvoiceNo").str.contains("^[CA]"))
    assert undone.height == 9_288 + 3
    assert undone["row"].cast(pl.Int64).is_in(cleaned.rejected["row"].implode()).all()
    assert not pl.concat([cleaned.lines, cleaned.guest_lines])["order_id"].str.contains("^[CA]").any()


def test_online_retail_keeps_no_postage_and_one_spelling_of_each_item(cleaned: Orders) -> None:
    items = cleaned.lines["item_id"].unique().cast(pl.String)
    assert items.filter(~items.str.contains(r"^\d{5}")).to_list() == []
    assert items.str.to_lowercase().n_unique() == len(items)


def test_online_retail_lists_what_was_taken_for_no_product(cleaned: Orders) -> None:
    found = {one.item_id: one.n_lines for one in cleaned.summary.non_products}
    assert list(found)[:4] == ["POST", "DOT", "M", "C2"]
    assert (found["POST"], found["M"]) == (1_256, 572)
    assert not cleaned.summary.questions


def test_online_retail_users_have_no_decimal_point(cleaned: Orders) -> None:
    assert cleaned.lines["user_id"].cast(pl.String).str.contains(r"^\d{5}$").all()


def test_dunnhumby_sample_is_read_without_a_mapping() -> None:
    if not DUNNHUMBY.exists():
        pytest.skip("needs ../shared/data/dunnhumby_orders_sample.csv.gz beside the checkout")
    orders = clean_orders(read_files([str(DUNNHUMBY.resolve())]), CleaningRules(), NOW)
    check_orders(orders, CleaningRules())
    assert orders.summary.n_rows == 100_000
    assert orders.summary.n_purchases > 99_000
    assert orders.lines["ordered_at"].null_count() == 0
