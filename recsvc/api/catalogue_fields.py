"""What the catalogue says of the items of a list, put into its answer."""

from collections.abc import Callable, Collection
from math import exp, isfinite
from typing import Any, TypeAlias

from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import CatalogueItem
from recsvc.identity.external_id import is_storable
from recsvc.model.categories import JOINT
from recsvc.model.model import Model
from recsvc.serving.follower import GuardedStore
from recsvc.serving.live_model import LiveModel

Describe: TypeAlias = Callable[[list[dict[str, Any]], tuple[str, ...]], None]
"""Puts fields, by name, into each item of an answer."""


class Descriptions:
    """Asks the catalogue at each answer; where it does not answer, only what the model learned is known."""

    def __init__(self, guarded: GuardedStore, live_model: LiveModel) -> None:
        self._guarded = guarded
        self._live_model = live_model

    def describe(self, items: list[dict[str, Any]], names: tuple[str, ...]) -> None:
        """Put the fields ``names`` into each of ``items``: of the catalogue, else of the model, else null."""
        known = self._known([item["item_id"] for item in items])
        for item in items:
            item.update(self._fields(item["item_id"], known.get(item["item_id"]), names))

    def titles(self, item_ids: Collection[str]) -> dict[str, str]:
        """Return the titles of ``item_ids``, as far as they are known."""
        known = self._known(list(item_ids))
        found = {
            item_id: (known[item_id].title if item_id in known else None) or self._learned_title(item_id)
            for item_id in item_ids
        }
        return {item_id: title for item_id, title in found.items() if title}

    def _known(self, item_ids: list[str]) -> dict[str, Item]:
        storable = [item_id for item_id in item_ids if is_storable(item_id)]
        return self._guarded.ask(lambda store: store.catalogue.get_many(storable)) or {}

    def _fields(self, item_id: str, item: Item | None, names: tuple[str, ...]) -> dict[str, Any]:
        fields: dict[str, Any] = dict.fromkeys(names)
        if item is not None:
            fields = CatalogueItem.of(item).model_dump(include=set(names))
        unknown = [name for name in names if name in _LEARNED and not fields[name] and fields[name] != 0]
        learned = self._learned(item_id, unknown) if unknown else {}
        return {name: learned.get(name, fields[name]) for name in names}

    def _learned(self, item_id: str, names: Collection[str]) -> dict[str, Any]:
        """Return what the model knows of the fields ``names`` of an item."""
        model = self._live_model.current().recommender.model
        index = model.items.index_of(item_id)
        found = {} if index is None else {name: _LEARNED[name](model, index) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _learned_title(self, item_id: str) -> str | None:
        title: str | None = self._learned(item_id, ["title"]).get("title")
        return title


def _title(model: Model, index: int) -> str | None:
    return model.titles[index] or None


def _categories(model: Model, index: int) -> list[str] | None:
    """Return the narrowest of the categories that the model learned for an item."""
    names = [model.categories[number] for number in model.item_categories.row(index)[0].tolist()]
    above = {name.rpartition(JOINT)[0] for name in names}
    return [name for name in names if name not in above] or None


def _price(model: Model, index: int) -> float | None:
    """Return what was usually paid for an item, in orders with prices: the mean of their logarithms, 0 for none."""
    log_price = float(model.item_statistic("log_price")[index])
    return (
        round(exp(log_price), 2) if log_price and isfinite(log_price) and log_price < _MAX_LOG_PRICE else None
    )


_MAX_LOG_PRICE = 27.6
"""That of the highest price that the catalogue takes."""

_LEARNED: dict[str, Callable[[Model, int], Any]] = {
    "title": _title,
    "categories": _categories,
    "price": _price,
}
"""The fields that the model knows something of, where the catalogue does not."""
