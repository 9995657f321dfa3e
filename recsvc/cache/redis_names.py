"""What the keys in Redis are called, and whose they are."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis, ResponseError

from recsvc.cache.key import ListKey
from recsvc.cache.refusals import Concern, concern_of
from recsvc.errors import SettingsError

NAMESPACE = re.compile(r"[A-Za-z0-9._-]{1,64}")
EPOCH_MILLISECONDS = 365 * 86_400 * 1000
_EPOCH = re.compile(rb"[0-9a-f]{8}")


@dataclass(frozen=True)
class RedisNames:
    """The names of one shop's keys: those of another shop in the same Redis begin otherwise.

    Attributes:
        namespace: of the shop, the same for all its services and programs.
    """

    namespace: str

    def __post_init__(self) -> None:
        if not NAMESPACE.fullmatch(self.namespace):
            raise SettingsError(
                f"a namespace in Redis is 1 to 64 letters, digits, dots, dashes or underscores, got {self.namespace!r}"
            )

    @property
    def channel(self) -> str:
        """Where an invalidation is announced, as ``{"origin": …, "bucket": …}``."""
        return f"recsvc:{self.namespace}:dropped"

    @property
    def probe(self) -> str:
        """Return the name of what is written to see whether anything is taken."""
        return f"recsvc:{self.namespace}:probe"

    @property
    def limits(self) -> str:
        """What the keys of rate limits begin with."""
        return f"recsvc:{self.namespace}:limit"

    def lists_of(self, version: str, digest: str) -> str:
        """Return the name of the hash with the lists that ``version`` made for the user with this digest."""
        return f"recsvc:{self.namespace}:list:{version}:{digest}"

    def hash_of(self, key: ListKey) -> str:
        """Return the name of the hash that the list lies in."""
        return self.lists_of(key.model_version, key.user)

    def generation(self, version: str, bucket: int) -> str:
        """Return the name of what changes with each invalidation of a group of users."""
        return f"recsvc:{self.namespace}:generation:{version}:{bucket}"

    def generation_of(self, key: ListKey) -> str:
        """Return the name of the generation that the list is written with."""
        return self.generation(key.model_version, key.bucket)

    def epoch(self, version: str) -> str:
        """Return the name of the epoch of everyone's lists."""
        return f"recsvc:{self.namespace}:epoch:{version}"

    def read_epoch(self, redis: Redis, version: str) -> str:
        """Return the epoch of everyone's lists; begin a new one where there is none, or something else.

        Raises RedisError; ResponseError where there is none and Redis is full or read-only.
        """
        name, fresh = self.epoch(version), secrets.token_hex(4)
        try:
            found = redis.get(name)
        except ResponseError as error:
            if concern_of(error) is not Concern.KEY:
                raise
            found = b""
        if found is None and not redis.set(name, fresh, px=EPOCH_MILLISECONDS, nx=True):
            found = redis.get(name)  # somebody was quicker
        if isinstance(found, bytes):
            if _EPOCH.fullmatch(found):
                return found.decode()
            redis.set(name, fresh, px=EPOCH_MILLISECONDS)  # lists of another epoch are found by nobody
        return fresh

    def sealed(self, key: ListKey, packed: bytes) -> bytes:
        """Return packed lists as they are written, with what they are the answer to."""
        return self._seal(key) + packed + b"}"

    def unsealed(self, key: ListKey, value: bytes) -> bytes | None:
        """Return the packed lists of ``key``; None where something else was written, or lists of another key."""
        seal = self._seal(key)
        return value[len(seal) : -1] if value.startswith(seal) and value.endswith(b"}") else None

    def _seal(self, key: ListKey) -> bytes:
        # Not the id of the recommendation: shoppers are shown that, and it is looked for after an erasure.
        digest = hashlib.blake2b("|".join((self.namespace, *key[:3])).encode(), digest_size=12).hexdigest()
        return f'{{"of":"{digest}","lists":'.encode()


LateNames = Callable[[], RedisNames | None]
"""Returns the names of the shop's keys; None until the store has told whose they are."""


def field_name(key: ListKey, epoch: str) -> str:
    """Return the field of a list in its hash."""
    return f"{epoch}:{key.query}"
