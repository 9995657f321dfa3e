from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from support.order_files import read_files

from training.doctor import examine
from training.history.catalogue import ShopCatalogue
from training.orders import CleaningRules, clean_orders

NOW = datetime(2025, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "n_named", "severity"), [("SKU-", 100, None), ("SKU-", 1, "note"), ("sku", 100, "warning")]
)
def test_items_that_the_catalogue_does_not_name(
    tmp_path: Path, shop, prefix: str, n_named: int, severity: str | None
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(pl.DataFrame(shop.history()).write_csv(), encoding="utf-8")
    raw, rules = read_files([str(path)]), CleaningRules()
    orders = clean_orders(raw, rules, NOW)
    bought = sorted({str(item).removeprefix("SKU-") for item in orders.lines["item_id"]})
    named = {f"{prefix}{item}": "a mug" for item in (bought if n_named > 1 else bought[1:])}
    found = {
        one.code: one
        for one in examine(raw, orders, rules, NOW, catalogue=ShopCatalogue(titles=named)).findings
    }
    if severity is None:
        assert "not_in_catalogue" not in found
    else:
        finding = found["not_in_catalogue"]
        assert finding.severity == severity
        assert "SKU-" in finding.examples[0]
        assert sorted(named)[0] in finding.sentence


def test_without_a_catalogue_nothing_is_said(shop, examined) -> None:
    assert "not_in_catalogue" not in examined(shop.history())
