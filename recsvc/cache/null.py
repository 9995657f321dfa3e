"""A cache that remembers nothing, for measurements and for shops that want none."""

from recsvc.cache.cache import Hit


class NullCache:
    """Keeps the contract by forgetting at once."""

    def get(self, key: str) -> Hit | None:  # noqa: ARG002 - the contract's signature
        """Return None."""
        return None

    def put(self, key: str, value: bytes) -> None:
        """Forget ``value``."""

    def close(self) -> None:
        """Do nothing."""
