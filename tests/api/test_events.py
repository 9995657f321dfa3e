import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from recsvc.api import events, problems
from recsvc.api.events import OnUsers
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.store.event import Appended, Event
from recsvc.store.store import Store, open_store

PROBLEM = "application/problem+json"
GOOD = {"type": "purchase", "user_id": "ada", "item_id": "tea"}


def test_an_event_is_stored_and_acknowledged(client: FlaskClient, stored: Store) -> None:
    shown = client.get("/v1/recommend?user_id=ada").get_json()
    whole = {
        **GOOD,
        "session_id": "s1",
        "quantity": 2,
        "unit_price": 2.55,
        "order_id": "o1",
        "channel": "web",
        "occurred_at": "2026-01-02T03:04:05.5+02:00",
        "event_id": "e1",
        "recommendation_id": shown["recommendation_id"],
        "position": 2,
    }
    response = client.post("/v1/events", json=whole)
    assert response.status_code == 202
    assert response.json == {"accepted": 1, "duplicates": 0, "ignored": 0, "rejected": []}
    [event] = stored.events.history_of("ada")
    moment = datetime(2026, 1, 2, 1, 4, 5, 500_000, tzinfo=UTC)
    assert event.occurred_at_us == round(moment.timestamp() * 1e6)
    assert {name: getattr(event, name) for name in whole if name != "occurred_at"} == {
        name: value for name, value in whole.items() if name != "occurred_at"
    }


@pytest.mark.parametrize("foreign", ["r1", "26f6f363ccf767c3ac1e7010", "A" * 80, "é" * 9])
def test_an_event_of_a_list_that_nobody_gave_is_refused_and_the_others_are_stored(
    client: FlaskClient, stored: Store, foreign: str
) -> None:
    bad = {**GOOD, "recommendation_id": foreign}
    answer = client.post("/v1/events", json=bad)
    assert answer.status_code == 422
    assert "is of no list that this shop gave" in answer.get_json()["detail"]
    answer = client.post("/v1/events", json={"events": [GOOD, bad]})
    assert answer.status_code == 207
    assert [entry["index"] for entry in answer.get_json()["rejected"]] == [1]
    assert (answer.get_json()["accepted"], answer.get_json()["ignored"]) == (1, 0)
    assert len(stored.events.history_of("ada")) == 1


def test_only_an_impression_can_have_been_in_view(client: FlaskClient) -> None:
    assert client.post("/v1/events", json={**GOOD, "seen": True}).status_code == 422
    assert client.post("/v1/events", json={**GOOD, "type": "impression", "seen": True}).status_code == 202


def test_what_is_left_out_has_a_default(client: FlaskClient, stored: Store) -> None:
    before = datetime.now(UTC).timestamp() * 1e6
    assert client.post("/v1/events", json=GOOD).status_code == 202
    [event] = stored.events.history_of("ada")
    assert event.quantity == 1
    assert event.occurred_at_us == event.received_at_us
    assert before - 1 <= event.received_at_us <= datetime.now(UTC).timestamp() * 1e6 + 1


@pytest.mark.parametrize(
    "kind",
    ["purchase", "return", "add_to_cart", "view", "wishlist", "like", "dislike", "impression", "click"],
)
def test_a_session_may_do_anything_that_a_user_may(client: FlaskClient, stored: Store, kind: str) -> None:
    assert (
        client.post("/v1/events", json={"type": kind, "session_id": "s", "item_id": "x"}).status_code == 202
    )
    assert [event.type for event in stored.events.history_of_session("s")] == [kind]


def test_an_event_sent_again_counts_once(client: FlaskClient, stored: Store) -> None:
    client.post("/v1/events", json={**GOOD, "event_id": "e1"})
    again = client.post(
        "/v1/events", json={"events": [{**GOOD, "event_id": "e1"}, {**GOOD, "event_id": "e2"}]}
    )
    assert (again.status_code, again.json["accepted"], again.json["duplicates"]) == (202, 1, 1)
    assert len(stored.events.history_of("ada")) == 2


