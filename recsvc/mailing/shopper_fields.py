"""What a segment may ask of shoppers: one row a field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsvc.clock import now_us
from recsvc.model.model import Model
from recsvc.rules.expression import Scalar, fields_of
from recsvc.rules.segment import Among, Kind, ShopperFields, parse_segment
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.moments import states_of


@dataclass(frozen=True)
class Known:
    """What shoppers are known by."""

    live: LiveVersion
    catalogue: LiveCatalogue

    @property
    def model(self) -> Model:
        """What training learned."""
        return self.live.recommender.model


Values: TypeAlias = NDArray[np.float64] | Sequence[str | None] | Among


@dataclass(frozen=True)
class ShopperField:
    """One thing that is known of each shopper.

    Attributes:
        name: in a segment.
        kind: what its values are; that decides what ``read`` returns.
        about: what it is, for people.
        read: returns numbers, float64 of shape (n_users,); texts, one for each shopper; or what finds values in lists.
    """

    name: str
    kind: Kind
    about: str
    read: Callable[[Known], Values]


def _orders(known: Known) -> NDArray[np.float64]:
    return known.model.user_orders.astype(np.float64)


def _items(known: Known) -> NDArray[np.float64]:
    return np.diff(known.model.history.indptr).astype(np.float64)


def _days_since_order(known: Known) -> NDArray[np.float64]:
    """Return days before the newest order of all; NaN where the history is undated or empty."""
    model, days = known.model, np.full(known.model.n_users, np.nan)
    users = np.flatnonzero(np.diff(model.history.indptr))
    if model.is_dated and len(users):
        ages = model.history_columns["age_days"]
        days[users] = np.minimum.reduceat(ages, model.history.indptr[users])
    return days


def _categories(known: Known) -> Among:
    def among(values: Sequence[Scalar]) -> NDArray[np.bool_]:
        model = known.model
        is_in = np.zeros(model.n_items, dtype=bool)
        for value in values:
            if isinstance(value, str):
                is_in |= known.catalogue.items_in(known.live, value).is_in
        found = np.zeros(model.n_users, dtype=bool)
        users = np.flatnonzero(np.diff(model.history.indptr))
        if len(users):
            found[users] = np.logical_or.reduceat(is_in[model.history.indices], model.history.indptr[users])
        return found

    return among


def _bought(known: Known) -> Among:
    def among(values: Sequence[Scalar]) -> NDArray[np.bool_]:
        model = known.model
        wanted = model.items.indices_of(value for value in values if isinstance(value, str))
        is_wanted = np.zeros(model.n_items, dtype=bool)
        is_wanted[wanted] = True
        found = np.zeros(model.n_users, dtype=bool)
        users = np.flatnonzero(np.diff(model.history.indptr))
        if len(users):
            found[users] = np.logical_or.reduceat(
                is_wanted[model.history.indices], model.history.indptr[users]
            )
        return found

    return among


def _states(known: Known) -> Sequence[str | None]:
    return states_of(known.live, now_us())


def _user_ids(known: Known) -> Sequence[str | None]:
    return [known.model.users.id_of(index) for index in range(known.model.n_users)]


FIELDS: tuple[ShopperField, ...] = (
    ShopperField("orders", "number", "orders that the model learned from", _orders),
    ShopperField("items", "number", "different items among them", _items),
    ShopperField(
        "days_since_order", "number", "days from their last order to the newest of all", _days_since_order
    ),
    ShopperField(
        "state", "text", "new, active, due, late, away or gone, by the orders that were learned", _states
    ),
    ShopperField("categories", "list", "of what they bought", _categories),
    ShopperField("bought", "list", "ids of the items that they bought", _bought),
    ShopperField("user_id", "text", "the shop's id of the shopper", _user_ids),
)
"""One row a field: ``--segment`` and its errors know it from here."""


def shoppers_in(segment: str, known: Known, fields: Sequence[ShopperField] = FIELDS) -> NDArray[np.bool_]:
    """Return which users of the model meet ``segment``; bool, shape (n_users,). Raises RulesError."""
    condition = parse_segment(segment, {field.name: field.kind for field in fields})
    asked = [field for field in fields if field.name in fields_of(condition)]
    values = {kind: {one.name: one.read(known) for one in asked if one.kind == kind} for kind in _KINDS}
    shoppers = ShopperFields(
        known.model.n_users,
        values["number"],  # type: ignore[arg-type]  # as the kind of the field says
        values["text"],  # type: ignore[arg-type]
        values["list"],  # type: ignore[arg-type]
    )
    return shoppers.meeting(condition)


_KINDS: tuple[Kind, ...] = ("number", "text", "list")
