"""The figures of a shop whose truth is known, posted over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.outcome_figures import AMOUNTS, COUNTS, figures, performance, without_nothing
from support.processes import Service
from support.shop_truth import TrueShop, cents

from recsvc.model.registry import Registry


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path) -> Iterator[Service]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("shared_postgres").new_database()
    running = Service(registry.directory, tmp_path / "log", workers=2, database_url=url)
    yield running
    running.stop()


def ask(service: Service, shopper: str, placement: str) -> dict[str, Any]:
    kind, _, visit = shopper.partition(":")
    whose = f"session_id={visit}" if kind == "session" else f"user_id={shopper}"
    status, found, _ = service.get(f"/v1/recommend?{whose}&placement={placement}&n=5")
    assert status == 200
    return found


def test_the_figures_are_the_truth_to_the_cent(service: Service) -> None:
    shop = TrueShop(seed=3)
    shop.live(lambda shopper, placement: ask(service, shopper, placement))
    assert shop.merges
    assert shop.erased
    batches = list(shop.posts())
    for place, batch in enumerate(batches):
        status, answer, _ = service.post("/v1/events", {"events": batch})
        assert status == 202, answer
        if place == len(batches) // 2:  # merges and erasures in the middle of what happens
            for visit, person in shop.merges.items():
                assert service.post(f"/v1/users/{person}/merge", {"from_session_id": visit})[0] == 200
            for person in sorted(shop.erased)[::2]:
                assert service.delete(f"/v1/users/{person}")[0] == 200
    for person in sorted(shop.erased)[1::2]:
        assert service.delete(f"/v1/users/{person}")[0] == 200
    for group_by in ("total", "placement", "position", "reason"):
        found = performance(service, group_by)
        assert figures(found["rows"]) == without_nothing(shop.truth(group_by)), group_by
    total = shop.truth("total")["total"]
    assert min(total[name] for name in (*COUNTS, *AMOUNTS, "seen_orders", "seen_revenue")) > 0, (
        "nothing was left out"
    )


def test_the_days_add_up_to_the_whole(service: Service) -> None:
    shop = TrueShop(seed=5)
    shop.live(lambda shopper, placement: ask(service, shopper, placement), n_shoppers=20)
    for batch in shop.posts():
        service.post("/v1/events", {"events": batch})
    [whole] = performance(service, "total")["rows"]
    days = performance(service, "day")["rows"]
    assert [row["key"] for row in days] == sorted(row["key"] for row in days)
    for name in COUNTS:
        assert sum(row[name] for row in days) == whole[name]
    halves = [performance(service, "total", period)["rows"][0] for period in (
        "from=2026-04-25&to=2026-05-10", "from=2026-05-11&to=2026-06-30"
    )]  # fmt: skip
    assert cents(sum(row["revenue"] for row in halves)) == cents(whole["revenue"])
