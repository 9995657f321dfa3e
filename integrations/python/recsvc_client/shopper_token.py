"""Proves to the service, from within a page, who the shopper is: only for them are offers shown there."""

import hmac
import time

VALID_SECONDS = 3600


def shopper_token(
    user_id: str, secret: str, valid_seconds: int = VALID_SECONDS, now_seconds: float | None = None
) -> str:
    """Return what a page says for a shopper who is signed in, made with the shop's ``RECSVC_SHOPPER_SECRET``.

    Whoever has the token may see the shopper's offer as long as it is valid. ``now_seconds``: since 1970; None: now.
    """
    ends = int((time.time() if now_seconds is None else now_seconds) + valid_seconds)
    signed = hmac.new(secret.encode(), f"{ends}.{user_id}".encode(), "sha256").hexdigest()
    return f"{ends}.{signed}"
