"""Shopify's three compliance topics: a shopper wants to see their data, or to be forgotten; a shop left."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from recsvc.clock import to_text
from recsvc.connect.json_fields import Json, part
from recsvc.connect.privacy_requests import PrivacyRequest, PrivacyRequests, Wish
from recsvc.connect.recorded_events import recorded_events
from recsvc.connect.shopify.fields import PLATFORM, number_of
from recsvc.connect.shopify.naming import Naming
from recsvc.errors import ConflictError, PlatformError
from recsvc.store.event import Event, EventType
from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store

_log = structlog.get_logger(__name__)
_MOVED = "moved"
"""Under this name and the number of an order its purchases by earlier shoppers are noted."""


@dataclass(frozen=True)
class Privacy:
    """Does what can be done at once, and keeps for a person what cannot.

    Attributes:
        requests: what a person is to do.
        store: where the orders of a shopper are found.
        erase: erases a shopper as ``DELETE /v1/users`` does, durably, before it returns.
        clock: returns the time, in microseconds since 1970.
        naming: how shoppers are called.
    """

    requests: PrivacyRequests
    store: Store
    erase: Callable[[str], object]
    clock: Callable[[], int]
    naming: Naming

    def take(self, topic: str, document: Json, triggered_at_us: int) -> int:
        """Take a request; return how many events and items changed, which is none.

        Raises PlatformError where it names nobody, StoreError.
        """
        received_us = triggered_at_us or self.clock()
        if topic == "shop/redact":
            self._keep(PrivacyRequest(f"shop-{to_text(received_us)[:10]}", Wish.SHOP, received_us))
            return 0
        named = self.naming.users_of(part(document, "customer"))
        if topic == "customers/redact":
            self._redact(named, document)
            return 0
        request = number_of(part(document, "data_request").get("id"))
        user_ids = (*named, *self._users_of_orders(document, "orders_requested"))
        if request is None or not user_ids:
            raise PlatformError(
                "a request for data must have the number data_request.id, and name a customer"
            )
        self._keep(PrivacyRequest(request, Wish.DATA, received_us, tuple(dict.fromkeys(user_ids))))
        return 0

    def _keep(self, request: PrivacyRequest) -> None:
        if self.requests.add(request):
            _log.warning("privacy_request", platform=PLATFORM, wish=str(request.wish), number=request.number)

    def _redact(self, named: Iterable[str], document: Json) -> None:
        user_ids = dict.fromkeys((*named, *self._users_of_orders(document, "orders_to_redact")))
        if not user_ids:
            raise PlatformError("a request to redact must name a customer, or orders of one")
        for user_id in user_ids:
            with suppress(ConflictError):  # the id of nobody, such as that of a till, has nothing to erase
                self.erase(user_id)

    def _users_of_orders(self, document: Json, name: str) -> list[str]:
        """Return whose the orders are now: an order may have had another address than its customer has."""
        found = document.get(name)
        numbers = [number_of(one) for one in found] if isinstance(found, list) else []
        wanted = [one for one in numbers if one is not None]
        known = self.store.platform.get_many(PLATFORM, "order", wanted)
        lines = {order: record.body["lines"] for order, record in known.items()}
        recorded = recorded_events(self.store.events, PLATFORM, lines)
        return [
            user_id
            for order, events in recorded.items()
            if (user_id := self._user_of(order, events)) is not None
        ]

    def _user_of(self, order: str, events: Mapping[str, Event]) -> str | None:
        """Return who bought an order last; None for nobody.

        The shop may have moved it from one shopper to another. The purchases of those before are noted, so that they
        are not taken for the last ones when the last ones are erased and Shopify asks once more.
        """
        note = self.store.platform.get(PLATFORM, "state", f"{_MOVED}/{order}")
        passed_on = set(note.body["purchases"]) if note is not None else set()
        bought = {
            name: one
            for name, one in events.items()
            if one.type is EventType.PURCHASE and name not in passed_on
        }
        if not bought:
            return None
        # Of one moment, the event with the higher number is the later one: a line counts its events.
        last = max(bought, key=lambda name: (bought[name].received_at_us, int(name.rpartition("/")[2])))
        user_id = bought[last].user_id
        before = {name for name, one in bought.items() if one.user_id != user_id}
        if before:
            body = {"purchases": sorted(passed_on | before)}
            self.store.platform.put([PlatformRecord(PLATFORM, "state", f"{_MOVED}/{order}", body=body)])
        return user_id
