import json

import numpy as np
import pytest
from support.rhythms import order_days, renewals

from recsvc.errors import DamagedModelError
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from training.moments.learning import learn_shop_rhythm


@pytest.fixture(scope="module")
def shop() -> ShopRhythm:
    return learn_shop_rhythm(order_days(renewals(120, 200.0), 200.0), seed=1)


def test_a_text_says_all_that_was_learned(shop: ShopRhythm) -> None:
    assert ShopRhythm.of_text(shop.to_text()) == shop


def test_too_few_repeat_buyers_are_kept_as_their_number() -> None:
    assert ShopRhythm.of_text(ShopRhythm(31).to_text()) == ShopRhythm(31)
    assert not ShopRhythm(31).is_learned


def test_a_version_without_a_text_keeps_nothing() -> None:
    assert ShopRhythm.of_text("") is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("repeat_buyers",), -1),
        (("repeat_buyers",), "many"),
        (("bg_nbd", "alpha"), 0),
        (("bg_nbd", "alpha"), True),
        (("usual_gaps", "spread"), float("nan")),
        (("calendar", "day_weights"), [1.0]),
        (("calendar", "day_starts_hour"), 24),
        (("weights", "level"), "x"),
        (("weights", "another"), 1.0),
        (("recency_knots",), None),
        (("weights",), {}),
    ],
)
def test_a_text_that_says_something_else_is_damaged(
    shop: ShopRhythm, path: tuple[str, ...], value: object
) -> None:
    said = json.loads(shop.to_text())
    inside = said
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    with pytest.raises(DamagedModelError, match=r"moments\.txt"):
        ShopRhythm.of_text(json.dumps(said))


@pytest.mark.parametrize("text", ["{", "[]", "null", "[" * 100_000, '{"repeat_buyers": 1e400}'])
def test_what_is_no_such_text_is_damaged(text: str) -> None:
    with pytest.raises(DamagedModelError):
        ShopRhythm.of_text(text)


def test_terms_one_by_one_and_added_up_are_the_same(shop: ShopRhythm) -> None:
    again = Rhythms.first_orders(3).after(np.asarray([3.0, 30.0, 90.0]))
    once = vars(Rhythms.first_orders()).values()
    orders = Rhythms(*map(np.append, vars(again).values(), once))
    since = np.asarray([0.5, 20.0, 300.0, 7.0])
    weights = np.asarray(list(shop.weights.values()))
    expected = shop.terms.matrix(orders, since) @ weights
    np.testing.assert_allclose(
        shop.terms.log_rates(shop.weights, orders, since[:, np.newaxis])[:, 0], expected
    )
