"""What many users did, for lists that are made one after the other: those who did nothing are known beforehand."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import Facts, NoEvents, UserEvents
from recsvc.store.event_log import EventLog


class ForeseenUsers:
    """Asks ``users`` about those alone who have events in ``log``: one question for many spares one for each."""

    def __init__(self, users: UserEvents, log: EventLog) -> None:
        self._users = users
        self._log = log
        self._without = frozenset[str]()

    def foresee(self, user_ids: Collection[str]) -> None:
        """Find out which of ``user_ids``, in the one spelling, have no events; until the next call these have none."""
        self._without = frozenset(user_ids) - self._log.users_among(user_ids)

    def facts(self, user: UserKey) -> Facts:
        """Return whether the user did something."""
        return self._of(user).facts(user)

    def events(self, user: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:
        """Return what ``live`` has not seen of the user, or None where that is nothing."""
        return self._of(user).events(user, live, cold_start)

    def shown_in_vain(self, user: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        """Return the items that the user was shown that often and never turned to; int32, shape (n,)."""
        return self._of(user).shown_in_vain(user, live, rotation)

    def _of(self, user: UserKey) -> UserEvents:
        return _NOTHING if user.kind == "user" and user.external_id in self._without else self._users


_NOTHING = NoEvents()
