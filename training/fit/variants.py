"""Which items are variants of one product: their titles differ in colour, size or pack only."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.content import words_of
from training.fit.variant_words import COLOURS, JOINTS, PACKS, SIZES, UNITS

MAX_LEARNED_TITLES = 50_000
"""Words are learned from at most so many titles."""

NEAR_PRICE = float(np.log(1.3))
"""Prices whose logarithms differ by less are similar."""

PRICE_GAP = float(np.log(4))
"""Variants in order of price: where the next one costs so much more, another product begins."""

MOST_VARIANTS = 40
"""A larger group has titles that say too little: it is none."""

SHARE_OF_TITLES = 0.2
"""A word of which a smaller share of titles has a twin belongs to the name of a product."""

LONGEST_WITH_S = 3
FEW_TWINS, MANY_TWINS = 2, 8
MUTUAL = 3
ROUNDS = 3

_NUMBER = re.compile(r"\d+")
_WITH_UNIT = re.compile(r"\d+[a-z]{1,3}|x\d+|\d+x\d+[a-z]{0,2}")

Titles = Sequence[tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Variants:
    """Groups of items of one product.

    Attributes:
        groups: int32, shape (n_items,): the group of each item; -1 for none.
        words: what the titles of a product differ in, beside numbers.
    """

    groups: NDArray[np.int32]
    words: frozenset[str]

    def corrected(self, group_ids: Sequence[str | None]) -> "Variants":
        """Return the groups with those that the shop names, one an item or None, in the place of others."""
        groups, numbers = self.groups.copy(), dict[str, int]()
        first = int(groups.max(initial=-1)) + 1
        for item, group_id in enumerate(group_ids):
            if group_id is not None:
                groups[item] = numbers.setdefault(group_id, first + len(numbers))
        return Variants(groups, self.words)


def find_variants(
    titles: Sequence[str], log_prices: NDArray[np.float32], kinds: Sequence[object]
) -> Variants:
    """Return which items are variants of one product.

    Two are if their titles have the same words but for colours, sizes and amounts, in whatever order, their prices
    are not far apart, and they are of one kind. Which words are colours and the like is learned from these titles.

    Args:
        titles: one an item; "" where none is known.
        log_prices: float32, shape (n_items,): logarithms of prices; 0 where none is known.
        kinds: one an item: what has to be the same, such as the narrowest category.
    """
    words = [words_of(title) for title in titles]
    varying = learn_varying_words(words, log_prices)
    members: dict[object, list[int]] = defaultdict(list)
    for item, (title, kind) in enumerate(zip(words, kinds, strict=True)):
        name = product_name(title, varying)
        if name:
            members[name, kind].append(item)
    groups = np.full(len(titles), -1, dtype=np.int32)
    n_groups = 0
    for items in members.values():
        for group in _by_price(items, log_prices) if 1 < len(items) <= MOST_VARIANTS else ():
            if len(group) > 1:
                groups[group] = n_groups
                n_groups += 1
    return Variants(groups, varying)


def product_name(title: tuple[str, ...], varying: frozenset[str]) -> str:
    """Return the words of a title that its variants share, in order; "" where none says what it is."""
    amounts, left_out = _amounts(title), varying | JOINTS
    kept = [word for place, word in enumerate(title) if place not in amounts and word not in left_out]
    # One letter, or two, say nothing by themselves; a character of a script without spaces does.
    if not any(len(word) > 2 or not word.isascii() for word in kept):
        return ""
    return " ".join(sorted(_singular(word) for word in kept))


def _singular(word: str) -> str:
    """Return the word without the s of a plural, which tells no two products apart."""
    return word.removesuffix("s") if len(word) > LONGEST_WITH_S else word


def _amounts(title: tuple[str, ...]) -> set[int]:
    """Return at which places a title says how much or how many: numbers with a unit, or in front, and the units.

    Any other number is part of the name: the fourth volume, the model 12.
    """
    found = set[int]()
    for place, word in enumerate(title):
        if _WITH_UNIT.fullmatch(word):
            found.add(place)
        elif _NUMBER.fullmatch(word):
            following = title[place + 1] if place + 1 < len(title) else ""
            if following in UNITS:
                found |= {place, place + 1}
            elif place == 0 or title[place - 1] in PACKS:
                found.add(place)
    return found


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


def _by_price(items: list[int], log_prices: NDArray[np.float32]) -> list[list[int]]:
    """Divide ``items`` where prices leave a gap; those without a price belong to the cheapest."""
    if len(items) < 2:
        return [items]
    ordered = sorted(items, key=lambda item: (log_prices[item] != 0, log_prices[item], item))
    known = [log_prices[item] for item in ordered]
    parts: list[list[int]] = [[ordered[0]]]
    for item, before, price in zip(ordered[1:], known[:-1], known[1:], strict=True):
        if before != 0 and price - before > PRICE_GAP:
            parts.append([])
        parts[-1].append(item)
    return parts
