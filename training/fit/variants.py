"""Which items are variants of one product: their titles differ in colour, size or pack only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.content import words_of
from recsvc.model.product_name import (
    MOST_VARIANTS,
    NO_PRODUCT,
    divided_by_price,
    product_digest,
    product_name,
)
from recsvc.model.variant_words import COLOURS, SIZES

MAX_LEARNED_TITLES = 50_000
"""Words are learned from at most so many titles."""

NEAR_PRICE = float(np.log(1.3))
"""Prices whose logarithms differ by less are similar."""

SHARE_OF_TITLES = 0.2
"""A word of which a smaller share of titles has a twin belongs to the name of a product."""

FEW_TWINS, MANY_TWINS = 2, 8
MUTUAL = 3
ROUNDS = 3

Titles = Sequence[tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Variants:
    """Groups of items of one product.

    Attributes:
        groups: int32, shape (n_items,): the group of each item; -1 for none.
        words: what the titles of a product differ in, beside numbers.
        digests: int64, shape (n_items,): what each title and kind says the product is; see ``product_digest``.
    """

    groups: NDArray[np.int32]
    words: frozenset[str]
    digests: NDArray[np.int64]

    def corrected(self, group_ids: Sequence[str | None]) -> "Variants":
        """Return the groups with those that the shop names, one an item or None, in the place of others."""
        groups, numbers = self.groups.copy(), dict[str, int]()
        first = int(groups.max(initial=-1)) + 1
        for item, group_id in enumerate(group_ids):
            if group_id is not None:
                groups[item] = numbers.setdefault(group_id, first + len(numbers))
        return Variants(groups, self.words, self.digests)


def find_variants(
    titles: Sequence[str], log_prices: NDArray[np.float32], kinds: Sequence[Iterable[object]]
) -> Variants:
    """Return which items are variants of one product.

    Two are if their titles have the same words but for colours, sizes and amounts, in whatever order, their prices
    are not far apart, and they are of one kind. Which words are colours and the like is learned from these titles.

    Args:
        titles: one an item; "" where none is known.
        log_prices: float32, shape (n_items,): logarithms of prices; 0 where none is known.
        kinds: one an item: what has to be the same: the narrowest categories.
    """
    words = [words_of(title) for title in titles]
    varying = learn_varying_words(words, log_prices)
    members: dict[int, list[int]] = defaultdict(list)
    digests = np.full(len(titles), NO_PRODUCT, dtype=np.int64)
    for item, (title, kind) in enumerate(zip(words, kinds, strict=True)):
        digests[item] = digest = product_digest(product_name(title, varying), kind)
        if digest != NO_PRODUCT:
            members[digest].append(item)
    groups = np.full(len(titles), -1, dtype=np.int32)
    n_groups = 0
    for items in members.values():
        if 1 < len(items) <= MOST_VARIANTS:
            for group in divided_by_price(items, log_prices[items].tolist()):
                if len(group) > 1:
                    groups[group] = n_groups
                    n_groups += 1
    return Variants(groups, varying, digests)


def learn_varying_words(titles: Titles, log_prices: NDArray[np.float32]) -> frozenset[str]:
    """Return the words that vary within titles that are otherwise the same, of items of similar price.

    Known names of colours and sizes are such words. So is what takes the place of two of them in a fifth of its
    titles or more, and, whatever the language, what takes the place of three others that do so among themselves.
    """
    titles = titles[:MAX_LEARNED_TITLES]
    n_titles = Counter(word for title in titles for word in set(title))
    twins, n_twins = _twins(titles, log_prices)
    often = {
        word
        for word, n in n_twins.items()
        if n >= FEW_TWINS and n >= SHARE_OF_TITLES * n_titles[word] and not word.isdigit()
    }
    varying = set(COLOURS | SIZES)
    varying |= {word for word in often if n_twins[word] >= MANY_TWINS and _is_in_clique(word, often, twins)}
    for _ in range(ROUNDS):
        varying |= {word for word in often - varying if _takes_place_of(twins[word], varying)}
    return frozenset(varying)


def _twins(
    titles: Titles, log_prices: NDArray[np.float32]
) -> tuple[Mapping[str, Counter[str]], Counter[str]]:
    """Return for each word how often others take its place, and how many titles have such a twin."""
    slots: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for item, title in enumerate(titles):
        if len(title) > 1:
            for place, word in enumerate(title):
                slots[hash((title[:place], title[place + 1 :]))].append((word, item))
    twins: dict[str, Counter[str]] = defaultdict(Counter)
    n_twins: Counter[str] = Counter()
    for slot in slots.values():
        if len(slot) > 1:
            for word, others in _exchanged(slot, log_prices):
                twins[word].update(others)
                n_twins[word] += 1
    return twins, n_twins


def _exchanged(
    slot: list[tuple[str, int]], log_prices: NDArray[np.float32]
) -> Iterator[tuple[str, set[str]]]:
    """Yield each word of one place, and the others of items of similar price."""
    for word, item in slot[:MOST_VARIANTS]:
        price = log_prices[item]
        others = {
            other for other, twin in slot[:MOST_VARIANTS] if abs(log_prices[twin] - price) < NEAR_PRICE
        } - {word}
        if others:
            yield word, others


def _is_in_clique(word: str, often: set[str], twins: Mapping[str, Counter[str]]) -> bool:
    """Return whether three others take its place ``MUTUAL`` times each, and two of these each other's."""
    near = [other for other, n in twins[word].items() if n >= MUTUAL and other in often]
    mutual = sum(twins[one][other] >= MUTUAL for one in near for other in near)
    return len(near) >= 3 and mutual >= 4


def _takes_place_of(others: Counter[str], varying: set[str]) -> bool:
    """Return whether at least two words that vary, and mostly such words, take its place."""
    known = {other: n for other, n in others.items() if other in varying}
    return len(known) >= FEW_TWINS and 2 * sum(known.values()) >= others.total()
