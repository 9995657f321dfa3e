"""Cells of the store that others wrote: an answer is right, or says that the store cannot be used."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from support.mutations import as_json, odd_values

from recsvc.app import EXTENSION, create_app
from recsvc.errors import StoreError
from recsvc.settings.settings import Settings
from recsvc.store.audit import AuditEntry
from recsvc.store.store import Store, open_store

ASKED = (
    "/v1/recommend?user_id=ada", "/v1/recommend?session_id=s&fields=title,categories,attributes", "/v1/users/ada",
    "/v1/explain?item_id=tea&user_id=ada", "/v1/items/tea", "/v1/placements", "/health/ready",
    "/v1/recommend?placement=own", "/console", "/console/shoppers?id=ada", "/console/shoppers/events?id=ada",
    "/console/items", "/console/items?q=t", "/console/items/item?id=tea", "/console/placements", "/console/data",
    "/console/placements/own", "/console/changes", "/console/picture/tea.svg",
)  # fmt: skip
CELLS = st.one_of(
    odd_values().map(as_json).map(lambda data: data.decode("latin-1")),
    st.sampled_from(
        [b"\xff\xfe", b"", "", "theft", "abc", -1, 2**62, 1e308, float("inf"), "[", '{"a": 1}', '"x"', "[1]"]
    ),
    st.binary(max_size=8),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.db"


@pytest.fixture
def client(published: Path, path: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings(models_dir=published, log_level="error", database_url=f"sqlite:///{path}"))
    client = app.test_client()
    event = {"type": "purchase", "user_id": "ada", "session_id": "s", "item_id": "tea", "event_id": "e"}
    assert client.post("/v1/events", json=event).status_code == 202
    item = {"title": "Tea", "categories": ["Food"], "attributes": {"brand": "x"}}
    assert client.put("/v1/items/tea", json=item).status_code == 201
    assert client.put("/v1/placements/own", json={"base": "for_you"}).status_code == 201
    assert client.post("/v1/users/ada/merge", json={"from_session_id": "s"}).status_code == 200
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.audit.add(AuditEntry(1, None, "n", "rules-changed", "own", {"before": None, "after": {}}))
    yield client
    app.extensions[EXTENSION].close()


COLUMNS = [
    *(("events", name) for name in ("type", "item_id", "occurred_at_us", "user_id", "quantity", "unit_price")),
    *(("items", name) for name in ("title", "price", "categories", "in_stock", "available_from_us", "attributes")),
    *(("placements", name) for name in ("name", "body", "updated_at_us")),
    *(("merges", name) for name in ("kind", "from_id", "to_user_id", "merged_at_us")),
    *(("audit", name) for name in ("at_us", "key_id", "key_name", "action", "subject", "body")),
]  # fmt: skip


@given(st.sampled_from(COLUMNS), CELLS)
@example(("events", "type"), "theft")
@example(("events", "quantity"), "many")
@example(("items", "categories"), "7")
@example(("items", "categories"), "{")
@example(("placements", "body"), "[1]")
@example(("placements", "name"), "a b")
@example(("audit", "body"), "[")
@example(("audit", "at_us"), "x")
@example(("audit", "body"), '{"before": 7}')
def test_a_cell_of_another_kind_costs_no_answer(
    client: FlaskClient, path: Path, column: tuple[str, str], cell: Any
) -> None:
    table, name = column
    with closing(sqlite3.connect(path)) as other:
        [right] = other.execute(f"SELECT {name} FROM {table}").fetchone()  # noqa: S608
        revision = ", revision = revision + 1" if table in ("items", "placements") else ""
        with other:
            other.execute(f"UPDATE OR IGNORE {table} SET {name} = ?{revision}", [cell])  # noqa: S608
        try:
            client.post(
                "/v1/events", json={"type": "view", "user_id": "ada", "item_id": "tea"}
            )  # lists are made anew
            for address in ASKED:
                answer = client.get(address)
                assert answer.status_code in (200, 404, 422, 503), (address, answer.data)
                if address.startswith("/v1/recommend?user_id"):
                    assert answer.status_code == 200
        finally:
            with other:
                other.execute(f"UPDATE {table} SET {name} = ?{revision}", [right])  # noqa: S608
                other.execute("DELETE FROM events WHERE event_id IS NULL")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/other.db")
    store.prepare()
    yield store
    store.close()


@given(st.sampled_from(["digest", "scopes", "origins", "name", "created_at_us", "expires_at_us"]), CELLS)
@example("scopes", '["root"]')
@example("scopes", "7")
def test_a_key_of_another_kind_is_no_key(store: Store, tmp_path: Path, name: str, cell: Any) -> None:
    row = {
        "key_id": "0123456789ab", "digest": b"\0" * 32, "scopes": '["read"]', "name": "n", "origins": "[]",
        "created_at_us": 1, "expires_at_us": None, "revoked_at_us": None,
    }  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("DELETE FROM api_keys")
        values = {**row, name: cell}
        other.execute(
            f"INSERT INTO api_keys ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
            list(values.values()),
        )
    try:
        keys = store.keys.all()
    except StoreError:
        return
    assert all(isinstance(key.digest, bytes) for key in keys)
