"""Who is one shopper in an experiment: a user, and the visits in which they said who they are."""

from collections import defaultdict
from collections.abc import Iterable

from recsvc.outcomes.experiment import Assignment, Variant
from recsvc.ranking.query import UserKey
from recsvc.store.event import Event
from recsvc.store.experiment_reading import Came, Seen, shopper_of
from recsvc.store.experiments import MAX_EVENTS_A_VISIT
from recsvc.store.outcome import Shopper


class Units:
    """Tells who is the same shopper.

    What a guest did in a visit in which one user signed in is done by that user. A visit of several users, or of very
    many events, is a shopper of its own: nobody knows which of them it was.

    Args:
        came: all that was done, of every type.
    """

    def __init__(self, came: Iterable[Came]) -> None:
        users, as_guest = defaultdict[str, set[str]](set), defaultdict[str, int](int)
        for one in came:
            if one.session_id is not None and one.user_id is not None:
                users[one.session_id].add(one.user_id)
            elif one.session_id is not None:
                as_guest[one.session_id] += one.n
        self._users = {
            visit: next(iter(of_visit))
            for visit, of_visit in users.items()
            if len(of_visit) == 1 and 0 < as_guest[visit] <= MAX_EVENTS_A_VISIT
        }

    def of(self, who: Came | Event | Seen) -> Shopper:
        """Return the shopper who did something."""
        if who.user_id is None and who.session_id in self._users:
            return Shopper("user", self._users[who.session_id])
        return shopper_of(who.user_id, who.session_id)

    def variants(
        self, came: Iterable[Came], assignment: Assignment, members: Iterable[str]
    ) -> dict[Shopper, Variant]:
        """Return the variant of each shopper who came since the start: the one that they were given first.

        A user who keeps the variant of a visit is among ``members``. Of others, the id under which something was stored
        first decides.
        """
        firsts: dict[Shopper, tuple[int, Shopper]] = {}
        for one in came:
            unit = self.of(one)
            firsts[unit] = min(firsts.get(unit, (one.first, one.shopper)), (one.first, one.shopper))
        kept = {Shopper("user", user) for user in members}
        return {
            unit: assignment.variant_of(UserKey(*(unit if unit in kept else first)))
            for unit, (_, first) in sorted(firsts.items())
        }
