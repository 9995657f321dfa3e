"""The cookie of whoever signed in, and the tokens of forms: signed, and nothing is kept on the server."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from recsvc.settings.oidc import PREFIX, OidcSettings
from recsvc.store.api_keys import Scope
from recsvc.web.entry.person import Person

COOKIE = "recsvc_console"
COOKIE_PATH = "/console"
SESSION_SECONDS = 12 * 3600
CLOCKS_APART_SECONDS = 60
"""The clocks of machines that serve together may differ by so much."""

MAX_COOKIE_LENGTH = 2048
_ID_FIELD, _NONCE_FIELD, _PERSON_FIELD = "key", "nonce", "person"


class _LateReader(TimestampSigner):
    """Reads with a clock that is ahead: what was signed a moment ago on another machine is not of the future."""

    def get_timestamp(self) -> int:
        """Return the seconds since 1970, and some."""
        return super().get_timestamp() + CLOCKS_APART_SECONDS


@dataclass(frozen=True)
class Session:
    """A signed-in browser: with a key, or as a person whom an OpenID provider knows.

    Attributes:
        key_id: of the key; whether it is still valid is to be asked each time. None for a person.
        cookie: the whole value, which forms are bound to.
        person: who the provider said it is; None where it is a key.
    """

    key_id: str | None
    cookie: str
    person: Person | None = None


class Sessions:
    """Makes and reads cookies and form tokens; both raise StoreError while the secret has not been read.

    Args:
        secret: returns 32 bytes that nobody else knows, the same in each worker; it is asked until it answers.
        settings: of signing in by a provider: with one of them changed, nobody who came by it is signed in any more.
    """

    def __init__(self, secret: Callable[[], bytes], settings: OidcSettings | None = None) -> None:
        self._ask = secret
        self._secret: bytes | None = None
        self._people = settings if settings is not None and settings.oidc_issuer else None
        self._of_people = "" if self._people is None else f" person {_digest_of(self._people)}"

    @property
    def person_seconds(self) -> int:
        """How long a person stays signed in."""
        return 0 if self._people is None else 60 * self._people.oidc_session_minutes

    def begin(self, key_id: str) -> str:
        """Return the cookie of a browser that has proved to have the key."""
        return self.sign("", {_ID_FIELD: key_id, _NONCE_FIELD: secrets.token_hex(8)})

    def begin_of(self, person: Person) -> str:
        """Return the cookie of a browser whose person the provider has named."""
        said = [person.subject, person.name, sorted(person.scopes)]
        return self.sign(self._of_people, {_PERSON_FIELD: said, _NONCE_FIELD: secrets.token_hex(8)})

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie that was made here and is not too old, or None."""
        said = self.unsign("", cookie, SESSION_SECONDS)
        if isinstance(said, dict) and isinstance(said.get(_ID_FIELD), str):
            return Session(said[_ID_FIELD], cookie or "")
        if self._people is None:
            return None
        said = self.unsign(self._of_people, cookie, self.person_seconds)
        if not isinstance(said, dict) or _PERSON_FIELD not in said:
            return None
        subject, name, scopes = said[_PERSON_FIELD]
        return Session(None, cookie or "", Person(subject, name, frozenset(map(Scope, scopes))))

    def sign(self, purpose: str, value: Any) -> str:  # noqa: ANN401 - a value of JSON
        """Return ``value`` as a text of which only ``unsign`` with the same purpose makes it again."""
        return str(self._signer(purpose).dumps(value))

    def unsign(self, purpose: str, text: str | None, seconds: int) -> Any:  # noqa: ANN401 - a value of JSON
        """Return what was signed for ``purpose`` not more than ``seconds`` ago, or None."""
        if not text or len(text) > MAX_COOKIE_LENGTH:
            return None
        try:
            return self._signer(purpose, _LateReader).loads(text, max_age=seconds + CLOCKS_APART_SECONDS)
        except BadData:
            return None

    def token_for(self, session: Session | None) -> str:
        """Return what each form of a session sends along; without a session, what the sign-in form sends."""
        bound_to = "" if session is None else session.cookie
        return hmac.new(self._key(), b"form " + bound_to.encode(), hashlib.sha256).hexdigest()

    def is_token_of(self, session: Session | None, token: str) -> bool:
        """Return whether a form was made for this session."""
        return hmac.compare_digest(self.token_for(session).encode(), token.encode())

    def pseudonym(self, external_id: str) -> str:
        """Return what stands for a shopper's id where the id must not: the same for the same one, 16 hex digits."""
        return hmac.new(self._key(), b"shopper " + external_id.encode(), hashlib.sha256).hexdigest()[:16]

    def _signer(
        self, purpose: str, signer: type[TimestampSigner] = TimestampSigner
    ) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key(), salt=f"recsvc console{purpose}", signer=signer)

    def _key(self) -> bytes:
        if self._secret is None:
            self._secret = self._ask()
        return self._secret


def _digest_of(settings: OidcSettings) -> str:
    """Return another text for each other setting."""
    told = {
        name: value for name, value in settings.model_dump(mode="json").items() if name.startswith(PREFIX)
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
