"""What each kind of person may see and do in the console: one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recsvc.store.api_keys import ApiKey, Scope
from recsvc.web.entry.person import Person


class Ability(StrEnum):
    """Something that may be seen or done."""

    SEE_HOME = "see how the service is"
    SEE_EARNINGS = "see what lists earn"
    SEE_SHOPPERS = "look at a shopper"
    CHANGE_SHOPPERS = "merge, export and erase shoppers"
    SEE_ITEMS = "look at items"
    SEE_PLACEMENTS = "look at placements and their rules"
    CHANGE_RULES = "change the rules of placements"
    SEE_EXPERIMENTS = "look at experiments"
    CHANGE_EXPERIMENTS = "start and stop experiments"
    SEE_VERSIONS = "look at model versions"
    CHANGE_VERSIONS = "activate a model version"
    SEE_DATA = "look at what was imported and refused, and at files with orders"
    SEE_CHANGES = "read who changed what"


ABILITIES: Mapping[Scope, frozenset[Ability]] = {
    Scope.ADMIN: frozenset(Ability),
    Scope.MERCHANDISE: frozenset(
        {
            Ability.SEE_HOME,
            Ability.SEE_EARNINGS,
            Ability.SEE_ITEMS,
            Ability.SEE_PLACEMENTS,
            Ability.CHANGE_RULES,
            Ability.SEE_EXPERIMENTS,
            Ability.CHANGE_EXPERIMENTS,
            Ability.SEE_VERSIONS,
        }
    ),
    Scope.SUPPORT: frozenset(
        {Ability.SEE_HOME, Ability.SEE_SHOPPERS, Ability.CHANGE_SHOPPERS, Ability.SEE_ITEMS}
    ),
}
"""The scopes that open the console, and what each allows; keys of other scopes cannot sign in."""


@dataclass(frozen=True)
class Visitor:
    """Who opened a page, and what they may do.

    Attributes:
        key_id: of the key that they signed in with, or the number of a person; None where nobody has to sign in.
        name: of the key or the person, for people.
        abilities: what they may see and do.
        signature: what the audit log calls them; empty: the name.
    """

    key_id: str | None
    name: str
    abilities: frozenset[Ability]
    signature: str = ""

    def may(self, ability: Ability) -> bool:
        """Return whether they may see or do it."""
        return ability in self.abilities


ANYBODY = Visitor(None, "someone at this machine", ABILITIES[Scope.ADMIN])
"""Whoever opens the console of a service that demands no keys."""


def visitor_with(key: ApiKey) -> Visitor | None:
    """Return who signed in with ``key``; None where its scopes open nothing here."""
    granted = _granted(key.scopes)
    return Visitor(key.key_id, key.name, granted) if granted else None


def visitor_of(person: Person) -> Visitor:
    """Return the visitor that an OpenID provider named."""
    return Visitor(person.number, person.name, _granted(person.scopes), person.signature)


def _granted(scopes: Iterable[Scope]) -> frozenset[Ability]:
    return frozenset().union(*(ABILITIES[scope] for scope in scopes if scope in ABILITIES))
