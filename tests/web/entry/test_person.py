"""What the claims of an ID token open."""

from typing import Any

import pytest

from recsvc.settings.oidc import OidcSettings
from recsvc.store.api_keys import Scope
from recsvc.store.tables import MAX_KEY_NAME_LENGTH
from recsvc.web.entry.person import Person, RefusedPersonError, person_of

RIGHT: dict[str, Any] = {"sub": "1", "email": "Ada@Shop.example", "email_verified": True, "groups": ["a"]}


def of(claims: dict[str, Any], **settings: Any) -> Person:
    return person_of(RIGHT | claims, OidcSettings(**{"oidc_admin": "a", "oidc_support": "b,c", **settings}))


def test_each_value_of_the_claim_opens_what_the_settings_say() -> None:
    assert of({}).scopes == {Scope.ADMIN}
    assert of({"groups": ["x", "c", "a"]}).scopes == {Scope.ADMIN, Scope.SUPPORT}
    assert of({"groups": "b"}).scopes == {Scope.SUPPORT}


def test_a_claim_may_stand_within_another_or_have_dots() -> None:
    assert of({"realm_access": {"roles": ["a"]}}, oidc_claim="realm_access.roles").scopes == {Scope.ADMIN}
    assert of({"https://shop.example/roles": ["a"]}, oidc_claim="https://shop.example/roles").scopes == {
        Scope.ADMIN
    }


@pytest.mark.parametrize(
    "groups", [None, [], ["A"], "aa", [["a"]], {"a": True}, 7, True, ["x"] * 20_000 + ["a"]]
)
def test_other_values_open_nothing(groups: object) -> None:
    with pytest.raises(RefusedPersonError, match="no role here"):
        of({"groups": groups})


def test_an_address_opens_something_only_if_the_provider_confirmed_it() -> None:
    named = {"oidc_claim": "email", "oidc_admin": "ada@shop.example"}
    assert of({}, **named).scopes == {Scope.ADMIN}
    for unsure in (
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1.5},
        {"email": ["ada@shop.example"]},
    ):
        with pytest.raises(RefusedPersonError):
            of(unsure, **named)
    with pytest.raises(RefusedPersonError):
        of({"email": ""}, oidc_claim="email", oidc_admin=(" ",))


def test_others_than_people_of_the_domains_stay_out() -> None:
    assert of({}, oidc_domains="other.example, SHOP.example").name == "Ada@Shop.example"
    for stranger in (
        {"email": "ada@evil.example"}, {"email": "ada@evil.shop.example"}, {"email": "shop.example"[:4]},
        {"email_verified": False}, {"email": None}, {"email": "ada@shop.example@evil.example"},
    ):  # fmt: skip
        with pytest.raises(RefusedPersonError, match="confirmed e-mail"):
            of(stranger, oidc_domains="shop.example")


def test_somebody_without_an_address_has_another_name() -> None:
    assert of({"email": None, "preferred_username": "ada"}).name == "ada"
    assert of({"email": None}).name == "1"
    assert of({"email": "a\nb", "name": "Ada"}).name == "Ada"


def test_the_audit_log_has_room_for_every_name() -> None:
    assert of({}).signature == "Ada@Shop.example (1)"
    long = of({"email": "a" * 500, "sub": "s" * 255})
    assert len(long.signature) <= MAX_KEY_NAME_LENGTH
    assert len(long.number) <= 32
    assert of({"sub": "2"}).number != of({}).number == of({"email": "new@shop.example"}).number


@pytest.mark.parametrize("sub", [None, "", 7, "s" * 256, "a\0b"])
def test_somebody_without_a_subject_is_nobody(sub: object) -> None:
    with pytest.raises(RefusedPersonError):
        of({"sub": sub})
