"""Two shops in one deployment: whatever is asked of one tells nothing of the other, and changes nothing there."""

import json
import os
import random
import re
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from redis import Redis
from support.metrics import total
from support.models import release, small_model
from support.operations import PREFIX, WAYS, operations, state_of, told, tried, unknown
from support.postgres import PostgresServer
from support.processes import RedisServer, becomes_true
from support.shops import BOOKS, GARDEN, HOSTS, OPERATOR_KEY, PAGES_OF, TwoShops, two_shops

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.serving.follower import POLL_SECONDS
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope, Token

N_LONG = 10_000


@pytest.fixture(scope="module")
def shops(
    tmp_path_factory: pytest.TempPathFactory, shared_postgres: PostgresServer, shared_redis: RedisServer
) -> Iterator[TwoShops]:
    url = shared_postgres.new_database().partition("?")[0]
    with two_shops(tmp_path_factory.mktemp("shops"), url, shared_redis.url) as shops:
        yield shops
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA books CASCADE")


@pytest.fixture(scope="module")
def foreign(shops: TwoShops) -> dict[str, str]:
    """Ids that the book shop has and the garden shop has not, by the fields that take them."""
    listed = shops.of(BOOKS, "GET", "/v1/recommend?user_id=b-ada")
    assert listed.status == 200
    ids = {
        "user_id": "b-ada", "from_user_id": "b-ann", "into_user_id": "b-bob", "session_id": "b-session",
        "item_id": "b-tea", "order_id": "b-order", "event_id": "b-event", "name": "b-shelf", "placement": "b-shelf",
        "category": "b-category", "variant": "b-variant", "group_id": "b-group", "exclude": "b-cake",
        "version": "7", "recommendation_id": listed.json["recommendation_id"],
    }  # fmt: skip
    event = {name: ids[name] for name in ("user_id", "session_id", "item_id", "order_id", "event_id")}
    told = shops.of(BOOKS, "POST", "/v1/events", {"type": "purchase", "quantity": 1, **event})
    assert told.status == 202, told.text
    put = shops.of(BOOKS, "PUT", "/v1/items/b-tea", {"title": "b-title", "categories": ["b-category"]})
    assert put.status in (200, 201, 204), put.text
    variants = [
        {"name": "b-variant", "share": 0.5, "kind": "hold_out"},
        {"name": "c", "share": 0.5, "kind": "control"},
    ]
    made = shops.of(BOOKS, "PUT", "/v1/experiments/b-test", {"placement": "for_you", "variants": variants})
    assert made.status in (200, 201), made.text
    return ids


def test_ids_of_another_shop_are_to_every_operation_as_ids_that_nobody_has(
    shops: TwoShops, foreign: dict[str, str]
) -> None:
    nobody, before, n = unknown(foreign), state_of(shops, BOOKS), 0
    key = shops.keys[GARDEN][Scope.ADMIN]
    for operation in operations(shops):
        if operation.path in ("/health/live", "/health/ready"):
            continue
        target, body = operation.request(foreign)
        like_target, like_body = operation.request(nobody)
        for way in WAYS:
            asked = [(target, body), (like_target, like_body)]
            found, like = (tried(shops, operation.method, *one, way, key) for one in asked)
            if operation.method == "GET" and found.status != like.status:
                time.sleep(3 * POLL_SECONDS)  # the store was looked at between the two
                found, like = (tried(shops, operation.method, *one, way, key) for one in asked)
            assert found.status < 500, (operation.path, found.text)
            assert told(found, foreign) == told(like, nobody), (operation.method, target, body, way)
            n += 1
    assert n > 100
    assert state_of(shops, BOOKS) == before


def test_no_shop_offers_or_takes_what_is_anothers(shops: TwoShops) -> None:
    benefit = {"title": "Of the books", "cost": 0}
    assert shops.of(BOOKS, "PUT", "/v1/benefits/of-books", benefit).status == 201
    users = [f"u{number}" for number in range(60)]
    offered = {
        shop: [
            found
            for user in users
            if (found := shops.of(shop, "GET", f"/v1/offers?user_id={user}").json["offer"])
        ]
        for shop in (BOOKS, GARDEN)
    }
    assert offered[BOOKS]
    assert {one["benefit"] for one in offered[GARDEN]}.isdisjoint({"of-books"})
    taken = f"/v1/offers/{offered[BOOKS][0]['offer_id']}/taken"
    assert shops.of(GARDEN, "POST", taken, {}).status == 404
    assert shops.of(BOOKS, "POST", taken, {}).status == 200


