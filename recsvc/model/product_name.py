"""What a title says the product is: the words that its variants share.

Training finds the variants among the items that were sold by it, and the service those among items that never were.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

import numpy as np

from recsvc.model.variant_words import JOINTS, PACKS, UNITS

MOST_VARIANTS = 40
"""A larger group has titles that say too little: it is none."""

PRICE_GAP = float(np.log(4))
"""Variants in order of price: where the next one costs so much more, another product begins."""

LONGEST_WITH_S = 3

NO_PRODUCT = 0
"""The digest where a title does not say what an item is."""

_NUMBER = re.compile(r"\d+")
_WITH_UNIT = re.compile(r"\d+[a-z]{1,3}|x\d+|\d+x\d+[a-z]{0,2}")
_DIGEST_BYTES = 8


def product_name(title: tuple[str, ...], varying: Collection[str]) -> str:
    """Return the words of a title that its variants share, in order; "" where none says what it is.

    Args:
        title: its words.
        varying: words for colours, sizes and the like.
    """
    amounts = _amounts(title)
    kept = [
        word
        for place, word in enumerate(title)
        if place not in amounts and word not in varying and word not in JOINTS
    ]
    # One letter, or two, say nothing by themselves; a character of a script without spaces does.
    if not any(len(word) > 2 or not word.isascii() for word in kept):
        return ""
    return " ".join(sorted(_singular(word) for word in kept))


def product_digest(name: str, kind: Iterable[object]) -> int:
    """Return a number that only products of one name and one kind have; ``NO_PRODUCT`` without a name.

    ``kind``: the narrowest categories; in a model their indices.
    """
    if not name:
        return NO_PRODUCT
    said = f"{name}\0{','.join(sorted(map(str, kind)))}"
    return int.from_bytes(blake2b(said.encode(), digest_size=_DIGEST_BYTES).digest(), signed=True)


def divided_by_price(items: Sequence[int], log_prices: Sequence[float]) -> list[list[int]]:
    """Divide ``items``, each with its price, where prices leave a gap; those without one belong to the cheapest.

    ``log_prices``: logarithms of prices; 0 where none is known.
    """
    ordered = sorted((price != 0, price, item) for item, price in zip(items, log_prices, strict=True))
    parts: list[list[int]] = []
    before = 0.0
    for _, price, item in ordered:
        if not parts or (before != 0 and price - before > PRICE_GAP):
            parts.append([])
        parts[-1].append(item)
        before = price
    return parts


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
