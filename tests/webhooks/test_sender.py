"""What is sent, when the receiver or a sender fails; to a real receiver."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs
from support.processes import becomes_true
from support.webhooks import HOUR_US, TellingShop, WebhookReceiver

from recsvc.errors import StoreError
from recsvc.store.interest import Interest, Look
from recsvc.store.notices import Notices, Outcome
from recsvc.store.webhook_sender import Listening, Receiver
from recsvc.webhooks.lease import BEAT_SECONDS, LEASE_SECONDS, Lease
from recsvc.webhooks.webhooks import problem_of

DAY_SECONDS = 86_400


def back(shop: TellingShop, *user_ids: str) -> None:
    """Let tea, which the users looked at, be back; the notices wait."""
    for user_id in user_ids:
        shop.looks(user_id)
    shop.put(in_stock=True)
    shop.makers.items.gather(shop.now())
    assert shop.store.notices.n_waiting() == len(user_ids)


def test_a_receiver_that_was_down_for_an_hour_gets_everything(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    users = [f"u{number}" for number in range(10)]
    back(shop, *users)
    receiver.answers.extend([(503, {})] * 40)
    for _ in range(12):
        shop.look(later_seconds=300)
    n_tried = len(receiver.received)
    assert 12 <= n_tried <= 40, "a few are tried now and then, not all again and again"
    receiver.answers.clear()
    for _ in range(40):
        shop.look(later_seconds=400)
    ids = {
        one.data["user_id"]: {each.webhook_id for each in receiver.received if each.data == one.data}
        for one in receiver.received
    }
    assert sorted(ids) == users
    assert all(len(names) == 1 for names in ids.values()), "the same id at each try"
    assert shop.outcomes() == {Outcome.SENT: 10}


def test_a_receiver_that_is_away_is_left_alone_for_longer_and_longer(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    back(shop, "ada")
    receiver.answers.append((500, {}))
    with capture_logs() as logs:
        shop.look()
        shop.look()
    assert len(receiver.received) == 1
    assert [one["event"] for one in logs] == ["webhooks_refused"]
    assert "ada" not in str(logs)
    assert receiver.url not in str(logs)


@pytest.mark.parametrize("is_date", [False, True])
def test_retry_after_is_kept_to(shop: TellingShop, receiver: WebhookReceiver, is_date: bool) -> None:
    back(shop, "ada")
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=1800), usegmt=True) if is_date else "1800"
    receiver.answers.append((429, {"Retry-After": asked}))
    shop.look()
    shop.look(later_seconds=1700)
    assert len(receiver.received) == 1
    shop.look(later_seconds=110)
    assert len(receiver.received) == 2


def test_a_redirect_is_not_followed(shop: TellingShop, receiver: WebhookReceiver) -> None:
    back(shop, "ada")
    receiver.answers.append((302, {"Location": f"{receiver.url}/elsewhere"}))
    shop.look()
    assert len(receiver.received) == 1
    found = shop.store.sender.receiver()
    assert found is not None
    assert found.last_error == "answered 302: it redirects; set RECSVC_WEBHOOKS_URL to where it leads"


def test_gone_ends_it_until_it_is_resumed(shop: TellingShop, receiver: WebhookReceiver) -> None:
    back(shop, "ada", "bob")
    receiver.answers.extend([(410, {}), (410, {})])
    shop.look()
    n_tried = len(receiver.received)
    shop.look(later_seconds=DAY_SECONDS)
    assert len(receiver.received) == n_tried
    assert shop.outcomes() == {Outcome.DISABLED: 2}
    found = shop.store.sender.receiver()
    assert found is not None
    assert "answered 410" in str(problem_of(found, shop.now()))
    shop.store.sender.keep_receiver(Receiver(found.endpoint))
    shop.put("jam", in_stock=False)
    shop.looks("ada", "jam")
    shop.put("jam", in_stock=True)
    shop.look()
    assert [one.data["item"]["item_id"] for one in receiver.received[n_tried:]] == ["jam"]


def test_a_receiver_that_is_dead_for_days_is_switched_off_and_said(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    receiver.answers.extend([(500, {})] * 500)
    for day in range(7):
        user_id = f"u{day}"
        shop.looks(user_id)
        shop.put(in_stock=False)
        shop.put(in_stock=True)
        for _ in range(3):
            shop.look(later_seconds=DAY_SECONDS / 3)
    found = shop.store.sender.receiver()
    assert found is not None
    assert found.disabled_because.startswith("the receiver took nothing for 5 days; at last it answered 500")
    assert "recsvc webhooks resume" in str(problem_of(found, shop.now()))
    assert shop.store.notices.n_waiting() == 0


def test_who_was_not_tried_for_days_is_not_switched_off_for_one_failure_before_and_one_after(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    back(shop, "ada")
    receiver.answers.extend([(503, {})] * 2)
    shop.look()
    shop.offset_us += (
        6 * DAY_SECONDS * 1_000_000
    )  # the service was away, and its receiver begins later than it does
    shop.store.sender.keep_listening(Listening(0, shop.now() + HOUR_US, 0, 0, "EUR"))
    shop.put("jam", in_stock=False)
    shop.looks("bob", "jam")
    shop.put("jam", in_stock=True)
    shop.look()
    assert len(receiver.received) == 2
    shop.look(later_seconds=60)
    assert receiver.told()[-1] == ("item.back_in_stock", "bob", "jam")
    found = shop.store.sender.receiver()
    assert found is not None
    assert (found.disabled_at_us, found.n_failures) == (None, 0)


def test_a_clock_that_was_a_year_ahead_keeps_nothing_back(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    year_us = 365 * DAY_SECONDS * 1_000_000
    shop.offset_us += year_us
    shop.look()
    back(shop, "ada")
    receiver.answers.append((503, {}))
    shop.look()
    shop.offset_us -= year_us
    shop.look()
    shop.put("jam", in_stock=False)
    shop.looks("bob", "jam")
    shop.put("jam", in_stock=True)
    shop.look()
    told = [(user_id, item_id) for _, user_id, item_id in receiver.told()]
    assert told == [("ada", "tea"), ("ada", "tea"), ("bob", "jam")]


def test_what_is_not_taken_for_three_days_is_given_up(shop: TellingShop, receiver: WebhookReceiver) -> None:
    back(shop, "ada")
    receiver.answers.append((422, {}))
    shop.look()
    shop.look(later_seconds=3 * DAY_SECONDS + 60)
    assert len(receiver.received) == 1
    assert shop.outcomes() == {Outcome.GIVEN_UP: 1}


def test_an_erasure_takes_what_waits_with_it(shop: TellingShop, receiver: WebhookReceiver) -> None:
    back(shop, "ada", "bob")
    shop.store.users.erase("ada", 1)
    shop.look()
    assert receiver.told() == [("item.back_in_stock", "bob", "tea")]
    shop.store.users.erase("bob", 1)
    assert shop.store.notices.newest(10) == []


def test_an_erasure_while_it_is_looked_at_is_seen(
    shop: TellingShop, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(shop, "ada")
    look_of = Interest.look_of

    def and_then_erased(self: Interest, user_id: str, item_id: str, since_us: int) -> Look | None:
        found = look_of(self, user_id, item_id, since_us)
        shop.store.users.erase("ada", 1)
        return found

    monkeypatch.setattr(Interest, "look_of", and_then_erased)
    shop.look()
    assert receiver.received == []
    assert shop.store.notices.newest(10) == []


def test_the_erased_are_not_queued(shop: TellingShop) -> None:
    back(shop, "ada")
    [waiting] = shop.store.notices.due(shop.now(), 5)
    shop.store.users.erase("ada", 1)
    assert shop.store.notices.queue([waiting]) == 0


def test_what_was_sent_and_not_noted_is_sent_again_under_its_id(
    shop: TellingShop, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(shop, "ada")

    def lost(_self: Notices, _notices: object) -> None:
        raise StoreError("killed between sending and noting")

    with monkeypatch.context() as patched:
        patched.setattr(Notices, "note", lost)
        with pytest.raises(StoreError):
            shop.look()
    shop.look()
    assert [one.webhook_id for one in receiver.received] == [receiver.received[0].webhook_id] * 2
    assert shop.outcomes() == {Outcome.SENT: 1}


def test_what_changes_right_after_the_start_is_told(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of()
    shop.put(in_stock=False)
    shop.looks("ada")
    shop.sender.start()
    shop.put(in_stock=True)
    assert becomes_true(lambda: bool(receiver.received))


def test_one_of_two_senders_sends(
    shop: TellingShop, shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    other = shop_of()
    back(shop, *(f"u{number}" for number in range(8)))
    assert not other.look()
    receiver.on_post = lambda: other.look() and None  # type: ignore[func-returns-value]
    assert shop.look()
    assert len(receiver.received) == 8
    receiver.on_post = lambda: None
    shop.sender.stop()
    assert other.look(), "who ends leaves it to the other at once"


def test_a_sender_without_a_sign_of_life_is_replaced(shop: TellingShop) -> None:
    now = [0.0]
    other = Lease(shop.store.sender, lambda: now[0])
    assert not other.is_held()
    now[0] = LEASE_SECONDS - 1
    assert not other.is_held()
    shop.store.sender.beat(str(getattr(shop.store.sender.heart(), "holder")))  # noqa: B009 - it is there
    now[0] = LEASE_SECONDS + 1
    assert not other.is_held(), "it lives"
    now[0] = 2 * LEASE_SECONDS + 2
    assert other.is_held()
    now[0] += BEAT_SECONDS + 1
    assert other.is_held()
    shop.store.sender.take("third", shop.store.sender.heart())
    now[0] += BEAT_SECONDS + 1
    assert not other.is_held()


def test_changes_of_a_long_absence_are_no_news(shop: TellingShop, receiver: WebhookReceiver) -> None:
    shop.looks("ada")
    shop.put(in_stock=True)
    shop.look(later_seconds=4 * DAY_SECONDS)
    assert receiver.received == []


def test_after_a_restore_the_catalogue_is_brought_up_to_date_in_silence(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    shop.store.sender.be_quiet(shop.now() + HOUR_US)
    shop.looks("ada")
    shop.put(in_stock=True)
    shop.look(later_seconds=2 * 3600)
    assert receiver.received == []


def test_another_address_is_another_receiver(shop: TellingShop, receiver: WebhookReceiver) -> None:
    found = shop.store.sender.receiver()
    assert found is not None
    shop.store.sender.keep_receiver(
        replace(found, endpoint="another", disabled_at_us=1, disabled_because="410")
    )
    back(shop, "ada")
    shop.look()
    assert len(receiver.received) == 1


def test_what_is_over_is_forgotten_in_time(shop: TellingShop) -> None:
    back(shop, "ada")
    shop.look()
    shop.look(later_seconds=89 * DAY_SECONDS)
    assert shop.outcomes() == {Outcome.SENT: 1}
    shop.look(later_seconds=2 * DAY_SECONDS)
    assert shop.outcomes() == {}
