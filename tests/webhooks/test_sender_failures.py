"""What one failure, or one slow thing, keeps back: nothing else."""

import time
from collections.abc import Callable, Collection, Iterator

import pytest
from support.webhooks import TellingShop, WebhookReceiver

from recsvc.errors import StoreError
from recsvc.store.interest import Interest, Look
from recsvc.store.notices import Outcome
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.lease import BEAT_SECONDS
from recsvc.webhooks.schedule import Answer

DAY_SECONDS = 86_400


def back(shop: TellingShop, *user_ids: str, item_id: str = "tea") -> None:
    """Let an item, which the users looked at, be back; the notices wait."""
    shop.put(item_id, in_stock=False)
    for user_id in user_ids:
        shop.looks(user_id, item_id)
    shop.put(item_id, in_stock=True)
    shop.makers.items.gather(shop.now())


def test_a_courier_that_fails_keeps_no_other_webhook_from_being_noted(
    shop: TellingShop, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(shop, "ada", "bob", "cleo")
    post = Courier.post

    def failing_for_bob(self: Courier, webhook_id: str, body: bytes, at_seconds: int) -> Answer:
        if b'"bob"' in body:
            raise OverflowError("an answer that nobody thought of")
        return post(self, webhook_id, body, at_seconds)

    monkeypatch.setattr(Courier, "post", failing_for_bob)
    shop.look()
    shop.look()
    assert [user_id for _, user_id, _ in receiver.told()] == ["ada", "cleo"]
    assert shop.outcomes() == {Outcome.SENT: 2, "": 1}


def test_a_date_that_overflows_is_one_refusal_more(shop: TellingShop, receiver: WebhookReceiver) -> None:
    back(shop, "ada", "bob")
    receiver.answers.extend([(503, {"Retry-After": "Mon, 01 Jan 2024 00:00:00 +9999999999999999"})] * 2)
    shop.look()
    shop.look()
    assert len(receiver.received) == 2, "they wait for their next try"


def test_changes_that_cannot_be_looked_at_hold_nothing_back_and_are_taken_one_by_one(
    shop: TellingShop, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(shop, "ada")
    for item_id in ("jam", "rye"):
        shop.put(item_id, in_stock=False)
        shop.looks("bob", item_id)
        shop.put(item_id, in_stock=True)
    pages = Interest.pages

    def timing_out(
        self: Interest, item_ids: Collection[str], since_us: int, size: int
    ) -> Iterator[list[Look]]:
        if len(item_ids) > 1:
            raise StoreError("canceling statement due to statement timeout")
        return pages(self, item_ids, since_us, size)

    monkeypatch.setattr(Interest, "pages", timing_out)
    shop.look()
    assert [user_id for _, user_id, _ in receiver.told()] == ["ada"]
    for _ in range(8):
        shop.look()
    assert [item_id for _, _, item_id in receiver.told()] == ["tea", "jam", "rye"]


def test_who_sends_little_waits_between_looks_and_gives_signs_of_life(
    shop: TellingShop, shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop.sender.stop()
    slow = shop_of(per_minute=1)
    back(slow, "ada", "bob")
    began = time.monotonic()
    slow.look()
    slow.look()
    assert time.monotonic() - began < BEAT_SECONDS
    assert len(receiver.received) == 1, "not four at once"
    slow.sender._free_at = 0.0  # a minute later
    slow.look()
    assert len(receiver.received) == 2


def test_who_no_longer_sends_shows_nothing_of_the_receiver(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    back(shop, "ada")
    receiver.answers.append((500, {}))
    shop.look()
    assert (shop.sender.n_waiting, shop.sender.receiver.n_failures) == (1, 1)
    shop.store.sender.take("another", shop.store.sender.heart())
    shop.sender._lease._beaten_at = time.monotonic() - BEAT_SECONDS
    assert not shop.look()
    assert (shop.sender.n_waiting, shop.sender.receiver.n_failures) == (0, 0)


def test_what_was_sent_is_remembered_as_long_as_a_look_counts(
    shop: TellingShop, shop_of: Callable[..., TellingShop]
) -> None:
    shop.sender.stop()
    patient = shop_of(look_days=365)
    back(patient, "ada")
    patient.look()
    patient.look(later_seconds=364 * DAY_SECONDS)
    assert patient.outcomes() == {Outcome.SENT: 1}
    patient.look(later_seconds=2 * DAY_SECONDS)
    assert patient.outcomes() == {}
