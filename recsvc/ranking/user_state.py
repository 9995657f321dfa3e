"""A user as the ranking sees them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.scores import NO_ITEMS, Subset

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class UserState:
    """Whom a list is for.

    Attributes:
        user_index: None for a user whom the model does not know.
        history: what the user bought, and showed interest in; of a guest, the items of the page or cart.
        excluded: int32, shape (n,): items that must not be in the list.
        folded_in: float32, shape (n_factors,): the user's factors, where those of the model no longer hold.
        allowed: the items that may be in the list, ``excluded`` ones among them; None: all.
        looked_at: int32, shape (n,): cold-start items on the page or in the cart, where nothing else is known.
    """

    user_index: int | None
    history: History
    excluded: NDArray[np.int32] = field(default_factory=lambda: NO_ITEMS)
    folded_in: NDArray[np.float32] | None = None
    allowed: Subset | None = None
    looked_at: NDArray[np.int32] = field(default_factory=lambda: NO_ITEMS)
    _found: dict[Callable[..., Any], Any] = field(init=False, repr=False, default_factory=dict)

    def factors_in(self, model: Model) -> NDArray[np.float32] | None:
        """Return the user's factors, float32, shape (n_factors,); None for a user of whom nothing is known."""
        if self.folded_in is None and self.user_index is not None:
            return np.asarray(model.user_factors[self.user_index])
        return self.folded_in

    def may_see(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of ``items`` may be in the list; bool, shape (n,)."""
        shown = ~np.isin(items, self.excluded)
        return shown if self.allowed is None else shown & self.allowed.whole[items]

    def once(self, find: Callable[[Model, "UserState"], T], model: Model) -> T:
        """Return ``find(model, user)``, which several sources need and which is computed for the first of them."""
        if find not in self._found:
            self._found[find] = find(model, self)
        found: T = self._found[find]
        return found

    def once_for(
        self,
        find: Callable[[Model, "UserState", NDArray[np.int32]], T],
        model: Model,
        items: NDArray[np.int32],
    ) -> T:
        """Return ``find(model, user, items)``, computed once as long as the array ``items`` is the same one."""
        kept = self._found.get(find)
        if kept is None or kept[0] is not items:
            kept = self._found[find] = (items, find(model, self, items))
        found: T = kept[1]
        return found
