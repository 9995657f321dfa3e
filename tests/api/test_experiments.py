import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.models import release, small_model, with_categories

from recsvc.api.admission import scope_of
from recsvc.model.registry import Registry
from recsvc.outcomes.experiment import Assignment
from recsvc.ranking.query import UserKey
from recsvc.serving.described_experiments import read_experiments
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store

CONTROL = {"name": "control", "share": 0.5, "kind": "control"}
OFF = {"name": "off", "share": 0.5, "kind": "hold_out"}
TRENDING = {"name": "B", "share": 0.5, "kind": "placement", "placement": "trending"}
NO_TEA = {"name": "B", "share": 0.5, "kind": "rules", "rules": {"filter": 'item_id != "tea"'}}
NEWER = {"name": "B", "share": 0.5, "kind": "model_version", "model_version": "2"}
NAMES = [f"u{n}" for n in range(12)]


def put(client: FlaskClient, variant: Any = OFF, name: str = "first", **fields: Any) -> Any:
    body = {"placement": "for_you", "variants": [CONTROL, variant], **fields}
    return client.put(f"/v1/experiments/{name}", json=body)


def ask(client: FlaskClient, **query: Any) -> Any:
    return client.get("/v1/recommend", query_string={"n": 3, **query})


def items(client: FlaskClient, **query: Any) -> list[str]:
    return [item["item_id"] for item in ask(client, **query).json["items"]]


def variant_of(stored: Store, kind: str, name: str) -> str:
    (experiment,) = read_experiments(stored.experiments.all())
    return Assignment(experiment, members(stored)).variant_of(UserKey(kind, name)).name


def members(stored: Store) -> dict[str, str]:
    return {member.user_id: member.variant for member in stored.experiments.members_since(0)}


def one_of(stored: Store, variant: str, kind: str = "user", names: Any = ()) -> str:
    """Return a shopper of a variant."""
    return next(
        name for name in names or (f"u{n}" for n in range(99)) if variant_of(stored, kind, name) == variant
    )


def test_an_experiment_comes_back_as_it_was_put(client: FlaskClient) -> None:
    created = put(client, TRENDING, end="2036-01-01T00:00:00Z", min_effect=0.1, metric="orders")
    assert (created.status_code, created.json["status"], created.json["end"]) == (
        201,
        "running",
        "2036-01-01T00:00:00Z",
    )
    assert client.get("/v1/experiments/first").json == created.json
    assert client.get("/v1/experiments").json == {"experiments": [created.json]}
    assert client.delete("/v1/experiments/first").status_code == 204
    assert client.get("/v1/experiments/first").status_code == 404
    assert client.delete("/v1/experiments/first").status_code == 404
    assert client.get("/v1/experiments/first/results").status_code == 404


def test_a_hold_out_gets_nothing_and_others_the_list_as_it_was(client: FlaskClient, stored: Store) -> None:
    before = {name: items(client, user_id=name) for name in ["ada", *NAMES]}
    put(client, OFF)
    for name, was in before.items():
        answer = ask(client, user_id=name)
        is_off = variant_of(stored, "user", name) == "off"
        assert [item["item_id"] for item in answer.json["items"]] == ([] if is_off else was)
        assert answer.json["strategy"] in ("trending", "personalized")
        assert ask(client, user_id=name).headers["X-Recsvc-Cache"] == "near"
    assert {variant_of(stored, "user", name) for name in NAMES} == {"control", "off"}


def test_a_change_ends_what_is_kept_at_once(client: FlaskClient, stored: Store) -> None:
    put(client, OFF)
    name = one_of(stored, "off")
    assert items(client, user_id=name) == items(client, user_id=name) == []
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    assert put(client, OFF, end=now).json["end"] == now
    deadline = time.monotonic() + 10
    while not items(client, user_id=name) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert items(client, user_id=name), "it is over by itself, without anybody saying so"
    assert client.get("/v1/experiments/first").json["status"] == "ended"


def test_another_placement_ranks_under_the_same_name(client: FlaskClient, stored: Store) -> None:
    trending = items(client, placement="trending")
    put(client, TRENDING)
    answer = ask(client, user_id=one_of(stored, "B"))
    assert answer.json["placement"] == "for_you"
    assert [item["item_id"] for item in answer.json["items"]] == trending


def test_other_rules_replace_those_of_the_placement(client: FlaskClient, stored: Store) -> None:
    assert put(client, NO_TEA).status_code == 201
    of_control, of_b = one_of(stored, "control"), one_of(stored, "B")
    assert "tea" in items(client, user_id=of_control, n=7)
    found = items(client, user_id=of_b, n=7)
    assert found
    assert "tea" not in found
    assert "first:B" not in {one["name"] for one in client.get("/v1/placements").json["placements"]}


