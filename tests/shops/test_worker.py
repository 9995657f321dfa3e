"""All shops of a worker, without a server."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.keys import add_key
from support.models import release, small_model
from support.processes import becomes_true
from werkzeug.test import Client, TestResponse

from recsvc.model.registry import Registry
from recsvc.processes.shared_files import shared_files
from recsvc.rules.rule_book import NO_RULES
from recsvc.settings.shops import load_deployment
from recsvc.shops.worker import Worker, make_worker
from recsvc.store.api_keys import Scope
from recsvc.store.store import open_store

NAMES = ("garden", "books", "broken")


def worker_of(directory: Path, text: str) -> Worker:
    config = directory / "recsvc.toml"
    config.write_text(text)
    deployment = load_deployment(config, {"models_dir": directory / "models", "log_level": "error"})
    return make_worker(deployment, dict.fromkeys(NAMES, NO_RULES))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for version, name in enumerate(NAMES[:2]):
        Registry(tmp_path / "models" / name).publish(small_model(), release(str(version)))
    return tmp_path / "models"


@pytest.fixture
def worker(models: Path) -> Iterator[Worker]:
    (models / "broken").write_text("no directory")
    worker = worker_of(
        models.parent,
        "[service]\ntrusted_proxies = 1\n[shops.garden]\nhosts = ['garden.example']\nallow_open = true\n[shops.books]\n"
        "hosts = ['books.example']\nallow_open = true\n[shops.broken]\n",
    )
    yield worker
    worker.close()


def version_at(worker: Worker, path: str = "/v1/model", **headers: str) -> object:
    return get(worker, path, **headers).json["model_version"]


def get(worker: Worker, path: str, **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(worker.app).get(path, headers={"Host": "127.0.0.1", **given})


def test_a_shop_that_cannot_be_made_is_unavailable_and_the_others_are_served(worker: Worker) -> None:
    assert version_at(worker, "/shops/garden/v1/model") == "0"
    assert get(worker, "/shops/broken/v1/model").status_code == 503
    health = get(worker, "/health/ready")
    assert (health.status_code, health.json["status"], health.json["shops"]) == (
        200, "degraded", {"ok": 2, "unavailable": 1},
    )  # fmt: skip


def test_the_host_that_the_trusted_proxy_was_asked_for_counts_and_no_other(worker: Worker) -> None:
    assert version_at(worker, Host="books.example") == "1"
    assert version_at(worker, Host="Books.Example.:8000") == "1"
    assert version_at(worker, Host="proxy", X_Forwarded_Host="books.example") == "1"
    assert version_at(worker, Host="proxy", X_Forwarded_Host="books.example, garden.example") == "0"
    assert get(worker, "/v1/model", Host="proxy", X_Forwarded_Host="elsewhere.example").status_code == 401


def test_the_deployment_lives_although_its_first_shop_cannot_be_made(models: Path) -> None:
    config = models.parent / "recsvc.toml"
    config.write_text("[shops.broken]\n[shops.garden]\n")
    deployment = load_deployment(config, {"models_dir": models, "log_level": "error"})
    with shared_files(1, shops=["broken", "garden"]) as files:
        files.of_shop("broken").epochs.unlink()
        worker = make_worker(deployment, dict.fromkeys(NAMES, NO_RULES), files)
        try:
            for path in (
                "/health/live",
                "/health/ready",
                "/openapi.json",
                "/widget.js",
                "/shops/garden/v1/model",
            ):
                assert get(worker, path).status_code == 200, path
            refused = get(worker, "/shops/broken/v1/model")
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        finally:
            worker.close()


def test_the_path_of_a_shop_without_its_slash_leads_to_it(worker: Worker) -> None:
    moved = get(worker, "/shops/garden")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/shops/garden/")
    assert get(worker, "/shops/").status_code == 404
    assert get(worker, "/shops/Garden/v1/model").status_code == 404


def test_a_key_of_two_shops_chooses_neither(models: Path) -> None:
    for name in NAMES[:2]:
        store = open_store(f"sqlite:///{models / name}/recsvc.db")
        store.prepare()
        if name == NAMES[0]:
            token = add_key(store.keys, Scope.ADMIN)
            (key,) = store.keys.all()
        else:
            store.keys.add(key)
        store.close()
    worker = worker_of(models.parent, "[shops.garden]\n[shops.books]\n")
    try:
        answer = get(worker, "/v1/model", Authorization=f"Bearer {token}")
        assert answer.status_code == 421
        assert not any(name in answer.text for name in NAMES)
        assert version_at(worker, "/shops/books/v1/model", Authorization=f"Bearer {token}") == "1"
    finally:
        worker.close()


def test_the_first_page_lists_the_shops_where_all_are_open_to_this_machine_alone(models: Path) -> None:
    worker = worker_of(models.parent, "[shops.garden]\n[shops.books]\n")
    try:
        assert 'href="/shops/garden/"' in get(worker, "/").text
        assert "garden" not in get(worker, "/", Host="rebound.example").text
        assert get(worker, "/metrics").status_code == 200
        assert get(worker, "/metrics", Host="rebound.example").status_code == 401
    finally:
        worker.close()


def test_a_new_version_of_one_of_many_shops_is_taken_up(models: Path) -> None:
    names = [f"shop-{number}" for number in range(12)]
    for name in names:
        Registry(models / name).publish(small_model(), release("1"))
    config = models.parent / "recsvc.toml"
    config.write_text("".join(f"[shops.{name}]\n" for name in names))
    deployment = load_deployment(config, {"models_dir": models, "log_level": "error"})
    worker = make_worker(deployment, dict.fromkeys(names, NO_RULES))
    try:
        Registry(models / names[3]).publish(small_model(), release("2"))
        parts = worker.shops[3].parts
        assert parts is not None
        assert becomes_true(lambda: parts.live_model.version.manifest.model_version == "2", 20)
    finally:
        worker.close()


def test_any_number_of_threads_may_ask_for_any_number_of_hosts(worker: Worker) -> None:
    before, failures = sys.getswitchinterval(), []
    sys.setswitchinterval(1e-6)

    def ask(thread: int) -> None:
        for number in range(3000):
            environ = {"HTTP_HOST": f"h{number % 1500}-{thread}.example"}
            try:
                assert worker.app._of_host(environ) is None
                assert worker.app._of_host({"HTTP_HOST": "garden.example"}).name == "garden"
            except Exception as error:  # noqa: BLE001 - whatever a request would have been answered 500 for
                failures.append(repr(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert failures == []
