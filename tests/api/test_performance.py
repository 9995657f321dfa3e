"""``GET /v1/performance``: which days are asked for."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from support.keys import add_key

from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store


@pytest.mark.parametrize("last", ["0001-01-01", "0001-01-29", "9999-12-31"])
def test_any_last_day_has_thirty_days_before_it(client: FlaskClient, last: str) -> None:
    response = client.get(f"/v1/performance?to={last}")
    assert response.status_code == 200
    assert (response.json["to"], response.json["rows"]) == (last, [])


@pytest.mark.parametrize("first", ["2026-02-30", "1714521600", "2026-W18-5", "2026-5-1", "yesterday", ""])
def test_what_is_no_date_is_refused_and_named(client: FlaskClient, first: str) -> None:
    response = client.get(f"/v1/performance?from={first}&to=2026-05-01")
    assert response.status_code == 422
    assert "from" in str(response.json["errors"])


def test_a_period_backwards_or_of_years_is_refused(client: FlaskClient) -> None:
    for days in ("from=2026-05-02&to=2026-05-01", "from=2020-01-01&to=2026-05-01", "from=9999-01-01"):
        assert client.get(f"/v1/performance?{days}").status_code == 422


def test_the_lists_of_a_page_are_known_when_they_come_back(client: FlaskClient) -> None:
    page = client.post(
        "/v1/recommend/page",
        json={
            "user_id": "ada",
            "placements": [{"name": "a", "placement": "for_you"}, {"name": "b", "placement": "trending"}],
        },
    ).json
    for found in page["lists"]:
        clicked = {
            "type": "click",
            "user_id": "ada",
            "item_id": "tea",
            "recommendation_id": found["recommendation_id"],
        }
        assert client.post("/v1/events", json=clicked).status_code == 202
        assert client.post("/v1/events", json={**clicked, "recommendation_id": "r1"}).status_code == 422


@pytest.mark.parametrize("scope", Scope)
def test_merchandise_and_admin_may_ask_nobody_else(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, scope: Scope
) -> None:
    token = add_key(stored.keys, scope)
    client = client_of(registry.directory)
    may = scope in (Scope.MERCHANDISE, Scope.ADMIN)
    for path in ("/v1/performance", "/v1/performance?from=2026-02-30"):
        status = client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code
        assert (status in (200, 422)) if may else status == 403
    assert client.get("/v1/performance").status_code == 401


def test_a_misspelled_field_is_named_after_those_of_the_same_request(client: FlaskClient) -> None:
    detail = client.get("/v1/performance?form=2026-11-01").json["detail"]
    assert detail == "form: there is no field of this name; did you mean from?"
    assert client.get("/v1/performance?days=7").json["detail"] == "days: there is no field of this name"
