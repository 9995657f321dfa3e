"""What lists led to, as the store keeps it: whatever is in the store, the figures of all others are right."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from support.events import event

from recsvc.identity.tombstones import Tombstones, tombstone
from recsvc.metrics import Metrics
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import OUTCOME_TYPES, Dimension, Windows
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.store import deeds
from recsvc.store.event import Event
from recsvc.store.outcome import MEASURES, Shopper
from recsvc.store.store import Store

CENTS = 100


class Shop:
    """A store, and what makes outcomes of its events."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ids = ListIds(store)
        self.follower = OutcomeFollower(store.outcomes, self.ids.origin_of, Windows(), Metrics())
        origin = ListOrigin("for_you", "", "v1", 0)
        self.list_id = RecommendationIds(store.secret("recsvc lists")).write(
            origin, b"l", [("als", "your_taste")]
        )

    def happened(self, *events: Event) -> None:
        self.store.events.append(events)
        self.follower.catch_up()

    def click(self, at: int = 0, **whose: Any) -> Event:
        return event("tea", at, "click", recommendation_id=self.list_id, position=1, **whose)

    def figures(self, dimension: str = Dimension.TOTAL) -> dict[str, int]:
        """Return what is not nothing, money and pieces in hundredths."""
        rows = self.store.outcomes.sums(dimension, 0, 30_000)
        sums = [sum(figures) for figures in zip(*(row.figures for row in rows), strict=True)]
        amounts = ("units", "revenue", "returned")
        return {
            name: figure // CENTS if name.endswith(amounts) else figure
            for name, figure in zip(MEASURES, sums, strict=False)
            if figure
        }

    def spoil(self, statement: str, **values: Any) -> None:
        """Let another program write."""
        with self.store._database.write() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def bought(at: int = 9, price: float = 2.0, **fields: Any) -> Event:
    return event("tea", at, "purchase", unit_price=price, **fields)


def test_a_list_is_known_before_anything_else_followed_the_store(shop: Shop) -> None:
    shop.happened(shop.click(), bought())
    assert shop.figures() == {"clicks": 1, "orders": 1, "units": 100, "revenue": 200}


def test_what_guests_click_on_a_device_of_many_leads_to_the_order_of_none(shop: Shop) -> None:
    shop.happened(shop.click(session_id="few"), bought(session_id="few", user_id="bob"))
    assert shop.figures() == {"clicks": 1, "orders": 1, "units": 100, "revenue": 200}
    users = [f"u{one}" for one in range(12)]
    shop.happened(shop.click(session_id="till"), *(bought(session_id="till", user_id=user) for user in users))
    assert shop.figures() == {"clicks": 2, "orders": 1, "units": 100, "revenue": 200}
    shop.store.events.append([shop.click(20, session_id="till")])
    assert not shop.store.outcomes.queue_new(OUTCOME_TYPES)
    assert list(shop.store.outcomes.queued()) == [Shopper("session", "till")]


NOBODY = {"user_id": None}


def test_orders_of_nobody_are_among_those_of_the_shop_and_of_no_list(shop: Shop) -> None:
    line = {"order_id": "till-1", **NOBODY}
    shop.happened(
        shop.click(**NOBODY), bought(recommendation_id=shop.list_id, position=1, **line),
        event("jam", 9, "purchase", unit_price=3.0, **line), bought(**NOBODY), bought(**NOBODY), bought(),
    )  # fmt: skip
    assert shop.figures() == {}
    assert shop.figures(Dimension.SHOP) == {"orders": 4, "units": 500, "revenue": 1100}
    shop.follower.catch_up()
    assert shop.figures(Dimension.SHOP)["orders"] == 4, "each counts once"
    shop.store.users.erase("ada", 0)
    shop.follower.catch_up()
    assert shop.figures(Dimension.SHOP) == {"orders": 3, "units": 400, "revenue": 900}


def test_what_nobody_brings_back_is_taken_out_of_the_order_or_else_of_its_day(shop: Shop) -> None:
    order = {"order_id": "till-1", **NOBODY}
    shop.happened(bought(**order), event("tea", 20, "return", **order))
    assert shop.figures(Dimension.SHOP) == {"revenue_returned": 200}
    shop.happened(bought(order_id="till-2", **NOBODY))
    shop.happened(event("tea", 86_500, "return", unit_price=2.0, order_id="till-2", **NOBODY))
    rows = shop.store.outcomes.sums(Dimension.SHOP, 1, 1)
    assert [row.figures[5:8] for row in rows] == [(-10_000, -20_000, 20_000)]
    assert shop.figures(Dimension.SHOP) == {"orders": 1, "revenue_returned": 400}


def test_no_row_tells_what_an_erased_shopper_alone_did(shop: Shop) -> None:
    shop.happened(shop.click(), bought(), event("jam", 9, "purchase", unit_price=1.0), bought(user_id="bob"))
    shop.store.users.erase("ada", 0)
    with shop.store._database.read() as connection:
        assert connection.execute(text("SELECT dimension, key FROM outcome_sums")).all() == [("shop", "")]
    assert shop.figures(Dimension.SHOP) == {"orders": 1, "units": 100, "revenue": 200}


