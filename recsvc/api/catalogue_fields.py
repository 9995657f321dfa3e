"""What the catalogue says of the items of a list, put into its answer."""

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import CatalogueItem
from recsvc.identity.external_id import is_storable
from recsvc.serving.follower import GuardedStore
from recsvc.serving.live_model import LiveModel

Describe: TypeAlias = Callable[[list[dict[str, Any]], tuple[str, ...]], None]
"""Puts fields, by name, into each item of an answer."""


class Descriptions:
    """Asks the catalogue at each answer; where it does not answer, only the model's titles are known."""

    def __init__(self, guarded: GuardedStore, live_model: LiveModel) -> None:
        self._guarded = guarded
        self._live_model = live_model

    def describe(self, items: list[dict[str, Any]], names: tuple[str, ...]) -> None:
        """Put the fields ``names`` into each of ``items``; null where nothing is known."""
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
        if "title" in fields and fields["title"] is None:
            fields["title"] = self._learned_title(item_id)
        return {name: fields[name] for name in names}

    def _learned_title(self, item_id: str) -> str | None:
        model = self._live_model.current().recommender.model
        index = model.items.index_of(item_id)
        return None if index is None else model.titles[index] or None
