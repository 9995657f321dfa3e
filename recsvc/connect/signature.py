"""The signature of a webhook, as WooCommerce and Shopify make it."""

import base64
import hashlib
import hmac


def signature_of(body: bytes, secret: str) -> str:
    """Return the HMAC-SHA256 of ``body`` under ``secret``, in Base64."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, secret: str, signature: str | None) -> bool:
    """Return whether ``signature`` is that of the bytes of ``body`` as they came, in time that tells nothing of it."""
    expected = signature_of(body, secret).encode()
    return hmac.compare_digest(expected, (signature or "").strip().encode("utf-8", "replace"))
