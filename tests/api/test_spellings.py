"""One shopper and one item, however they are spelled, at every door; and who is nobody."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from support.models import release, small_model

from recsvc.app import EXTENSION
from recsvc.identity.tombstones import tombstone
from recsvc.model.registry import Registry
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from recsvc.store.database import Database
from recsvc.store.store import Store
from recsvc.store.tables import tombstones

ITEMS = ["Ab 001", "hammer", "jam", "milk", "nails", "saw", "tea"]
SPELLINGS = ["ada@shop.test", "Ada@Shop.TEST", " ADA@shop.test\u00a0", "\ufeffada@shop.test"]
PLACEHOLDERS = ["0", "guest", "null", "undefined", "-1", "guest@shop.test", "Walk-in Customer", " "]


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    """A client of an application whose first user has an address, and whose first item a code of two words."""
    users = Vocabulary.of(["ada@shop.test", "ann", "ben", "bob"])
    registry.publish(replace(small_model(), users=users, items=ItemVocabulary.of(ITEMS)), release("2"))
    return client_of(registry.directory)


def post(client: FlaskClient, **fields: object) -> dict[str, int]:
    answer = client.post("/v1/events", json={"type": "view", "item_id": "tea", **fields})
    assert answer.status_code == 202
    return answer.json


def shown(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/v1/recommend?{query}")
    assert answer.status_code == 200
    return [item["item_id"] for item in answer.json["items"]]


def look(client: FlaskClient) -> None:
    """Let the application see what the store says."""
    client.application.extensions[EXTENSION].lists.shop.follower.refresh()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_shopper_gets_their_list_in_every_spelling(client: FlaskClient, spelling: str) -> None:
    expected = client.get("/v1/recommend?user_id=ada%40shop.test").json
    assert expected["strategy"] == "personalized"
    assert client.get(f"/v1/recommend?user_id={quote(spelling)}").json == expected
    assert client.post("/v1/recommend", json={"user_id": spelling}).json == expected
    page = client.post("/v1/recommend/page", json={"user_id": spelling, "placements": [{"name": "a"}]}).json
    assert page["user_id"] == "ada@shop.test"
    assert page["lists"][0]["items"] == expected["items"]
    explained = client.get(f"/v1/explain?item_id=tea&user_id={quote(spelling)}").json
    assert (explained["user_id"], explained["shopper"]) == ("ada@shop.test", "known")


def test_a_shopper_under_two_spellings_has_one_profile_one_export_and_one_erasure(
    client: FlaskClient,
) -> None:
    for spelling in SPELLINGS:
        assert post(client, user_id=spelling)["accepted"] == 1
    export = client.get("/v1/users/Ada@Shop.test").json
    assert export["user_id"] == "ada@shop.test"
    assert {one["user_id"] for one in export["events"]} == {"ada@shop.test"}
    assert len(export["events"]) == len(SPELLINGS)
    assert client.delete("/v1/users/ADA@shop.test").json["events"] == len(SPELLINGS)
    for spelling in SPELLINGS:
        assert client.get(f"/v1/recommend?user_id={quote(spelling)}").json["strategy"] == "trending"
        assert post(client, user_id=spelling)["ignored"] == 1
        assert client.get("/v1/users", query_string={"user_id": spelling}).status_code == 404


def test_an_event_in_another_spelling_changes_the_shoppers_lists(client: FlaskClient) -> None:
    assert "tea" in shown(client, "user_id=ada%40shop.test&n=7")
    post(client, type="dislike", user_id="ADA@shop.test")
    assert "tea" not in shown(client, "user_id=ada%40shop.test&n=7")


def test_a_merge_names_shoppers_in_any_spelling(client: FlaskClient) -> None:
    post(client, user_id="Old@shop.test")
    merged = client.post("/v1/users/ADA@shop.test/merge", json={"from_user_id": "oLD@shop.test"})
    assert merged.json == {"user_id": "ada@shop.test", "events": 1}
    post(client, user_id="old@Shop.test")
    assert len(client.get("/v1/users/OLD@shop.test").json["events"]) == 2
    same = client.post("/v1/users/ADA@shop.test/merge", json={"from_user_id": "ada@Shop.test"})
    assert same.status_code == 409


def test_who_was_erased_before_ids_had_one_spelling_stays_erased(client: FlaskClient, stored: Store) -> None:
    salt = stored.users.tombstones().salt
    old = tombstone(salt, "user", "Ada@Shop.test")
    database: Database = stored._database
    with database.write() as connection:
        connection.execute(tombstones.insert().values(digest=old, erased_at_us=1))
    look(client)
    assert client.get("/v1/recommend?user_id=Ada%40Shop.test").json["strategy"] == "trending"
    assert post(client, user_id="Ada@Shop.test")["ignored"] == 1


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_is_a_guest(client: FlaskClient, placeholder: str) -> None:
    everybody = client.get("/v1/recommend?n=7").json
    assert post(client, type="dislike", user_id=placeholder)["accepted"] == 1
    assert client.get(f"/v1/recommend?n=7&user_id={quote(placeholder)}").json == everybody
    assert everybody["user_id"] is None
    assert client.get("/v1/users", query_string={"user_id": placeholder}).status_code == 404
    assert client.delete("/v1/users", query_string={"user_id": placeholder}).status_code == 409
    assert post(client, user_id=placeholder)["accepted"] == 1
    joined = client.post("/v1/users/ann/merge", json={"from_user_id": placeholder})
    assert joined.status_code == 409


def test_guests_of_one_visit_have_their_own_list(client: FlaskClient) -> None:
    post(client, type="dislike", user_id="0", session_id="visit-a")
    assert "tea" not in shown(client, "user_id=0&session_id=visit-a&n=7")
    assert "tea" in shown(client, "user_id=0&session_id=visit-b&n=7")
    post(client, type="dislike", item_id="jam", session_id="undefined")
    assert "jam" in shown(client, "session_id=undefined&n=7")


def test_a_guests_event_is_stored_once_however_often_it_is_sent(client: FlaskClient) -> None:
    sent = {"user_id": "guest", "event_id": "1/1", "type": "purchase", "occurred_at": "2026-01-02T03:04:05Z"}
    assert post(client, **sent)["accepted"] == 1
    assert post(client, **sent)["duplicates"] == 1
    assert post(client, **{**sent, "item_id": "jam"})["accepted"] == 1, "another guest's"


@pytest.mark.parametrize("spelling", ["Ab 001", "AB001", "ab001", "aB\u00a0001"])
def test_an_item_is_one_in_every_spelling(client: FlaskClient, spelling: str) -> None:
    path = f"/v1/items/{quote(spelling)}"
    assert "Ab 001" in shown(client, "n=7")
    assert "Ab 001" not in shown(client, f"n=7&exclude={quote(spelling)}")
    similar = shown(client, "placement=similar&item_id=Ab%20001")
    assert shown(client, f"placement=similar&item_id={quote(spelling)}") == similar
    assert client.put(path, json={"title": "Cake", "in_stock": False}).status_code == 201
    look(client)
    assert "Ab 001" not in shown(client, "n=7")
    explained = client.get(f"/v1/explain?item_id={quote(spelling)}&user_id=ann").json
    assert explained["kept_out_by"]["what"] == "out_of_stock"
    assert client.patch("/v1/items/AB%20001", json={"in_stock": True}).json["title"] == "Cake"
    look(client)
    assert "Ab 001" in shown(client, "n=7")
    told = client.get("/v1/recommend?n=7&fields=title").json["items"]
    assert {item["item_id"]: item["title"] for item in told}["Ab 001"] == "Cake"
    assert client.put("/v1/items/ab001", json={"title": "Pie"}).status_code == 200, "no second one"
    client.delete("/v1/items/ab%20001")
    look(client)
    assert "Ab 001" not in shown(client, "n=7")


@pytest.fixture
def zero(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    """A client of an application whose history has a shopper 0, and a till."""
    users = Vocabulary.of(["0", "ann", "ben", "bob"])
    told = replace(release("2"), shoppers=["0"], guests=["till-7"])
    registry.publish(replace(small_model(), users=users), told)
    return client_of(registry.directory)


@pytest.mark.parametrize("spelling", ["0", "0.0", " 0"])
def test_a_placeholder_that_the_history_knows_as_a_shopper_is_one_at_every_door(
    zero: FlaskClient, spelling: str
) -> None:
    asked = quote(spelling)
    listed = zero.get(f"/v1/recommend?n=7&user_id={asked}").json
    assert (listed["user_id"], listed["strategy"]) == ("0", "personalized")
    assert zero.post("/v1/recommend", json={"user_id": spelling, "n": 7}).json == listed
    page = zero.post("/v1/recommend/page", json={"user_id": spelling, "placements": [{"name": "a"}]}).json
    assert (page["user_id"], page["lists"][0]["strategy"]) == ("0", "personalized")
    explained = zero.get(f"/v1/explain?item_id=tea&user_id={asked}").json
    assert (explained["user_id"], explained["shopper"]) == ("0", "known")
    assert "tea" in shown(zero, f"n=7&user_id={asked}")
    assert post(zero, type="dislike", user_id=spelling)["accepted"] == 1
    assert "tea" not in shown(zero, f"n=7&user_id={asked}")
    post(zero, session_id="visit")
    merged = zero.post("/v1/users/0/merge", json={"from_session_id": "visit"})
    assert merged.json == {"user_id": "0", "events": 1}
    export = zero.get("/v1/users", query_string={"user_id": spelling}).json
    assert (len(export["events"]), export["elsewhere"]["model"]["orders"] > 0) == (2, True)
    assert zero.delete("/v1/users", query_string={"user_id": spelling}).json["events"] == 2
    assert zero.get(f"/v1/recommend?user_id={asked}").json["strategy"] == "trending"
    assert post(zero, user_id=spelling)["ignored"] == 1


def test_an_id_that_the_history_knows_as_nobodys_is_a_guest_at_every_door(zero: FlaskClient) -> None:
    everybody = zero.get("/v1/recommend?n=7").json
    assert post(zero, type="dislike", user_id="till-7")["accepted"] == 1
    assert zero.get("/v1/recommend?n=7&user_id=till-7").json == everybody
    assert zero.get("/v1/users/till-7").status_code == 404
    assert zero.delete("/v1/users/till-7").status_code == 409
    assert zero.post("/v1/users/till-7/merge", json={"from_session_id": "visit"}).status_code == 409
    assert post(zero, user_id="-1")["accepted"] == 1
    assert zero.get("/v1/recommend?n=7&user_id=guest").json == everybody, "other placeholders are nobody"


def test_what_is_held_under_a_placeholder_can_be_erased_when_it_is_no_shoppers_any_more(
    zero: FlaskClient, registry: Registry
) -> None:
    post(zero, user_id="0")
    registry.publish(small_model(), release("3"))
    zero.application.extensions[EXTENSION].live_model.refresh()
    assert zero.get("/v1/recommend?user_id=0").json["user_id"] is None
    assert len(zero.get("/v1/users/0").json["events"]) == 1
    assert zero.delete("/v1/users/0").json["events"] == 1
    assert post(zero, user_id="0")["accepted"] == 1, "guests are not erased"
    assert zero.delete("/v1/users/0").status_code == 409
