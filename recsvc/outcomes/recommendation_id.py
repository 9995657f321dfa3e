"""What a ``recommendation_id`` says: which list it was, signed, so that nobody can make one up."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from recsvc.ranking.query import ReasonType, Source

MAX_BYTES = 192
"""Of an id before it is written as text, of which it then takes 256 characters."""

MAX_PLACEMENT_BYTES = 64
MAX_VARIANT_BYTES = 56
MAX_VERSION_BYTES = 48

_DIGEST_BYTES, _MAC_BYTES = 8, 10
_UNKNOWN = 15
_SOURCES = {str(source): code for code, source in enumerate(Source)}
_REASONS = {str(reason): code for code, reason in enumerate(ReasonType)}
_SOURCE_OF = {code: name for name, code in _SOURCES.items()}
_REASON_OF = {code: name for name, code in _REASONS.items()}


class _Form(IntEnum):
    """The first byte of an id."""

    UNSIGNED = 0
    SIGNED = 1


@dataclass(frozen=True)
class ListOrigin:
    """What made a list.

    Attributes:
        placement: as it was asked for.
        variant: ``experiment:variant``; empty outside of experiments.
        model_version: the version that ranked it.
        day: on which it was given, in days since 1970, UTC.
        kinds: source and reason of each item, by rank; those of the last ranks are missing where names are long.
    """

    placement: str
    variant: str
    model_version: str
    day: int
    kinds: tuple[tuple[str, str], ...] = ()

    def kind_at(self, position: int | None) -> tuple[str, str]:
        """Return source and reason of the item at ``position``, 1 for the first; empty texts where that is unknown."""
        if position is None or not 1 <= position <= len(self.kinds):
            return "", ""
        return self.kinds[position - 1]


class ForeignIdError(ValueError):
    """An id that this shop's service did not make."""


class RecommendationIds:
    """Writes and reads the ids of the lists of one shop.

    An id is the base64url text of: the form (1 byte), the day (2 bytes), a keyed digest of what names the list (8),
    placement, variant and model version (each a length and UTF-8), source and reason of each item (half a byte each),
    and a keyed BLAKE2b of all that (10). The same list of the same day has the same id.

    Args:
        secret: of the shop; None where it is not known yet: ids are then unsigned, and say nothing.
    """

    def __init__(self, secret: bytes | None) -> None:
        self._secret = secret

    def write(self, origin: ListOrigin, list_name: bytes, kinds: Sequence[tuple[str, str]]) -> str:
        """Return the id of a list.

        Args:
            origin: what made it; its ``kinds`` are not looked at.
            list_name: tells the list from all others; it cannot be read from the id.
            kinds: source and reason of each item, by rank.
        """
        digest = hashlib.blake2b(list_name, digest_size=_DIGEST_BYTES, key=self._secret or b"").digest()
        if self._secret is None:
            return _text(bytes((_Form.UNSIGNED,)) + origin.day.to_bytes(2, "big") + digest)
        head = b"".join(
            (
                bytes((_Form.SIGNED,)),
                origin.day.to_bytes(2, "big"),
                digest,
                _sized(origin.placement, MAX_PLACEMENT_BYTES),
                _sized(origin.variant, MAX_VARIANT_BYTES),
                _sized(origin.model_version, MAX_VERSION_BYTES),
            )
        )
        codes = bytes(
            _SOURCES.get(source, _UNKNOWN) << 4 | _REASONS.get(reason, _UNKNOWN)
            for source, reason in kinds[: MAX_BYTES - _MAC_BYTES - len(head)]
        )
        return _text(head + codes + self._mac(head + codes))

    def read(self, text: str) -> ListOrigin | None:
        """Return what made the list, or None where the id is unsigned; raises ForeignIdError where it is not ours."""
        packed = _bytes(text)
        if packed[0] == _Form.UNSIGNED:
            return None
        body, mac = packed[:-_MAC_BYTES], packed[-_MAC_BYTES:]
        if packed[0] != _Form.SIGNED or self._secret is None or not hmac.compare_digest(self._mac(body), mac):
            raise ForeignIdError
        names, at = [], 3 + _DIGEST_BYTES
        for _ in range(3):
            length = body[at]
            names.append(body[at + 1 : at + 1 + length].decode())
            at += 1 + length
        kinds = tuple((_SOURCE_OF.get(code >> 4, ""), _REASON_OF.get(code & 15, "")) for code in body[at:])
        return ListOrigin(names[0], names[1], names[2], int.from_bytes(body[1:3], "big"), kinds)

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(
            body, digest_size=_MAC_BYTES, key=self._secret or b"", person=b"recsvc list"
        ).digest()


def variant_in(recommendation_id: str) -> str:
    """Return the variant that an id names, empty for none, without asking whether it is ours: that was asked before.

    It takes a fifth of the time of ``read``; what is no id of a list names none.
    """
    try:
        packed = urlsafe_b64decode(recommendation_id + "=" * (-len(recommendation_id) % 4))
        at = 4 + _DIGEST_BYTES + packed[3 + _DIGEST_BYTES]
        return packed[at + 1 : at + 1 + packed[at]].decode() if packed[0] == _Form.SIGNED else ""
    except (Base64Error, ValueError, IndexError):
        return ""


def placement_in(recommendation_id: str) -> str:
    """Return the placement that an id names, empty for none, without asking whether it is ours, as ``variant_in``."""
    try:
        packed = urlsafe_b64decode(recommendation_id + "=" * (-len(recommendation_id) % 4))
        at = 3 + _DIGEST_BYTES
        return packed[at + 1 : at + 1 + packed[at]].decode() if packed[0] == _Form.SIGNED else ""
    except (Base64Error, ValueError, IndexError):
        return ""


def _sized(text: str, max_bytes: int) -> bytes:
    """Return a text with its length before it, or of its digest where it is too long."""
    encoded = text.encode()
    if len(encoded) > max_bytes:
        encoded = f"~{hashlib.blake2b(encoded, digest_size=12).hexdigest()}".encode()
    return bytes((len(encoded),)) + encoded


def _text(packed: bytes) -> str:
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Return what ``text`` spells; raises ForeignIdError where it is the one spelling of nothing."""
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        raise ForeignIdError from None
    shortest = 3 + _DIGEST_BYTES
    if not shortest <= len(packed) <= MAX_BYTES or _text(packed) != text:
        raise ForeignIdError
    if packed[0] == _Form.UNSIGNED and len(packed) != shortest:
        raise ForeignIdError
    return packed
