from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from support.audiences import with_audience
from support.keys import add_key
from support.models import release, small_model, with_categories

from recsvc.api.audiences import AudienceResponse
from recsvc.app import EXTENSION
from recsvc.model.registry import Registry
from recsvc.serving import audiences as serving
from recsvc.store.api_keys import Scope
from recsvc.store.store import open_store

PATH = "/v1/items/{}/audience"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models directory whose live version tells who buys an item; nothing is bought twice."""
    model = with_audience(with_categories(small_model()))
    model = replace(model, item_statistics=np.zeros_like(model.item_statistics))
    Registry(tmp_path).publish(model, release("1"))
    return tmp_path


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], models: Path) -> FlaskClient:
    return client_of(models)


def named(response: Any) -> list[str]:
    assert response.status_code == 200, response.json
    AudienceResponse.model_validate(response.json)
    return [one["user_id"] for one in response.json["shoppers"]]


def audience(client: FlaskClient, item_id: str = "cake", **query: Any) -> list[str]:
    return named(client.get(PATH.format(item_id), query_string=query))


def tell(client: FlaskClient, kind: str, user_id: str, item_id: str) -> None:
    event = {"type": kind, "user_id": user_id, "item_id": item_id}
    assert client.post("/v1/events", json=event).status_code == 202


def test_an_item_has_an_audience_without_its_owners(client: FlaskClient) -> None:
    response = client.get(PATH.format("cake"))
    assert named(response)[0] == "ada"
    assert "ann" not in named(response)
    assert response.json["owners_left_out"] == ["cake"]
    assert response.json["horizon_days"] == 28
    assert response.json["considered"] == 3
    assert response.headers["Cache-Control"] == "private, no-store"
    assert audience(client, owners="welcome")[:1] == ["ann"]


def test_so_many_are_named_and_expected_to_buy(client: FlaskClient) -> None:
    answer = client.get(PATH.format("cake"), query_string={"n": 1, "precision": 0.3}).json
    (first,) = answer["shoppers"]
    assert answer["expected_buyers"] == pytest.approx(first["probability"], abs=0.01)
    sized = answer["size_for_precision"]
    assert (sized["precision"], sized["size"]) == (0.3, 3)
    assert sized["expected_buyers"] / sized["size"] >= 0.3
    assert client.get(PATH.format("cake")).json["size_for_precision"] is None


def test_several_items_and_a_category_have_an_audience(client: FlaskClient) -> None:
    several = client.post("/v1/audiences", json={"item_ids": ["saw", "hammer", "nails"]})
    category = client.post("/v1/audiences", json={"category": "Tools"})
    assert set(named(several)[:2]) == {"ben", "bob"}
    assert category.json["shoppers"] == several.json["shoppers"]
    assert category.json["item_ids"] == ["hammer", "nails", "saw"]


def test_who_bought_it_since_is_no_longer_meant(client: FlaskClient) -> None:
    tell(client, "purchase", "ada", "cake")
    assert "ada" not in audience(client)
    assert "ada" in audience(client, owners="welcome")


def test_who_gave_it_back_or_dislikes_it_is_not_meant(client: FlaskClient) -> None:
    tell(client, "return", "ben", "cake")
    tell(client, "dislike", "ada", "cake")
    assert not {"ada", "ben"} & set(audience(client))
    assert "ada" not in audience(client, owners="welcome")


def test_the_erased_are_out_at_once(client: FlaskClient) -> None:
    assert "ada" in audience(client)
    client.delete("/v1/users/ada")
    assert "ada" not in audience(client)


def test_a_shopper_with_two_accounts_is_named_once(client: FlaskClient) -> None:
    client.post("/v1/users/bob/merge", json={"from_user_id": "ben"})
    assert sorted(audience(client, "cake")) == ["ada", "bob"]
    assert sorted(audience(client, "saw")) == ["ada", "ann"], "bob has one"


def test_a_new_item_of_the_catalogue_has_an_audience(client: FlaskClient) -> None:
    client.put("/v1/items/oolong", json={"title": "Oolong", "categories": ["Food > Drinks"]})
    follower = client.application.extensions[EXTENSION].lists.shop.follower
    while not follower.look():
        pass
    assert set(audience(client, "oolong")[:2]) == {"ada", "ann"}
    assert "oolong" in client.post("/v1/audiences", json={"category": "Drinks"}).json["item_ids"]


def test_an_unknown_item_is_not_found(client: FlaskClient) -> None:
    response = client.get(PATH.format("unheard-of"))
    assert response.status_code == 404
    assert "unheard-of" in response.json["detail"]


def test_an_item_whose_id_has_slashes_has_one_too(client: FlaskClient) -> None:
    assert client.get(PATH.format("a/b")).status_code == 404
    assert client.put("/v1/items/a/audience", json={"title": "A"}).status_code == 405
    assert (
        client.post("/v1/items", json={"items": [{"item_id": "a/audience", "title": "A"}]}).status_code == 200
    )
    assert client.get("/v1/items", query_string={"item_id": "a/audience"}).json["title"] == "A"


@pytest.mark.parametrize(
    "query", [{"n": 0}, {"n": 10_001}, {"precision": 0}, {"precision": 2}, {"owners": "maybe"}, {"other": 1}]
)
def test_what_is_beyond_bounds_is_refused(client: FlaskClient, query: dict[str, Any]) -> None:
    assert client.get(PATH.format("cake"), query_string=query).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"item_ids": []},
        {"item_ids": ["cake"], "category": "Food"},
        {"item_ids": ["cake", "CAKE"]},
        {"item_ids": [f"i{number}" for number in range(51)]},
        {"item_ids": ["cake"], "n": "3"},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/audiences", json=body).status_code == 422


def test_a_version_without_likelihoods_says_what_to_do(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    response = client_of(registry.directory).get(PATH.format("cake"))
    assert response.status_code == 409
    assert "train again" in response.json["detail"]


def test_only_a_key_for_it_opens_it(client_of: Callable[..., FlaskClient], models: Path) -> None:
    store = open_store(f"sqlite:///{models}/recsvc.db")
    store.prepare()
    keys = {scope: add_key(store.keys, scope) for scope in Scope}
    store.close()
    client = client_of(models)
    for scope, token in keys.items():
        opens = scope in (Scope.AUDIENCE, Scope.ADMIN)
        headers = {"Authorization": f"Bearer {token}"}
        expected = 200 if opens else 403
        assert client.get(PATH.format("cake"), headers=headers).status_code == expected
        assert (
            client.post("/v1/audiences", json={"item_ids": ["cake"]}, headers=headers).status_code == expected
        )
    assert client.get(PATH.format("cake")).status_code == 401
    of_audience = {"Authorization": f"Bearer {keys[Scope.AUDIENCE]}"}
    assert client.get("/v1/items/cake", headers=of_audience).status_code == 403


def test_one_audience_is_found_at_a_time(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    audience(client)
    service = client.application.extensions[EXTENSION]
    begun, go_on = Event(), Event()
    follower, refresh = service.lists.shop.follower, service.lists.shop.follower.refresh

    def slowly() -> Any:
        begun.set()
        assert go_on.wait(10)
        return refresh()

    monkeypatch.setattr(serving, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(follower, "refresh", slowly)
    with ThreadPoolExecutor(1) as pool:
        other = client.application.test_client()
        first = pool.submit(lambda: other.get(PATH.format("cake")))
        assert begun.wait(10)
        refused = client.get(PATH.format("cake"))
        go_on.set()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert first.result().status_code == 200


def test_an_audience_that_takes_too_long_is_given_up(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MAX_SECONDS", -1.0)
    response = client.get(PATH.format("cake"))
    assert response.status_code == 503
    assert "fewer items" in response.json["detail"]


def test_without_the_store_nobody_is_named(client: FlaskClient, models: Path) -> None:
    audience(client)
    for path in models.glob("recsvc.db*"):
        path.unlink()
    (models / "recsvc.db").mkdir()
    assert client.get(PATH.format("cake")).status_code == 503
