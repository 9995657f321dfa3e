"""Too few orders for what, and how many more."""


def test_a_short_history_says_how_many_days_trending_needs(shop, examined) -> None:
    assert (
        "is 40 days long; trending needs 16 more"
        in examined(shop.history(days=40))["too_few_for_trending"].sentence
    )
    assert "too_few_for_trending" not in examined(shop.history(days=56))


def test_items_bought_once_say_how_many_repeats_buy_again_needs(shop, examined) -> None:
    rows = shop.history(items=1000)
    assert "Only 0 times" in examined(rows)["too_few_for_buy_again"].sentence
    again = [
        row for n in range(60) for row in shop.order(9000 + n, rows[2 * n]["user_id"], shop.last_day, [n])
    ]
    assert "60 times did" in (finding := examined(rows + again)["too_few_for_buy_again"]).sentence
    assert "needs 40 more" in finding.sentence


def test_single_item_orders_say_how_many_baskets_are_needed(shop, examined) -> None:
    rows = shop.history()
    singles = rows[::2] + rows[1:300:2]
    assert (
        "150 orders have two or more different items"
        in examined(singles)["too_few_for_bought_together"].sentence
    )
    assert "too_few_for_bought_together" not in examined(rows)


def test_few_users_say_how_many_more_tastes_need(shop, examined) -> None:
    sentence = examined(shop.history(users=60, items=12))["too_few_for_discover"].sentence
    assert "40 more users with two or more items (there are 60)" in sentence
    assert "8 more items with two or more buyers (there are 12)" in sentence
    assert "too_few_for_discover" not in examined(shop.history(users=100, items=20))


def test_few_returning_users_say_how_many_measuring_needs(shop, examined) -> None:
    finding = examined(shop.history(users=150))["too_few_for_measuring"]
    assert "150 users ordered both in the last 28 days and before" in finding.sentence
    assert "50 more are needed" in finding.sentence
    assert "too_few_for_measuring" not in examined(shop.history(users=200))


def test_users_whose_later_items_are_all_new_cannot_be_measured(shop, examined) -> None:
    rows = [
        {**row, "item_id": f"NEW-{row['item_id'][-3:]}"} if row["ordered_at"][:10] > shop.day(28) else row
        for row in shop.history()
    ]
    assert "0 users ordered both" in examined(rows)["too_few_for_measuring"].sentence


def test_orders_without_dates_are_one_warning(shop, examined) -> None:
    rows = [{key: value for key, value in row.items() if key != "ordered_at"} for row in shop.history()]
    assert examined(rows).keys() == {"no_dates"}


def test_without_orders_each_line_counts_as_an_order(shop, examined) -> None:
    pairs = [{"user_id": row["user_id"], "item_id": row["item_id"]} for row in shop.history()]
    assert examined(pairs).keys() == {"no_dates", "missing_titles", "too_few_for_bought_together"}
