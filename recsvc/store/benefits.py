"""What the shop may offer, in SQL."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, insert, select

from recsvc.errors import ConflictError
from recsvc.store.database import Database
from recsvc.store.tables import benefits

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredBenefit:
    """A benefit: its name, and the rest as values of JSON; what they mean is not for the store to say."""

    name: str
    body: dict[str, Any]
    updated_at_us: int


class StoredBenefits:
    """Benefits, by name; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredBenefit]:
        """Return all benefits, sorted by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(benefits).order_by(benefits.c.name)).mappings().all()
        found = [StoredBenefit(**row) for row in rows]
        return [one for one in found if _is_legible(one)]

    def put(self, benefit: StoredBenefit, max_benefits: int) -> bool:
        """Store a benefit, replacing the one of its name; return whether there was none.

        Raises ConflictError where there are ``max_benefits`` others.
        """
        with self._database.write() as connection:
            names = set(connection.scalars(select(benefits.c.name)))
            if benefit.name not in names and len(names) >= max_benefits:
                raise ConflictError(
                    f"there are {max_benefits} benefits already; delete one before another is added"
                )
            connection.execute(delete(benefits).where(benefits.c.name == benefit.name))
            connection.execute(insert(benefits).values(**vars(benefit)))
        return benefit.name not in names

    def delete(self, name: str) -> bool:
        """Delete a benefit, but not what was decided; return whether there was one."""
        with self._database.write() as connection:
            return connection.execute(delete(benefits).where(benefits.c.name == name)).rowcount > 0


def _is_legible(benefit: StoredBenefit) -> bool:
    """Return whether a row holds what it should; another program may have written it."""
    is_so = isinstance(benefit.name, str) and isinstance(benefit.body, dict)
    if not is_so:
        _log.warning("benefit_unreadable")
    return is_so
