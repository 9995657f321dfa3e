"""The figures that a service has counted, as the truth of a shop has them."""

import time
from typing import Any

from support.processes import Service
from support.shop_truth import cents

PERIOD = "from=2026-04-25&to=2026-06-30"
COUNTS = ("impressions", "seen", "clicks", "orders")
AMOUNTS = ("units", "revenue", "revenue_returned")
WAIT_SECONDS = 60


def performance(service: Service, group_by: str, period: str = PERIOD) -> dict[str, Any]:
    """Return the figures once all events are in them."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        status, found, _ = service.get(f"/v1/performance?{period}&group_by={group_by}")
        assert status == 200, found
        if not found["pending_events"]:
            return found
        time.sleep(0.2)
    raise AssertionError(f"events were not counted within {WAIT_SECONDS} s")


def figures(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Return what is not nothing of each row, money in cents."""
    found = {}
    for row in rows:
        named = {name: row[name] for name in COUNTS}
        named |= {name: row[name] if name == "units" else cents(row[name]) for name in AMOUNTS}
        after = row["after_seen"]
        named |= {"seen_orders": after["orders"], "seen_units": after["units"]}
        named |= {f"seen_{name}": cents(after[name]) for name in ("revenue", "revenue_returned")}
        found[row["key"]] = {name: figure for name, figure in named.items() if figure}
    return found


def without_nothing(truth: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {key: {name: figure for name, figure in row.items() if figure} for key, row in truth.items()}
