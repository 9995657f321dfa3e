from datetime import date

import polars as pl

from training.look.sentences import Purchase, sample_purchases


def test_a_purchase_is_a_sentence() -> None:
    bought = Purchase("c8@shop.test", "SK-003", "Thing 3", date(2026, 7, 2), 2, 6.5)
    assert bought.sentence == "On 2 July 2026 c8@shop.test bought 2 × Thing 3 (SK-003) for 6.50 each"


def test_what_is_not_known_is_left_out() -> None:
    assert Purchase("a", "x", None, None, 1, None).sentence == "a bought 1 × x"
    assert Purchase("a", "x", "x", None, 0.75, 1200).sentence == "a bought 0.75 × x for 1,200.00 each"


def test_purchases_come_from_the_whole_history() -> None:
    lines = pl.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(1000)],
            "item_id": ["x"] * 1000,
            "title": [None] * 1000,
            "ordered_at": [86_400 * n for n in range(1000)],
            "quantity": [1.0 + (n % 4 == 0) for n in range(1000)],
            "unit_price": [2.0] * 1000,
        },
        schema_overrides={"title": pl.String},
    )
    sampled = sample_purchases(lines)
    assert [one.quantity for one in sampled].count(2) == 5
    days = [one.day.toordinal() for one in sampled if one.day]
    assert days == sorted(days)
    assert days[-1] - days[0] > 700
    assert len(sample_purchases(lines.head(3))) == 3
    assert sample_purchases(lines.head(0)) == ()