def test_another_version_makes_the_list(client: FlaskClient, registry: Registry, stored: Store) -> None:
    registry.publish(small_model(), release("2"), activate=False)
    assert put(client, NEWER).status_code == 201
    name, of_control = one_of(stored, "B"), one_of(stored, "control")
    deadline = time.monotonic() + 30
    while ask(client, user_id=name).json["model_version"] != "2" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ask(client, user_id=name).json["model_version"] == "2"
    assert ask(client, user_id=of_control).json["model_version"] == "1"
    assert client.get("/health/ready").json["problems"] == []


def test_another_version_shows_items_that_only_the_catalogue_knows(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    registry.publish(with_categories(small_model()), release("2"), activate=False)
    client = client_of(registry.directory, new_items_share=0.5)
    put(client, variants=[{**CONTROL, "share": 0.0001}, {**NEWER, "share": 0.9999}])
    client.put("/v1/items/coffee", json={"title": "Coffee", "categories": ["Food > Drinks"]})
    deadline = time.monotonic() + 30
    while "coffee" not in items(client, user_id="ada", n=4) and time.monotonic() < deadline:
        client.post(
            "/v1/events", json={"type": "view", "user_id": "ada", "item_id": "tea"}
        )  # the list is made anew
        time.sleep(0.05)
    answer = ask(client, user_id="ada", n=4).json
    assert (answer["model_version"], "coffee" in [one["item_id"] for one in answer["items"]]) == ("2", True)


def why(client: FlaskClient, item_id: str, **query: Any) -> Any:
    """Return why an item is in a list, or is not."""
    found = client.get("/v1/explain", query_string={"item_id": item_id, "n": 3, **query})
    assert found.status_code == 200, found.text
    return found.json


def test_the_explanation_of_a_hold_out_says_that_the_shopper_is_in_it(
    client: FlaskClient, stored: Store
) -> None:
    assert why(client, "tea", user_id="ada")["variant"] is None
    put(
        client,
        {**OFF, "share": 0.9999},
        name="first",
        variants=[{**CONTROL, "share": 0.0001}, {**OFF, "share": 0.9999}],
    )
    shopper = one_of(stored, "off", names=["ada", "ann", "bob", "ben"])
    assert items(client, user_id=shopper) == []
    for item_id in ("tea", "jam", "unheard of"):
        told = why(client, item_id, user_id=shopper)
        assert (told["shown"], told["rank"], told["candidates"], told["sources"]) == (False, None, 0, [])
        assert told["kept_out_by"]["what"] == "held_out"
        assert "in the hold-out of the experiment first" in told["kept_out_by"]["detail"]
        assert "because we show that list to some customers only, to find out" in told["sentence"]
        assert (told["shopper"], told["variant"]) == ("known", "first:off")
    assert why(client, "tea", user_id="nobody-known")["shopper"] == "unknown"
    assert why(client, "tea", user_id=shopper, placement="discover")["variant"] is None


def test_the_explanation_is_of_the_list_of_the_variant(client: FlaskClient, stored: Store) -> None:
    put(client, variants=[{**CONTROL, "share": 0.0001}, {**TRENDING, "share": 0.9999}])
    shopper = one_of(stored, "B", names=["ada", "ann", "bob", "ben"])
    listed = {one["item_id"]: one for one in ask(client, user_id=shopper).json["items"]}
    assert {one["source"] for one in listed.values()} <= {"trending", "popular"}
    for item_id in ("jam", "tea", "saw"):
        told = why(client, item_id, user_id=shopper)
        assert told["rank"] == listed.get(item_id, {}).get("rank")
        assert (told["variant"], told["placement"]) == ("first:B", "for_you")
        assert "in your recommendations" in told["sentence"]


def test_a_version_that_is_away_is_said_and_the_control_given(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    registry.publish(small_model(), release("2"), activate=False)
    first = client_of(registry.directory)
    put(first, NEWER)
    (registry.directory / "2" / "manifest.json").write_text("{")
    client = client_of(registry.directory)
    answer = ask(client, user_id=one_of(stored, "B"))
    assert answer.json["model_version"] == "1"
    assert answer.json["items"]
    (problem,) = client.get("/health/ready").json["problems"]
    assert problem.startswith("experiment first: variant B shows the control: models/2")


def test_a_page_has_the_lists_of_the_variant(client: FlaskClient, stored: Store) -> None:
    put(client, OFF)
    name = one_of(stored, "off")
    body = {
        "user_id": name,
        "placements": [{"name": one, "placement": one} for one in ("for_you", "trending")],
    }
    for _ in range(2):
        first, second = client.post("/v1/recommend/page", json=body).json["lists"]
        assert (first["items"], bool(second["items"])) == ([], True)


def test_two_experiments_on_one_placement_may_not_overlap(client: FlaskClient) -> None:
    put(client, OFF, end="2036-01-01T00:00:00Z")
    refused = put(client, OFF, name="second")
    assert refused.status_code == 409
    assert "experiment first runs on for_you at that time: end it before" in refused.json["detail"]
    assert put(client, OFF, name="second", start="2036-01-01T00:00:00Z").json["status"] == "planned"
    assert put(client, OFF, name="third", placement="discover").status_code == 201


def test_of_one_that_has_begun_the_end_alone_may_change(client: FlaskClient) -> None:
    put(client, OFF)
    assert put(client, OFF, end="2036-01-01T00:00:00Z").status_code == 200
    for changed in (
        put(client, TRENDING),
        put(client, OFF, metric="orders"),
        put(client, OFF, placement="discover"),
    ):
        assert changed.status_code == 409
        assert "only its end may change" in changed.json["detail"]


def test_one_that_is_planned_may_change(client: FlaskClient) -> None:
    put(client, OFF, start="2036-01-01T00:00:00Z")
    changed = put(client, TRENDING, start="2036-02-01T00:00:00Z")
    assert (changed.status_code, changed.json["variants"][1]["kind"]) == (200, "placement")


@pytest.mark.parametrize(
    ("variant", "fields", "detail"),
    [
        ({**OFF, "share": 0.4}, {}, "the shares must be 1 together, got 0.9: change one by 0.1"),
        (OFF, {"placement": "landing"}, "experiment first: there is no placement 'landing'"),
        (OFF, {"start": "2020-01-01T00:00:00Z"}, "start is in the past"),
        ({**TRENDING, "placement": "similar"}, {}, "placement similar needs item_ids"),
        ({**TRENDING, "placement": None}, {}, "variant B: placement is missing"),
        (NEWER, {}, "there is no version '2'; `recsvc models list` shows all"),
        ({**NO_TEA, "rules": {"base": "discover"}}, {}, "contradicts its name"),
        ({**NO_TEA, "rules": {"filter": "price <"}}, {}, "filter"),
        ({**OFF, "name": "o f f"}, {}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, variant: Any, fields: Any, detail: str) -> None:
    refused = put(client, variant, **fields)
    assert refused.status_code == 422
    assert detail in refused.json["detail"]
    assert client.get("/v1/experiments").json == {"experiments": []}


def test_a_user_keeps_the_variant_of_the_visit_before_they_signed_in(
    client: FlaskClient, stored: Store
) -> None:
    put(client, OFF)
    session = one_of(stored, "off", "session")
    name = one_of(stored, "control")
    assert items(client, session_id=session) == []
    assert items(client, user_id=name) == items(client, user_id=name) != []
    client.post(f"/v1/users/{name}/merge", json={"from_session_id": session})
    client.post("/v1/events", json={"type": "view", "user_id": name, "item_id": "tea"})
    deadline = time.monotonic() + 10
    while items(client, user_id=name) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert items(client, user_id=name) == [], "hidden from the session, hidden from the user"
    assert client.get(f"/v1/users/{name}").json["variants"] == {"first": "off"}
    client.delete(f"/v1/users/{name}")
    assert members(stored) == {}


def test_a_guest_who_signs_in_without_a_merge_keeps_the_variant_of_the_visit(
    client: FlaskClient, stored: Store
) -> None:
    put(client, OFF)
    session, name = one_of(stored, "off", "session"), one_of(stored, "control")
    client.post("/v1/events", json={"type": "view", "session_id": session, "item_id": "tea"})
    assert items(client, user_id=name), "nobody knows yet who the guest is"
    signed_in = {"type": "view", "session_id": session, "user_id": name, "item_id": "milk"}
    client.post("/v1/events", json=signed_in)
    deadline = time.monotonic() + 10
    while items(client, user_id=name) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert items(client, user_id=name) == [], "hidden from the session, hidden from the user"
    assert client.get("/v1/experiments/first/results").json["shoppers"] == 1


def test_a_user_of_the_experiment_keeps_their_own_variant(client: FlaskClient, stored: Store) -> None:
    put(client, OFF)
    session, name = one_of(stored, "off", "session"), one_of(stored, "control")
    client.post("/v1/events", json={"type": "view", "user_id": name, "item_id": "tea"})
    client.post(f"/v1/users/{name}/merge", json={"from_session_id": session})
    assert members(stored) == {}
    assert items(client, user_id=name)


def test_nobody_in_particular_is_in_no_experiment(client: FlaskClient) -> None:
    before = ask(client).json["items"]
    put(client, OFF)
    assert ask(client).json["items"] == before
    assert ask(client, user_id="guest").json["items"] == before


def test_experiments_are_for_keys_of_merchandise() -> None:
    assert {scope_of(method, "/v1/experiments/first") for method in ("GET", "PUT", "DELETE")} == {
        Scope.MERCHANDISE
    }
    assert (
        scope_of("GET", "/v1/experiments/first/results")
        == scope_of("GET", "/v1/experiments")
        == Scope.MERCHANDISE
    )
    assert scope_of("GET", "/v1/experimentsx") is Scope.ADMIN


def test_why_an_item_is_shown_is_told_of_the_variant(client: FlaskClient, stored: Store) -> None:
    put(client, NO_TEA)
    told = client.get(
        "/v1/explain", query_string={"user_id": one_of(stored, "B"), "item_id": "tea", "placement": "for_you"}
    )
    assert told.status_code == 200
    assert told.json["rank"] is None
