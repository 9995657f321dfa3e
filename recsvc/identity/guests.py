"""Who is nobody in one shop: by name, and by what its history tells otherwise."""

from dataclasses import dataclass

from recsvc.identity.nobody import is_placeholder
from recsvc.identity.spelling import canonical_user_id


@dataclass(frozen=True)
class Guests:
    """Which ids stand for nobody in particular in a shop; without any exceptions, names alone tell.

    Attributes:
        nobody: ids that are nobody's although their names do not say so, such as that of a till; in the one spelling.
        somebody: ids that are a shopper's although they are called like nobody, such as ``0``; in the one spelling.
    """

    nobody: frozenset[str] = frozenset()
    somebody: frozenset[str] = frozenset()

    def user_id_of(self, user_id: str | None) -> str | None:
        """Return the one spelling of ``user_id``; None where it names no shopper of this shop."""
        if user_id is None:
            return None
        spelling = canonical_user_id(user_id)
        if spelling in self.nobody:
            return None
        return spelling if spelling in self.somebody or not is_placeholder(user_id) else None


BY_NAME = Guests()
"""A shop of whose history nothing is known."""
