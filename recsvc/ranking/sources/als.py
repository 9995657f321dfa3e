"""Implicit-feedback ALS after the fit, and the sources that are products with a user's ALS factors.

Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets (ICDM 2008).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.scores import NO_SCORES, DenseScores, HeadScores, Scores
from recsvc.ranking.sources.base import CandidateSource, Terms
from recsvc.ranking.user_state import UserState


def fold_in(model: Model, history: History) -> NDArray[np.float32]:
    """Return the factors of a user with this history, item factors as they are; float32, shape (n_factors,)."""
    return np.asarray(factor_parts(model, history).sum(axis=0), dtype=np.float32)


def factor_parts(model: Model, history: History) -> NDArray[np.float64]:
    """Return the part of the user's factors that each purchase accounts for; float64, shape (n_history, n_factors).

    Section 5 of the paper: with ``W = (YᵀCᵘY + λI)⁻¹`` the user's factors are the sum over the history of
    ``W yⱼ · cᵤⱼ``. Whatever is linear in the factors is the sum of what it makes of each term.
    """
    bought = model.item_factors[history.items].astype(np.float64)
    confidence = history.confidence[:, np.newaxis]
    # YᵀCᵘY + λI = (YᵀY + λI) + Yᵀ(Cᵘ - I)Y: the first part is shared, the second sums over the history.
    system = model.item_gramian + bought.T @ (bought * (confidence - 1))
    return np.asarray(np.linalg.solve(system, bought.T).T * confidence, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class TasteLosses:
    """What the factors of a user lose without each purchase, and what they are with all of them.

    Attributes:
        factors: float64, shape (n_factors,).
        losses: float64, shape (n_history, n_factors).
    """

    factors: NDArray[np.float64]
    losses: Terms

    @cached_property
    def of_direction(self) -> Terms:
        """What the direction of the factors loses, a vector of length 1; float64, shape (n_history, n_factors)."""
        rest = self.factors - self.losses
        lengths = np.maximum(np.sqrt(np.einsum("hf,hf->h", rest, rest)), 1e-9)
        unit = self.factors / max(float(np.linalg.norm(self.factors)), 1e-9)
        return np.asarray(unit - rest / lengths[:, np.newaxis], np.float64)


def taste_losses(model: Model, history: History) -> TasteLosses:
    """Return what the factors of this history would lose without each purchase.

    That is less than its part where other purchases say the same. By Sherman and Morrison's formula, the factors of a
    history without purchase ``j`` differ from ``u`` by ``W yⱼ`` times ``c - (c - 1)(yⱼᵀu - c g) / (1 - (c - 1) g)``,
    where ``g = yⱼᵀ W yⱼ``.
    """
    bought = model.item_factors[history.items].astype(np.float64)
    confidence = history.confidence.astype(np.float64)
    system = model.item_gramian + bought.T @ (bought * (confidence - 1)[:, np.newaxis])
    directions = np.linalg.solve(system, bought.T).T
    factors = confidence @ directions
    leverage = np.einsum("hf,hf->h", directions, bought)
    rest = (bought @ factors - confidence * leverage) / np.maximum(1 - (confidence - 1) * leverage, 1e-9)
    return TasteLosses(factors, directions * (confidence - (confidence - 1) * rest)[:, np.newaxis])


def user_losses(model: Model, user: UserState) -> TasteLosses:
    """Return the ``taste_losses`` of the user's history."""
    return taste_losses(model, user.history)


def user_parts(model: Model, user: UserState) -> Terms:
    """Return the ``factor_parts`` of the user's history."""
    return factor_parts(model, user.history)


def unit_factors(model: Model, user: UserState) -> NDArray[np.float32] | None:
    """Return the user's factors scaled to length 1, float32, shape (n_factors,); None for a user without."""
    factors = user.factors_in(model)
    return None if factors is None else factors / max(float(np.linalg.norm(factors)), 1e-9)


class ItemTableSource(CandidateSource):
    """The product of the model's table ``table_name`` with what ``query`` makes of the user's factors.

    As it stands, the query is the direction of the factors: a vector of length 1.
    """

    table_name: ClassVar[str]

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._table: NDArray[np.float32] = getattr(model, self.table_name)
        self._head = model.heads.get(self.table_name)

    def query(self, user: UserState) -> NDArray[np.float32] | None:
        """Return what the table is multiplied with, float32, shape (width,); None for a user without factors."""
        return user.once(unit_factors, self.model)

    def parts(self, user: UserState) -> Terms:
        """Return the part of the query that each purchase accounts for; float64, shape (n_history, n_factors)."""
        parts = user.once(user_parts, self.model)
        return parts / max(float(np.linalg.norm(parts.sum(axis=0))), 1e-9)

    def scores(self, user: UserState) -> Scores:
        """Return the products, by the head where the table has one; nothing for a user without factors."""
        query = self.query(user)
        if query is None:
            return NO_SCORES
        if self._head is None:
            return DenseScores(self._table @ query)
        return HeadScores(self._head, self._table, query)

    def scores_of_all(self, users: Sequence[UserState]) -> Iterator[Scores]:
        """Yield the scores of each user; the head is multiplied with all queries at once."""
        head, table = self._head, self._table
        if head is None:
            return super().scores_of_all(users)
        queries = [query for user in users if (query := self.query(user)) is not None]
        products = np.stack(queries) @ head.rows.T
        pairs = zip(queries, products, strict=True)
        return (HeadScores(head, table, query, product) for query, product in pairs)

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return the products with the parts of the query; no purchase has a part in an intercept."""
        return self._products(items, self.parts(user))

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:  # noqa: ARG002
        """Return the products with what the query would lose."""
        return self._products(items, user.once(user_losses, self.model).of_direction)

    def _products(self, items: NDArray[np.int32], vectors: Terms) -> Terms:
        table = self._table[items, : self.model.n_factors]
        return np.asarray(table @ vectors.T, np.float64)


class Als(ItemTableSource):
    """The product of the factors of user and item: long-term taste."""

    name = "als"
    words = "fits the shopper's taste"
    n_proposed = 80
    public_name = Source.ALS
    table_name = "item_factors"

    def query(self, user: UserState) -> NDArray[np.float32] | None:
        """Return the factors as they are."""
        return user.factors_in(self.model)

    def parts(self, user: UserState) -> Terms:
        """Return the parts of the factors as they are."""
        return user.once(user_parts, self.model)

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:  # noqa: ARG002
        """Return the products with what the factors would lose."""
        return self._products(items, user.once(user_losses, self.model).losses)
