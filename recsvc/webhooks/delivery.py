"""One webhook on its way: signed as Standard Webhooks says, posted once, the answer bounded."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from recsvc.webhooks.bounded_adapter import BoundedAdapter
from recsvc.webhooks.schedule import Answer

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
"""Of each wait."""

TOTAL_SECONDS = 20.0
"""Of all of them together: a receiver that answers byte by byte keeps no other webhook waiting for longer."""


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
        is_encrypted = urlsplit(url).scheme == "https"
        self._session.trust_env = (
            is_encrypted  # http goes to this machine: no proxy of the environment leads there
        )
        self._session.mount("https://" if is_encrypted else "http://", BoundedAdapter(TOTAL_SECONDS))
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
                return Answer(  # its body is not read
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
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.fromtimestamp(now_seconds, UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):  # a zone of many digits overflows
        return None


class _NoAuth(AuthBase):
    """Keeps ``requests`` from sending what a .netrc of the machine says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
