"""Prices and quantities that cannot be what their column says."""


def with_column(rows, column: str, value: str, every: int = 1):
    return [{**row, column: value} if n % every == 0 else row for n, row in enumerate(rows)]


def test_prices_that_are_all_zero_are_an_error(shop, diagnosed) -> None:
    diagnosis = diagnosed(with_column(shop.history(), "unit_price", "0"))
    assert [finding.code for finding in diagnosis.findings] == ["nothing_left", "zero_price"]
    assert "zero in all 1,680 rows" in diagnosis.findings[1].sentence
    assert diagnosis.exit_code == 3


def test_many_zero_quantities_are_a_warning_with_places(shop, examined) -> None:
    finding = examined(with_column(shop.history(), "quantity", "0", every=5))["zero_quantity"]
    assert "336 rows (20.0%)" in finding.sentence
    assert finding.examples[0] == "a.csv row 2 (zero_quantity)"


def test_a_few_gifts_are_no_finding(shop, examined) -> None:
    assert examined(with_column(shop.history(), "unit_price", "0", every=50)) == {}


def test_one_price_for_all_items_is_a_warning(shop, examined) -> None:
    assert (
        "All 20 items cost 9.95"
        in examined(with_column(shop.history(), "unit_price", "9.95"))["constant_price"].sentence
    )
    assert "constant_price" not in examined(shop.history())


def test_one_quantity_is_a_warning_unless_it_is_one(shop, examined) -> None:
    assert (
        "is 24 in all"
        in examined(with_column(shop.history(), "quantity", "24"))["constant_quantity"].sentence
    )
    assert "constant_quantity" not in examined(with_column(shop.history(), "quantity", "1"))


def in_cents(rows, every: int):
    return [
        {**row, "unit_price": f"{float(row['unit_price']) * 100:.0f}"} if n % every == 0 else row
        for n, row in enumerate(rows)
    ]


def test_prices_in_cents_beside_prices_are_mixed(shop, examined) -> None:
    finding = examined(in_cents(shop.history(), 7))["mixed_currencies"]
    assert finding.sentence.startswith(
        "20 items of 20 are sold at a price and at exactly a hundred times that"
    )
    assert finding.examples[0] == "item SKU-000: 1.95 and 195.00"


def test_prices_that_rose_are_not_mixed(shop, examined) -> None:
    dearer = [
        {**row, "unit_price": f"{float(row['unit_price']) * (1 + n % 3):.2f}"}
        for n, row in enumerate(shop.history())
    ]
    assert "mixed_currencies" not in examined(dearer)


def test_a_quantity_in_grams_is_named_with_its_row(shop, examined) -> None:
    rows = shop.history()
    rows[10]["quantity"] = "2500"
    assert examined(rows)["extreme_quantities"].examples == ("item SKU-005: 2,500 (a.csv row 12)",)
    rows[10]["quantity"] = "24"
    assert "extreme_quantities" not in examined(rows)
