"""Somebody whom an OpenID provider knows, and what its word opens here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recsvc.settings.oidc import OidcSettings
from recsvc.store.api_keys import Scope
from recsvc.store.tables import MAX_KEY_NAME_LENGTH

MAX_SUBJECT_LENGTH, MAX_NAME_LENGTH = 255, 120
MAX_ROLES = 10_000
EMAIL = "email"


class RefusedPersonError(Exception):
    """The provider knows the person, and the settings let them in nowhere; the message is for the person."""


@dataclass(frozen=True)
class Person:
    """Who signed in by the provider.

    Attributes:
        subject: what the provider calls them for good.
        name: their e-mail address, else another name, for people.
        scopes: those of the console that they have.
    """

    subject: str
    name: str
    scopes: frozenset[Scope]

    @property
    def number(self) -> str:
        """What stands in the audit log where a key has its id: the same for the same subject."""
        return f"oidc:{hashlib.sha256(self.subject.encode()).hexdigest()[:12]}"

    @property
    def signature(self) -> str:
        """What the audit log calls them: their name and, where there is room, their subject."""
        both = f"{self.name} ({self.subject})"
        return self.name if self.name == self.subject or len(both) > MAX_KEY_NAME_LENGTH else both


def person_of(claims: Mapping[str, Any], settings: OidcSettings) -> Person:
    """Return who the verified ``claims`` of an ID token are of; raises RefusedPersonError."""
    subject = claims.get("sub")
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= MAX_SUBJECT_LENGTH
        or not subject.isprintable()
    ):
        raise RefusedPersonError("The provider says nothing that tells you from others.")
    email = _verified_email(claims)
    if settings.oidc_domains and not _is_within(email, settings.oidc_domains):
        raise RefusedPersonError("Only people with a confirmed e-mail address of the shop come in here.")
    scopes = _scopes_of(claims, email, settings)
    if not scopes:
        raise RefusedPersonError(
            f"You have no role here: nothing in the claim {settings.oidc_claim} of your account opens the console. "
            "Ask whoever runs the service."
        )
    named = (claims.get(claim) for claim in (EMAIL, "preferred_username", "name"))
    name = next((one for one in named if isinstance(one, str) and one.isprintable() and one), subject)
    return Person(subject, name[:MAX_NAME_LENGTH], scopes)


def _scopes_of(claims: Mapping[str, Any], email: str, settings: OidcSettings) -> frozenset[Scope]:
    has: frozenset[str]
    wanted = {
        Scope.ADMIN: settings.oidc_admin,
        Scope.MERCHANDISE: settings.oidc_merchandise,
        Scope.SUPPORT: settings.oidc_support,
    }
    if settings.oidc_claim == EMAIL:  # others may claim an address that the provider did not confirm
        has = frozenset({email} - {""})
        wanted = {scope: tuple(map(str.casefold, values)) for scope, values in wanted.items()}
    else:
        has = _values_of(claims, settings.oidc_claim)
    return frozenset(scope for scope, values in wanted.items() if has.intersection(values))


def _values_of(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Return the texts of a claim, which may have a dot in its name or stand within another."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset(text for text in texts[:MAX_ROLES] if isinstance(text, str))


def _verified_email(claims: Mapping[str, Any]) -> str:
    email, is_verified = claims.get(EMAIL), claims.get("email_verified")
    if not isinstance(email, str) or is_verified not in (True, "true"):
        return ""
    return email.casefold()


def _is_within(email: str, domains: tuple[str, ...]) -> bool:
    return email.rpartition("@")[2] in {domain.casefold().removeprefix("@") for domain in domains}
