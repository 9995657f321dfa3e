"""Each call of the Python client against a real service; requests and answers are as the service describes them."""

import copy
import logging
from collections.abc import Iterator

import client_schemas
import pytest
from clients.conftest import Known
from recsvc_client import Client, RequestRefused
from support.openapi_contract import Contract
from support.recording_proxy import RecordingProxy


@pytest.fixture
def client(known: Known, proxy: RecordingProxy) -> Iterator[Client]:
    with Client(proxy.base, key=known.key, timeout_seconds=10) as client:
        yield client


def test_each_call_is_as_the_service_describes_it(
    known: Known, client: Client, proxy: RecordingProxy, contract: Contract
) -> None:
    shown = client.recommend("ada", n=3, fields=("title", "url"), exclude=["saw"])
    assert [item["rank"] for item in shown.items] == [1, 2, 3]
    assert shown.items[0].get("title")
    assert shown.answer is not None
    assert (shown.answer["user_id"], shown.trouble, shown.is_fallback) == ("ada", None, False)
    many = client.recommend("ada", item_ids=["tea"], exclude=["x" * 200 for _ in range(20)], consent=False)
    assert many.answer is not None
    assert many.answer["user_id"] is None
    assert client.recommend(placement="similar", item_ids=["tea"], n=1, consent=False).items

    page = client.page(
        [{"name": "top", "n": 2}, {"name": "next", "placement": "similar", "item_ids": ["tea"], "n": 2}],
        "ada",
    )
    assert list(page.lists) == ["top", "next"]
    assert not {one["item_id"] for one in page["top"].items} & {one["item_id"] for one in page["next"].items}
    ranked = client.rank(["saw", "hammer", "tea"], "ada", own_weight=0.1)
    assert (ranked.item_ids[0], ranked.is_fallback) == ("tea", False)

    put = client.put_item("a/b é", {"title": "Mug", "price": 4.5, "in_stock": True})
    assert put["item_id"] == "a/b é"
    assert client.patch_item("a/b é", {"in_stock": False})["in_stock"] is False
    assert client.put_items([{"item_id": "mug", "title": "Mug"}]) == {"accepted": 1, "rejected": []}
    client.withdraw_item("a/b é")

    stored = client.post_events(
        [
            {
                "type": "view",
                "session_id": "s/1",
                "item_id": "tea",
                "recommendation_id": shown.recommendation_id,
            },
            {"type": "purchase", "user_id": "eve", "item_id": "jam", "quantity": 2.0, "unit_price": 3.5},
        ]
    )
    assert stored == {"accepted": 2, "duplicates": 0, "ignored": 0, "rejected": []}
    assert client.merge_user("eve", from_session_id="s/1")["events"] == 1
    export = client.export_user("eve")
    assert export is not None
    assert [event["item_id"] for event in export["events"]] == ["tea", "jam"]
    assert client.export_user("nobody at all") is None
    assert client.allow_profiling("eve", allowed=False)["allowed"] is False
    assert client.erase_user("eve")["events"] == 2
    moment = client.moment("ada", at="2026-01-04T12:00:00Z")
    assert moment is not None
    assert (moment["is_learned"], moment["orders"]) == (True, 2)
    assert client.moment("nobody") is None
    assert client.audience(["cake"], n=2, precision=0.3)["item_ids"] == ["cake"]

    known.put_benefit()
    offers = [(user, offer) for user in (f"py{n}" for n in range(30)) if (offer := client.offer(user))]
    assert client.take_offer(offers[0][1]["offer_id"])["benefit"] == "ship"
    assert client.offer(offers[0][0]) is None

    for exchange in proxy.exchanges:
        contract.check(exchange)
    called = {contract.call_of(exchange) for exchange in proxy.exchanges}
    assert called == set(client_schemas.CALLS)


def test_what_is_rejected_of_several_is_told_by_its_place(client: Client) -> None:
    events = [
        {"type": "view", "session_id": "s", "item_id": "tea", "position": n % 7} for n in range(1, 1003)
    ]
    items = [{"item_id": f"i{n}", "price": 500.5 - n} for n in range(502)]
    told = client.post_events(events)  # type: ignore[arg-type]
    assert (told["accepted"], [one["index"] for one in told["rejected"]]) == (859, list(range(6, 1002, 7)))
    stored = client.put_items(items)  # type: ignore[arg-type]
    assert (stored["accepted"], [one["index"] for one in stored["rejected"]]) == (501, [501])
    assert "price" in stored["rejected"][0]["detail"]


