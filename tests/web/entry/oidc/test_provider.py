"""What a provider may not say, and what nobody waits for."""

import base64
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from structlog.testing import capture_logs
from support.oidc import CLIENT, KEY, SECRET, Answer, Liar, as_json, come_back
from support.pages import SIGN_IN

from recsvc.settings.oidc import OidcSettings
from recsvc.store.store import Store
from recsvc.web.entry.oidc.pages import START
from recsvc.web.entry.oidc.provider import Flow, Provider
from recsvc.web.entry.oidc.wire import (
    MAX_ANSWER_BYTES,
    MAX_CALLS,
    ProviderAwayError,
    ProviderFaultError,
    Wire,
)

DISCOVERY = "/.well-known/openid-configuration"
NEW = RSAKey.generate_key(2048, {"kid": "two"})


FLOW = Flow("s", "n", "v" * 48, "/console")


def settings_of(provider: Liar) -> OidcSettings:
    return OidcSettings(
        public_url="http://localhost",
        oidc_issuer=provider.address,
        oidc_client_id=CLIENT,
        oidc_admin=("buyers",),
    )


@pytest.fixture
def there(provider: Liar) -> Provider:
    """What asks the provider."""
    return Provider(settings_of(provider), "http://localhost/back")


def claims_by(there: Provider, provider: Liar) -> Mapping[str, Any]:
    """Return the claims that a browser comes back with."""
    provider.met(there.address_for(FLOW))
    return there.claims_of("c", FLOW)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"nonce": "of another browser"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another client"}, "aud"),
        ({"aud": ["another client", "and another"]}, "aud"),
        ({"aud": [CLIENT, "another client"]}, "azp"),
        ({"aud": [CLIENT, "another client"], "azp": "another client"}, "azp"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"iat": int(time.time()) + 7200}, "future"),
        ({"iat": None}, "iat"),
        ({"nbf": int(time.time()) + 7200}, "not yet"),
        ({"at_hash": "of another token"}, "at_hash"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
    ],
)
def test_a_token_that_is_not_for_this_browser_here_and_now_lets_nobody_in(
    there: Provider, provider: Liar, claims: dict[str, object], word: str
) -> None:
    provider.claims = claims
    with pytest.raises(ProviderFaultError, match=word):
        claims_by(there, provider)


def test_what_cannot_be_trusted_lets_nobody_in(console: FlaskClient, provider: Liar, stored: Store) -> None:
    provider.claims = {"nonce": "of another browser"}
    with capture_logs() as logs:
        refused = come_back(console, provider)
    assert refused.status_code == 502
    assert "cannot be trusted" in refused.text
    [line] = [line for line in logs if line["event"] == "oidc_refused"]
    assert "nonce" in line["reason"]
    assert console.get("/console").status_code == 303
    assert stored.audit.newest(10) == []


def test_clocks_may_differ_by_a_minute(there: Provider, provider: Liar) -> None:
    now = int(time.time())
    provider.claims = {"exp": now - 40, "iat": now + 40}
    assert claims_by(there, provider)["sub"] == "1234"


def by_hs256(body: str, secret: bytes) -> str:
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{body}"
    digest = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def forged(provider: Liar) -> dict[str, str]:
    """Return tokens with the right claims whose signature proves nothing."""
    right = provider.id_token()
    claims = jwt.decode(right, KEY, algorithms=["RS256"]).claims
    body = part(claims)
    return {
        "none": f"{part({'alg': 'none', 'kid': 'one'})}.{body}.",
        "None": f"{part({'alg': 'None'})}.{body}.",
        "public key as a secret": by_hs256(body, KEY.as_pem(private=False)),
        "another algorithm": jwt.encode({"alg": "PS256", "kid": "one"}, claims, KEY, algorithms=["PS256"]),
        "another key": jwt.encode({"alg": "RS256", "kid": "one"}, claims, NEW),
        "a key of its own": jwt.encode(
            {"alg": "RS256", "jwk": NEW.as_dict(private=False)}, claims, NEW, algorithms=["RS256"]
        ),
        "other claims": ".".join((right.split(".")[0], part(claims | {"groups": ["bosses"]}), right.split(".")[2])),
        "two parts": right.rpartition(".")[0],
        "no token": "é.é.é",
        "nothing": "",
        "too long": right + "A" * 70_000,
        "an array": f"{part([])}.{part([])}.x",
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")  # the library warns of what is done wrong here on purpose
@pytest.mark.parametrize(
    "how",
    ["none", "None", "public key as a secret", "another algorithm", "another key", "a key of its own", "other claims",
     "two parts", "no token", "nothing", "too long", "an array"],
)  # fmt: skip
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    there: Provider, provider: Liar, how: str
) -> None:
    provider.nonce = FLOW.nonce
    provider.token = forged(provider)[how]
    with pytest.raises(ProviderFaultError):
        claims_by(there, provider)


