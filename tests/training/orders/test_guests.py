"""Who is nobody in a history: by name, by evidence, or because the shop says so."""

from pathlib import Path

import pytest
from support.order_files import clean

from recsvc.errors import OpenQuestionError
from recsvc.identity.nobody import Guests, is_placeholder
from training.orders import CleaningRules, Orders, check_orders


def history(user: str, n_lines: int, others: str = "anna{n}@shop.example", n_others: int = 30) -> str:
    """Return lines of ``user``, and five lines of each of the others."""
    lines = [f"{user},{line},{line % 9},2024-03-{line % 28 + 1:02}" for line in range(n_lines)]
    for n in range(1, n_others + 1):
        lines += [f"{others.format(n=n)},{n}-{line},{line},2024-04-{line + 1:02}" for line in range(5)]
    return "user_id,order_id,item_id,date\n" + "\n".join(lines) + "\n"


def users(orders: Orders) -> set[str]:
    """Return who bought."""
    return set(orders.lines["user_id"].cast(str).to_list())


@pytest.mark.parametrize(
    "name",
    ["guest", "Gast", "null", "undefined", "-1", "unknown", "anonymous", "Guest@shop.example", "Walk-in Customer",
     "00000000-0000-0000-0000-000000000000", "0", "0.0", "NOT LOGGED IN", "Laufkundschaft",
     "Kasse 1", "Till 2"],
)  # fmt: skip
def test_placeholders_are_guests(tmp_path: Path, name: str) -> None:
    orders = clean(tmp_path, history(name, 6))
    assert len(users(orders)) == 30
    assert orders.guest_lines.height == 6
    check_orders(orders, CleaningRules())


def test_a_zero_that_buys_like_every_other_number_is_a_shopper(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("0", 5, others="{n}"))
    assert "0" in users(orders)
    assert orders.guests == Guests(somebody=frozenset({"0"}))
    assert [(one.code, one.stops) for one in orders.summary.questions] == [("who_is_nobody", False)]
    assert "0" not in users(clean(tmp_path, history("0", 300, others="{n}")))
    assert "0" not in users(
        clean(tmp_path, history("0", 5, others="{n}"), CleaningRules(guests=frozenset({"0"})))
    )


def test_one_id_with_most_of_the_lines_is_no_shopper(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("4711", 400, others="{n}00"))
    assert "4711" not in users(orders)
    (question,) = orders.summary.questions
    assert not question.stops
    assert "User 4711 has 400 of 550 lines (73%), the next one 5" in str(question)


def test_one_id_with_many_of_the_lines_is_asked_about(tmp_path: Path) -> None:
    text = history("4711", 100, others="{n}00")
    with pytest.raises(
        OpenQuestionError, match=r'User 4711 has 100 of 250.*guests = \["4711"\].*shoppers = \["4711"\]'
    ):
        check_orders(clean(tmp_path, text), CleaningRules())
    for rules, is_shopper in (
        (CleaningRules(guests=frozenset({"4711"})), False),
        (CleaningRules(shoppers=frozenset({"4711"})), True),
    ):
        orders = clean(tmp_path, text, rules)
        check_orders(orders, rules)
        assert orders.guests == Guests(nobody=rules.guests)
        assert ("4711" in users(orders)) is is_shopper


@pytest.mark.parametrize(
    "name",
    ["POS", "Kasse 1", "Till 2", "Caisse n° 3", "Cassa_2", "Caja-1", "Kassa 4", "Register #2", "Barverkauf",
     "Cliente contado", "Consumidor final", "Cash sale", "Público en general", "Venta mostrador",
     "Consumatore finale", "Balieverkoop", "Käteismyynti", "Kontantkund"],
)  # fmt: skip
def test_tills_are_nobody(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("n_lines", [45, 70])
def test_two_ids_with_many_of_the_lines_each_are_asked_about_together(tmp_path: Path, n_lines: int) -> None:
    text = history("4711", 60, others="{n}00") + history("4712", n_lines, n_others=0).split("\n", 1)[1]
    with pytest.raises(
        OpenQuestionError, match=r"471. has \d+ of .* and 471. has .*the next one 5: each of them"
    ):
        check_orders(clean(tmp_path, text), CleaningRules())


@pytest.mark.parametrize(
    "name", ["Till", "till.meyer@shop.example", "possum", "kasse100000", "Terminal Anna"]
)
def test_names_that_look_like_a_till_are_shoppers(name: str) -> None:
    assert not is_placeholder(name)


def test_a_good_customer_is_a_shopper(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("4711", 24, others="{n}00"))
    assert "4711" in users(orders)
    assert not orders.summary.questions


def test_said_guests_count_in_any_spelling(tmp_path: Path) -> None:
    rules = CleaningRules(guests=frozenset({"Till@Shop.example"}))
    assert "till@shop.example" not in users(clean(tmp_path, history("TILL@shop.example", 3), rules))


def test_a_placeholder_is_a_shopper_where_the_shop_says_so(tmp_path: Path) -> None:
    rules = CleaningRules(shoppers=frozenset({"Unknown"}))
    orders = clean(tmp_path, history("Unknown", 6), rules)
    assert "Unknown" in users(orders)
    assert orders.guests == Guests(somebody=frozenset({"Unknown"}))
    assert orders.guests.user_id_of("Unknown") == "Unknown"
    assert orders.guests.user_id_of("guest") is None
