"""A cache that remembers nothing, for measurements and for shops that want none."""

from collections.abc import Sequence

from recsvc.cache.cache import Hit, Miss
from recsvc.cache.key import ListKey, Owner


class NullCache:
    """Keeps the contract by forgetting at once."""

    def get(self, key: ListKey) -> Hit | Miss:  # noqa: ARG002 - the contract's signature
        """Return a miss."""
        return Miss()

    def put(self, key: ListKey, value: bytes, miss: Miss) -> None:
        """Forget ``value``."""

    def drop(self, owner: Owner, versions: Sequence[str]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
