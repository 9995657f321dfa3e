from dataclasses import replace

import pytest
from support.keys import add_key, new_key

from recsvc.store.api_keys import Scope, Token, digest_of, read_token
from recsvc.store.store import Store


def test_a_key_comes_back_as_it_was_stored(store: Store) -> None:
    _, key = new_key(
        Scope.READ,
        Scope.EVENTS,
        name="shop",
        origins=("https://shop.example",),
        expires_at_us=5_000_000_000_000,
    )
    store.keys.add(key)
    assert store.keys.all() == [key]


def test_keys_are_listed_oldest_first_revoked_ones_too(store: Store) -> None:
    young = add_key(store.keys, Scope.READ, created_at_us=2)
    old = add_key(store.keys, Scope.READ, created_at_us=1, revoked_at_us=3)
    assert [key.key_id for key in store.keys.all()] == [old.key_id, young.key_id]


def test_a_key_is_revoked_once(store: Store) -> None:
    token, other = add_key(store.keys, Scope.READ), add_key(store.keys, Scope.READ, created_at_us=2)
    assert store.keys.revoke(token.key_id, 10)
    assert store.keys.revoke(token.key_id, 20)
    assert [(key.key_id, key.revoked_at_us) for key in store.keys.all()] == [
        (token.key_id, 10),
        (other.key_id, None),
    ]


def test_a_key_that_does_not_exist_cannot_be_revoked(store: Store) -> None:
    assert not store.keys.revoke("0123456789ab", 1)


def test_the_secret_is_not_stored_and_not_shown(store: Store) -> None:
    token = add_key(store.keys, Scope.READ)
    assert token.secret not in repr(store.keys.all())
    assert token.secret not in repr(token)


def test_a_token_is_read_as_it_is_written() -> None:
    for _ in range(50):  # secrets hold underscores and dashes here and there
        token = Token.new()
        assert read_token(str(token)) == token


@pytest.mark.parametrize("text", ["", "rk", "rk__", "rk_0123456789ab_", "rk_0123456789ab_" + "é" * 43])
def test_what_cannot_be_a_token_is_none(text: str) -> None:
    assert read_token(text) is None


def test_a_secret_is_that_of_one_key_alone() -> None:
    token, key = new_key(Scope.READ)
    assert key.holds(token.secret)
    assert not key.holds(Token.new().secret)
    assert digest_of("0123456789ab", token.secret) != key.digest


def test_a_key_is_valid_until_it_expires_or_is_revoked() -> None:
    _, key = new_key(Scope.READ, expires_at_us=10)
    assert [key.is_valid(at_us) for at_us in (9, 10)] == [True, False]
    assert not replace(key, revoked_at_us=1).is_valid(9)


def test_admin_opens_everything_and_the_others_themselves() -> None:
    opened = {scope: [opened for opened in Scope if new_key(scope)[1].opens(opened)] for scope in Scope}
    assert opened == {scope: [scope] for scope in Scope} | {Scope.ADMIN: list(Scope)}
