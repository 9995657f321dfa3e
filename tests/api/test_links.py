"""Links of mails: where they lead, and what counts as a click."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from structlog.testing import capture_logs
from support.keys import add_key
from support.load import wait_for
from support.models import ITEMS, release, small_model
from werkzeug.test import TestResponse

from recsvc.catalogue.item import Item
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.exporting import Exporting, Target
from recsvc.mailing.mail_row import Layout
from recsvc.mailing.row_files import FORMATS
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope
from recsvc.store.event import EventType
from recsvc.store.store import Store, open_store
from recsvc.store.tables import mailings

FRONT = "https://shop.example/start"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
)


@pytest.fixture
def store(registry: Registry) -> Iterator[Store]:
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    store.catalogue.put([Item(item_id, item_id.title(), f"/{item_id}") for item_id in ITEMS])
    yield store
    store.close()


@pytest.fixture
def shop(client_of: Callable[..., FlaskClient], registry: Registry, store: Store) -> FlaskClient:
    return client_of(registry.directory, shop_url=FRONT)


@pytest.fixture
def mail(registry: Registry, store: Store, tmp_path: Path) -> dict[str, list[tuple[str, str]]]:
    """User -> token and item of each link in their mail; two items, and two spare ones."""
    plan = ExportPlan("for_you", 2, 2, 2, link_base="http://localhost")
    target = Target(tmp_path / "lists.jsonl", FORMATS["jsonl"](), Layout(2, 2), 1)
    Exporting(Settings(models_dir=registry.directory, shop_url=FRONT), NO_RULES, plan, target).run()
    rows = [json.loads(line) for line in target.output.read_text().splitlines()]
    return {
        row["user_id"]: [
            (item["link"].rpartition("/")[2], item["item_id"]) for item in row["items"] + row["spares"]
        ]
        for row in rows
    }


def opened(client: FlaskClient, token: str, agent: str = PHONE, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/r/{token}", headers={"User-Agent": agent, **named})


def clicks(store: Store, user_id: str = "ada") -> list[tuple[str, int | None, str | None]]:
    events = store.events.history_of(user_id, types={EventType.CLICK})
    return [(one.item_id, one.position, one.channel) for one in events]


def test_a_link_leads_to_the_page_of_its_item_and_the_click_counts_once(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    token, item_id = mail["ada"][1]
    for _ in range(3):
        answer = opened(shop, token)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"https://shop.example/{item_id}")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    assert clicks(store) == [(item_id, 2, "email")]


def test_a_click_is_one_of_its_list_on_the_performance_page(
    shop: FlaskClient, mail: dict[str, list[tuple[str, str]]]
) -> None:
    opened(shop, mail["ada"][0][0])
    opened(shop, mail["bob"][1][0])

    def clicked() -> bool:
        rows = shop.get("/v1/performance").json["rows"]
        return [(row["key"], row["clicks"]) for row in rows] == [("for_you", 2)]

    assert wait_for(clicked)


def test_what_is_sold_out_leads_to_the_first_spare_item_that_is_not(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    (token, item_id), _, (_, spare), (_, other) = mail["ada"]
    store.catalogue.patch(item_id, {"in_stock": False})
    assert opened(shop, token).headers["Location"] == f"https://shop.example/{spare}"
    assert clicks(store) == [(spare, 1, "email")], "an order of it belongs to the mail"
    store.catalogue.patch(spare, {"url": "https://evil.example/"})
    assert opened(shop, token).headers["Location"] == f"https://shop.example/{other}"
    store.catalogue.withdraw(other, 1)
    assert opened(shop, token).headers["Location"] == FRONT


def test_a_link_leads_on_after_a_retraining_and_in_another_service(
    client_of: Callable[..., FlaskClient], registry: Registry, mail: dict[str, list[tuple[str, str]]]
) -> None:
    registry.publish(small_model(), release("2"))
    token, item_id = mail["bob"][0]
    other = client_of(registry.directory, shop_url=FRONT)
    assert opened(other, token).headers["Location"] == f"https://shop.example/{item_id}"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "A" * 24,
        "A" * 5000,
        "%00",
        "..%2f..%2fconsole",
        "https:%2f%2fevil.example",
        "%5cevil.example",
        "é",
        "A/",
        "a/b/c",
    ],
)
def test_a_link_that_was_made_up_leads_to_the_front_page(shop: FlaskClient, token: str) -> None:
    answer = opened(shop, token)
    assert (answer.status_code, answer.headers.get("Location")) == (302, FRONT)


def test_what_a_mail_tool_adds_to_a_link_is_passed_on_to_the_shop(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    token, item_id = mail["ada"][0]
    store.catalogue.patch(item_id, {"url": f"/{item_id}?variant=3#size"})
    answer = opened(shop, f"{token}?utm_source=crm&variant=9&utm_campaign=S%E4le&_kx=")
    assert answer.headers["Location"] == (
        f"https://shop.example/{item_id}?variant=3&utm_source=crm&utm_campaign=S%E4le&_kx=#size"
    )
    assert opened(shop, "mistyped?utm_source=crm").headers["Location"] == f"{FRONT}?utm_source=crm"
    assert clicks(store) == [(item_id, 1, "email")]


def test_a_link_that_has_ended_or_is_of_the_erased_leads_to_the_front_page_and_counts_nothing(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    assert shop.delete("/v1/users/ada").status_code == 200
    with store._database.write() as connection:
        connection.execute(update(mailings).values(ends_at_us=1))
    for user_id in ("ada", "bob"):
        assert opened(shop, mail[user_id][0][0]).headers["Location"] == FRONT
        assert clicks(store, user_id) == []


def test_spare_places_have_no_links_of_their_own(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    assert all(len(token) != 24 for token, _ in mail["ada"][2:])


def test_programs_are_led_on_and_not_counted(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    token, item_id = mail["ada"][0]
    page = f"https://shop.example/{item_id}"
    head = shop.head(f"/r/{token}", headers={"User-Agent": PHONE})
    assert (head.status_code, head.headers["Location"]) == (302, page)
    assert opened(shop, token, Sec_Purpose="prefetch").headers["Location"] == page
    assert opened(shop, token, "Mozilla/5.0 (compatible; Googlebot/2.1)").headers["Location"] == page
    assert clicks(store) == []
    opened(shop, token)
    assert len(clicks(store)) == 1


def test_what_opens_three_links_of_a_mail_at_once_is_not_counted(
    client_of: Callable[..., FlaskClient], registry: Registry, store: Store, tmp_path: Path
) -> None:
    plan = ExportPlan("for_you", 3, 0, 3, link_base="http://localhost")
    target = Target(tmp_path / "three.jsonl", FORMATS["jsonl"](), Layout(3, 0), 1)
    Exporting(Settings(models_dir=registry.directory, shop_url=FRONT), NO_RULES, plan, target).run()
    row = json.loads(target.output.read_text().splitlines()[0])
    shop = client_of(registry.directory, shop_url=FRONT)
    for item in row["items"]:
        assert opened(shop, item["link"].rpartition("/")[2]).status_code == 302
    assert clicks(store, row["user_id"]) == []


def test_neither_link_nor_log_names_the_shopper(
    shop: FlaskClient, mail: dict[str, list[tuple[str, str]]]
) -> None:
    with capture_logs() as lines:
        answer = opened(shop, mail["ada"][0][0])
    assert "ada" not in f"{lines}{answer.headers}{mail['ada'][0][0]}"


def test_a_key_is_not_needed_and_opens_nothing_more(
    shop: FlaskClient, store: Store, mail: dict[str, list[tuple[str, str]]]
) -> None:
    add_key(store.keys, Scope.READ)
    assert wait_for(lambda: shop.get("/v1/recommend").status_code == 401)
    assert opened(shop, mail["ada"][0][0]).status_code == 302
    assert shop.get("/r/").status_code in (401, 404)


def test_an_address_that_opens_very_many_is_slowed_down(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    shop = client_of(registry.directory, shop_url=FRONT, widget_rate_limit="5/minute")
    assert [opened(shop, "x").status_code for _ in range(6)] == [302] * 5 + [429]


def test_a_shop_that_has_not_said_where_it_is_has_no_links(client: FlaskClient) -> None:
    answer = opened(client, "x")
    assert (answer.status_code, "RECSVC_SHOP_URL" in answer.json["detail"]) == (404, True)


def test_an_export_of_a_shopper_holds_their_mails(
    shop: FlaskClient, mail: dict[str, list[tuple[str, str]]]
) -> None:
    opened(shop, mail["ann"][0][0])
    [told] = shop.get("/v1/users/ann").json["mails"]
    assert (told["item_ids"], told["shown"], list(told["opened"])) == (
        [item for _, item in mail["ann"]],
        2,
        ["1"],
    )
