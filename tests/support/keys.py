from dataclasses import replace

from recsvc.store.api_keys import ApiKey, Keys, Scope, Token, digest_of


def new_key(*scopes: Scope, **fields: object) -> tuple[Token, ApiKey]:
    """Return what the client has, and what the store keeps."""
    token = Token.new()
    digest = digest_of(token.key_id, token.secret)
    key = ApiKey(token.key_id, digest, frozenset(scopes), name="test", origins=(), created_at_us=1)
    return token, replace(key, **fields)


def add_key(keys: Keys, *scopes: Scope, **fields: object) -> Token:
    """Store a new key; return what the client has."""
    token, key = new_key(*scopes, **fields)
    keys.add(key)
    return token
