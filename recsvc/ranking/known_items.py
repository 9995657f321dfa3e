"""Every item that a list can speak of, by one index."""

from collections.abc import Iterable
from dataclasses import dataclass

from recsvc.model.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class KnownItems:
    """Names the items of a model, 0..n-1, and behind them those that only the catalogue knows.

    Attributes:
        learned: the items of the model.
        new: newcomers; none of them is among ``learned``.
    """

    learned: Vocabulary
    new: Vocabulary

    def __len__(self) -> int:
        return len(self.learned) + len(self.new)

    def index_of(self, item_id: str) -> int | None:
        """Return the index of ``item_id``, or None when it is not known."""
        index = self.learned.index_of(item_id)
        if index is None and len(self.new):
            place = self.new.index_of(item_id)
            return None if place is None else len(self.learned) + place
        return index

    def indices_of(self, item_ids: Iterable[str]) -> list[int]:
        """Return the indices of those ids that are known, in the order given."""
        return [index for one in item_ids if (index := self.index_of(one)) is not None]

    def id_of(self, index: int) -> str:
        """Return the id at ``index``; raises IndexError outside 0..n-1."""
        n_learned = len(self.learned)
        return self.learned.id_of(index) if index < n_learned else self.new.id_of(index - n_learned)
