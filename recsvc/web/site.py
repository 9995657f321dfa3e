"""What pages are made from, and the parts of a page that the console is put together of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from recsvc.service import Service
from recsvc.serving.rule_changes import RuleChanges
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import ApiKey
from recsvc.web.entry.session import Sessions


class KeyRing(Protocol):
    """The keys of the shop, in memory."""

    is_known: bool
    is_empty: bool

    @property
    def is_old(self) -> bool:
        """Whether the keys were read so long ago that a revocation may have been missed."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the keys, or None."""

    def find(self, text: str) -> ApiKey | None:
        """Return the valid key that ``text`` spells, or None."""

    def find_by_id(self, key_id: str) -> ApiKey | None:
        """Return the key of that id if it is still valid, or None."""


Describe = Callable[[list[dict[str, Any]], tuple[str, ...]], None]
"""Puts fields of the catalogue, by name, into each item of a list."""


@dataclass(frozen=True)
class Site:
    """What pages ask.

    Attributes:
        service: everything below HTTP.
        settings: how it is to behave.
        keys: of the shop.
        describe: what the catalogue, or else the model, says of items.
        rule_changes: stores and deletes the rules of placements.
        export: returns all that is held on a shopper, as values of JSON; None where nothing is.
        erase: erases a shopper; returns the receipt as values of JSON.
        post: takes events as POST /v1/events does; returns how many are new.
        sessions: cookies and form tokens.
        farewells: return where people sign out of the provider by which they came, or None.
    """

    service: Service
    settings: Settings
    keys: KeyRing
    describe: Describe
    rule_changes: RuleChanges
    export: Callable[[str], dict[str, Any] | None]
    erase: Callable[[str], dict[str, Any]]
    post: Callable[[Sequence[Mapping[str, Any]]], int]
    sessions: Sessions = field(init=False)
    farewells: list[Callable[[], str | None]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        def secret() -> bytes:
            return self.service.store.secret("recsvc console")

        object.__setattr__(self, "sessions", Sessions(secret, self.settings))

    @property
    def provider_label(self) -> str | None:
        """What people call the OpenID provider; None where there is none."""
        issuer = self.settings.oidc_issuer
        return None if issuer is None else self.settings.oidc_label or urlsplit(issuer).netloc

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: there is no key and no provider, and the settings allow to answer without."""
        may_be = self.settings.is_open and self.settings.oidc_issuer is None
        return may_be and self.keys.is_known and self.keys.is_empty
