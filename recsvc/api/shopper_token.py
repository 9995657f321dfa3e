"""What proves, from within a page, who the shopper is: made by the shop's server, which knows the same secret.

A token is ``ENDS.SIGNED``: seconds since 1970, and the HMAC-SHA256 of ``ENDS.USER_ID`` in hexadecimal digits.
"""

import hashlib
import hmac
import re

MAX_LENGTH = 128
MAX_AHEAD_SECONDS = 86_400
"""A token that is valid for longer is refused: whoever finds it later should find it worthless."""

_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


def problem_of(token: str, user_id: str, secret: str, now_seconds: float) -> str | None:
    """Return why ``token`` does not prove that the shopper is ``user_id``, as the shop spells it; None: it does."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return "is no token: seconds since 1970, a dot, and an HMAC-SHA256 as 64 hexadecimal digits"
    ends, signed = found.groups()
    expected = hmac.new(secret.encode(), f"{ends}.{user_id}".encode(errors="surrogatepass"), hashlib.sha256)
    if not hmac.compare_digest(expected.hexdigest(), signed):
        return "is not signed for this user_id with RECSVC_SHOPPER_SECRET"
    if int(ends) <= now_seconds:
        return "has ended: let the page have a new one"
    if int(ends) > now_seconds + MAX_AHEAD_SECONDS:
        return "is valid for more than a day: let it end sooner"
    return None