def test_a_key_of_another_shop_is_to_every_operation_as_a_key_that_nobody_has(
    shops: TwoShops, foreign: dict[str, str]
) -> None:
    n, made_up = 0, Token.new()
    for operation in operations(shops):
        target, body = operation.request(foreign)
        if "security" not in operation.description:
            continue
        for way in WAYS[:-1]:
            like = tried(shops, operation.method, target, body, way, made_up)
            assert like.status == 401
            for key in shops.keys[BOOKS].values():
                found = tried(shops, operation.method, target, body, way, key)
                assert (found.status, found.text) == (401, like.text), (operation.method, target, way)
                n += 1
    assert n > 300


def test_a_key_in_another_place_of_a_request_opens_no_more(shops: TwoShops) -> None:
    widget, admin = shops.keys[BOOKS][Scope.WIDGET], shops.keys[GARDEN][Scope.ADMIN]
    event = {"type": "view", "item_id": "b-tea", "session_id": "s"}
    pages = {"Origin": PAGES_OF}
    assert shops.ask("POST", f"/v1/events?key={widget}", event, host=HOSTS[GARDEN], **pages).status == 401
    assert shops.ask("POST", f"/v1/events?key={widget}", event, **pages).status == 202
    assert shops.ask("GET", "/v1/model", host=HOSTS[BOOKS], X_API_Key=str(admin)).status == 401
    assert shops.ask("GET", "/v1/model", X_API_Key=str(admin)).json["model_version"] == "1"


def test_the_key_says_which_shop_and_the_host_and_the_path_come_before_it(shops: TwoShops) -> None:
    for shop, version in ((GARDEN, "1"), (BOOKS, "7")):
        key = shops.keys[shop][Scope.ADMIN]
        for path, host in (("", HOSTS[shop]), (f"/shops/{shop}", None), ("", None)):
            assert shops.ask("GET", f"{path}/v1/model", host=host, key=key).json["model_version"] == version
    other = shops.keys[BOOKS][Scope.ADMIN]
    assert shops.ask("GET", f"/shops/{BOOKS}/v1/model", host=HOSTS[GARDEN], key=other).status == 401
    assert shops.ask("GET", "/v1/model").status == 401
    assert shops.ask("GET", "/v1/model", key=Token.new()).status == 401
    nowhere = shops.ask("GET", "/shops/nowhere/v1/model", key=other)
    assert (nowhere.status, nowhere.json["type"]) == (404, "urn:recsvc:problem:no-shop")


def test_a_preflight_is_answered_for_the_pages_of_any_shop_and_for_no_others(shops: TwoShops) -> None:
    asks = {"Access_Control_Request_Method": "GET"}
    allowed = shops.ask("OPTIONS", "/v1/recommend", Origin=PAGES_OF, **asks)
    assert allowed.headers["access-control-allow-origin"] == PAGES_OF
    refused = shops.ask("OPTIONS", "/v1/recommend", Origin="https://evil.example", **asks)
    assert "access-control-allow-origin" not in refused.headers


def signed_in(shops: TwoShops, shop: str) -> str:
    """Sign in to the console of a shop below its path; return the cookie."""
    address = f"/shops/{shop}/console/sign-in"
    token = re.search(r'name="token" value="([^"]*)"', shops.ask("GET", address).text)
    assert token is not None
    form = urlencode({"token": token[1], "key": str(shops.keys[shop][Scope.ADMIN])})
    entered = shops.ask("POST", address, form, Content_Type="application/x-www-form-urlencoded")
    assert (entered.status, entered.headers["location"]) == (303, f"/shops/{shop}/console"), entered.text
    cookie = SimpleCookie(entered.headers["set-cookie"])["recsvc_console"]
    assert cookie["path"] == f"/shops/{shop}/console"
    return f"recsvc_console={cookie.value}"


@pytest.fixture(scope="module")
def cookies(shops: TwoShops) -> dict[str, str]:
    return {shop: signed_in(shops, shop) for shop in (GARDEN, BOOKS)}


def pages_of_console(tmp_path: Path) -> list[tuple[str, str]]:
    """Return method and rule of each page."""
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    app = create_app(Settings(models_dir=tmp_path / "models", log_level="error"))
    app.extensions[EXTENSION].close()
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods & {"GET", "POST"})
        if rule.rule.startswith("/console") and "static" not in rule.rule and "sign" not in rule.rule
    ]


