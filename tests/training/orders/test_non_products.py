"""What is no product: by its name and its sales, or because the shop says so; nothing by guess."""

from pathlib import Path

import pytest
from support.order_files import clean

from recsvc.errors import OpenQuestionError
from training.orders import CleaningRules, Orders, check_orders

HEADER = "user_id,order_id,item_id,title,quantity,unit_price\n"


def history(*more: str, n_orders: int = 40) -> str:
    """Return orders of mugs and lamps by ten shoppers, and ``more`` lines with `{n}` for the order."""
    lines = []
    for order in range(n_orders):
        lines += [f"u{order % 10},{order},{order % 7 + 1},Mug {order % 7 + 1},2,3.50"]
        lines += [f"u{order % 10},{order},{line.format(n=order, price=1.5 + 7 * order)}" for line in more]
    return HEADER + "\n".join(lines) + "\n"


def items(orders: Orders) -> set[str]:
    """Return the items that were bought."""
    return set(orders.lines["item_id"].cast(str).to_list())


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("9001", "Versandkosten Deutschland"),
        ("9001", "Frais de livraison"),
        ("9001", "Gastos de envío península"),
        ("9001", "Spese di spedizione"),
        ("9001", "Verzendkosten NL"),
        ("9001", "Toimituskulut"),
        ("9001", "Fraktkostnad"),
        ("9001", "Shipping costs UK"),
        ("9001", "DOTCOM POSTAGE"),
        ("9001", "Rabatt 10%"),
        ("9001", "10% Rabatt"),
        ("9001", "Remise fidélité"),
        ("9001", "Gift Card £20"),
        ("9001", "Chèque cadeau 50"),
        ("GIFTCARD50", ""),
        ("POST", ""),
        ("P&P", ""),
        ("BANK CHARGES", ""),
        ("AMAZONFEE", ""),
        ("discount", ""),
    ],
)
def test_what_nothing_for_sale_is_called_is_no_product_in_one_piece(
    tmp_path: Path, code: str, title: str
) -> None:
    orders = clean(tmp_path, history(f"{code},{title},1,4.90"))
    assert items(orders) == {"1", "2", "3", "4", "5", "6", "7"}
    (found,) = orders.summary.non_products
    assert (found.item_id, found.title, found.n_lines, found.n_shoppers) == (code, title or None, 40, 10)
    check_orders(orders, CleaningRules())


def test_codes_of_one_character_are_products_where_codes_are_longer(tmp_path: Path) -> None:
    long = history(*(f"8512{number}A,Lamp {number},1,20" for number in range(9)))
    assert items(clean(tmp_path, long)) >= {"1", "2", "3", "4", "5", "6", "7"}


@pytest.mark.parametrize("name", ["Pads", "Tips", "Manual", "Samples", "Deposit", "Test 1", "Gift wrap"])
def test_a_shop_that_sells_pads_and_tips_keeps_them(tmp_path: Path, name: str) -> None:
    assert name in items(clean(tmp_path, history(f"{name},{name},1,4.90")))


def test_a_thing_that_is_called_like_a_booking_is_none_where_each_line_has_a_price_of_its_own(
    tmp_path: Path,
) -> None:
    orders = clean(tmp_path, history("M,Manual,1,{price}"))
    assert "M" not in items(orders)
    assert [one.item_id for one in orders.summary.non_products] == ["M"]
    check_orders(orders, CleaningRules())


@pytest.mark.parametrize(
    "title", ["Gift card holder", "Discounted lamp", "Postcard", "Shipping crate toy", "Portofino glass"]
)
def test_products_with_similar_names_are_spared(tmp_path: Path, title: str) -> None:
    orders = clean(tmp_path, history(f"9001,{title},1,4.90"))
    assert "9001" in items(orders)
    assert not orders.summary.questions


def test_what_many_have_and_only_prices_speak_against_is_asked_about(tmp_path: Path) -> None:
    text = history("M,Manual,1,{price}", n_orders=12)
    with pytest.raises(OpenQuestionError, match=r'M \(Manual\) has 12 of 24 lines.* products = \["M"\]'):
        check_orders(clean(tmp_path, text), CleaningRules())
    for rules, is_kept in (
        (CleaningRules(products=frozenset({"m"})), True),
        (CleaningRules(not_products=frozenset({"M"})), False),
    ):
        orders = clean(tmp_path, text, rules)
        check_orders(orders, rules)
        assert ("M" in items(orders)) is is_kept


def test_postage_that_is_sold_by_the_dozen_at_one_price_is_kept_and_asked_about(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("9001,Versandkosten,12,4.90"))
    assert "9001" in items(orders)
    with pytest.raises(OpenQuestionError, match=r'not_products = \["9001"\]'):
        check_orders(orders, CleaningRules())


