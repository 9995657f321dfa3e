"""How much the lists of one placement differ from one another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.evaluation.metrics import NO_ITEM, Lists

SHOWN = 10


@dataclass(frozen=True)
class Personal:
    """How personal the lists of a placement are; those of ``similar`` are of items, of ``bought_together`` of carts.

    Attributes:
        lists: how many lists' first ten were compared.
        distinct: how many items are in at least one of them.
        identical: largest number of lists that hold the same items in the same order; empty ones do not count.
        empty: how many have no item.
    """

    lists: int
    distinct: int
    identical: int
    empty: int

    @classmethod
    def of(cls, lists: Lists | Sequence[Sequence[int]]) -> "Personal":
        """Compare ``lists`` of item indices, best first; ``NO_ITEM`` fills short ones."""
        first = [tuple(item for item in map(int, row[:SHOWN]) if item != NO_ITEM) for row in lists]
        shown = [row for row in first if row]
        return cls(
            lists=len(first),
            distinct=len({item for row in shown for item in row}),
            identical=max(Counter(shown).values(), default=0),
            empty=len(first) - len(shown),
        )
