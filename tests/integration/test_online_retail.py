"""The whole way on real orders: raw export -> training program -> service with Redis -> HTTP."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.processes import RedisServer, Service

from recsvc.model.registry import Registry

pytestmark = pytest.mark.timeout(600)  # the first test waits for the training


@pytest.fixture(scope="module")
def trained(online_retail: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models directory made in one command, without a mapping; fewer past windows teach nearly as much, sooner."""
    models_dir = tmp_path_factory.mktemp("online-retail") / "models"
    (models_dir.parent / "recsvc.toml").write_text("[training]\nwindows = 6\n")
    command = [
        sys.executable,
        "-m",
        "training",
        "run",
        "--orders",
        str(online_retail),
        "--models-dir",
        str(models_dir),
        "--config",
        str(models_dir.parent / "recsvc.toml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=550)
    assert done.returncode == 0, done.stderr
    return models_dir


@pytest.fixture(scope="module")
def service(
    trained: Path, shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    service = Service(trained, tmp_path_factory.mktemp("service") / "log", redis_url=shared_redis.url)
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def bought(online_retail: Path) -> set[str]:
    """The stock codes that shopper 17850 bought, upper case."""
    with gzip.open(online_retail, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["CustomerID"] == "17850.0"]
    return {row["StockCode"].upper() for row in rows if int(row["Quantity"]) > 0}


def test_the_report_counts_every_kind_of_dirt(trained: Path) -> None:
    report = json.loads(next((trained / "reports").glob("*/report.json")).read_text())
    applies = {code: counts["applies_to"] for code, counts in report["reasons"].items()}
    assert report["rows"] == 541_909
    assert applies["guest"] == 135_080
    assert applies["duplicate"] == 5_268
    assert (applies["cancellation"], applies["return"]) == (9_288, 1_336)
    assert (applies["zero_price"], applies["negative_price"]) == (2_515, 2)
    assert report["purchases"] + sum(counts["rows"] for counts in report["reasons"].values()) == 541_909


def test_every_row_that_is_no_purchase_is_in_the_file_of_refused_rows(
    trained: Path, online_retail: Path
) -> None:
    report_dir = next((trained / "reports").iterdir())
    report = json.loads((report_dir / "report.json").read_text())
    with gzip.open(report_dir / "rejected.csv.gz", "rt", newline="") as file:
        refused = {int(row["row"]): row["reason"] for row in csv.DictReader(file)}
    assert len(refused) == report["rows"] - report["purchases"]
    with gzip.open(online_retail, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["InvoiceNo"][0] in "CA" or not row["CustomerID"] or float(row["UnitPrice"]) <= 0:
                assert number in refused, f"row {number} is a purchase: {row}"


def test_ids_are_what_a_shop_would_type(trained: Path) -> None:
    model = Registry(trained).load().model
    assert model.users.index_of("17850") is not None
    assert model.users.index_of("17850.0") is None
    assert model.items.index_of("85123A") is not None
    assert model.items.index_of("85123a") == model.items.index_of("85123A")
    for code in ("POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"):
        assert model.items.index_of(code) is None, code


FLOORS = {
    ("all", "recall_at_20"): 0.375,
    ("all", "ndcg_at_10"): 0.385,
    ("new", "recall_at_20"): 0.175,
    ("new", "ndcg_at_10"): 0.155,
}
"""A change that falls below made the lists worse; the goals are in the README."""


def test_the_lists_are_as_good_as_they_were(trained: Path) -> None:
    questions = Registry(trained).load().manifest.metrics["evaluation"]["questions"]
    for (question, metric), floor in FLOORS.items():
        rankers = questions[question]["rankers"]
        ours = rankers["recsvc"][metric]["mean"]
        assert ours >= floor, (question, metric)
        assert all(ours > ranker[metric]["mean"] for name, ranker in rankers.items() if name != "recsvc")


def test_a_returning_shopper_gets_real_products(service: Service, trained: Path, bought: set[str]) -> None:
    status, body, _ = service.get("/v1/recommend?user_id=17850&n=20")
    model = Registry(trained).load().model
    shown = [item["item_id"] for item in body["items"]]
    assert (status, body["strategy"], len(shown)) == (200, "personalized", 20)
    assert all(model.items.index_of(item_id) is not None for item_id in shown)
    assert len(bought & set(shown)) >= 10
    named = {item_id for item in body["items"] for item_id in item["reason"].get("item_ids", [])}
    assert named <= bought


def test_discover_shows_nothing_the_shopper_bought(service: Service, bought: set[str]) -> None:
    _, body, _ = service.get("/v1/recommend?user_id=17850&placement=discover&n=100")
    assert len(body["items"]) == 100
    assert not bought & {item["item_id"].upper() for item in body["items"]}


def test_buy_again_shows_only_what_the_shopper_bought(service: Service, bought: set[str]) -> None:
    _, body, _ = service.get("/v1/recommend?user_id=17850&placement=buy_again&n=100")
    assert {item["item_id"].upper() for item in body["items"]} <= bought


def test_the_red_holder_is_a_variant_of_the_white_one_and_other_holders_are_similar(service: Service) -> None:
    _, similar, _ = service.get("/v1/recommend?placement=similar&item_id=85123A&fields=title")
    assert [item["reason"]["type"] for item in similar["items"]] == ["similar_to_item"] * 10
    assert "21733" not in {item["item_id"] for item in similar["items"]}
    _, together, _ = service.get("/v1/recommend?placement=bought_together&item_id=85123A")
    assert together["items"]
    assert "21733" not in {item["item_id"] for item in together["items"]}


def test_shoppers_get_different_lists(service: Service) -> None:
    lists = {
        tuple(
            item["item_id"]
            for item in service.get(f"/v1/recommend?user_id={user}&placement=discover")[1]["items"]
        )
        for user in (17850, 13047, 12583, 14688, 15311)
    }
    assert len(lists) == 5


@pytest.mark.parametrize("query", ["user_id=nobody", ""])
def test_unknown_shoppers_and_guests_get_trending(service: Service, query: str) -> None:
    status, body, _ = service.get(f"/v1/recommend?{query}")
    assert (status, body["strategy"], len(body["items"])) == (200, "trending", 10)


def test_a_list_made_by_one_worker_is_served_by_the_other_from_redis(service: Service) -> None:
    tiers = {service.get("/v1/recommend?user_id=13047&n=7")[2]["x-recsvc-cache"] for _ in range(40)}
    assert tiers >= {"miss", "near"}
    assert tiers <= {"miss", "redis", "near"}
    bodies = {json.dumps(service.get("/v1/recommend?user_id=13047&n=7")[1]) for _ in range(10)}
    assert len(bodies) == 1


def test_nothing_in_the_log_names_a_shopper(service: Service) -> None:
    service.get("/v1/recommend?user_id=secret-shopper")
    service.post("/v1/recommend", {"user_id": "secret-shopper", "n": 0})
    assert "secret-shopper" not in service.log.read_text()
    for line in service.log.read_text().splitlines():
        json.loads(line)
