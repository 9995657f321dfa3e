"""Items as cards: picture, title, price, and in words why they are there."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from recsvc.errors import NoModelError
from recsvc.ranking.explain.because import because
from recsvc.ranking.explain.explanation import Explanation, Standing
from recsvc.ranking.explain.languages.language import Language, Reading
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Query, Reason, ReasonType, Strategy
from recsvc.serving.lists import Answer
from recsvc.web.picture import address_of, drawn_at
from recsvc.web.site import Site

FIELDS = ("title", "image_url", "price", "categories")


@dataclass(frozen=True)
class Card:
    """An item as it is shown.

    Attributes:
        item_id, title, price: of the item; its title is its id where none is known.
        picture, otherwise: where its picture is, and what is shown where that cannot be loaded.
        why: in words; "" where nothing is said.
        rank: place in its list; 0 outside of a list.
    """

    item_id: str
    title: str
    price: float | None
    picture: str
    otherwise: str
    why: str = ""
    rank: int = 0

    @property
    def address(self) -> str:
        """The page of the item."""
        return f"/console/items/item?{urlencode({'id': self.item_id})}"


@dataclass(frozen=True)
class CardList:
    """A list of cards, and how it came about.

    Attributes:
        placement: whose list it is.
        strategy: how it came about; "" where it could not be made.
        cards: best first.
        held_out_by: the experiment that shows the shopper nothing here; "" for none.
    """

    placement: str
    strategy: str
    cards: tuple[Card, ...]
    held_out_by: str = ""


def cards_of(site: Site, whys: Mapping[str, str]) -> list[Card]:
    """Return the cards of items, by id, with a word to each; in that order."""
    items: list[dict[str, Any]] = [{"item_id": item_id} for item_id in whys]
    _describe(site, items, FIELDS)
    return [_card(item, whys[item["item_id"]]) for item in items]


def list_of(site: Site, query: Query, language: Language) -> CardList:
    """Return the list for ``query`` as shoppers get it now, as cards.

    Raises NoModelError, OverloadedError, QueryError and UnknownItemError.
    """
    answer = site.service.lists.answer(query)
    held_out_by = site.service.shop.experiments.held_out_by(query)
    return CardList(query.asked_for, answer.made.strategy, cards_in(site, answer, language), held_out_by)


def cards_in(site: Site, answer: Answer, language: Language) -> tuple[Card, ...]:
    """Return the items of a list as cards, each with its reason in words."""
    items = answer.document()["items"]
    named = {one for item in items for one in item["reason"].get("item_ids", ())}
    titles = titles_of(site, named)
    site.describe(items, FIELDS)
    return tuple(_card(item, _why(item, answer, titles, language), item["rank"]) for item in items)


def titles_of(site: Site, item_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of items, as far as they are known."""
    items: list[dict[str, Any]] = [{"item_id": item_id} for item_id in item_ids]
    _describe(site, items, ("title",))
    return {item["item_id"]: item["title"] for item in items if item["title"]}


def _describe(site: Site, items: list[dict[str, Any]], fields: tuple[str, ...]) -> None:
    """Put what is known of ``items`` into them; without a model, that is what the catalogue says."""
    for item in items:
        item.update(dict.fromkeys(fields))
    with suppress(NoModelError):
        site.describe(items, fields)


def _card(item: Mapping[str, Any], why: str, rank: int = 0) -> Card:
    item_id = item["item_id"]
    picture = address_of(item_id, item["image_url"])
    return Card(item_id, item["title"] or item_id, item["price"], picture, drawn_at(item_id), why, rank)


def _standing(answer: Answer) -> Standing:
    """Return what is known of the shopper: what sells is a stranger's own list, and fills that of others."""
    if not answer.query.placement.is_personal:
        return Standing.ANYBODY
    return Standing.UNKNOWN if answer.made.strategy == Strategy.TRENDING else Standing.KNOWN


def _why(item: Mapping[str, Any], answer: Answer, titles: Mapping[str, str], language: Language) -> str:
    """Return the reason of an item of a list, beginning with a capital."""
    said = item["reason"]
    reason = Reason(
        ReasonType(said["type"]),
        tuple(said.get("item_ids", ())),
        said.get("every_days"),
        said.get("last_days_ago"),
    )
    explanation = Explanation(
        Strategy(answer.made.strategy),
        len(answer.made.rows),
        len(answer.made.rows),
        answer.query.placement,
        rank=item["rank"],
        reason=reason,
    )
    told = Told(explanation, item["item_id"], _standing(answer), titles, language)
    # How well something popular sells, only the sources could say.
    is_popular = reason.type is ReasonType.POPULAR
    words = language.readings[Reading.SOLD][0] if is_popular else because(told, reason)
    return f"{words[:1].upper()}{words[1:]}"
