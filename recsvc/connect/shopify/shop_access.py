"""What an app may read of a shop, and what that leaves out."""

from collections.abc import Iterator
from dataclasses import dataclass

from recsvc.connect.json_fields import part, parts, text
from recsvc.connect.shopify import queries
from recsvc.connect.shopify.admin_api import VERSION, AdminApi
from recsvc.errors import PlatformError
from recsvc.store.event import DAY_US

NEEDED = ("read_orders", "read_products")
RECENT_DAYS = 60
"""So many days of orders are shown to an app without ``read_all_orders``."""


@dataclass(frozen=True)
class Access:
    """What an app may read.

    Attributes:
        shop: its name, like ``acme.myshopify.com``.
        currency: of the shop, in which prices are.
        scopes: that the app has.
        version: of the interface that answered.
    """

    shop: str
    currency: str
    scopes: frozenset[str]
    version: str = VERSION

    @classmethod
    def of(cls, api: AdminApi) -> "Access":
        """Ask the shop; raises PlatformError, which names the scopes that are missing."""
        found = api.ask(queries.ACCESS)
        shop = part(found, "shop")
        handles = (
            text(one.get("handle")) for one in parts(part(found, "currentAppInstallation"), "accessScopes")
        )
        scopes = frozenset(one for one in handles if one is not None)
        # A scope to write holds that to read.
        scopes |= {one.replace("write_", "read_", 1) for one in scopes if one.startswith("write_")}
        missing = [one for one in NEEDED if one not in scopes]
        if missing:
            raise PlatformError(
                f"the app lacks the scopes {', '.join(missing)}: add them to a new version of the app, release it, and "
                "accept it in the shop"
            )
        return cls(
            str(shop.get("myshopifyDomain") or ""),
            str(shop.get("currencyCode") or ""),
            scopes,
            api.answered_version,
        )

    @property
    def reads_customers(self) -> bool:
        """Whether orders tell the number of their customer."""
        return "read_customers" in self.scopes

    @property
    def reads_all_orders(self) -> bool:
        """Whether orders of more than 60 days are shown."""
        return "read_all_orders" in self.scopes

    def oldest_us(self, now_us: int) -> int:
        """Return from when on orders are shown, in microseconds since 1970; a day later, to be sure."""
        return 0 if self.reads_all_orders else now_us - (RECENT_DAYS - 1) * DAY_US

    def warnings(self) -> Iterator[str]:
        """Yield what a person must know of what is not read."""
        if not self.reads_all_orders:
            yield (
                f"ONLY ORDERS OF THE LAST {RECENT_DAYS} DAYS ARE READ: the app lacks the scope read_all_orders. "
                "Shopify shows it no older ones, and says nothing of it. Ask for the scope, or read older orders from "
                "the order export (recsvc-train run --orders)"
            )
        if not self.reads_customers:
            yield "the app lacks the scope read_customers: orders without an address and a phone are of nobody"
        if self.version != VERSION:
            yield f"Shopify answers with version {self.version} of its interface, not {VERSION}: update recsvc"
