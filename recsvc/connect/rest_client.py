"""A polite client of a shop's interface: paced, patient, bounded, and silent about its keys."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.util.retry import Retry

from recsvc.connect.json_fields import read_value
from recsvc.connect.timely_body import timely_blocks
from recsvc.errors import PlatformAwayError, PlatformError
from recsvc.settings.oidc import is_loopback

CONNECT_SECONDS, READ_SECONDS = 10.0, 90.0
WHOLE_SECONDS = 300.0
"""So long the body of an answer may take as a whole; ``READ_SECONDS`` begin anew with each byte."""

MAX_BYTES = 64 * 2**20
"""A page of a hundred orders with many lines takes some megabytes."""

PATIENT = Retry(
    total=6,
    backoff_factor=1.0,
    backoff_max=60.0,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=("GET",),
    respect_retry_after_header=True,
    retry_after_max=300,
    raise_on_status=False,
    redirect=False,
)
"""About two minutes of waiting, or what the shop asks for, up to five minutes each time."""

Params = Mapping[str, str | int]


@dataclass(frozen=True)
class Answer:
    """What the shop answered.

    Attributes:
        value: of the JSON.
        n_total: entries on all pages, where the shop says so.
        headers: of the answer, under any case of their names.
    """

    value: Any
    n_total: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Credentials(Protocol):
    """What admits a program to the interface of a shop."""

    def auth(self) -> AuthBase:
        """Return what writes them into the headers of a request."""
        ...

    def as_query(self) -> dict[str, str]:
        """Return them as fields of a query string; empty where they must not stand there."""
        ...


@dataclass(frozen=True)
class ApiKeys:
    """What admits a program to the interface of a shop; its text shows neither.

    Attributes:
        key: names the program.
        secret: shows that it is the one.
    """

    key: str = field(repr=False)
    secret: str = field(repr=False)

    def auth(self) -> AuthBase:
        """Return what writes them into the headers of a request."""
        return HTTPBasicAuth(self.key, self.secret)

    def as_query(self) -> dict[str, str]:
        """Return them as fields of a query string."""
        return {"consumer_key": self.key, "consumer_secret": self.secret}


class RestClient:
    """Asks one shop, one request at a time.

    Args:
        url: of the shop, with https; http for loopback alone, since the key would be readable on the way.
        keys: that the shop gave.
        pace_seconds: between the beginnings of two requests, at least.
        retry: how often and when to ask again.

    Raises PlatformError for an address that no key may be sent to.
    """

    def __init__(
        self,
        url: str,
        keys: Credentials,
        *,
        pace_seconds: float = 0.25,
        retry: Retry = PATIENT,
    ) -> None:
        parsed = urlsplit(url)
        if parsed.scheme not in ("http", "https") or not parsed.hostname or parsed.query or parsed.username:
            raise PlatformError(
                f"the address of the shop must be like https://shop.example, got {url!r:.120}"
            )
        if parsed.scheme == "http" and not is_loopback(parsed.hostname):
            raise PlatformError(f"{url:.120}: the key must not go over http; name the shop with https://")
        self.url = url.rstrip("/")
        self._is_encrypted = parsed.scheme == "https"
        self._keys = keys
        self._pace_seconds = pace_seconds
        self._next = 0.0
        self._in_query = False
        self._session = requests.Session()
        self._session.trust_env = True
        self._session.headers["User-Agent"] = "recsvc"
        self._session.headers["Accept"] = "application/json"
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def get(self, path: str, params: Params | None = None) -> Answer:
        """Return what the shop answers; raises PlatformError, PlatformAwayError where asking again may help."""
        return self._ask("GET", path, params or {}, None)

    def send(self, method: Literal["POST", "PUT"], path: str, body: Mapping[str, Any]) -> Answer:
        """Send ``body`` as JSON, once; raises as ``get``."""
        return self._ask(method, path, {}, body)

    def use(self, keys: Credentials) -> None:
        """Send other keys from now on."""
        self._keys = keys

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _ask(self, method: str, path: str, params: Params, body: Mapping[str, Any] | None) -> Answer:
        response, content = self._exchange(method, path, params, body)
        if (
            response.status_code == 401
            and self._is_encrypted
            and not self._in_query
            and self._keys.as_query()
        ):
            # Apache with CGI takes the header away; the address is encrypted, and nothing here writes it down.
            self._in_query = True
            response, content = self._exchange(method, path, params, body)
            self._in_query = response.ok
        value = self._value(response, content, path)
        n_total = response.headers.get("X-WP-Total", "")
        return Answer(value, int(n_total) if n_total.isdigit() else None, response.headers)

    def _exchange(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None
    ) -> tuple[requests.Response, bytes]:
        self._wait()
        secrets = self._keys.as_query() if self._in_query else {}
        auth = _NoAuth() if self._in_query else self._keys.auth()
        try:
            with self._session.request(
                method,
                f"{self.url}{path}",
                params={**params, **secrets},
                json=body,
                auth=auth,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response, _bounded(response, f"{self.url}{path}")
        except requests.RequestException as error:
            # Its message may have the address with the keys.
            raise PlatformAwayError(f"{self.url}{path} does not answer ({type(error).__name__})") from None

    def _wait(self) -> None:
        now = time.monotonic()
        if self._next > now:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pace_seconds

    def _value(self, response: requests.Response, content: bytes, path: str) -> Any:  # noqa: ANN401 - JSON
        where, status = f"{self.url}{path}", response.status_code
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", ""))
            raise PlatformError(
                f"{where} redirects to {target.scheme}://{target.netloc}{target.path:.80}: name the shop by that"
            )
        value = read_value(content)
        if response.ok and value is not None:
            return value
        said = value if isinstance(value, dict) else {}
        told = said.get("message") or said.get("error_description") or said.get("errors") or ""
        reason = f"{status} {said.get('code', '')} {told}".strip()
        if status == 429 or status >= 500:
            raise FailingRequestError(f"{where} answers {reason:.300}", status)
        if response.ok:
            raise PlatformError(
                f"{where} answers no JSON: look at that page for a warning of PHP or a page of a security plug-in"
            )
        raise RefusedRequestError(f"{where} answers {reason:.300}", status, str(said.get("code", "")))


class RefusedRequestError(PlatformError):
    """The shop refused a request.

    Attributes:
        status: of HTTP.
        code: the shop's own word for the reason; empty where it has none.
    """

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class FailingRequestError(PlatformAwayError):
    """The shop answered that it cannot answer now.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_broken(self) -> bool:
        """Whether a program of the shop failed, so that it will again; one that is busy, or away, says otherwise."""
        return self.status == HTTPStatus.INTERNAL_SERVER_ERROR


class _NoAuth(AuthBase):
    """Keeps ``requests`` from sending what a .netrc of the machine says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _bounded(response: requests.Response, where: str) -> bytes:
    content = bytearray()
    for block in timely_blocks(response, lambda _n_bytes: WHOLE_SECONDS):
        content += block
        if len(content) > MAX_BYTES:
            raise PlatformError(f"{where} answers more than {MAX_BYTES // 2**20} MiB")
    return bytes(content)
