"""What is sold: items seen once, items that come and go, titles."""


def test_items_sold_once_are_counted(shop, examined) -> None:
    once = [row for n in range(20) for row in shop.order(9000 + n, f"C{n:05}", shop.last_day, [100 + n])]
    finding = examined(shop.history() + once)["single_sales"]
    assert finding.sentence.startswith("20 of 40 items (50.0%) were sold once")
    assert finding.severity == "note"
    assert "single_sales" not in examined(
        shop.history() + once + [{**row, "user_id": "C00077", "order_id": "X"} for row in once]
    )


def renewed(shop, days_ago: int):
    return [
        {**row, "item_id": f"NEW-{row['item_id'][-3:]}"}
        if row["ordered_at"][:10] > shop.day(days_ago)
        else row
        for row in shop.history(days=140)
    ]


def test_a_catalogue_that_was_replaced_is_churn(shop, examined) -> None:
    finding = examined(renewed(shop, 20))["catalogue_churn"]
    assert finding.severity == "warning"
    assert "% of the purchases of the last 28 days are of 20 items never sold before" in finding.sentence


def test_a_catalogue_that_was_replaced_long_ago_is_none(shop, examined) -> None:
    assert "catalogue_churn" not in examined(renewed(shop, 60))


def test_items_without_titles_are_named(shop, examined) -> None:
    rows = [{**row, "title": "" if row["item_id"] == "SKU-007" else row["title"]} for row in shop.history()]
    finding = examined(rows)["missing_titles"]
    assert finding.sentence == "1 of 20 items (5.0%) have no title."
    assert finding.examples == ("item SKU-007",)


def test_an_item_with_a_title_in_one_row_has_a_title(shop, examined) -> None:
    rows = shop.history()
    some = [{**row, "title": "" if n > 100 else row["title"]} for n, row in enumerate(rows)]
    assert "missing_titles" not in examined(some)


def test_no_titles_at_all_are_one_note_without_examples(shop, examined) -> None:
    rows = [{**row, "title": ""} for row in shop.history()]
    assert examined(rows)["missing_titles"].examples == ()


def test_one_title_for_two_codes_is_named(shop, examined) -> None:
    names = {"SKU-001": "Red Mug", "SKU-002": "red mug", "SKU-003": "Pan", "SKU-004": "Pan"}
    rows = [{**row, "title": names.get(row["item_id"], row["title"])} for row in shop.history()]
    finding = examined(rows)["shared_titles"]
    assert finding.sentence.startswith(
        "4 items (20.0%) have a title that another item has too, 2 titles in all"
    )
    assert "Pan: SKU-003, SKU-004" in finding.examples
    assert "shared_titles" not in examined(shop.history())


def test_one_item_for_everything_is_an_error(shop, examined) -> None:
    assert examined(shop.history(items=1))["single_item"].severity == "error"
    assert "single_item" not in examined(shop.history(items=2))
