"""Titles of products: every one different, none of them nonsense."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.aisles import ProductType
from training.sample.words import COLOURS, MAKERS

_CROWDED = 0.7  # a larger part of the plain titles is not used up; makers' names make new ones


@dataclass(frozen=True)
class TitleSlots:
    """The words that a title of one product type in one style may be put together from."""

    makers: tuple[str, ...]
    adjectives: tuple[str, ...]
    variants: tuple[str, ...]

    @classmethod
    def of(cls, product_type: ProductType, style: int, n: int) -> "TitleSlots":
        """Choose enough words for ``n`` titles.

        What comes in colours names its maker only in a large shop; what does not always does, because colour
        or maker must tell the styles apart.
        """
        variants = product_type.sizes or COLOURS[style]
        plain = len(product_type.adjectives) * len(variants)
        makers = MAKERS[style]
        if product_type.sizes:
            return cls(makers, product_type.adjectives, variants)
        n_makers = int(n / (plain * _CROWDED))
        return cls(("", *makers)[: n_makers + 1], product_type.adjectives, variants)

    def __len__(self) -> int:
        return len(self.makers) * len(self.adjectives) * len(self.variants)

    def title(self, index: int, noun: str) -> str:
        """Return title number ``index``; beyond ``len(self)`` the designs are numbered."""
        design, index = divmod(index, len(self))
        rest, variant = divmod(index, len(self.variants))
        maker, adjective = divmod(rest, len(self.adjectives))
        words = " ".join(part for part in (self.makers[maker], self.adjectives[adjective], noun) if part)
        number = f", Design {design + 1}" if design else ""
        return f"{words}, {self.variants[variant]}{number}"


def draw_titles(
    product_type: ProductType, style: int, n: int, rng: np.random.Generator
) -> tuple[list[str], NDArray[np.int64]]:
    """Draw ``n`` different titles of one type and style.

    Returns:
        the titles, and int64, shape (n,): the index of each one's size; 1 (the middle) where there are none.
    """
    slots = TitleSlots.of(product_type, style, n)
    pool = -(-n // len(slots)) * len(slots)
    indices = rng.permutation(pool)[:n]
    sizes = indices % len(slots.variants) if product_type.sizes else np.ones(n, dtype=np.int64)
    return [slots.title(int(index), product_type.noun) for index in indices], sizes
