"""Accounts that are no shoppers, shoppers seen once, shoppers nobody knows."""

from datetime import timedelta


def test_account_that_buys_the_whole_catalogue_again_and_again_is_wholesale(shop, examined) -> None:
    big = [
        row
        for n in range(10)
        for row in shop.order(9000 + n, "17850", shop.last_day - timedelta(days=n), range(20))
    ]
    finding = examined(shop.history() + big)["wholesale_accounts"]
    assert finding.sentence.startswith("1 account of 251 buys 10.6% of all lines")
    assert finding.examples == ("user 17…50: 200 lines, 20 items (first in a.csv row 1,682)",)


def test_the_same_orders_by_ten_shoppers_are_not_wholesale(shop, examined) -> None:
    big = [
        row
        for n in range(10)
        for row in shop.order(9000 + n, f"1785{n}", shop.last_day - timedelta(days=n), range(20))
    ]
    assert "wholesale_accounts" not in examined(shop.history() + big)


def test_twenty_five_orders_on_one_day_are_automated(shop, examined) -> None:
    many = [
        row
        for n in range(25)
        for row in shop.order(9000 + n, "robot-1", shop.last_day + timedelta(minutes=n), [n % 20])
    ]
    finding = examined(shop.history() + many)["automated_accounts"]
    assert "25 orders on 2025-09-30" in finding.sentence
    assert finding.examples == ("user ro…-1: 25 orders on 2025-09-30 (first in a.csv row 1,682)",)


def test_twenty_five_shoppers_on_one_day_are_not_automated(shop, examined) -> None:
    many = [
        row
        for n in range(25)
        for row in shop.order(9000 + n, f"C{n:05}", shop.last_day + timedelta(minutes=n), [n % 20])
    ]
    assert "automated_accounts" not in examined(shop.history() + many)


def test_a_large_order_whose_lines_have_ids_of_their_own_is_not_automated(shop, examined) -> None:
    order = [row for n in range(40) for row in shop.order(9000 + n, "C00001", shop.last_day, [n % 20])]
    assert "automated_accounts" not in examined(shop.history() + order)


def test_a_thousand_lines_in_ten_minutes_are_automated(shop, examined) -> None:
    burst = shop.order(9000, "C00001", shop.last_day, range(1000))
    assert "1,000 lines within ten minutes" in examined(shop.history() + burst)["automated_accounts"].sentence


def test_a_thousand_lines_over_weeks_are_not_automated(shop, examined) -> None:
    spread = [
        row
        for n in range(50)
        for row in shop.order(9000 + n, "C00001", shop.last_day - timedelta(days=n), range(20))
    ]
    assert "automated_accounts" not in examined(shop.history() + spread)


def test_an_account_that_never_sleeps_is_automated(shop, examined) -> None:
    bot = [
        row
        for n in range(240)
        for row in shop.order(9000 + n, "bot-1", shop.last_day - timedelta(hours=5 * n), [n % 20])
    ]
    finding = examined(shop.history() + bot)["automated_accounts"]
    assert "240 orders spread evenly over all 24 hours" in finding.sentence


def test_a_busy_account_with_nights_is_not_automated(shop, examined) -> None:
    busy = [
        row
        for n in range(240)
        for row in shop.order(
            9000 + n, "C00001", shop.last_day - timedelta(days=n // 4, hours=-9 - 3 * (n % 4)), [n % 20]
        )
    ]
    assert "automated_accounts" not in examined(shop.history() + busy)


def test_users_who_ordered_once_are_counted(shop, examined) -> None:
    rows = shop.history(days=10, users=40) + [
        row for n in range(60) for row in shop.order(9000 + n, f"N{n:05}", shop.last_day, [1, 2])
    ]
    finding = examined(rows)["one_order_users"]
    assert finding.sentence.startswith("60 of 100 users (60.0%) ordered once")
    assert finding.severity == "note"


def test_hardly_anybody_who_comes_back_is_a_warning(shop, examined) -> None:
    rows = shop.history(days=10, users=10) + [
        row for n in range(90) for row in shop.order(9000 + n, f"N{n:05}", shop.last_day, [1, 2])
    ]
    assert examined(rows)["one_order_users"].severity == "warning"


def test_users_who_all_came_back_are_no_finding(shop, examined) -> None:
    assert "one_order_users" not in examined(shop.history())


def test_a_user_for_each_order_is_a_session(shop, examined) -> None:
    found = examined(shop.history(days=20, users=200))
    assert found["session_ids"].sentence.startswith("200 users placed only 200 orders")
    assert "one_order_users" not in found


def test_half_as_many_users_as_orders_are_no_sessions(shop, examined) -> None:
    assert "session_ids" not in examined(shop.history(days=20, users=100))


def with_guests(rows: list[dict[str, str]], every: int) -> list[dict[str, str]]:
    return [{**row, "user_id": ""} if n % every == 0 else row for n, row in enumerate(rows)]


def test_a_third_of_guests_is_a_note_and_more_than_half_a_warning(shop, examined) -> None:
    third, most = with_guests(shop.history(), 3), with_guests(with_guests(shop.history(), 3), 2)
    assert examined(third)["guests"].severity == "note"
    assert "560 of 1,680 purchases (33.3%)" in examined(third)["guests"].sentence
    assert examined(most)["guests"].severity == "warning"


def test_few_guests_are_no_finding(shop, examined) -> None:
    assert "guests" not in examined(with_guests(shop.history(), 50))


def test_one_user_for_everything_is_an_error_and_two_are_none(shop, examined) -> None:
    assert examined(shop.history(users=1))["single_user"].severity == "error"
    assert "single_user" not in examined(shop.history(users=2))
