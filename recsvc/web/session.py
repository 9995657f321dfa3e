"""The cookie of whoever signed in, and the tokens of forms: signed, and nothing is kept on the server."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

COOKIE = "recsvc_console"
COOKIE_PATH = "/console"
SESSION_SECONDS = 12 * 3600
_ID_FIELD, _NONCE_FIELD = "key", "nonce"


@dataclass(frozen=True)
class Session:
    """A signed-in browser.

    Attributes:
        key_id: of the key; whether it is still valid is to be asked each time.
        cookie: the whole value, which forms are bound to.
    """

    key_id: str
    cookie: str


class Sessions:
    """Makes and reads cookies and form tokens; both raise StoreError while the secret has not been read.

    Args:
        secret: returns 32 bytes that nobody else knows, the same in each worker; it is asked until it answers.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._ask = secret
        self._secret: bytes | None = None

    def begin(self, key_id: str) -> str:
        """Return the cookie of a browser that has proved to have the key."""
        return str(self._signer().dumps({_ID_FIELD: key_id, _NONCE_FIELD: secrets.token_hex(8)}))

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie that was made here less than ``SESSION_SECONDS`` ago, or None."""
        if not cookie or len(cookie) > 512:
            return None
        try:
            said = self._signer().loads(cookie, max_age=SESSION_SECONDS)
        except BadData:
            return None
        key_id = said.get(_ID_FIELD) if isinstance(said, dict) else None
        return Session(key_id, cookie) if isinstance(key_id, str) else None

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

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key(), salt="recsvc console")

    def _key(self) -> bytes:
        if self._secret is None:
            self._secret = self._ask()
        return self._secret
