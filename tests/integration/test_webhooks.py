"""A real service tells a real receiver, also when it is killed between sending and noting, and beside another one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.models import release, small_model
from support.processes import Service, becomes_true
from support.webhooks import SECRET, WebhookReceiver

from recsvc.model.registry import Registry
from recsvc.store.store import open_store


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    return tmp_path / "models"


def service_of(models_dir: Path, receiver: WebhookReceiver, name: str = "log", **settings: object) -> Service:
    told = {
        "webhooks_url": receiver.url,
        "webhooks_secret": SECRET,
        "webhooks_settle_seconds": 0,
        "shop_url": "https://shop.example/",
    }
    return Service(models_dir, models_dir.parent / name, **{**told, **settings})  # type: ignore[arg-type]


def wish(service: Service, user_id: str, item_id: str = "tea") -> None:
    assert service.post("/v1/events", {"type": "wishlist", "user_id": user_id, "item_id": item_id})[0] == 202


def put(service: Service, item_id: str = "tea", *, in_stock: bool) -> None:
    item = {"items": [{"item_id": item_id, "title": "Tea", "url": "/tea", "in_stock": in_stock}]}
    assert service.post("/v1/items", item)[0] == 200


def test_two_workers_tell_once_and_the_export_shows_it(models_dir: Path, receiver: WebhookReceiver) -> None:
    service = service_of(models_dir, receiver, workers=2)
    try:
        put(service, in_stock=False)
        wish(service, "zoe-17850")

        def is_told() -> bool:
            put(service, in_stock=False)
            put(service, in_stock=True)
            return bool(receiver.received)

        assert becomes_true(is_told, 15), service.log.read_text()
        assert receiver.told() == [("item.back_in_stock", "zoe-17850", "tea")]
        assert receiver.received[0].data["item"]["url"] == "https://shop.example/tea"
        assert becomes_true(lambda: 'recsvc_webhooks_total{verdict="taken"} 1.0' in service.text("/metrics"))
        assert service.get("/v1/users/zoe-17850")[1]["elsewhere"]["webhooks"][0]["outcome"] == "sent"
        assert service.delete("/v1/users/zoe-17850")[0] == 200
        assert service.get("/v1/users/zoe-17850")[0] == 404
        assert "zoe-17850" not in service.log.read_text()
        assert receiver.url not in service.log.read_text()
    finally:
        service.stop()
    with closing(open_store(f"sqlite:///{models_dir}/recsvc.db")) as store:
        heart = store.sender.heart()
        assert heart is not None
        assert heart.holder is None, "who is stopped leaves it to the next one, which need not wait"


def test_killed_between_sending_and_noting_it_sends_the_same_id_again(
    models_dir: Path, receiver: WebhookReceiver
) -> None:
    service = service_of(models_dir, receiver, workers=1)
    killed: list[bool] = []

    def kill() -> None:
        if not killed:
            killed.append(True)
            service.kill()

    receiver.on_post = kill
    try:
        put(service, in_stock=False)
        wish(service, "ada")

        def is_told() -> bool:
            if not killed:
                put(service, in_stock=False)
                put(service, in_stock=True)
            return bool(killed)

        try:
            assert becomes_true(is_told, 15), service.log.read_text()
        except OSError:
            assert becomes_true(lambda: bool(killed), 5)
        with closing(open_store(f"sqlite:///{models_dir}/recsvc.db")) as store:
            heart = store.sender.heart()
            assert heart is not None
            store.sender.leave(str(heart.holder))  # as if a minute had gone by
        service.start()
        assert becomes_true(lambda: len(receiver.received) > 1, 20), service.log.read_text()
        assert len({one.webhook_id for one in receiver.received}) == 1
    finally:
        service.stop()


def test_a_receiver_that_is_off_shows_in_health(models_dir: Path, receiver: WebhookReceiver) -> None:
    receiver.answers.extend([(410, {})] * 5)
    service = service_of(models_dir, receiver, workers=1)
    try:
        wish(service, "ada")

        def is_off() -> bool:
            put(service, in_stock=False)
            put(service, in_stock=True)
            return "webhooks are switched off" in str(service.get("/health/ready")[1]["problems"])

        assert becomes_true(is_off, 15), service.log.read_text()
        assert service.get("/health/ready")[0] == 200
        assert becomes_true(lambda: "recsvc_webhooks_disabled 1.0" in service.text("/metrics"))
    finally:
        service.stop()
