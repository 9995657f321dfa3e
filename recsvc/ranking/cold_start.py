"""Items that the shop sells and the model never saw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from recsvc.model.categories import paths_of
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from recsvc.ranking.content_map import ContentMap, products
from recsvc.ranking.title_variants import Titled, TitleVariants


@dataclass(frozen=True, eq=False)
class KnownItems:
    """Names the items of a model, 0..n-1, and behind them those that only the catalogue knows.

    Attributes:
        learned: the items of the model.
        new: cold-start items; none of them is among ``learned``.
    """

    learned: ItemVocabulary
    new: ItemVocabulary

    def __len__(self) -> int:
        return len(self.learned) + len(self.new)

    def index_of(self, item_id: str) -> int | None:
        """Return the index of ``item_id``, or None when it is not known."""
        index = self.learned.index_of(item_id)
        if index is None and len(self.new):
            place = self.new.index_of(item_id)
            return None if place is None else len(self.learned) + place
        return index

    def places_of(self, item_ids: Sequence[str]) -> NDArray[np.int32]:
        """Return the index of each id, -1 where it is not known; int32, shape (n_ids,)."""
        places = self.learned.places_of(item_ids)
        if len(self.new):
            new = self.new.places_of(item_ids)
            places = np.where((places < 0) & (new >= 0), len(self.learned) + new, places)
        return places.astype(np.int32)

    def indices_of(self, item_ids: Iterable[str]) -> list[int]:
        """Return the indices of those ids that are known, in the order given."""
        return [index for item_id in item_ids if (index := self.index_of(item_id)) is not None]

    def id_of(self, index: int) -> str:
        """Return the id at ``index``; raises IndexError outside 0..n-1."""
        n_learned = len(self.learned)
        return self.learned.id_of(index) if index < n_learned else self.new.id_of(index - n_learned)


NOT_RENAMED: Mapping[int, str] = {}

MAX_NAMED = 4_000
"""For so many combinations of categories the maker remembers which of them the model knows."""


@dataclass(frozen=True)
class ColdStartItem:
    """What the shop says of an item that the model does not know.

    Attributes:
        item_id: the shop's id.
        categories: as the shop names them.
        buyers: indices of its first buyers, as far as the model knows them.
        is_sold: whether it may be shown now.
        title: what it is called.
        text: what else is said of it in words, such as brand and material.
        price: of one item; None where it is not known.
    """

    item_id: str
    categories: tuple[str, ...] = ()
    buyers: tuple[int, ...] = ()
    is_sold: bool = True
    title: str = ""
    text: str = ""
    price: float | None = None


@dataclass(frozen=True, eq=False)
class ColdStartItems:
    """Items that lists of one model can hold beside its own; the index of cold-start item ``j`` is ``n_items + j``.

    Attributes:
        known: the items of the model, and these.
        is_sold: bool, shape (n_new,): whether it may be shown now.
        categories: shape (n_new, n_categories): 1 for each category of the model that it is in.
        narrowest: the same, of its narrowest categories alone.
        content: shape (n_new, n_content): the features of each that the model knows, of length 1.
        content_tastes: float32, shape (n_new, n_factors): the factors that those foretell.
        content_sold: float32, shape (n_new,): how much of all purchases is like the item.
        buyer_tastes: float32, shape (n_new, n_factors): the mean of the unit factors of its first buyers.
        n_buyers: int32, shape (n_new,): how many those are.
        share: of the places of a personal list, at most so many are theirs.
        variant_groups: int32, shape (n_items + n_new,): the product of which each item is a variant by what the model
            learned and by its title, below 0 for none; None where no item is a variant.
    """

    known: KnownItems
    is_sold: NDArray[np.bool_]
    categories: SparseRows
    narrowest: SparseRows
    content: SparseRows
    content_tastes: NDArray[np.float32]
    content_sold: NDArray[np.float32]
    buyer_tastes: NDArray[np.float32]
    n_buyers: NDArray[np.int32]
    share: float = 0.0
    variant_groups: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless there is as much of everything."""
        for name in (
            "is_sold",
            "categories",
            "narrowest",
            "content",
            "content_tastes",
            "content_sold",
            "buyer_tastes",
            "n_buyers",
        ):
            if len(getattr(self, name)) != len(self):
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} rows for {len(self)} cold-start items"
                )

    def __len__(self) -> int:
        return len(self.known.new)

    @property
    def first_index(self) -> int:
        """The index of the first cold-start item: the number of items of the model."""
        return len(self.known.learned)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the indices."""
        return tuple(self.known.new.ids)


@dataclass(frozen=True, eq=False)
class _Categories:
    """What the model knows of the categories of an item; attributes as in ``ColdStartItems``."""

    known: list[int]
    narrowest: list[int]


@dataclass(frozen=True, eq=False)
class ColdStartMaker:
    """Makes the cold-start items of one model; it remembers what it found out of categories."""

    model: Model
    _named: LRUCache[tuple[str, ...], _Categories] = field(default_factory=lambda: LRUCache(MAX_NAMED))

    @cached_property
    def _content(self) -> ContentMap:
        return ContentMap(self.model)

    @cached_property
    def variants(self) -> TitleVariants:
        """Finds which items are variants by their titles."""
        return TitleVariants(self.model)

    def make(
        self, items: Sequence[ColdStartItem], share: float = 0.0, renamed: Mapping[int, str] = NOT_RENAMED
    ) -> ColdStartItems:
        """Return ``items``, of which the model knows none and which have distinct ids.

        ``renamed``: by index, what items of the model are called now, if the name says another product.
        """
        vocabulary = ItemVocabulary.of(item.item_id for item in items)
        ordered = sorted(items, key=lambda item: item.item_id.encode())
        categories = [self._categories(item.categories) for item in ordered]
        content = self._content.rows((item.title, item.categories, item.text) for item in ordered)
        return ColdStartItems(
            KnownItems(self.model.items, vocabulary),
            np.asarray([item.is_sold for item in ordered], dtype=np.bool_),
            self._rows([of_item.known for of_item in categories]),
            self._rows([of_item.narrowest for of_item in categories]),
            content,
            self._content.tastes(content),
            products(content, self.model.content_sold),
            self._buyer_tastes([item.buyers for item in ordered]),
            np.asarray([len(item.buyers) for item in ordered], dtype=np.int32),
            share,
            self.variants.groups(
                [
                    Titled(item.title, tuple(of_item.narrowest), item.price)
                    for item, of_item in zip(ordered, categories, strict=True)
                ],
                renamed,
            ),
        )

    def _categories(self, names: tuple[str, ...]) -> _Categories:
        if names not in self._named:
            known = known_categories(self.model, names)
            levels = self.model.category_levels[known]
            narrowest = [
                category for category, level in zip(known, levels, strict=True) if level == levels.max()
            ]
            self._named[names] = _Categories(known, narrowest)
        return self._named[names]

    def _rows(self, lines: list[list[int]]) -> SparseRows:
        indices = np.asarray([column for line in lines for column in line], dtype=np.int32)
        ends = np.cumsum([0, *map(len, lines)]).astype(np.int64)
        return SparseRows(ends, indices, np.ones(len(indices), np.float32), len(self.model.categories))

    def _buyer_tastes(self, buyers: list[tuple[int, ...]]) -> NDArray[np.float32]:
        counts = np.asarray([len(of_item) for of_item in buyers], dtype=np.int64)
        everyone = np.asarray([user for of_item in buyers for user in of_item], dtype=np.int64)
        sums = np.zeros((len(buyers), self.model.n_factors), dtype=np.float32)
        np.add.at(sums, np.repeat(np.arange(len(buyers)), counts), unit(self.model.user_factors[everyone]))
        return sums / np.maximum(counts, 1).astype(np.float32)[:, np.newaxis]


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``rows``, float32, shape (n, n_factors), each of length 1; zeros stay."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def known_categories(model: Model, names: Sequence[str]) -> list[int]:
    """Return those of the categories that ``names`` name, and of those above them, that the model knows."""
    vocabulary = Vocabulary(model.categories)
    paths = dict.fromkeys(path for name in names for path in paths_of(name))
    return vocabulary.indices_of(paths)