def test_another_event_under_a_stored_id_is_said_to_be_refused(client: FlaskClient, stored: Store) -> None:
    client.post("/v1/events", json={**GOOD, "event_id": "e1"})
    other = {**GOOD, "item_id": "milk", "event_id": "e1"}
    alone = client.post("/v1/events", json=other)
    assert (alone.status_code, alone.mimetype) == (409, PROBLEM)
    assert alone.json["type"] == "urn:recsvc:problem:conflict"
    assert "event_id 'e1' is that of another event" in alone.json["detail"]
    together = client.post("/v1/events", json={"events": [other, other]})
    assert (together.status_code, [one["field"] for one in together.json["errors"]]) == (
        409,
        ["events.0", "events.1"],
    )
    assert [event.item_id for event in stored.events.history_of("ada")] == ["tea"]


def test_of_a_batch_with_conflicts_each_entry_has_its_own_fate(client: FlaskClient, stored: Store) -> None:
    client.post("/v1/events", json={**GOOD, "event_id": "e1"})
    batch = [
        {**GOOD, "consent": False},
        {**GOOD, "quantity": -1},
        {**GOOD, "item_id": "milk", "event_id": "e1"},
        {**GOOD, "event_id": "e1"},
        {**GOOD, "event_id": "e2"},
    ]
    response = client.post("/v1/events", json={"events": batch})
    assert response.status_code == 207
    assert [response.json[name] for name in ("accepted", "duplicates", "ignored")] == [1, 1, 1]
    assert [one["index"] for one in response.json["rejected"]] == [1, 2]
    assert "event_id" in response.json["rejected"][1]["detail"]
    nothing = client.post("/v1/events", json={"events": batch[1:3]})
    assert (nothing.status_code, len(nothing.json["errors"])) == (422, 2)
    assert len(stored.events.history_of("ada")) == 2


def test_of_a_batch_the_good_ones_are_stored_and_the_others_named(client: FlaskClient, stored: Store) -> None:
    bad = [{**GOOD, "quantity": -3}, {"type": "view", "item_id": "x"}, "nonsense", {**GOOD, "colour": "red"}]
    response = client.post("/v1/events", json={"events": [GOOD, *bad, {**GOOD, "item_id": "milk"}]})
    assert (response.status_code, response.json["accepted"]) == (207, 2)
    assert [rejected["index"] for rejected in response.json["rejected"]] == [1, 2, 3, 4]
    details = [rejected["detail"] for rejected in response.json["rejected"]]
    assert details[0] == "quantity: must be greater than 0, got -3"
    assert "user_id or session_id is needed" in details[1]
    assert "colour" in details[3]
    assert {event.item_id for event in stored.events.history_of("ada")} == {"tea", "milk"}


def test_a_batch_without_a_good_event_is_a_problem_that_is_bounded(
    client: FlaskClient, stored: Store
) -> None:
    response = client.post("/v1/events", json={"events": [{**GOOD, "type": "theft"}] * 1000})
    assert (response.status_code, response.mimetype) == (422, PROBLEM)
    assert response.json["errors"][0]["field"] == "events.0"
    assert "got 'theft'" in response.json["detail"]
    assert len(response.data) < 10_000
    assert stored.position().event == 0


