"""An OpenID provider: what it says of itself, where a browser is sent, and whom the code it brings back stands for."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from recsvc.settings.oidc import OidcSettings, is_loopback
from recsvc.web.entry.oidc.wire import NoAuth, ProviderAwayError, ProviderFaultError, Wire

WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "ES256")
KEPT_SECONDS = 3600.0
"""What the provider says of itself, and its keys, are asked for again after so long."""

REFETCH_SECONDS = 30.0
"""A token with an unknown key makes the keys be asked for again, though not sooner than so long after the last time."""

LEEWAY_SECONDS = 60
"""The clocks of the provider and of this machine may differ by so much."""

MAX_KEYS, MAX_RSA_BITS, MAX_TOKEN_LENGTH = 50, 8192, 64 * 2**10


@dataclass(frozen=True)
class Flow:
    """What a browser keeps, signed, while its person is at the provider.

    Attributes:
        state: comes back with the code.
        nonce: stands in the ID token.
        verifier: proves to the provider that the code was asked for here (PKCE, RFC 7636).
        wanted: the page that was asked for.
    """

    state: str
    nonce: str
    verifier: str
    wanted: str


@dataclass(frozen=True)
class _Said:
    """The discovery document, as far as it is used."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    client_auth: str
    until: float


@dataclass(frozen=True)
class _Keys:
    found: KeySet
    at: float