def test_every_page_is_to_ids_of_another_shop_as_to_ids_that_nobody_has(
    shops: TwoShops, foreign: dict[str, str], cookies: dict[str, str], tmp_path: Path
) -> None:
    pages, nobody, n = pages_of_console(tmp_path), unknown(foreign), 0
    for method, rule in pages:
        seen = []
        for ids in (foreign, nobody):
            path = re.sub(
                r"<(?:[^:>]*:)?([^>]*)>",
                lambda found, ids=ids: quote(ids.get(found[1], ids["item_id"])),
                rule,
            )
            fields = {
                "id": ids["user_id"],
                "item": ids["item_id"],
                "a": ids["version"],
                "b": ids["version"],
                **ids,
            }
            if method == "GET":
                target, body = f"{PREFIX}{path}?{urlencode(fields)}", None
            else:
                target, body = PREFIX + path, urlencode(fields)
            answer = shops.ask(
                method, target, body, Cookie=cookies[GARDEN], Content_Type="application/x-www-form-urlencoded"
            )
            assert answer.status < 500, (target, answer.text)
            assert "Book of" not in answer.text
            seen.append(told(answer, ids))
        n += 1
        assert seen[0][0] == seen[1][0], (method, rule)
    assert n > 30


def test_a_session_of_another_shop_opens_no_page(
    shops: TwoShops, cookies: dict[str, str], tmp_path: Path
) -> None:
    for method, rule in pages_of_console(tmp_path):
        path = re.sub(r"<[^>]*>", "1", rule)
        for target, host in ((PREFIX + path, None), (path, HOSTS[GARDEN])):
            answer = shops.ask(
                method, target, "" if method == "POST" else None, host=host, Cookie=cookies[BOOKS],
                Content_Type="application/x-www-form-urlencoded",
            )  # fmt: skip
            assert answer.status in (303, 403), (method, target, answer.status)
            if answer.status == 303:
                assert "/console/sign-in" in answer.headers["location"]


def test_pages_below_the_path_of_a_shop_lead_nowhere_else(shops: TwoShops, cookies: dict[str, str]) -> None:
    for path in (
        "/console",
        "/console/shoppers?id=ada",
        "/console/items",
        "/console/placements/for_you",
        "/console/data",
    ):
        page = shops.ask("GET", PREFIX + path, Cookie=cookies[GARDEN])
        assert page.status == 200, page.text
        addresses = re.findall(r'(?:href|src|action|data-otherwise)="(/[^"]*)"', page.text)
        assert addresses
        assert all(one.startswith(f"{PREFIX}/") for one in addresses), (path, addresses)


def test_an_erasure_in_one_shop_leaves_the_shopper_of_that_name_in_the_other(shops: TwoShops) -> None:
    for shop, item in ((GARDEN, "tea"), (BOOKS, "b-tea")):
        event = {"type": "purchase", "user_id": "everybody", "item_id": item, "quantity": 2}
        assert shops.of(shop, "POST", "/v1/events", event).status == 202
    assert shops.of(GARDEN, "DELETE", "/v1/users/everybody").status == 200
    assert shops.of(GARDEN, "GET", "/v1/users/everybody").status == 404
    kept = shops.of(BOOKS, "GET", "/v1/users/everybody")
    assert kept.status == 200
    assert "b-tea" in kept.text


def test_lists_of_two_shops_lie_apart_in_redis(shops: TwoShops, shared_redis: RedisServer) -> None:
    for shop in (GARDEN, BOOKS):
        for _ in range(4):
            assert shops.of(shop, "GET", "/v1/recommend?user_id=nobody-at-all").status == 200
    spaces = {}
    for shop in (GARDEN, BOOKS):
        with shops.store(shop) as store:
            spaces[shop] = store.shop_id()
    assert spaces[GARDEN] != spaces[BOOKS]
    with Redis.from_url(shared_redis.url) as redis:
        for shop, other in ((GARDEN, "b-"), (BOOKS, "\0")):
            names = list(redis.scan_iter(f"recsvc:{spaces[shop]}:list:*"))
            assert names
            values = [value for name in names for value in redis.hvals(name)]
            assert not any(f'"{other}'.encode() in value for value in values)
            has_book = any(b'"b-' in value for value in values)
            assert has_book == (shop == BOOKS)


