"""What a candidate source is: all that one way to propose items has to say."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.query import Source
from recsvc.ranking.scores import Scores
from recsvc.ranking.user_state import UserState

Terms = NDArray[np.float64]
"""What each purchase adds to the score of each item; float64, shape (n_items, n_history)."""


class CandidateSource(ABC):
    """Scores items for a user and proposes the best; made once for each model, used by all threads.

    Attributes:
        name: of the source, and of the feature that its score is.
        n_proposed: how many items it proposes.
        public_name: what it is called in answers.
        words: what its score is called when people read of the ranker's features.
        is_personal: whether its scores depend on what the user bought.
    """

    name: ClassVar[str]
    n_proposed: ClassVar[int]
    public_name: ClassVar[Source]
    words: ClassVar[str]
    is_personal: ClassVar[bool] = True

    def __init__(self, model: Model) -> None:
        self.model = model

    @abstractmethod
    def scores(self, user: UserState) -> Scores:
        """Return what the source thinks of the items."""

    def scores_of_all(self, users: Sequence[UserState]) -> Iterator[Scores]:
        """Yield the ``scores`` of each of ``users``, who all have factors."""
        return map(self.scores, users)

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return what each purchase adds to the scores of ``items``; zeros where purchases have no part in them.

        The sum of a row is the score of the item, less what it gets whoever the user is.
        """
        return np.zeros((len(items), len(user.history)))

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:  # noqa: ARG002
        """Return what the score of each of ``items`` would lose without each purchase.

        As it stands, its term: right where each purchase counts for itself. ``scores``: float32, shape (n_items,): what
        the source gives them.
        """
        return self.terms(user, items)

    def feature(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of candidates as the ranker sees them; float32, shape (n,)."""
        return scores


def losses_of_shares(terms: Terms, scores: NDArray[np.float32], shares: NDArray[np.float32]) -> Terms:
    """Return what weighted means lose without each purchase, whose weight the others take over.

    ``terms``: of the means; ``scores``: float32, shape (n_items,); ``shares``: float32, shape (n_history,): the
    weights, which add up to 1.
    """
    means = scores.astype(np.float64)[:, np.newaxis]
    return np.asarray(means - (means - terms) / np.maximum(1 - shares.astype(np.float64), 1e-6), np.float64)
