"""What sends webhooks, made of a service and its settings; and what tells people how that goes."""

import time
from multiprocessing.util import Finalize
from typing import Any

from recsvc.clock import to_text
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.processes.shared_files import SharedFiles
from recsvc.service import Service
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US
from recsvc.store.notices import Notices
from recsvc.store.webhook_sender import Receiver
from recsvc.webhooks.checking import Check, Words
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.entered_states import EnteredStates
from recsvc.webhooks.gathering import Gathering
from recsvc.webhooks.occasion import Limits
from recsvc.webhooks.schedule import SECOND_US, Verdict
from recsvc.webhooks.sender import Makers, Manner, Sender, endpoint_of

LATE_US = 3600 * SECOND_US
"""A receiver that took nothing for so long is a problem of the service."""


class Webhooks:
    """The webhooks of one shop; nothing is sent unless the settings say where to.

    The first worker of each machine has a sender, and of all these one sends.
    """

    def __init__(self, service: Service, settings: Settings, files: SharedFiles | None) -> None:
        self._service = service
        self._is_on = settings.webhooks_url is not None
        is_first = files is None or not files.place
        self._sender = sender_of(service, settings) if is_first and self._is_on else None
        self._show()

    def start(self) -> None:
        """Send from now on."""
        if self._sender is not None:
            self._sender.start()
            # A worker ends as processes of multiprocessing do, for which alone its finalizers are called.
            Finalize(None, self._sender.leave, exitpriority=0)

    def stop(self) -> None:
        """End after the webhooks that are on their way."""
        if self._sender is not None:
            self._sender.stop()

    def problem(self) -> str | None:
        """Return what is wrong with the receiver; None where nothing is, or nobody knows."""
        if not self._is_on:
            return None
        found = self._service.guarded_store.ask(lambda store: store.sender.receiver())
        return None if found is None else problem_of(found, time.time_ns() // 1000)

    def _show(self) -> None:
        watch, sender = self._service.metrics.watch, self._sender
        watch(
            "recsvc_webhooks_waiting",
            "Webhooks that wait to be sent.",
            lambda: sender.n_waiting if sender else 0,
            combine="max",
        )
        watch(
            "recsvc_webhooks_disabled",
            "1 while the receiver of webhooks is switched off.",
            lambda: bool(sender and sender.receiver.disabled_at_us is not None),
            combine="max",
        )
        watch(
            "recsvc_webhooks_failing_seconds",
            "How long the receiver of webhooks has taken nothing that it was sent; 0 while it does.",
            lambda: _failing_seconds(sender.receiver, time.time_ns() // 1000) if sender else 0,
            combine="max",
        )


def sender_of(service: Service, settings: Settings) -> Sender:
    """Return what sends for a service whose settings say where to."""
    store, live_model = service.store, service.live_model
    url = settings.webhooks_url.get_secret_value() if settings.webhooks_url else ""
    limits = Limits(
        price_drop=settings.webhooks_price_drop,
        look_us=round(settings.webhooks_look_days * DAY_US),
        settle_us=round(settings.webhooks_settle_seconds * SECOND_US),
        per_week=settings.webhooks_per_week,
    )
    kinds = frozenset(settings.webhooks_kinds)
    words = Words(addresses_of(settings), settings.currency, lambda: live_model.current().recommender.model)
    makers = Makers(
        Gathering(store, limits, kinds),
        EnteredStates(store, limits, kinds, lambda: live_model.version),
        Check(store, limits, kinds, words, service.moments.moment_of),
    )

    def count(verdict: Verdict) -> None:
        service.metrics.webhooks.labels(verdict).inc()

    manner = Manner(settings.currency, settings.webhooks_per_minute, limits.look_us)
    return Sender(store, Courier(url, settings.webhook_keys), endpoint_of(url), makers, manner, count)


def addresses_of(settings: Settings) -> ShopAddresses | None:
    """Return the addresses of the shop, where it has said any."""
    return None if settings.shop_url is None else ShopAddresses.of(settings.shop_url, settings.shop_hosts)


def problem_of(receiver: Receiver, now_us: int) -> str | None:
    """Return what is wrong with a receiver, in a sentence that names the remedy."""
    if receiver.disabled_at_us is not None:
        said = receiver.disabled_because
        return f"webhooks are switched off: {said}; `recsvc webhooks resume` switches them on again"
    since_us = receiver.failing_since_us
    if since_us is None or now_us - since_us < LATE_US:
        return None
    return (
        f"the receiver of webhooks has taken nothing since {to_text(since_us)}: it {receiver.last_error}; "
        "see to it, or to RECSVC_WEBHOOKS_URL, and try it by `recsvc webhooks test`"
    )


def _failing_seconds(receiver: Receiver, now_us: int) -> float:
    since_us = receiver.failing_since_us
    return 0.0 if since_us is None else max(0.0, (now_us - since_us) / SECOND_US)


def told_of(notices: Notices, user_id: str) -> list[dict[str, Any]] | None:
    """Return as JSON values what was told or is to be told of a user, oldest first; None where nothing is."""
    found = [
        {
            "type": one.kind,
            "item_id": one.item_id or None,
            "created_at": to_text(one.created_at_us),
            "outcome": one.outcome,
            "ended_at": None if one.ended_at_us is None else to_text(one.ended_at_us),
        }
        for one in notices.of_user(user_id)
    ]
    return found or None
