"""One webhook on its way: signed as Standard Webhooks says, posted once, the answer bounded."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from recsvc.webhooks.schedule import Answer

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
MOST_DRAINED_BYTES = 4096
"""So much of an answer is read, so that the connection can be used again; nothing is made of it."""


class Courier:
    """Posts to one address; several threads may use it.

    Args:
        url: of the receiver; no redirect is followed, so that nothing is sent anywhere else.
        keys: what webhooks are signed with, each of them.
    """

    def __init__(self, url: str, keys: Sequence[bytes]) -> None:
        self._url = url
        self._keys = tuple(keys)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "recsvc", "Accept": "*/*"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def post(self, webhook_id: str, body: bytes, at_seconds: int) -> Answer:
        """Post ``body`` once, signed at ``at_seconds`` since 1970; raises nothing that a receiver can cause."""
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(at_seconds),
            "webhook-signature": signatures(self._keys, webhook_id, at_seconds, body),
        }
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                auth=_NoAuth(),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                _drain(response)
                return Answer(
                    response.status_code, "", retry_after(response.headers.get("Retry-After"), at_seconds)
                )
        except (requests.RequestException, OSError) as error:
            return Answer(None, type(error).__name__)  # its message has the address, which may be a secret

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def signatures(keys: Sequence[bytes], webhook_id: str, at_seconds: int, body: bytes) -> str:
    """Return the header ``webhook-signature``: HMAC-SHA256 of the id, the time and the body, one for each key."""
    signed = f"{webhook_id}.{at_seconds}.".encode() + body
    made = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
    return " ".join(f"v1,{one}" for one in made)


def retry_after(text: str | None, now_seconds: int) -> float | None:
    """Return the seconds to wait that a header ``Retry-After`` asks for, as such or by a date; None for none."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text.strip()[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now_seconds, UTC)).total_seconds())


def _drain(response: requests.Response) -> None:
    """Read a short answer whole, so that the connection can be used again; leave a long one alone."""
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and 0 < int(length) <= MOST_DRAINED_BYTES:
        with suppress(HTTPError, OSError):  # its status is known already
            response.raw.read(int(length))


class _NoAuth(AuthBase):
    """Keeps ``requests`` from sending what a .netrc of the machine says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