def test_a_return_under_another_id_is_taken_out_once_the_two_are_joined(shop: Shop) -> None:
    shop.happened(shop.click(), bought(order_id="1"), event("tea", 20, "return", order_id="1", user_id="a2"))
    assert shop.figures()["revenue"] == 200
    shop.store.users.merge("user", "a2", "ada", 0)
    shop.follower.catch_up()
    assert shop.figures() == {"clicks": 1, "revenue_returned": 200}


def test_an_order_that_an_erased_shopper_led_to_is_of_no_list(shop: Shop) -> None:
    shop.happened(shop.click(session_id="s"), bought(session_id="s", user_id="bob"))
    shop.store.users.merge("session", "s", "carl", 0)
    shop.store.users.erase("carl", 0)
    shop.follower.catch_up()
    assert shop.figures() == {}
    assert shop.figures(Dimension.SHOP) == {"orders": 1, "units": 100, "revenue": 200}


def test_an_order_that_a_guest_who_was_erased_elsewhere_led_to_is_of_no_list(shop: Shop) -> None:
    shop.happened(shop.click(session_id="s"), bought(session_id="s", user_id="bob"))
    with shop.store._database.read() as connection:
        salt = bytes(connection.execute(text("SELECT salt FROM salts")).scalar_one())
    gone = Tombstones(salt, frozenset({tombstone(salt, "session", "s")}))
    shop.store.users.erase_again(gone, 0)
    shop.follower.catch_up()
    assert shop.figures() == {}


ODD_EVENTS = ["quantity = -1", "unit_price = 'NaN'", "occurred_at_us = -5"]


@pytest.mark.parametrize("odd", ODD_EVENTS)
def test_an_event_that_another_program_wrote_hides_no_other(shop: Shop, odd: str) -> None:
    shop.happened(bought(user_id="bob", price=3))
    shop.store.events.append([bought(), bought(12, price=7.0), bought(user_id="cat")])
    shop.spoil(f"UPDATE events SET {odd} WHERE user_id = 'ada' AND unit_price = 2")  # noqa: S608 - from above
    shop.follower.catch_up()
    assert shop.figures(Dimension.SHOP) == {"orders": 3, "units": 300, "revenue": 1200}


ODD_SHARES: list[Any] = [
    None, {"a": 1}, [[1, 2, 3, 4]], [[1, "shop", "", {"4": "many"}]], [[10**30, "shop", "", {"4": 1}]],
    [[1, "shop", "", {"4": 10**30}]],
]  # fmt: skip


@pytest.mark.parametrize("body", ODD_SHARES)
def test_a_share_that_another_program_wrote_hides_no_other_and_is_erased(shop: Shop, body: Any) -> None:
    shop.happened(bought(), bought(user_id="bob"))
    shop.spoil("UPDATE outcome_shares SET body = :body WHERE shopper_id = 'ada'", body=json.dumps(body))
    shop.happened(bought(20), bought(20, user_id="bob"), bought(user_id="cat"))
    assert shop.figures(Dimension.SHOP)["orders"] == 5 + 1, (
        "what ada added at first stays, as nobody knows it"
    )
    shop.spoil("UPDATE outcome_shares SET body = :body WHERE shopper_id = 'ada'", body=json.dumps(body))
    shop.store.users.erase("ada", 0)
    shop.store.events.append([])
    with shop.store._database.read() as connection:
        assert connection.execute(text("SELECT shopper_id FROM outcome_shares ORDER BY 1")).all() == [
            ("bob",),
            ("cat",),
        ]


def test_of_whom_nothing_can_be_made_keeps_no_other_waiting(shop: Shop) -> None:
    origin_of = shop.ids.origin_of

    def fails_for(name: str) -> ListOrigin | None:
        if name == "odd":
            raise ArithmeticError
        return origin_of(name)

    follower = OutcomeFollower(shop.store.outcomes, fails_for, Windows(), Metrics())
    shop.store.events.append([event("tea", 1, "click", recommendation_id="odd", user_id="odd"), bought()])
    follower.catch_up()
    assert shop.store.outcomes.lag().n_pending == 0
    assert shop.figures(Dimension.SHOP) == {"orders": 1, "units": 100, "revenue": 200}


def test_what_a_shopper_of_very_many_events_added_once_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "MAX_EVENTS_A_SHOPPER", 10)
    deeds._newest_first.cache_clear()
    for day in range(5):
        at = [day * 86_400 + second for second in range(4)]
        shop.happened(shop.click(at[0]), *(bought(one, order_id=str(one)) for one in at))
        assert shop.figures(Dimension.SHOP)["orders"] == 4 * (day + 1)
        assert shop.figures() == {"clicks": 1, **{name: (day + 1) * n for name, n in PER_DAY.items()}}
    shop.store.users.erase("ada", 0)
    assert shop.figures(Dimension.SHOP) == {}
    deeds._newest_first.cache_clear()


PER_DAY = {"orders": 4, "units": 400, "revenue": 800}