@pytest.mark.parametrize("title", ["Post", "Versand", "Gutschein Buchladen", "Rabatt", "Postage due"])
def test_what_is_sold_like_a_product_is_kept_without_a_question_that_stops(
    tmp_path: Path, title: str
) -> None:
    few = "".join(f"u{n},{n},9001,{title},{n % 3 + 1},4.90\n" for n in range(0, 40, 5))
    orders = clean(tmp_path, history() + few)
    check_orders(orders, CleaningRules())
    assert "9001" in items(orders)
    asked = [one.stops for one in orders.summary.questions if one.code == "not_a_product"]
    assert asked == [False]


@pytest.mark.parametrize(
    "title",
    ["Postage Stamp Album", "Versandtasche", "Gift card holder", "Rabattmarken-Album", "Gift Card Box",
     "Shipping label", "Voucher wallet", "Gutschein Umschlag", "Porto glass"],
)  # fmt: skip
def test_things_that_are_called_after_postage_are_kept_without_a_word(tmp_path: Path, title: str) -> None:
    orders = clean(tmp_path, history(f"9001,{title},1,4.90"))
    assert "9001" in items(orders)
    assert not orders.summary.questions


@pytest.mark.parametrize("code", ["0", "-1", "00000000-0000-0000-0000-000000000000"])
def test_a_placeholder_with_a_price_of_its_own_each_time_is_no_product(tmp_path: Path, code: str) -> None:
    orders = clean(tmp_path, history(f"{code},,1,{{price}}"))
    assert items(orders) == {"1", "2", "3", "4", "5", "6", "7"}
    assert [(one.item_id, one.n_lines) for one in orders.summary.non_products] == [(code, 40)]


def test_a_placeholder_of_products_that_are_gone_is_no_product(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("0,Gone {n},2,4.90"))
    assert "0" not in items(orders)
    assert orders.summary.non_products[0].why == "a placeholder: it has many titles"


@pytest.mark.parametrize("line", ["0,Mug 0,2,4.90", "0,,2,4.90"])
def test_a_best_seller_whose_number_is_zero_is_kept(tmp_path: Path, line: str) -> None:
    orders = clean(tmp_path, history(line))
    check_orders(orders, CleaningRules())
    assert "0" in items(orders)
    assert not orders.summary.questions


def test_a_placeholder_at_one_price_in_each_order_is_asked_about(tmp_path: Path) -> None:
    text = history("0,,1,4.90")
    with pytest.raises(OpenQuestionError, match=r"0 stands in 100% of the orders"):
        check_orders(clean(tmp_path, text), CleaningRules())
    for rules in (CleaningRules(products=frozenset({"0"})), CleaningRules(not_products=frozenset({"0"}))):
        check_orders(clean(tmp_path, text, rules), rules)


def test_the_shop_has_the_last_word(tmp_path: Path) -> None:
    rules = CleaningRules(products=frozenset({"Post"}), not_products=frozenset({"3"}))
    orders = clean(tmp_path, history("POST,Postage,1,4.90"), rules)
    assert items(orders) == {"1", "2", "4", "5", "6", "7", "POST"}
    assert [one.why for one in orders.summary.non_products] == ["said by the settings"]


def test_what_was_taken_for_no_product_is_listed_by_lines(tmp_path: Path) -> None:
    few = "u1,1,FEE,Service fee,1,1\nu2,2,FEE,Service fee,1,1\n"
    found = clean(tmp_path, history("POST,Postage,1,4.90") + few).summary.non_products
    assert [str(one) for one in found] == [
        "POST (Postage): 40 lines, 10 shoppers, by its name, and sold like it",
        "FEE (Service fee): 2 lines, 2 shoppers, by its name, and sold like it",
    ]


@pytest.mark.parametrize("title", ["Pfand 0.25", "Bottle deposit", "Statiegeld", "Gift wrap"])
def test_what_nearly_each_order_has_beside_other_things_is_asked_about(tmp_path: Path, title: str) -> None:
    orders = clean(tmp_path, history(f"9001,{title},3,0.25"))
    assert "9001" in items(orders)
    with pytest.raises(OpenQuestionError, match=r"9001 \(.*\) stands in 100% of the orders"):
        check_orders(orders, CleaningRules())
    said = CleaningRules(not_products=frozenset({"9001"}))
    assert "9001" not in items(clean(tmp_path, history(f"9001,{title},3,0.25"), said))


def test_what_is_given_to_somebody_is_a_donation(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("9003,Spende an Tierheim,1,{price}"))
    assert items(orders) == {"1", "2", "3", "4", "5", "6", "7"}