def test_a_part_that_is_all_wrong_keeps_no_other_part_from_being_sent(client: Client) -> None:
    good = {"type": "view", "session_id": "parts", "item_id": "tea"}
    told = client.post_events([*[{**good, "position": 0}] * 500, good, {**good, "event_id": "e"}])  # type: ignore[list-item]
    assert (told["accepted"], [one["index"] for one in told["rejected"]]) == (2, list(range(500)))
    assert "position" in told["rejected"][0]["detail"]
    stored = client.put_items([*[{"item_id": f"i{n}"} for n in range(500)], {"item_id": "last", "price": -1}])
    assert (stored["accepted"], [one["index"] for one in stored["rejected"]]) == (500, [500])
    with pytest.raises(RequestRefused, match=r"events\.0"):
        client.post_events([{**good, "position": 0}] * 501)  # type: ignore[list-item]


def test_ids_of_a_database_are_understood_in_a_long_question_as_in_a_short_one(client: Client) -> None:
    for n_excluded in (1, 400):
        shown = client.recommend(17850, exclude=range(n_excluded))  # type: ignore[arg-type]
        assert shown.answer is not None
        assert shown.answer["user_id"] == "17850"


def test_half_a_character_is_refused_and_a_page_has_its_own_list(client: Client) -> None:
    assert client.recommend("\ud83d", fallback=["tea"]).items[0]["item_id"] == "tea"
    assert client.offer("\ud83d") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda paths, _: paths.pop("/v1/rank"),
        lambda paths, _: paths["/v1/rank"].update(put=paths["/v1/rank"].pop("post")),
        lambda _, schemas: schemas["RankRequest"]["required"].append("query"),
        lambda _, schemas: schemas["RankRequest"]["properties"].pop("own_weight"),
        lambda _, schemas: schemas["RankResponse"]["properties"].update(item_ids={"type": "object"}),
    ],
)
def test_a_route_that_changes_breaks_this(
    client: Client, proxy: RecordingProxy, known: Known, change
) -> None:  # type: ignore[no-untyped-def]
    client.rank(["tea", "saw"], "ada", own_weight=0.5)
    (exchange,) = proxy.exchanges
    Contract(known.openapi).check(exchange)
    openapi = copy.deepcopy(known.openapi)
    change(openapi["paths"], openapi["components"]["schemas"])
    with pytest.raises(AssertionError):
        Contract(openapi).check(exchange)


def test_a_request_that_is_wrong_is_refused_with_the_field_and_without_what_was_sent(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RequestRefused) as refused:
        client.recommend("secret-shopper", n=101)
    assert refused.value.status == 422
    assert refused.value.errors[0]["field"] == "n"
    assert "101" in refused.value.detail
    with pytest.raises(RequestRefused, match="404"):
        client.recommend("secret-shopper", placement="similar", item_ids=["unknown"])
    shown = client.recommend("secret-shopper", n=101, fallback=["tea"])
    assert [item["item_id"] for item in shown.items] == ["tea"]
    assert "for n" in caplog.text
    assert "secret-shopper" not in caplog.text
    assert caplog.text.count("refused") == 1, (
        "the same is not said again and again, and an unknown item is no fault"
    )


def test_a_wrong_key_shows_in_the_log_and_the_page_has_its_own_list(
    proxy: RecordingProxy, caplog: pytest.LogCaptureFixture
) -> None:
    with Client(proxy.base, key="rk_wrong", timeout_seconds=10) as client:
        shown = client.recommend("ada", fallback=[{"item_id": "tea", "title": "Tea"}, "jam"])
        assert [dict(item) for item in shown.items] == [
            {"item_id": "tea", "title": "Tea", "rank": 1},
            {"item_id": "jam", "rank": 2},
        ]
        assert "refused with 401" in caplog.text


def test_the_key_is_nowhere_to_be_read(
    known: Known, proxy: RecordingProxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Client(proxy.base, key=known.key, timeout_seconds=10) as client:
        client.recommend("ada")
        proxy.faults += ["swallow"] * 2
        shown = client.recommend("ada", fallback=[])
        shows = [repr(client), repr(client._service), caplog.text, repr(shown), str(shown.trouble.__cause__)]
        assert not [text for text in shows if known.key in text]
    with pytest.raises(ValueError, match="without blanks") as refused:
        Client(proxy.base, key=f"{known.key}\n")
    assert known.key not in str(refused.value)
    with pytest.raises(ValueError, match="give the key as key="):
        Client("http://someone:secret@127.0.0.1:8000")


@pytest.mark.parametrize("base", ["127.0.0.1:8000", "ftp://a.example", "http://", "http://a.example/?key=1"])
def test_an_address_that_is_none_is_refused_at_once(base: str) -> None:
    with pytest.raises(ValueError, match="base_url must be like"):
        Client(base)


def test_a_connection_is_kept_and_one_that_was_closed_meanwhile_is_replaced(
    client: Client, proxy: RecordingProxy
) -> None:
    client.recommend("ada")
    first = client._service.connections._idle[0]
    client.recommend("ada")
    assert client._service.connections._idle[0] is first
    proxy.faults.append(
        "swallow"
    )  # the connection ends without an answer, as when the service closes it in between
    assert not client.recommend("ada", fallback=[]).is_fallback
    assert client._service.connections._idle[0] is not first