def test_a_thousand_events_are_taken_and_one_more_is_not(client: FlaskClient, stored: Store) -> None:
    assert client.post("/v1/events", json={"events": [GOOD] * 1000}).json["accepted"] == 1000
    for number in (0, 1001):
        response = client.post("/v1/events", json={"events": [GOOD] * number})
        assert (response.status_code, response.json["errors"][0]["field"]) == (422, "events")
    assert stored.position().event == 1000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "theft"}, "type"),
        ({"type": None}, "type"),
        ({"item_id": ""}, "item_id"),
        ({"item_id": "x" * 257}, "item_id"),
        ({"item_id": 5}, "item_id"),
        ({"user_id": "a\0b"}, "user_id"),
        ({"user_id": None}, "body"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": "2"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 1e300}, "quantity"),
        ({"unit_price": -0.01}, "unit_price"),
        ({"channel": "x" * 33}, "channel"),
        ({"occurred_at": "2026-01-02"}, "occurred_at"),
        ({"occurred_at": "2026-01-02T03:04:05"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T03:04:05Z"}, "occurred_at"),
        ({"occurred_at": 1767323045}, "occurred_at"),
        ({"occurred_at": "1969-12-31T23:59:59Z"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occurred_at": (datetime.now(UTC) + timedelta(hours=25)).isoformat()}, "occurred_at"),
        ({"user": "ada"}, "user"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(
    client: FlaskClient, fields: dict[str, Any], field: str
) -> None:
    response = client.post("/v1/events", json={**GOOD, **fields})
    assert (response.status_code, response.mimetype) == (422, PROBLEM)
    assert response.json["errors"][0]["field"] == field
    assert not response.json["detail"].startswith("Value error")


def test_a_clock_that_is_a_little_fast_is_forgiven(client: FlaskClient) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=23)).isoformat()
    assert client.post("/v1/events", json={**GOOD, "occurred_at": soon}).status_code == 202


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("", "application/json", 400),
        ('{"a":' * 9_000, "application/json", 400),
        ('{"quantity":' + "9" * 5000 + "}", "application/json", 400),
        ("type=view", "application/x-www-form-urlencoded", 415),
        ('{"x":"' + "x" * 3_000_000 + '"}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_event_is_refused(
    client: FlaskClient, body: str, content_type: str, status: int
) -> None:
    response = client.post("/v1/events", data=body, content_type=content_type)
    assert (response.status_code, response.mimetype) == (status, PROBLEM)


def test_a_surrogate_is_no_text(client: FlaskClient) -> None:
    body = '{"type":"view","user_id":"\\ud800","item_id":"x"}'
    assert client.post("/v1/events", data=body, content_type="application/json").status_code == 422


def test_a_shopper_who_was_erased_is_acknowledged_and_not_stored(client: FlaskClient, stored: Store) -> None:
    stored.users.erase("ada", 1)
    response = client.post("/v1/events", json=GOOD)
    assert (response.status_code, response.json["accepted"], response.json["ignored"]) == (202, 0, 1)
    assert stored.events.history_of("ada") == []


def test_without_a_store_shoppers_still_get_lists(
    client_of: Callable[..., FlaskClient], registry: Registry, tmp_path: Path
) -> None:
    client = client_of(registry.directory, database_url=f"sqlite:///{tmp_path}/nowhere/recsvc.db")
    assert client.get("/v1/recommend?user_id=ada").status_code == 200
    assert client.post("/v1/events", json=GOOD).status_code == 503


def app_with(log: Any, on_events: OnUsers) -> FlaskClient:
    app = Flask("test")
    problems.init_app(app, Metrics())
    app.validation_error_callback = problems.refuse_fields
    app.register_blueprint(events.blueprint(events.Intake(log, on_events), 10_000))
    return app.test_client()


class Journal:
    """An event log that notes when it was asked."""

    def __init__(self) -> None:
        self.happened: list[Any] = []

    def append(self, appended: list[Event], *_: object) -> Appended:
        self.happened.append("stored")
        return Appended(len(appended), 0, 0, frozenset({"ada"}), frozenset({"s"}))


def test_a_store_that_is_locked_is_503_and_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "recsvc.db"
    store = open_store(f"sqlite:///{path}", timeout_seconds=0.1)
    client = app_with(store.events, lambda *_: None)
    assert client.post("/v1/events", json=GOOD).status_code == 202
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = client.post("/v1/events", json=GOOD)
        other.execute("ROLLBACK")
    assert (response.status_code, response.mimetype) == (503, PROBLEM)
    assert response.headers["Retry-After"] == "1"
    assert str(path) not in response.text
    assert store.position().event == 1
    store.close()


def test_who_listens_is_told_after_the_commit() -> None:
    journal = Journal()

    def listen(*ids: frozenset[str]) -> None:
        journal.happened.append(ids)

    assert app_with(journal, listen).post("/v1/events", json=GOOD).status_code == 202
    assert journal.happened == ["stored", ({"ada"}, {"s"})]


def test_a_listener_that_fails_does_not_undo_the_acknowledgement() -> None:
    def fail(*_: frozenset[str]) -> None:
        raise RuntimeError("no")

    with capture_logs() as logs:
        assert app_with(Journal(), fail).post("/v1/events", json=GOOD).status_code == 202
    assert [line["event"] for line in logs] == ["listener_failed"]


def test_without_consent_nothing_is_stored(client: FlaskClient, stored: Store) -> None:
    event = {"type": "view", "user_id": "ada", "item_id": "tea"}
    response = client.post("/v1/events", json={"events": [event, {**event, "consent": False}]})
    assert response.json == {"accepted": 1, "duplicates": 0, "ignored": 1, "rejected": []}
    alone = client.post("/v1/events", json={**event, "consent": False})
    assert (alone.status_code, alone.json["accepted"], alone.json["ignored"]) == (202, 0, 1)
    assert len(stored.events.history_of("ada")) == 1
    assert client.post("/v1/events", json={**event, "consent": "no"}).status_code == 422
