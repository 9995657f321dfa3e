"""Ids of two shapes, and ids that lost a part of themselves."""

import pytest


def renamed(rows, column: str, names: dict[str, str]):
    return [{**row, column: names.get(row[column], row[column])} for row in rows]


def users(n: int, template: str, first: int = 0) -> dict[str, str]:
    return {f"C{k:05}": template.format(k) for k in range(first, first + n)}


def items(n: int, template: str) -> dict[str, str]:
    return {f"SKU-{k:03}": template.format(k) for k in range(n)}


def test_users_who_are_numbers_and_addresses_are_mixed(shop, examined) -> None:
    names = users(250, "1{:05}") | users(30, "anna{}@example.org")
    finding = examined(renamed(shop.history(), "user_id", names))["mixed_user_ids"]
    assert finding.sentence.startswith("User ids are of 2 shapes: 220 numbers, 30 e-mail addresses;")
    assert finding.severity == "warning"
    assert finding.examples[0] == "user an…rg (a.csv row 2)"


def test_users_with_two_prefixes_are_no_finding(shop, examined) -> None:
    assert "mixed_user_ids" not in examined(renamed(shop.history(), "user_id", users(100, "DE-{:05}")))


def test_users_who_are_all_addresses_are_no_finding(shop, examined) -> None:
    assert examined(renamed(shop.history(), "user_id", users(250, "anna{}@example.org"))) == {}


def test_items_without_a_code_that_are_named_by_title_are_mixed(shop, examined) -> None:
    finding = examined(renamed(shop.history(), "item_id", items(3, "Blue mug number {}")))["mixed_item_ids"]
    assert "3 items (15.0%) have ids that are names where the others are codes" in finding.sentence
    assert finding.severity == "note"


def test_one_product_under_codes_of_two_shapes_is_a_warning(shop, examined) -> None:
    rows = shop.history(items=40)
    twice = [
        {**row, "item_id": f"88{row['item_id'][-2:]}"} if n % 3 == 0 and row["item_id"] < "SKU-006" else row
        for n, row in enumerate(rows)
    ]
    assert examined(twice)["mixed_item_ids"].severity == "warning"


def test_codes_with_and_without_a_letter_are_one_shape(shop, examined) -> None:
    names = items(20, "85{:03}") | items(5, "85{:03}A")
    assert "mixed_item_ids" not in examined(renamed(shop.history(), "item_id", names))


def test_two_systems_of_equal_size_are_no_minority(shop, examined) -> None:
    assert "mixed_item_ids" not in examined(renamed(shop.history(), "item_id", items(10, "85{:03}")))


def test_numbers_with_and_without_leading_zeros_are_named(shop, examined) -> None:
    rows = renamed(shop.history(), "user_id", users(250, "0{:05}") | users(250, "0{:05}"))
    spoilt = [
        {**row, "user_id": row["user_id"].lstrip("0") or "0"} if n < 20 else row for n, row in enumerate(rows)
    ]
    assert "lost_zeros" not in " ".join(examined(rows))
    assert examined(spoilt)["user_ids_lost_zeros"].severity == "warning"


def test_long_numbers_rounded_by_a_spreadsheet_are_named(shop, examined) -> None:
    rounded = renamed(shop.history(), "user_id", users(30, "4111222233{:05}000"))
    whole = renamed(shop.history(), "user_id", users(30, "4111222233{:05}123"))
    assert "end in zeros after 15 digits" in examined(rounded)["damaged_user_ids"].sentence
    assert "damaged_user_ids" not in examined(whole)


def test_codes_that_became_dates_are_named(shop, examined) -> None:
    finding = examined(renamed(shop.history(), "item_id", {"SKU-003": "03. Mar", "SKU-004": "4-Mar"}))
    assert finding["damaged_item_ids"].examples == ("item 4-Mar (a.csv row 5)",)


def test_addresses_without_their_end_are_named(shop, examined) -> None:
    names = users(250, "anna{}@example.org") | users(10, "annabelle{}@exampl")
    assert (
        "10 user ids (4.0%) seem to be cut off"
        in examined(renamed(shop.history(), "user_id", names))["damaged_user_ids"].sentence
    )


def test_names_that_stop_at_one_length_are_named(shop, examined) -> None:
    long = {f"C{k:05}": f"{k:03}-" + "x" * min(k // 10, 10) for k in range(250)}
    free = {f"C{k:05}": f"{k:03}-" + "x" * (k // 10) for k in range(250)}
    assert (
        "seem to be cut off"
        in examined(renamed(shop.history(), "user_id", long))["damaged_user_ids"].sentence
    )
    assert "damaged_user_ids" not in examined(renamed(shop.history(), "user_id", free))


def test_an_order_id_for_each_line_is_named(shop, examined) -> None:
    rows = [{**row, "order_id": f"L{n}"} for n, row in enumerate(shop.history())]
    assert examined(rows)["order_ids_of_lines"].examples[0] == "a.csv row 2"


def test_orders_of_one_line_each_have_ids_of_their_own(shop, examined) -> None:
    assert "order_ids_of_lines" not in examined(shop.history()[::2])


@pytest.mark.parametrize("code", ["mixed_user_ids", "damaged_user_ids", "user_ids_lost_zeros"])
def test_no_example_shows_a_whole_user_id(shop, examined, code: str) -> None:
    names = (
        users(250, "00{:05}")
        | users(30, "7{:05}", 30)
        | users(10, "annabelle{}@exampl")
        | users(10, "{:05}", 60)
    )
    rows = renamed(shop.history(), "user_id", names)
    rows += [row for k in range(100, 104) for row in shop.order(9000 + k, f"00{k}", shop.last_day, [1])]
    ids = {row["user_id"] for row in rows if len(row["user_id"]) > 4}
    finding = examined(rows)[code]
    assert finding.examples
    assert not any(user_id in example for user_id in ids for example in finding.examples)
