"""The shop as it is now, beside what the model learned."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from recsvc.cache.cache import Lease
from recsvc.identity.tombstones import Tombstones
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import Query, UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.cold_start import ColdStart
from recsvc.serving.experiments import ExperimentsInForce
from recsvc.serving.follower import StoreFollower
from recsvc.serving.list_ids import ListIds
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.store.store import Position, Store


class Basis(NamedTuple):
    """What an answer is based on beside its user: the same answer is given while it is the same.

    It names versions and numbers, so that an answer that is kept keeps no model alive.
    """

    model_version: str | None
    unavailable: int
    rules: int
    variants: str = ""
    experiments: int = 0
    objections: int = 0


@dataclass(frozen=True)
class Facts:
    """What decides whether a user needs a list of their own.

    Attributes:
        has_events: whether they did something that a list can be made from.
        has_dislikes: whether they do not want to see some items, anywhere.
        lease: until when this holds; None where nothing can change it.
    """

    has_events: bool = False
    has_dislikes: bool = False
    lease: Lease | None = None


class UserEvents(Protocol):
    """What users did; never raises: what cannot be found out did not happen."""

    def facts(self, user: UserKey) -> Facts:
        """Return whether the user did something, now or in the past."""

    def events(self, user: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:
        """Return what ``live`` has not seen of the user, or None where that is nothing."""

    def shown_in_vain(self, user: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        """Return the items that the user was shown that often and never turned to; int32, shape (n,)."""


class NoEvents:
    """Users who did nothing that the model did not learn from."""

    def facts(self, user: UserKey) -> Facts:  # noqa: ARG002 - the contract's signature
        """Return that the user has no events."""
        return Facts()

    def events(self, user: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:  # noqa: ARG002
        """Return None."""
        return None

    def shown_in_vain(self, user: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:  # noqa: ARG002
        """Return no items."""
        return np.empty(0, dtype=np.int32)


class Erasures:
    """Follows who was erased; ``holds`` tells by the user id, as far as was heard."""

    def __init__(self) -> None:
        self._tombstones = Tombstones(b"", frozenset())
        self._position = 0

    def follow(self, store: Store, position: Position) -> bool:
        """Take up who was erased until ``position``; raises StoreError."""
        if position.tombstone > self._position:
            self._tombstones = store.users.tombstones()
            self._position = position.tombstone
        return True

    def holds(self, user_id: str) -> bool:
        """Return whether the user was erased."""
        return self._tombstones.holds(user_id)


class Objecting:
    """Follows who asked not to be profiled; ``holds`` tells by the user id, as far as was heard."""

    def __init__(self) -> None:
        self._user_ids: frozenset[str] = frozenset()
        self.number = 0

    def follow(self, store: Store, position: Position) -> bool:
        """Take up who objects until ``position``; raises StoreError."""
        if position.objection != self.number:
            self._user_ids = store.objections.all()
            self.number = position.objection
        return True

    def holds(self, user_id: str) -> bool:
        """Return whether the user, in the one spelling, asked not to be profiled."""
        return user_id in self._user_ids


@dataclass(frozen=True)
class Shop:
    """What lists depend on beside the model. By default nothing happens in it between two trainings.

    Attributes:
        catalogue: unavailable items, and categories.
        rules: of the placements.
        users: what they did.
        erasures: who was erased.
        cold_start: items that the model never saw; None: there are none.
        ids: names lists.
        experiments: that run now.
        follower: brings all of these up to date; None where there is no store.
        objecting: who asked not to be profiled.
    """

    catalogue: LiveCatalogue = field(default_factory=LiveCatalogue)
    rules: RulesInForce = field(default_factory=RulesInForce)
    users: UserEvents = field(default_factory=NoEvents)
    erasures: Erasures = field(default_factory=Erasures)
    cold_start: ColdStart | None = None
    ids: ListIds = field(default_factory=ListIds)
    experiments: ExperimentsInForce = field(default_factory=ExperimentsInForce)
    follower: StoreFollower | None = None
    objecting: Objecting = field(default_factory=Objecting)

    def basis(self, live: LiveVersion | None) -> "Basis":
        """Return what answers made with ``live`` are based on now."""
        version = None if live is None else live.manifest.model_version
        return Basis(
            version,
            self.catalogue.unavailable.number,
            self.rules.state.number,
            self.catalogue.variants.digest,
            self.experiments.state.number,
            self.objecting.number,
        )

    def profiled(self, query: Query) -> Query:
        """Return ``query`` as one of nobody, where it is of a user who asked not to be profiled."""
        user_id = query.known_as
        return query.for_shopper(None) if user_id is not None and self.objecting.holds(user_id) else query

    def cold_start_items(self, live: LiveVersion) -> ColdStartItems:
        """Return the items that may be shown beside those of ``live``."""
        return live.recommender.no_cold_start if self.cold_start is None else self.cold_start.of(live)

    def was_erased_by_now(self, user_id: str) -> bool:
        """Return whether the user was erased, even a moment ago, if the store tells."""
        if self.follower is not None:
            self.follower.try_refresh()
        return self.erasures.holds(user_id)
