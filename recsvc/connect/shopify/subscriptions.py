"""The webhooks of a shop that the Admin API made, and those that are missing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from recsvc.connect.hook_door import hook_path
from recsvc.connect.json_fields import Json, part, parts
from recsvc.connect.shopify import queries
from recsvc.connect.shopify.admin_api import AdminApi
from recsvc.connect.shopify.fields import PLATFORM
from recsvc.connect.shopify.hooks import WANTED
from recsvc.errors import PlatformError
from recsvc.store.platform_records import PlatformRecord, PlatformRecords

HOOK_PATH = hook_path(PLATFORM)


@dataclass(frozen=True)
class HookState:
    """How the webhooks that lead here are.

    Attributes:
        n_here: webhooks that lead here. Those in the configuration of the app are not among them: the interface does
            not show them.
        missing: topics that no webhook tells of.
    """

    n_here: int
    missing: tuple[str, ...]

    @classmethod
    def of(cls, webhooks: Collection[Json], address: str = "") -> "HookState":
        """Return the state of the webhooks of ``address``; where it is empty, of those whose address ends as ours."""
        here = [one for one in webhooks if _leads_here(str(one.get("uri")).rstrip("/"), address)]
        topics = {one.get("topic") for one in here}
        return cls(len(here), tuple(one for one in WANTED if _constant(one) not in topics))


@dataclass(frozen=True)
class MadeHooks:
    """Remembers that webhooks were made by the interface, so that it is noticed when Shopify deleted all of them.

    Attributes:
        records: where that is kept.
    """

    records: PlatformRecords

    def address(self) -> str | None:
        """Return where they lead; empty where only the end of the address is known; None where none were made."""
        record = self.records.get(PLATFORM, "state", "hooks")
        found = None if record is None else record.body.get("address")
        return None if found is None else str(found)

    def remember(self, address: str | None) -> None:
        """Remember where they lead; None: none are expected any more."""
        self.records.put([PlatformRecord(PLATFORM, "state", "hooks", body={"address": address})])


def hook_address(service_url: str) -> str:
    """Return where Shopify sends what it tells a service at ``service_url``."""
    return f"{service_url.rstrip('/')}{HOOK_PATH}"


def subscriptions(api: AdminApi) -> list[Json]:
    """Return all webhooks that the app made in the shop."""
    return list(_pages(api))


def put_in_order(api: AdminApi, service_url: str) -> HookState:
    """Make the webhooks that are missing; return how they were. Raises PlatformError where Shopify refuses one."""
    address = hook_address(service_url)
    state = HookState.of(subscriptions(api), address)
    for topic in state.missing:
        made = part(
            api.ask(queries.SUBSCRIBE, {"topic": _constant(topic), "uri": address}),
            "webhookSubscriptionCreate",
        )
        errors = parts(made, "userErrors")
        if errors:
            raise PlatformError(
                f"Shopify does not make the webhook {topic}: {errors[0].get('message')!s:.300}"
            )
    return state


def _leads_here(found: str, address: str) -> bool:
    return found == address if address else found.endswith(HOOK_PATH)


def _pages(api: AdminApi) -> Iterator[Json]:
    after = None
    while True:
        found = part(api.ask(queries.SUBSCRIPTIONS, {"after": after}), "webhookSubscriptions")
        yield from parts(found, "nodes")
        page = part(found, "pageInfo")
        after = page.get("endCursor")
        if not page.get("hasNextPage") or not after:
            return


def _constant(topic: str) -> str:
    """Return a topic as the interface names it: ``ORDERS_CREATE``."""
    return topic.replace("/", "_").upper()
