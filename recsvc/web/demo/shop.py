"""What the pages of the demo shop have in common: who asks, the lists as shelves, and what is told to the service."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from flask import Response, g, render_template, request

from recsvc.errors import NoModelError, StoreError, UnknownItemError
from recsvc.ranking.query import Placement, Query, Strategy
from recsvc.serving.lists import Answer
from recsvc.serving.pages import Page
from recsvc.web.cards import Card, cards_in
from recsvc.web.demo.visit import COOKIE, COOKIE_PATH, Visit, Visits
from recsvc.web.page import rooted
from recsvc.web.picture import drawn_at
from recsvc.web.site import Site

SHELF = 6
"""So many cards a list."""

TITLES = {
    Placement.FOR_YOU: "For you",
    Placement.DISCOVER: "Something new",
    Placement.BUY_AGAIN: "Buy again",
    Placement.SIMILAR: "Instead of it",
    Placement.BOUGHT_TOGETHER: "Goes with it",
    Placement.TRENDING: "Popular now",
}

CAME_ABOUT = {
    Strategy.FOLDED_IN: "from what happened in this very visit",
    Strategy.POPULAR: "mostly what sells to everybody",
    Strategy.TRENDING: "what sells to everybody: nothing is known of the shopper yet",
}
"""Says how a personal list came about where it is not as it usually is."""


@dataclass(frozen=True)
class DemoCard:
    """An item on a shelf.

    Attributes:
        card: what is shown.
        address: the page of the item; it tells which list led there.
        is_new: whether the list did not have the item when the home page showed it last.
    """

    card: Card
    address: str
    is_new: bool = False


@dataclass(frozen=True)
class Shelf:
    """A list as a row of cards.

    Attributes:
        placement, title: whose list it is, and what the shop calls it.
        came_about: how, where that is worth a word.
        recommendation_id: what the service calls the list.
        cards: best first.
        held_out_by: the experiment that shows this shopper nothing here; "" for none.
    """

    placement: str
    title: str
    came_about: str
    recommendation_id: str
    cards: tuple[DemoCard, ...]
    held_out_by: str = ""

    @property
    def n_new(self) -> int:
        """How many cards the list did not have when the home page showed it last."""
        return sum(card.is_new for card in self.cards)


class DemoShop:
    """What the pages of the demo shop ask."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._visits = Visits(lambda: site.service.store.secret("recsvc demo"))

    @property
    def is_closed(self) -> bool:
        """Whether nobody may be any shopper here now: there are keys, so there are shoppers to protect."""
        return self.site.settings.demo != "public" and not self.site.is_open

    @property
    def visit(self) -> Visit:
        """Who asks."""
        if "demo_visit" not in g:
            g.demo_visit = self._visits.read(request.cookies.get(COOKIE))
        return cast("Visit", g.demo_visit)

    def keep(self, response: Response, visit: Visit) -> bool:
        """Let the browser be that visit from now on; return False where its cart is too full."""
        cookie = self._visits.write(visit) or self._visits.write(replace(visit, before=()))
        if cookie is None:
            return False
        response.set_cookie(COOKIE, cookie, path=rooted(COOKIE_PATH), httponly=True, samesite="Strict")
        return True

    def shelves(self, placements: Sequence[Placement], item_ids: tuple[str, ...] = ()) -> list[Shelf]:
        """Return the lists of a page for who asks, no item twice; items that no list knows have none.

        Raises NoModelError, OverloadedError and QueryError.
        """
        answers = self.answers(placements, item_ids)
        return [self._shelf(answer) for answer in answers]

    def answers(self, placements: Sequence[Placement], item_ids: tuple[str, ...] = ()) -> Sequence[Answer]:
        """Return the lists of a page as the service makes them, for who asks."""
        query_for, visit = self.site.service.shop.rules.query_for, self.visit
        queries: list[Query] = [
            query_for(
                placement, n=SHELF, user_id=visit.user_id, session_id=visit.session_id, item_ids=item_ids
            )
            for placement in placements
        ]
        try:
            return self.site.service.pages.answer(Page(tuple(queries))).lists
        except UnknownItemError:
            return ()

    def _shelf(self, answer: Answer) -> Shelf:
        placement = answer.query.placement
        before = dict(self.visit.before).get(answer.query.asked_for)
        strategy, name = Strategy(answer.made.strategy), answer.made.recommendation_id
        cards = cards_in(self.site, answer, self.site.settings.explanation_language)
        return Shelf(
            answer.query.asked_for,
            TITLES[placement],
            CAME_ABOUT.get(strategy, "") if placement.is_personal else "",
            name,
            tuple(
                DemoCard(
                    drawn_here(card), _address(card, name), before is not None and card.item_id not in before
                )
                for card in cards
            ),
            self.site.service.shop.experiments.held_out_by(answer.query),
        )

    def show(self, template: str, shelves: Iterable[Shelf], **values: object) -> str:
        """Return a page with shelves on it, and tell the service that they were shown."""
        shelves = list(shelves)
        self.tell(
            [
                {
                    "type": "impression",
                    "item_id": one.card.item_id,
                    "recommendation_id": shelf.recommendation_id,
                    "position": one.card.rank,
                }
                for shelf in shelves
                for one in shelf.cards
            ]
        )
        return render_template(template, shelves=shelves, **values)

    def tell(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Tell the service what the shopper did, as a shop would; a page is shown also where the store is away."""
        if events:
            with suppress(StoreError):  # the store has logged why
                self.tell_for_sure(events)

    def tell_for_sure(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Tell the service what the shopper did; raises StoreError."""
        who = self.visit.who
        self.site.post([{**who, "channel": "web", **event} for event in events])

    def is_sold(self, item_id: str) -> bool:
        """Return whether the shop knows the item: it has a title, or the model learned of it."""
        if self.described([item_id])[0]["title"]:
            return True
        live = self.site.service.live_model.version
        return live is not None and live.recommender.model.items.index_of(item_id) is not None

    def described(self, item_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return what is known of items: ``title``, ``price``, ``categories``, ``image_url``."""
        items: list[dict[str, Any]] = [
            {"item_id": one, "title": None, "price": None, "categories": None, "image_url": None}
            for one in item_ids
        ]
        with suppress(NoModelError):
            self.site.describe(items, ("title", "price", "categories", "image_url"))
        return items


def drawn_here(card: Card) -> Card:
    """Return the card with the drawn picture of the demo shop, which needs no sign-in."""
    drawn = drawn_at(card.item_id)
    here = drawn.replace("/console/", "/demo/", 1)
    return replace(card, picture=here if card.picture == drawn else card.picture, otherwise=here)


def address_of_item(item_id: str) -> str:
    """Return the page of an item."""
    return f"/demo/item?{urlencode({'id': item_id})}"


def _address(card: Card, recommendation_id: str) -> str:
    fields = {"id": card.item_id, "list": recommendation_id, "rank": card.rank}
    return f"/demo/item?{urlencode(fields)}"


def came_from(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of an event that say which list led to it, of those of an address or form; {} for none."""
    name, rank = values.get("list", ""), values.get("rank", "")
    if not name or len(name) > 256 or not rank.isascii() or not rank.isdecimal() or len(rank) > 3:
        return {}
    return {"recommendation_id": name, "position": max(int(rank), 1)}


def name_of(kind: str, *parts: str) -> str:
    """Return an ``event_id`` that is the same for the same parts: what a page tells twice counts once."""
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"demo-{kind}-{digest}"