def test_metrics_say_whose_they_are_and_tell_a_shop_nothing_of_others(shops: TwoShops) -> None:
    for shop in (GARDEN, BOOKS):
        shops.of(shop, "GET", "/v1/recommend?user_id=x")
    assert BOOKS not in shops.of(GARDEN, "GET", "/metrics").text

    def is_counted(shop: str) -> bool:
        page = shops.ask("GET", "/metrics", key=OPERATOR_KEY).text
        return total(page, "recsvc_requests_total", shop=shop) > 0

    for shop in (GARDEN, BOOKS):
        assert becomes_true(lambda shop=shop: is_counted(shop))
    everybody = shops.ask("GET", "/metrics", key=OPERATOR_KEY).text
    for shop in (GARDEN, BOOKS):
        assert total(everybody, "recsvc_model_info", shop=shop, model_version="7") == (shop == BOOKS)
    samples = [
        line for line in everybody.splitlines() if not line.startswith(("#", "recsvc_workers_replaced"))
    ]
    assert [line for line in samples if 'shop="' not in line] == []
    for wrong in (None, OPERATOR_KEY[:-1], Token.new()):
        assert shops.ask("GET", "/metrics", key=wrong).status == 401
    assert shops.of(GARDEN, "GET", "/metrics", key=OPERATOR_KEY).status == 401


def test_health_names_shops_to_the_operator_alone(shops: TwoShops) -> None:
    everybody = shops.ask("GET", "/health/ready")
    assert (everybody.status, everybody.json) == (200, {"status": "ok", "shops": {"ok": 2}})
    told = shops.ask("GET", "/health/ready", key=OPERATOR_KEY).json
    assert told["by_name"] == {GARDEN: "ok", BOOKS: "ok"}
    assert shops.ask("GET", "/health/ready", host=HOSTS[BOOKS]).json["model_version"] == "7"
    first = shops.ask("GET", "/")
    assert first.status == 200
    assert GARDEN not in first.text


def test_each_line_of_the_log_that_is_about_a_shop_names_it(shops: TwoShops) -> None:
    lines = [json.loads(line) for line in shops.service.log.read_text().splitlines() if line.startswith("{")]
    loaded = [(line["shop"], line["model_version"]) for line in lines if line["event"] == "model_loaded"]
    assert sorted(set(loaded)) == [(BOOKS, "7"), (GARDEN, "1")]


def test_a_damaged_model_of_one_shop_degrades_it_alone(shops: TwoShops) -> None:
    models = Path(shops.database_urls[GARDEN].removeprefix("sqlite:///")).parent
    (models / "CURRENT").write_text("2\n")
    try:
        assert becomes_true(
            lambda: shops.ask("GET", "/health/ready").json["shops"] == {"ok": 1, "degraded": 1}, 20
        )
        assert shops.ask("GET", "/health/ready").status == 200
        named = {GARDEN: "degraded", BOOKS: "ok"}
        assert becomes_true(
            lambda: shops.ask("GET", "/health/ready", key=OPERATOR_KEY).json["by_name"] == named, 20
        )
        assert shops.of(GARDEN, "GET", "/v1/model").json["model_version"] == "1"
    finally:
        (models / "CURRENT").write_text("1\n")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_thousand_tries_reach_nothing_of_another_shop(shops: TwoShops, foreign: dict[str, str]) -> None:
    rng = random.Random(int(os.environ.get("FAULT_SEED", "1")))  # noqa: S311 - guards nothing
    known, before = (
        [one for one in operations(shops) if "security" in one.description],
        state_of(shops, BOOKS),
    )
    keys = [key for shop in (GARDEN, BOOKS) for key in shops.keys[shop].values()]
    for number in range(N_LONG):
        operation, way, key = rng.choice(known), rng.choice(WAYS[:-1]), rng.choice(keys)
        chosen = frozenset(name for name in foreign if rng.random() < 0.4)
        swapped = {
            name: rng.choice(list(foreign.values())) if rng.random() < 0.2 else value
            for name, value in foreign.items()
        }
        target, body = operation.request(swapped, chosen)
        found = tried(shops, operation.method, target, body, way, key)
        assert found.status < 500, (number, target, body, found.text)
        if key in shops.keys[BOOKS].values():
            assert found.status == 401, (number, target, way)
        assert "Book of" not in found.text, (number, target, body)
        assert "b-title" not in found.text, (number, target, body)
    assert state_of(shops, BOOKS) == before
