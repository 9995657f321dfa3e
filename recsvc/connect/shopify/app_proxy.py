"""Requests that Shopify passes on from a path of the shop (app proxy), and who the shopper is that made them."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from recsvc.connect.shopify.fields import number_of
from recsvc.errors import PlatformError

MAX_AGE_SECONDS = 90
"""A request is as old as the way through Shopify and the difference of two clocks; an older one is a copy."""

SIGNED_ONCE = ("shop", "logged_in_customer_id", "path_prefix", "timestamp", "signature")
"""What Shopify adds. A second one is of the shopper, who could otherwise name somebody else."""

Parameters = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class AppProxy:
    """Tells requests that come through Shopify from others.

    Attributes:
        shop: whose requests are answered, like ``acme.myshopify.com``.
        secret: client secret of the app, with which Shopify signs them.
    """

    shop: str
    secret: str = field(repr=False)

    def customer_of(self, parameters: Parameters, now_seconds: float) -> str | None:
        """Return the number of the customer who is signed in; None for a guest.

        Args:
            parameters: of the query string, decoded, in their order.
            now_seconds: the time, since 1970.

        Raises PlatformError for a request that did not come through Shopify just now.
        """
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in parameters:
            found[name].append(value)
        if any(len(found[name]) != 1 for name in SIGNED_ONCE):
            raise PlatformError(f"a request by app proxy has each of {', '.join(SIGNED_ONCE)} once")
        if any(_hides_another(name, value) for name, values in found.items() for value in values):
            raise PlatformError(
                f"no parameter of a request by app proxy may hold {'=, '.join(SIGNED_ONCE)}=, and no name an equals "
                "sign: the signature does not tell where a parameter ends"
            )
        signature = found.pop("signature")[0]
        if not hmac.compare_digest(
            proxy_signature(found, self.secret).encode(), signature.encode("utf-8", "replace")
        ):
            raise PlatformError("signature is not that of the parameters under RECSVC_SHOPIFY_CLIENT_SECRET")
        if found["shop"] != [self.shop]:
            raise PlatformError(f"this is of another shop than RECSVC_SHOPIFY_SHOP, {self.shop}")
        made = found["timestamp"][0]
        if not (made.isascii() and made.isdigit()) or abs(now_seconds - int(made)) > MAX_AGE_SECONDS:
            raise PlatformError(
                f"the request is more than {MAX_AGE_SECONDS} s old, or the clock of this machine is wrong"
            )
        return number_of(found["logged_in_customer_id"][0])


def _hides_another(name: str, value: str) -> bool:
    """Return whether a parameter may hold another that Shopify added, cut out of the signed text elsewhere."""
    text = f"{name}={value}"
    return "=" in name or any(f"{added}=" in text[1:] for added in SIGNED_ONCE)


def proxy_signature(parameters: dict[str, list[str]], secret: str) -> str:
    """Return the HMAC-SHA256 of all parameters but the signature: sorted, joined without anything between them."""
    written = "".join(sorted(f"{name}={','.join(values)}" for name, values in parameters.items()))
    return hmac.new(secret.encode(), written.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
