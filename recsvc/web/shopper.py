"""A shopper as the service desk sees them: who they are, what they bought, what they are offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from recsvc.clock import now_us
from recsvc.errors import NoModelError, OverloadedError
from recsvc.identity.spelling import canonical_user_id
from recsvc.ranking.query import Placement
from recsvc.serving.explaining import learned_of
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.web.cards import Card, CardList, cards_of, list_of
from recsvc.web.moment_words import moment_sentence
from recsvc.web.offer_words import offer_sentence
from recsvc.web.site import Site
from recsvc.web.words import count, day, percent

SHOWN_LISTS = (Placement.FOR_YOU, Placement.DISCOVER, Placement.BUY_AGAIN)
SUGGESTIONS, BOUGHT, EVENTS, OFFERS = 6, 10, 30, 3
ACTS = frozenset(EventType) - {EventType.IMPRESSION}
"""What shoppers do themselves; what they are shown stands in the list of all events."""


@dataclass(frozen=True)
class Shopper:
    """What is known of a shopper.

    Attributes:
        user_id: in the one spelling.
        orders: how many the live version knows; None where it does not know the shopper.
        is_erased: whether they asked to be forgotten.
        bought: newest first.
        lists: what they are offered now; empty where no list can be made.
        events: what they did, newest first, at most ``EVENTS``.
        problem: why lists are missing; "" where none are.
        moment: when they order next, in a sentence; "" where no dated order is known.
        due: what they may buy again within a week, likeliest first.
        offers: what they may take now or took, a sentence each, newest first.
    """

    user_id: str
    orders: int | None
    is_erased: bool
    bought: Sequence[Card]
    lists: Sequence[CardList]
    events: Sequence[Event]
    problem: str
    moment: str = ""
    due: Sequence[Card] = ()
    offers: Sequence[str] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything is known of them."""
        return self.orders is not None or bool(self.events)


def shopper_of(site: Site, user_id: str) -> Shopper:
    """Return what is known of a shopper, and what they are offered now; raises StoreError."""
    service, user_id = site.service, canonical_user_id(user_id)
    events = service.store.events.history_of(user_id, EVENTS, types=ACTS)
    learned = learned_of(service.live_model, service.shop, user_id) or {}
    whys = _bought(service.store.events.history_of(user_id, types={EventType.PURCHASE}), learned)
    lists, problem = _lists(site, user_id)
    moment, due = _moment(site, user_id)
    return Shopper(
        user_id,
        learned.get("orders"),
        service.shop.was_erased_by_now(user_id),
        cards_of(site, whys),
        lists,
        events,
        problem,
        moment,
        due,
        _offers(site, user_id),
    )


def _moment(site: Site, user_id: str) -> tuple[str, Sequence[Card]]:
    """Return when the shopper orders next, in a sentence, and what is due."""
    try:
        found = site.service.moments.moment_of(user_id, now_us())
    except NoModelError:
        return "", ()
    if found is None:
        return "", ()
    whys = {item.item_id: percent(item.chance_7_days, 0) for item in found.due}
    return moment_sentence(found), cards_of(site, whys)


def _offers(site: Site, user_id: str) -> Sequence[str]:
    """Return what the shopper was offered and may take now, or took; looking decides nothing."""
    desk, moment_us = site.service.offers, now_us()
    if site.service.shop.objecting.holds(user_id):
        return ()
    held = desk.held(user_id)
    benefits = desk.benefits() if held else {}
    said = (offer_sentence(one, benefits.get(one.benefit), moment_us) for one in held)
    return list(islice(filter(None, said), OFFERS))


def _lists(site: Site, user_id: str) -> tuple[list[CardList], str]:
    query_for = site.service.shop.rules.query_for
    try:
        found = [
            list_of(
                site, query_for(placement, n=SUGGESTIONS, user_id=user_id), site.settings.explanation_language
            )
            for placement in SHOWN_LISTS
        ]
    except NoModelError:
        return [], "There is no model yet, so nothing can be suggested."
    except OverloadedError:
        return [], "The service is busy with shoppers; reload the page in a moment."
    return found, ""


@dataclass(frozen=True)
class _Bought:
    orders: int
    last_us: int | None


def _bought(purchases: Sequence[Event], learned: dict[str, object]) -> dict[str, str]:
    """Return what a shopper bought, newest first, with how often and when in words."""
    found: dict[str, _Bought] = {}
    newest = learned.get("data_through")
    newest_us = int(datetime.fromisoformat(newest).timestamp() * 1e6) if isinstance(newest, str) else None
    items = learned.get("items")
    for item in items if isinstance(items, list) else ():
        last_us = None if newest_us is None else newest_us - round(item["last_days_ago"] * DAY_US)
        found[item["item_id"]] = _Bought(item["orders"], last_us)
    for event in purchases:
        known = found.get(event.item_id)
        if known is None or (known.last_us or 0) < event.occurred_at_us:
            found[event.item_id] = _Bought((known.orders if known else 0) + 1, event.occurred_at_us)
    newest_first = sorted(found.items(), key=lambda one: -(one[1].last_us or 0))[:BOUGHT]
    return {item_id: _in_words(bought) for item_id, bought in newest_first}


def _in_words(bought: _Bought) -> str:
    times = count(bought.orders, "order")
    return times if bought.last_us is None else f"{times}, last on {day(bought.last_us)}"
