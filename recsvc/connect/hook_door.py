"""Where the webhooks of a shop's own system come in: how they are admitted, and who takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from recsvc.connect.signature import is_signed

HeaderOf: TypeAlias = Callable[[str], str | None]
"""Returns the header of a name, or None."""


@dataclass(frozen=True)
class Delivery:
    """One webhook that was admitted.

    Attributes:
        topic: what happened, in the words of the system.
        document: what it tells.
        triggered_at_us: when it happened, in microseconds since 1970; 0 where the system does not say.
    """

    topic: str
    document: Mapping[str, Any]
    triggered_at_us: int = 0


@dataclass(frozen=True)
class HookDoor:
    """How webhooks of one system are told apart from what anybody could send.

    Attributes:
        platform: the system, as in the address ``/v1/hooks/PLATFORM``.
        title: what people call it.
        secret: with which the shop signs; None: nothing is taken.
        setting: of the secret.
        signature_header, topic_header: where the signature and the topic stand.
        topics: that are taken; only these are named in logs.
        take: stores a delivery; returns how many events and items changed. Raises PlatformError, StoreError,
            ConflictError.
        triggered_at: returns when a delivery was triggered, from its headers, in microseconds since 1970.
        is_ping: whether a body without a signature only asks whether somebody is there.
        wrong_shop: returns what is wrong with the headers of a delivery that was signed, but is of another shop.
    """

    platform: str
    title: str
    secret: str | None
    setting: str
    signature_header: str
    topic_header: str
    topics: frozenset[str]
    take: Callable[[Delivery], int]
    triggered_at: Callable[[HeaderOf], int] = lambda _header: 0
    is_ping: Callable[[bytes], bool] = lambda _body: False
    wrong_shop: Callable[[HeaderOf], str | None] = lambda _header: None

    @property
    def path(self) -> str:
        """The address, below that of the service."""
        return hook_path(self.platform)

    def admits(self, body: bytes, signature: str | None) -> bool:
        """Return whether ``signature`` is that of ``body`` under the secret."""
        return self.secret is not None and is_signed(body, self.secret, signature)

    def delivery(self, header: HeaderOf, document: Mapping[str, Any]) -> Delivery:
        """Return what came with the headers that ``header`` gives."""
        return Delivery(header(self.topic_header) or "", document, self.triggered_at(header))


def hook_path(platform: str) -> str:
    """Return where webhooks of ``platform`` come in."""
    return f"/v1/hooks/{platform}"
