"""What the catalogue says of the items of a list, put into its answer."""

import json
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, TypeAlias

from recsvc.cache.breaker import Breaker
from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import CatalogueItem
from recsvc.errors import StoreError
from recsvc.identity.external_id import is_storable
from recsvc.serving.live_model import LiveModel
from recsvc.store.item_catalogue import Catalogue

PAUSE_SECONDS = 1.0

Describe: TypeAlias = Callable[[bytes, tuple[str, ...]], bytes]
"""Puts fields, by name, into each item of an answer."""


class Descriptions:
    """Asks the catalogue at each answer; where it does not answer, only the model's titles are known."""

    def __init__(self, catalogue: Catalogue, live_model: LiveModel) -> None:
        self._catalogue = catalogue
        self._live_model = live_model
        self._breaker = Breaker(PAUSE_SECONDS)

    def describe(self, body: bytes, names: tuple[str, ...]) -> bytes:
        """Return ``body`` with the fields ``names`` in each item; null where nothing is known."""
        answer = json.loads(body)
        known = self._known([item["item_id"] for item in answer["items"]])
        for item in answer["items"]:
            item.update(self._fields(item["item_id"], known.get(item["item_id"]), names))
        return json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()

    def titles(self, item_ids: Collection[str]) -> dict[str, str]:
        """Return the titles of ``item_ids``, as far as they are known."""
        known = self._known(list(item_ids))
        found = {
            one: (known[one].title if one in known else None) or self._learned_title(one) for one in item_ids
        }
        return {item_id: title for item_id, title in found.items() if title}

    def _known(self, item_ids: list[str]) -> dict[str, Item]:
        if self._breaker.allows():
            with suppress(StoreError):
                found = self._catalogue.get_many([one for one in item_ids if is_storable(one)])
                self._breaker.succeeded()
                return found
            self._breaker.failed()
        return {}

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
