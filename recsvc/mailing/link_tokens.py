"""What stands in a link of a mail: which list and which place, signed; it tells nothing of the shopper."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest

from recsvc.store.mailed_lists import KEY_BYTES

PURPOSE = "recsvc mail link"
"""Of the store's secret that signs tokens."""

MAC_BYTES = 9
TOKEN_LENGTH = 4 * (KEY_BYTES + 1 + MAC_BYTES) // 3
MAX_PLACE = 255


@dataclass(frozen=True)
class LinkPlace:
    """A place of a list that was exported for a mail, 1 for the first."""

    list_key: bytes
    place: int


class LinkTokens:
    """Writes and reads tokens; both raise StoreError while the secret has not been read.

    A token is the base64url text of: the key of the list, drawn at random (8 bytes), the place (1), and a keyed BLAKE2b
    of both (9): 24 characters without padding. What the key stands for is in the store alone.

    Args:
        secret: returns 32 bytes that nobody else knows, the same for all who use the store; asked until it answers.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._ask = secret
        self._secret: bytes | None = None

    def write(self, place: LinkPlace) -> str:
        """Return the token of a place, at most the 255th."""
        said = place.list_key + bytes((place.place,))
        return urlsafe_b64encode(said + self._mac(said)).decode()

    def read(self, token: str) -> LinkPlace | None:
        """Return what a token says; None where it was not written here."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        try:
            packed = urlsafe_b64decode(token)
        except (Base64Error, ValueError):
            return None
        said, mac = packed[:-MAC_BYTES], packed[-MAC_BYTES:]
        if len(said) != KEY_BYTES + 1 or not compare_digest(mac, self._mac(said)) or not said[-1]:
            return None
        return LinkPlace(said[:-1], said[-1])

    def _mac(self, said: bytes) -> bytes:
        if self._secret is None:
            self._secret = self._ask()
        return blake2b(said, digest_size=MAC_BYTES, key=self._secret).digest()
