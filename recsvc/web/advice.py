"""What is worth doing next: from what the service knows of itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from recsvc.clock import now_us
from recsvc.store.shop_counts import EventCounts, ItemCounts
from recsvc.web.earnings import Earnings
from recsvc.web.quality import gate_of
from recsvc.web.site import Site
from recsvc.web.words import ago, count

MOST = 3
OLD_MODEL_SECONDS = 8 * 86_400
QUIET_SECONDS = 86_400
MANY = 0.05
"""Share of the items from which on something that they lack is worth a word."""


@dataclass(frozen=True)
class Advice:
    """Something worth doing: why, and where; without an address where it is done elsewhere."""

    what: str
    why: str
    address: str = ""


def advice_of(site: Site, items: ItemCounts, events: EventCounts, earnings: Earnings | None) -> list[Advice]:
    """Return up to ``MOST`` things, most urgent first."""
    found = [*_of_model(site), *_of_events(events, earnings), *_of_items(items), *_of_keys(site)]
    return found[:MOST]


def _of_model(site: Site) -> Iterator[Advice]:
    live = site.service.live_model
    if live.version is None:
        yield Advice("Train a model", "There is none yet, so no list can be made: `recsvc-train run`.")
        return
    if live.age_seconds() > OLD_MODEL_SECONDS:
        yield Advice(
            "Train again",
            f"The live version was trained {ago(live.age_seconds())}. Every night is usual: what sells changes.",
            "/console/versions",
        )
    gate = gate_of(live.version.manifest)
    if gate.checks and not gate.is_good:
        yield Advice(
            "Look at the live version", gate.words, f"/console/versions/{live.version.manifest.model_version}"
        )


def _of_events(events: EventCounts, earnings: Earnings | None) -> Iterator[Advice]:
    if events.last_received_us is None:
        yield Advice(
            "Send events",
            "No event ever arrived. With what shoppers look at and buy now, lists change within a second.",
            "/console/data",
        )
        return
    quiet = (now_us() - events.last_received_us) / 1e6
    if quiet > QUIET_SECONDS:
        yield Advice("Look why no events arrive", f"The last one arrived {ago(quiet)}.", "/console/data")
    if earnings is not None and not earnings.is_known:
        yield Advice(
            "Send what is shown and clicked",
            "Then this page says what lists earn. The widget does it by itself.",
            "/console/placements/for_you#snippet",
        )


def _of_items(items: ItemCounts) -> Iterator[Advice]:
    if not items.items:
        yield Advice(
            "Import the catalogue",
            "Without it, nothing is known of stock, prices and pictures: `recsvc items import FILE`.",
            "/console/data",
        )
        return
    for n, what, why in (
        (items.without_picture, "pictures", "An item with a picture is clicked more often."),
        (items.without_title, "titles", "Without a title, only the id can be shown."),
        (items.without_category, "categories", "New items find their shoppers by their category."),
        (items.without_price, "prices", "Prices tell whom an item suits."),
    ):
        if n > MANY * items.items:
            lacking = f"{count(n, 'item')} of {items.items:,} {'has' if n == 1 else 'have'} none."
            yield Advice(f"Add {what}", f"{lacking} {why}", "/console/data")


def _of_keys(site: Site) -> Iterator[Advice]:
    if site.is_open:
        yield Advice(
            "Make a key before others can reach the service",
            "Without keys it answers on this machine alone: `recsvc keys create`.",
        )
