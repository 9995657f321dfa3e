"""A shop without exports: what is posted is learned from; who is erased stays away, whatever old exports say."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.processes import Service

from recsvc.model.registry import Registry
from training.sample import SampleShop, write_sample_shop

SHOP = SampleShop(users=60, items=40, order_lines=900, days=120, end=date(2025, 6, 30))
BATCH = 500


def train(*arguments: str | Path, models: Path) -> subprocess.CompletedProcess[str]:
    options = ["run", "--models-dir", models, *arguments]
    command = [sys.executable, "-m", "training", *map(str, options)]
    environment = {**os.environ, "RECSVC_DATABASE_URL": ""}
    return subprocess.run(
        command, cwd=models.parent, capture_output=True, text=True, check=False, timeout=120, env=environment
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_shop(SHOP, tmp_path_factory.mktemp("shop")).orders


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "models").mkdir()
    service = Service(tmp_path / "models", tmp_path / "log", workers=1)
    yield service
    assert service.stop() == 0


def as_events(orders: Path) -> list[dict[str, Any]]:
    """The lines of a sample shop as its checkout would have posted them."""
    lines = pl.read_csv(orders, infer_schema_length=0)
    events = []
    for n, (user, item, order, at, quantity, price) in enumerate(
        lines.select("customer_id", "sku", "order_id", "ordered_at", "quantity", "unit_price").rows()
    ):
        events.append(
            {
                "type": "purchase" if float(quantity) > 0 else "return",
                **({"user_id": user} if user else {"session_id": f"guest-{order}"}),
                "item_id": item,
                "order_id": order,
                "occurred_at": at + "Z",
                "quantity": abs(float(quantity)),
                "unit_price": float(price),
                "event_id": f"line-{n}",
            }
        )
    return events


def post(service: Service, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), BATCH):
        status, answer, _ = service.post("/v1/events", {"events": events[start : start + BATCH]})
        assert status == 202, answer


def test_a_shop_that_only_posts_events_gets_personal_lists(
    service: Service, shop: Path, tmp_path: Path
) -> None:
    events, models = as_events(shop), tmp_path / "models"
    post(service, events)
    done = train("--from-store", models=models)
    assert done.returncode == 0, done.stdout + done.stderr
    published = Registry(models).load()
    buyers = {event["user_id"] for event in events if "user_id" in event and event["type"] == "purchase"}
    assert set(published.model.users.ids) <= buyers
    assert len(published.model.users) > 50
    service_follows(service, published.manifest.model_version)
    user_id = published.model.users.id_of(0)
    status, answer, _ = service.get(f"/v1/recommend?user_id={user_id}")
    assert (status, answer["strategy"], len(answer["items"])) == (200, "personalized", 10)

    again = train("--from-store", "--orders", shop, "--force", models=models)
    assert again.returncode == 0, again.stdout + again.stderr
    both = Registry(models).load().manifest.counts
    assert both == published.manifest.counts  # each order is in both, and counts once


def service_follows(service: Service, version: str) -> None:
    deadline = time.monotonic() + 20
    while service.get("/health/ready")[1].get("model_version") != version:
        assert time.monotonic() < deadline, version
        time.sleep(0.05)


def test_an_erased_shopper_does_not_come_back_with_an_old_export(
    service: Service, shop: Path, tmp_path: Path
) -> None:
    models, first = tmp_path / "models", tmp_path / "models" / "CURRENT"
    assert train("--orders", shop, models=models).returncode == 0
    before = first.read_text().strip()
    service_follows(service, before)
    user_id = Registry(models).load().model.users.id_of(0)
    post(service, [{"type": "purchase", "user_id": user_id, "item_id": "tea"}])
    assert service.get(f"/v1/recommend?user_id={user_id}")[1]["strategy"] == "personalized"
    assert holding(models, user_id)
    assert service.delete(f"/v1/users/{user_id}")[0] == 200

    done = train("--orders", shop, "--force", models=models)
    assert done.returncode == 0, done.stdout + done.stderr
    after = first.read_text().strip()
    service_follows(service, after)
    assert holding(models, user_id) == []
    status, answer, _ = service.get(f"/v1/recommend?user_id={user_id}")
    assert (status, answer["strategy"]) == (200, "trending")
    report = json.loads((models / "reports" / after / "report.json").read_text())
    assert report["reasons"]["erased"]["rows"] > 0
    assert [entry.model_version for entry in Registry(models).versions()] == [after]


def holding(directory: Path, user_id: str) -> list[Path]:
    """The files that hold the id, in plain or compressed."""
    found = []
    for path in directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            text = gzip.decompress(content) if path.suffix == ".gz" else content
            if user_id.encode() in text:
                found.append(path)
    return found
