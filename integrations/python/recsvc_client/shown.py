"""What a page shows: the list of the service, or the shop's own where there is none in time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from recsvc_client.errors import RecsvcError
from recsvc_client.schemas import ItemModel, PageListResponse, RankResponse, RecommendResponse


class FallbackItem(dict[str, Any]):
    """An item of the shop's own; it has ``item_id``, ``rank``, and what the shop said of it."""


ListItem = Union[ItemModel, FallbackItem]  # noqa: UP007 - an alias, which Python 3.10 evaluates
Fallback = Sequence[Union[str, Mapping[str, Any]]]  # noqa: UP007 - the same
"""Items to show instead: their ids, or mappings with an ``item_id`` and what the page shows of it."""


@dataclass(frozen=True)
class Shown:
    """A list to show.

    Attributes:
        items: best first; each has ``item_id`` and ``rank``.
        recommendation_id: goes back with the events of the list; None for the shop's own.
        answer: all that the service said; None for the shop's own.
        trouble: why the list is the shop's own; None where it is that of the service.
    """

    items: tuple[ListItem, ...]
    recommendation_id: str | None
    answer: RecommendResponse | PageListResponse | None
    trouble: RecsvcError | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether the list is the shop's own."""
        return self.answer is None

    @classmethod
    def of(cls, answer: RecommendResponse | PageListResponse) -> "Shown":
        """Return the list of the service."""
        return cls(tuple(answer["items"]), answer["recommendation_id"], answer)

    @classmethod
    def instead(cls, fallback: Fallback, n: int, without: Iterable[str], trouble: RecsvcError) -> "Shown":
        """Return the first ``n`` items of the shop's own that are not ``without``."""
        hidden, items = set(without), list[ListItem]()
        for one in fallback:
            item = FallbackItem(one if isinstance(one, Mapping) else {"item_id": one})
            if item["item_id"] not in hidden and len(items) < n:
                hidden.add(item["item_id"])
                items.append(FallbackItem({**item, "rank": len(items) + 1}))
        return cls(tuple(items), None, None, trouble)


@dataclass(frozen=True)
class Page:
    """The lists of a page, by their names.

    Attributes:
        lists: in the order asked for.
        trouble: why all of them are the shop's own; None where they are those of the service.
    """

    lists: Mapping[str, Shown]
    trouble: RecsvcError | None = None

    def __getitem__(self, name: str) -> Shown:
        """Return the list of that name."""
        return self.lists[name]


@dataclass(frozen=True)
class Ranked:
    """The shop's list in the order to show it.

    Attributes:
        item_ids: best first.
        recommendation_id: goes back with the events of the list; None where the order is the shop's own.
        answer: all that the service said; None where the order is the shop's own.
        trouble: why that is so.
    """

    item_ids: tuple[str, ...]
    recommendation_id: str | None
    answer: RankResponse | None
    trouble: RecsvcError | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether the order is the shop's own because the service was not there."""
        return self.answer is None
