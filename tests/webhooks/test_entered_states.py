"""Shoppers who enter a state, told once for each order; with a service, its model and a real receiver."""

from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.models import release, small_model
from support.rhythms import order_days, renewals
from support.webhooks import SECRET, WebhookReceiver

from recsvc.clock import now_us, to_text
from recsvc.model.registry import Registry
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from recsvc.moments.states import STATE_EDGES, Stages
from recsvc.service import Service
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.webhook_sender import Listening
from recsvc.webhooks.sender import Sender
from recsvc.webhooks.webhooks import sender_of
from training.moments.learning import learn_shop_rhythm

DUE, LATE, LOST = range(3)


@cache
def shop_rhythm() -> ShopRhythm:
    return learn_shop_rhythm(order_days(renewals(120, 200.0), 200.0), seed=1)


def of_ada() -> Rhythms:
    """Ada ordered ten times, each four weeks."""
    ada = Rhythms.first_orders()
    for _ in range(9):
        ada = ada.after(np.asarray([28.0]))
    return ada


@cache
def begins() -> tuple[float, float, float]:
    """Days after her last order at which ada is due, late and gone."""
    stages = Stages.of(shop_rhythm().curves(of_ada(), np.zeros(1), STATE_EDGES), np.asarray([False]))
    due, late, _, gone = stages.begins_days[0]
    return float(due), float(late), float(gone)


def publish(directory: Path, version: str, since_order_days: float) -> None:
    """Publish a version that learned that ada ordered so many days ago, until now."""
    rhythm = np.zeros((4, 6), dtype=np.float32)
    rhythm[0] = of_ada().columns(np.asarray([since_order_days]))
    model = replace(small_model(), user_rhythm=rhythm, moments=shop_rhythm().to_text())
    Registry(directory).publish(model, replace(release(version), data_through=to_text(now_us())))


class Telling:
    def __init__(self, directory: Path, url: str, since_order_days: float) -> None:
        self.directory = directory
        publish(directory, "1", since_order_days)
        settings = Settings(
            models_dir=directory, webhooks_url=url, webhooks_secret=SECRET, log_level="error",
            webhooks_settle_seconds=0,
        )  # fmt: skip
        self.service = Service(settings)
        self.service.live_model.refresh()
        self.sender: Sender = sender_of(self.service, settings)

    def begin_listening(self, days_ago: float) -> None:
        assert self.sender.look()
        since_us = now_us() - round(days_ago * DAY_US)
        self.service.store.sender.keep_listening(Listening(since_us, now_us() + 3 * DAY_US, 0, 0, "EUR"))

    def look(self) -> None:
        self.sender._states_at_us = 0
        self.sender.look()

    def buy(self, user_id: str = "ada") -> None:
        self.service.store.events.append(
            [Event(EventType.PURCHASE, "tea", now_us(), now_us(), user_id=user_id)]
        )

    def close(self) -> None:
        self.sender.stop()
        self.service.close()


def telling(
    tmp_path: Path, receiver: WebhookReceiver, since_order_days: float, days_ago: float = 3
) -> Telling:
    made = Telling(tmp_path, receiver.url, since_order_days)
    made.begin_listening(days_ago)
    return made


@pytest.mark.parametrize(
    ("state", "kind", "word"),
    [(DUE, "shopper.due", "due"), (LATE, "shopper.late", "late"), (LOST, "shopper.lost", "gone")],
)
def test_who_enters_a_state_is_told_of_once(
    tmp_path: Path, receiver: WebhookReceiver, state: int, kind: str, word: str
) -> None:
    with closing(telling(tmp_path, receiver, begins()[state] + 1)) as shop:
        for _ in range(3):
            shop.look()
        assert receiver.told() == [(kind, "ada", "")]
        data = receiver.received[0].data
        assert (data["state"], data["orders"]) == (word, 10)
        publish(tmp_path, "2", begins()[state] + 1.2)  # the next night learns the same order anew
        shop.service.live_model.refresh()
        shop.look()
        assert len(receiver.received) == 1


def test_who_was_in_the_state_before_anybody_listened_is_not_told_of(
    tmp_path: Path, receiver: WebhookReceiver
) -> None:
    with closing(telling(tmp_path, receiver, begins()[DUE] + 2, days_ago=1)) as shop:
        shop.look()
        assert receiver.received == []


def test_a_purchase_since_the_training_puts_a_shopper_back(tmp_path: Path, receiver: WebhookReceiver) -> None:
    with closing(telling(tmp_path, receiver, begins()[DUE] + 1)) as shop:
        shop.buy()
        shop.look()
        assert shop.service.store.notices.newest(5) == []
        assert receiver.received == []


def test_a_purchase_while_it_waits_puts_a_shopper_back(tmp_path: Path, receiver: WebhookReceiver) -> None:
    with closing(telling(tmp_path, receiver, begins()[LATE] + 1)) as shop:
        shop.sender._makers.states.gather(now_us())
        assert shop.service.store.notices.n_waiting() == 1
        shop.buy()
        shop.look()
        assert receiver.received == []
        assert [one.outcome for one in shop.service.store.notices.newest(5)] == ["over"]


def test_who_objects_or_was_erased_is_told_of_never(tmp_path: Path, receiver: WebhookReceiver) -> None:
    with closing(telling(tmp_path, receiver, begins()[DUE] + 1)) as shop:
        shop.service.store.objections.say("ada", 1, objects=True)
        shop.look()
        shop.service.store.objections.say("ada", 1, objects=False)
        shop.service.store.users.erase("ada", 1)
        shop.look()
        assert receiver.received == []
        assert shop.service.store.notices.newest(5) == []
