"""What budgets and caps of benefits leave room for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from recsvc.store.database import parts_of
from recsvc.store.tables import offers

ROUNDING = 1e-12


@dataclass(frozen=True)
class Limit:
    """What bounds a benefit.

    Attributes:
        cost: what one offer may cost.
        budget: what may be taken and still be taken together; None: no bound.
        max_per_shopper: decisions of one shopper.
        since_us: the shopper must not have been offered it from then on.
    """

    cost: float
    budget: float | None
    max_per_shopper: int
    since_us: int


class OfferRoom:
    """What budgets and caps leave room for, as a transaction sees it."""

    def __init__(self, promised: dict[str, float], theirs: dict[tuple[str, str], tuple[int, int]]) -> None:
        self._promised = promised
        self._theirs = theirs

    @classmethod
    def of(
        cls, connection: Connection, limits: Mapping[str, Limit], user_ids: Iterable[str], at_us: int
    ) -> "OfferRoom":
        """Return what is promised of the benefits with a budget, and what users were offered."""
        bounded = [name for name, limit in limits.items() if limit.budget is not None]
        promised = select(offers.c.benefit, func.sum(offers.c.cost)).where(
            offers.c.benefit.in_(bounded), is_committed(at_us)
        )
        found = dict[str, float]()
        if bounded:
            found = {
                name: float(cost) for name, cost in connection.execute(promised.group_by(offers.c.benefit))
            }
        pair = (offers.c.user_id, offers.c.benefit)
        counted = select(*pair, func.count(), func.max(offers.c.decided_at_us)).group_by(*pair)
        theirs = dict[tuple[str, str], tuple[int, int]]()
        for part in parts_of(sorted(set(user_ids)) if limits else []):
            rows = connection.execute(
                counted.where(offers.c.user_id.in_(part), offers.c.benefit.in_(limits.keys()))
            )
            theirs.update({(row[0], row[1]): (int(row[2]), int(row[3])) for row in rows})
        return cls(found, theirs)

    def fits(self, user_id: str, name: str, limit: Limit) -> bool:
        """Return whether there is room for one more offer to a user."""
        n, newest_us = self._theirs.get((user_id, name), (0, -1))
        if n >= limit.max_per_shopper or newest_us >= limit.since_us:
            return False
        if limit.budget is None:
            return True
        return self._promised.get(name, 0.0) + limit.cost <= limit.budget * (1 + ROUNDING)

    def fill(self, name: str, cost: float) -> None:
        """Take up that a benefit was promised, which may cost so much."""
        self._promised[name] = self._promised.get(name, 0.0) + cost


def is_committed(at_us: int) -> Any:  # noqa: ANN401 - a condition of SQL
    """Return that a decision was taken, or may still be."""
    return offers.c.taken_at_us.is_not(None) | (offers.c.expires_at_us > at_us)
