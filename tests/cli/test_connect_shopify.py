from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.fake_admin_api import CLIENT_ID, TOKEN, FakeAdminApi
from support.fake_shopify import SECRET, FakeShopify
from support.models import release, small_model

from recsvc.cli.main import recsvc
from recsvc.connect.privacy_requests import PrivacyRequest, PrivacyRequests, Wish
from recsvc.connect.shopify.hooks import WANTED
from recsvc.model.registry import Registry
from recsvc.store.event import DAY_US
from recsvc.store.store import open_store


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAdminApi]:
    monkeypatch.setattr("recsvc.connect.shopify.bulk.FIRST_POLL_SECONDS", 0.0)
    monkeypatch.setattr("recsvc.cli.connect_shopify.PACE_SECONDS", 0.0)
    with FakeAdminApi(FakeShopify()) as api:
        yield api


def run(tmp_path: Path, *arguments: str, **variables: str) -> Result:
    command = ["connect", "shopify", "--models-dir", str(tmp_path), *arguments]
    return CliRunner().invoke(recsvc, command, env=variables)


def test_a_shop_is_read_with_the_credentials_of_its_app(tmp_path: Path, api: FakeAdminApi) -> None:
    api.shop.order(("tea", 2))
    api.shop.product("tea")
    api.scopes = ("read_orders", "read_products", "read_customers")
    settings = {
        "RECSVC_SHOPIFY_SHOP": api.url,
        "RECSVC_SHOPIFY_CLIENT_ID": CLIENT_ID,
        "RECSVC_SHOPIFY_CLIENT_SECRET": SECRET,
    }
    done = run(tmp_path, **settings)
    assert done.exit_code == 0, done.output
    assert "orders: 1 read, 1 purchases and returns new, 0 orders deleted" in done.output
    assert "products: 1 read, 1 items changed, 0 withdrawn" in done.output
    assert "ONLY ORDERS OF THE LAST 60 DAYS ARE READ" in done.output
    assert "webhooks: none that the interface shows" in done.output
    done = run(tmp_path, "--reconcile", "--hooks-at", "https://recsvc.example", **settings)
    assert "webhooks made: orders/create" in done.output
    del api.subscriptions[0]
    done = run(tmp_path, "--reconcile", **settings)
    assert done.exit_code == 4
    assert "webhooks missing: orders/create" in done.output
    assert SECRET not in done.output


def test_webhooks_are_missed_when_shopify_deleted_all_and_made_at_a_new_address(
    tmp_path: Path, api: FakeAdminApi
) -> None:
    settings = {"RECSVC_SHOPIFY_SHOP": api.url, "RECSVC_SHOPIFY_TOKEN": TOKEN}
    run(tmp_path, "--hooks-at", "https://old.example", **settings)
    assert run(tmp_path, **settings).exit_code == 0
    moved = run(tmp_path, "--hooks-at", "https://new.example/", **settings)
    assert "webhooks made: orders/create" in moved.output
    assert {one["uri"] for one in api.subscriptions[len(WANTED) :]} == {
        "https://new.example/v1/hooks/shopify"
    }
    del api.subscriptions[len(WANTED) :]
    assert run(tmp_path, **settings).exit_code == 4  # those at the old address do not lead here
    api.subscriptions.clear()
    done = run(tmp_path, **settings)
    assert done.exit_code == 4
    assert "webhooks missing: orders/create" in done.output
    assert run(tmp_path, "--hooks-at", "app", **settings).exit_code == 0
    assert run(tmp_path, **settings).exit_code == 0
    assert api.subscriptions == []


def test_shoppers_are_not_called_by_a_number_that_the_app_may_not_read(
    tmp_path: Path, api: FakeAdminApi
) -> None:
    api.shop.order(("tea", 2))
    api.scopes = ("read_orders", "read_products")
    settings = {"RECSVC_SHOPIFY_SHOP": api.url, "RECSVC_SHOPIFY_TOKEN": TOKEN}
    refused = run(tmp_path, RECSVC_SHOPIFY_USER_ID="customer_id", **settings)
    assert "needs the scope read_customers" in str(refused.exception)
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as store:
        assert store.position().event == 0
    assert run(tmp_path, RECSVC_SHOPIFY_USER_ID="email", **settings).exit_code == 0


def test_who_is_nobody_to_the_live_model_is_nobody_here(tmp_path: Path, api: FakeAdminApi) -> None:
    Registry(tmp_path).publish(small_model(), replace(release("1"), guests=["till@shop.example"]))
    api.shop.order(("tea", 2), email="till@shop.example")
    settings = {"RECSVC_SHOPIFY_SHOP": api.url, "RECSVC_SHOPIFY_TOKEN": TOKEN}
    assert run(tmp_path, **settings).exit_code == 0
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as store:
        assert [list(one.user_ids) for one in store.events.batches()] == [[None]]


def test_a_file_is_read_without_asking_the_shop(tmp_path: Path, api: FakeAdminApi) -> None:
    api.shop.order(("tea", 2))
    printed = run(tmp_path, "--queries").output
    orders_query = printed.split("\n\n")[0]
    lines = api.file_of(orders_query)
    (tmp_path / "orders.jsonl").write_bytes(lines)
    done = run(tmp_path, "--file", str(tmp_path / "orders.jsonl"))
    assert done.exit_code == 0, done.output
    assert "orders: 1 read, 1 purchases" in done.output
    assert api.asked == []


def test_requests_of_shoppers_are_shown_until_they_are_done(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as store:
        requests = PrivacyRequests("shopify", store.platform)
        requests.add(PrivacyRequest("42", Wish.DATA, 5 * DAY_US, ("ada+1@shop.example",)))
        requests.add(PrivacyRequest("shop-1970-01-08", Wish.SHOP, 7 * DAY_US))
    shown = run(tmp_path, "--requests").output
    assert "42: received 1970-01-06, due 1970-02-05" in shown
    assert "GET /v1/users?user_id=ada%2B1%40shop.example" in shown
    assert "the app was uninstalled" in shown
    assert run(tmp_path, "--done", "42").exit_code == 0
    assert run(tmp_path, "--done", "shop-1970-01-08").exit_code == 0
    assert "no request is open" in run(tmp_path, "--requests").output
    assert run(tmp_path, "--done", "42").exit_code != 0


def test_without_credentials_it_says_where_they_are(tmp_path: Path) -> None:
    for shop, told in (
        (None, "say which shop"),
        ("acme.myshopify.com", "Dev Dashboard"),
        ("a.example", "own name"),
    ):
        done = run(tmp_path, **({} if shop is None else {"RECSVC_SHOPIFY_SHOP": shop}))
        assert done.exit_code != 0
        assert told in str(done.exception)