def test_a_token_of_es256_is_as_good(there: Provider, provider: Liar) -> None:
    provider.key = ECKey.generate_key("P-256", {"kid": "ec"})
    provider.keys.append(provider.key.as_dict(private=False))
    provider.header = {"alg": "ES256"}
    assert claims_by(there, provider)["sub"] == "1234"


def test_a_new_key_of_the_provider_is_looked_for_but_not_at_each_token(
    there: Provider, provider: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert claims_by(there, provider)
    assert provider.asked["/keys"] == 1
    provider.key, provider.keys = NEW, [NEW.as_dict(private=False)]
    for _ in range(3):
        with pytest.raises(ProviderFaultError):  # not again within half a minute
            claims_by(there, provider)
    assert provider.asked["/keys"] == 1
    monkeypatch.setattr("recsvc.web.entry.oidc.provider.REFETCH_SECONDS", 0.0)
    for _ in range(2):  # a known key is not looked for again
        assert claims_by(there, provider)
        assert provider.asked["/keys"] == 2


@pytest.mark.parametrize(
    "keys",
    [
        [],
        "none",
        None,
        [
            {
                "kty": "RSA",
                "kid": "one",
                "n": base64.urlsafe_b64encode(b"\xff" * 128).decode()[:-2],
                "e": "AQAB",
            }
        ],
        [{"kty": "oct", "kid": "one", "k": "c2VjcmV0"}],
        [{"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"}],
        [KEY.as_dict(private=False) | {"use": "enc"}],
        [{"kty": "RSA", "kid": "one", "n": "A" * 100_000, "e": "AQAB"}],
        [7, None, []],
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_keys_that_prove_nothing_are_not_used(there: Provider, provider: Liar, keys: object) -> None:
    provider.keys = keys  # type: ignore[assignment]
    with pytest.raises(ProviderFaultError):
        claims_by(there, provider)


@pytest.mark.filterwarnings("ignore")
def test_a_key_that_is_too_short_is_not_used(there: Provider, provider: Liar) -> None:
    provider.key = RSAKey.generate_key(1024, {"kid": "short"})
    provider.keys = [provider.key.as_dict(private=False)]
    with pytest.raises(ProviderFaultError, match="no key"):
        claims_by(there, provider)


def test_keys_that_nobody_understands_hinder_no_others(there: Provider, provider: Liar) -> None:
    provider.keys = [{"kty": "AKP", "kid": "pq"}, {"kty": "RSA", "kid": "x", "n": "!"}, *provider.keys]  # type: ignore[list-item]
    assert claims_by(there, provider)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": None},
        {"token_endpoint": "https://user@evil.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"jwks_uri": ["https://evil.example"]},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://evil.example/\r\nSet-Cookie: a=b"},
        {"authorization_endpoint": "https://[::1"},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_document_with_other_places_is_refused(
    there: Provider, provider: Liar, document: dict[str, object]
) -> None:
    provider.document = document
    with pytest.raises(ProviderFaultError):
        there.address_for(FLOW)


def to_another_place(_: BaseHTTPRequestHandler) -> Answer:
    return 302, {"Location": "/elsewhere"}, b""


def huge(_: BaseHTTPRequestHandler) -> Answer:
    return 200, {}, b'{"a": "' + b"a" * MAX_ANSWER_BYTES + b'"}'


def no_json(_: BaseHTTPRequestHandler) -> Answer:
    return 200, {}, b"<html>"


def not_found(_: BaseHTTPRequestHandler) -> Answer:
    return 404, {}, b"{}"


def no_object(_: BaseHTTPRequestHandler) -> Answer:
    return as_json([1])


def failing(_: BaseHTTPRequestHandler) -> Answer:
    return as_json({}, 503)


WORDS = {to_another_place: "another address", huge: "too large"}


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
@pytest.mark.parametrize("way", [to_another_place, huge, no_json, no_object, not_found, failing])
def test_an_answer_that_is_none_lets_nobody_in(
    there: Provider, provider: Liar, path: str, way: Callable[..., Answer]
) -> None:
    provider.ways[path] = way
    kind = ProviderAwayError if way is failing else ProviderFaultError
    with pytest.raises(kind, match=WORDS.get(way)):
        claims_by(there, provider)
    assert "/elsewhere" not in provider.asked
    provider.ways.clear()
    assert claims_by(there, provider), "it goes on when the provider is well again"


def hang(_: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        handler.wfile.write(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("way", [hang, drip_head, drip_body])
def test_nobody_waits_for_a_provider_that_says_nothing(
    provider: Liar, way: Callable[..., Answer | None]
) -> None:
    provider.ways[DISCOVERY] = way
    there = Provider(settings_of(provider), "http://localhost/back", Wire(seconds=0.5))
    began = time.monotonic()
    with pytest.raises((ProviderAwayError, ProviderFaultError)):
        there.address_for(FLOW)
    assert time.monotonic() - began < 2.5


def test_calls_that_hang_hold_no_more_threads_than_a_few(provider: Liar) -> None:
    provider.ways[DISCOVERY] = hang
    there = Provider(settings_of(provider), "http://localhost/back", Wire(seconds=2))
    said: list[str] = []

    def ask() -> None:
        try:
            there.address_for(FLOW)
        except ProviderAwayError as error:
            said.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(MAX_CALLS + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("too many calls wait for the provider already") == 3


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{kept.getsockname()[1]}"


def test_a_provider_that_is_away_is_said_in_words_and_keys_go_on(
    console_of: Callable[..., FlaskClient], nobody: str
) -> None:
    console = console_of(nobody)
    away = console.get(START)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "2")
    assert "Shop login does not answer. Try again in a moment, or sign in with a key." in away.text
    assert console.get(SIGN_IN).status_code == 200


def test_a_name_that_leads_nowhere_is_a_provider_that_is_away(console_of: Callable[..., FlaskClient]) -> None:
    assert console_of("https://no-such-host.invalid").get(START).status_code == 503


def test_nothing_secret_is_logged(console_of: Callable[..., FlaskClient], provider: Liar) -> None:
    console = console_of(provider.address, log_level="info")
    with capture_logs() as logs:
        come_back(console, provider)
        provider.claims = {"nonce": "x"}
        come_back(console, provider)
        provider.claims = {"groups": []}
        come_back(console, provider)
        provider.ways["/token"] = lambda _: as_json(
            {"error": "invalid_client", "error_description": SECRET}, 401
        )
        come_back(console, provider)
    assert {"oidc_refused", "oidc_person_refused"} <= {line["event"] for line in logs}
    text = json.dumps(logs, default=str)
    for secret in (
        SECRET,
        "ada@",
        "1234",
        provider.nonce,
        provider.form["code_verifier"],
        provider.id_token()[:20],
    ):
        assert secret not in text


def test_the_secret_goes_in_a_header_where_the_provider_wants_that(
    console: FlaskClient, provider: Liar
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}
    assert come_back(console, provider).status_code == 200
    assert "client_secret" not in provider.form
    kept = base64.b64decode(provider.form["authorization"].removeprefix("Basic ")).decode()
    assert kept == f"{CLIENT}:{SECRET}"


def test_a_way_back_from_another_issuer_is_refused(console: FlaskClient, provider: Liar) -> None:
    assert come_back(console, provider, iss="https://evil.example").status_code == 502
    assert "/token" not in provider.asked
    assert come_back(console, provider, iss=provider.address).status_code == 200