class Provider:
    """The provider of the settings; its methods raise ProviderAwayError and ProviderFaultError.

    Args:
        settings: name the provider.
        redirect_uri: where it sends browsers back to.
        wire: bounds calls to it.
    """

    def __init__(self, settings: OidcSettings, redirect_uri: str, wire: Wire | None = None) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self._redirect_uri = redirect_uri
        self._wire = wire or Wire()
        self._lock = Lock()
        self._said: _Said | None = None
        self._keys: _Keys | None = None

    def address_for(self, flow: Flow) -> str:
        """Return where the browser is sent."""
        said = self._discovered()
        with self._session(said) as session:
            address, _ = session.create_authorization_url(
                said.authorization, state=flow.state, code_verifier=flow.verifier, nonce=flow.nonce
            )
        return str(address)

    def farewell(self) -> str | None:
        """Return where somebody signs out of the provider itself, if it was heard of and has such a place."""
        said = self._said
        if said is None or said.end_session is None:
            return None
        joint = "&" if urlsplit(said.end_session).query else "?"
        return f"{said.end_session}{joint}{urlencode({'client_id': self._settings.oidc_client_id or ''})}"

    def claims_of(self, code: str, flow: Flow) -> Mapping[str, Any]:
        """Return the claims of the ID token that the provider gives for ``code``, after all checks."""
        said = self._discovered()
        with self._wire.calling(), self._session(said) as session:
            try:
                answer = session.fetch_token(
                    said.token, grant_type="authorization_code", code=code, code_verifier=flow.verifier,
                    redirect_uri=self._redirect_uri, allow_redirects=False,
                )  # fmt: skip
            except OAuthError as error:
                raise ProviderFaultError(f"no token for the code: {str(error.error)[:60]!r}") from None
            except ValueError:
                raise ProviderFaultError("what came from the token endpoint is no JSON object") from None
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or len(id_token) > MAX_TOKEN_LENGTH:
            raise ProviderFaultError("there is no ID token in the answer of the token endpoint")
        return self._verified(id_token, access_token, flow, said)

    def _verified(self, id_token: str, access_token: object, flow: Flow, said: _Said) -> Mapping[str, Any]:
        try:
            token = self._decoded(id_token, said)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                params={
                    "nonce": flow.nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": access_token if isinstance(access_token, str) else None,
                },
            )
            claims.validate(now=int(time.time()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderFaultError(f"the ID token is refused: {error!s:.100}") from None
        return dict(claims)

    def _decoded(self, id_token: str, said: _Said) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._key_set(said), algorithms=ALGORITHMS)
        except InvalidKeyIdError:  # the provider may have begun to use a new key
            return jwt.decode(id_token, self._key_set(said, REFETCH_SECONDS), algorithms=ALGORITHMS)

    def _key_set(self, said: _Said, kept_seconds: float = KEPT_SECONDS) -> KeySet:
        """Return the provider's keys, as they were at most ``kept_seconds`` ago."""
        keys = self._keys
        if keys is None or time.monotonic() - keys.at >= kept_seconds:
            found = self._read(said.keys).get("keys")
            usable = [_usable(one) for one in found[:MAX_KEYS]] if isinstance(found, list) else []
            keys = _Keys(KeySet([key for key in usable if key is not None]), time.monotonic())
            if not keys.found.keys:
                raise ProviderFaultError("the provider has no key for RS256 or ES256")
            self._keys = keys
        return keys.found

    def _discovered(self) -> _Said:
        with self._lock:
            said = self._said
        if said is None or time.monotonic() >= said.until:
            said = self._heard(self._read(self._issuer.rstrip("/") + WELL_KNOWN))
            with self._lock:
                self._said = said
        return said

    def _heard(self, document: Mapping[str, Any]) -> _Said:
        if document.get("issuer") != self._issuer:
            raise ProviderFaultError(
                f"the provider calls itself {document.get('issuer')!r:.200}: set RECSVC_OIDC_ISSUER to that, "
                "if it is the right one"
            )
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self._settings.oidc_client_secret is None:
            client_auth = "none"
        else:  # names in a form need no second encoding, which providers differ in
            has_post = isinstance(methods, list) and "client_secret_post" in methods
            client_auth = "client_secret_post" if has_post else "client_secret_basic"
        end_session = document.get("end_session_endpoint")
        return _Said(
            self._endpoint(document, "authorization_endpoint"),
            self._endpoint(document, "token_endpoint"),
            self._endpoint(document, "jwks_uri"),
            None if end_session is None else self._endpoint(document, "end_session_endpoint"),
            client_auth,
            time.monotonic() + KEPT_SECONDS,
        )

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """Return an address of the document: as protected as the issuer's own."""
        address = document.get(name)
        try:
            parts = urlsplit(address) if isinstance(address, str) and address.isprintable() else urlsplit("")
            host = parts.hostname or ""
        except ValueError:
            host, parts = "", urlsplit("")
        is_plain = urlsplit(self._issuer).scheme == "http" and parts.scheme == "http" and is_loopback(host)
        if not host or parts.username is not None or not (parts.scheme == "https" or is_plain):
            raise ProviderFaultError(f"{name} must be an address of HTTPS, got {address!r:.200}")
        return str(address)

    def _read(self, address: str) -> Mapping[str, Any]:
        with self._wire.calling(), self._session() as session:
            answer = session.get(address, auth=NoAuth(), withhold_token=True, allow_redirects=False)
            if answer.status_code != 200:
                raise ProviderFaultError(f"{urlsplit(address).path!r:.200} is answered {answer.status_code}")
            try:
                document = answer.json()
            except ValueError:
                document = None
        if not isinstance(document, dict):
            raise ProviderFaultError(f"{urlsplit(address).path!r:.200} is no JSON object")
        return document

    def _session(self, said: _Said | None = None) -> OAuth2Session:
        secret = self._settings.oidc_client_secret
        session = OAuth2Session(
            client_id=self._settings.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            token_endpoint_auth_method=said.client_auth if said else None,
            scope=self._settings.oidc_scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._wire.adapter())
        return session


def _usable(described: object) -> Key | None:
    """Return the key in an entry of the provider's keys; None where it is not for RS256 or ES256, or unreadable."""
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    try:
        if described.get("kty") == "RSA" and len(str(described.get("n", ""))) * 6 <= MAX_RSA_BITS + 64:
            key = RSAKey.import_key(described)
            return key if key.public_key.key_size >= 2048 else None
        if described.get("kty") == "EC" and described.get("crv") == "P-256":
            return ECKey.import_key(described)
    except (JoseError, ValueError, TypeError):
        return None
    return None


__all__ = ["Flow", "Provider", "ProviderAwayError", "ProviderFaultError"]
