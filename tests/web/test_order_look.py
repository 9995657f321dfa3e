"""A file with orders is looked at by the training job, and nothing of it stays."""

import fcntl
import gzip
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from support.pages import token_in
from werkzeug.test import TestResponse

from recsvc.model.registry import Registry
from recsvc.processes.bounded import Bounds
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store
from recsvc.web import order_look
from recsvc.web.console import data

HEADER = "customer;sku;date;qty;price\n"
ORDERS = HEADER + "".join(
    f"ada{i % 7}@shop.test;P{i % 5};2025-0{1 + i % 9}-1{i % 9} 10:00;{1 + i % 2};2.50\n" for i in range(60)
)
STRANGE = "<img src=x onerror=alert(1)>'orders'.csv"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files are put meanwhile; nothing is left in it by any test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert not list(tmp_path.glob(f"{order_look.FOLDER}*"))


def look(client: FlaskClient, content: bytes | str, name: str = "orders.csv", **fields: str) -> TestResponse:
    body = content.encode() if isinstance(content, str) else content
    token = token_in(client.get("/console/data"))
    return client.post(
        "/console/data/look", data={"token": token, "orders": (io.BytesIO(body), name), **fields}
    )


def words_of(answer: TestResponse) -> str:
    return " ".join(answer.text.split())


def test_a_file_is_told_in_words_and_without_shoppers(anybody: FlaskClient, stored: Store) -> None:
    page = look(anybody, ORDERS + "bob@shop.test;P1;2025-01-01 10:00;many;2\n", STRANGE)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    assert page.status_code == 200
    words = words_of(page)
    assert "61 rows were read" in words
    assert "The quantity is no number." in words
    assert "<dt>Shopper</dt><dd>customer" in words
    assert "columns divided by <code>;</code>" in words
    assert "@shop.test" not in words
    entry = stored.audit.newest(1)[0]
    assert (entry.action, entry.subject) == ("file-looked-at", "orders")
    assert set(entry.body or {}) == {"bytes", "format"}


def test_a_question_leads_to_an_answer(anybody: FlaskClient) -> None:
    ambiguous = HEADER + "".join(
        f"{i % 7};P{i % 5};0{1 + i % 9}/0{1 + i % 8}/2025;1;2.50\n" for i in range(60)
    )
    asked = words_of(look(anybody, ambiguous))
    assert "To be answered before anything is learned" in asked
    assert "whether the day or the month comes first" in asked
    answered = words_of(look(anybody, ambiguous, **{"date-format": "%d/%m/%Y"}))
    assert "whether the day or the month comes first" not in answered
    assert 'value="%d/%m/%Y"' in answered


def test_who_stands_for_everybody_is_not_named(anybody: FlaskClient) -> None:
    till = "".join(f"7301;P{i % 5};2025-01-1{i % 9} 10:00;1;2.50\n" for i in range(3000))
    others = "".join(f"{1000 + i % 400};P{i % 5};2025-02-1{i % 9} 10:00;1;2.50\n" for i in range(1200))
    words = words_of(look(anybody, HEADER + till + others))
    assert "may stand for everybody without an account" in words
    assert "7301" not in words


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (bytes(range(256)) * 50, ""),
        (gzip.compress(ORDERS.encode())[:-20], ""),
    ],
)
def test_what_is_no_table_is_refused_in_words(anybody: FlaskClient, content: bytes, says: str) -> None:
    page = look(anybody, content)
    assert page.status_code == 422
    assert f"orders.csv {says}" in words_of(page) or not says
    assert 'role="alert"' in page.text
    assert order_look.FOLDER not in page.text


def test_other_encodings_and_packed_files_are_read(anybody: FlaskClient) -> None:
    packed = gzip.compress(ORDERS.encode("utf-16"))
    assert "60 rows were read" in words_of(look(anybody, packed, "orders.csv.gz"))


def test_the_name_of_a_file_is_one_short_line() -> None:
    assert data.called('C:\\orders\\"a"\n\x1b[1m.csv') == '"a"  [1m.csv'
    assert len(data.called("x" * 5000)) == data.MAX_NAME
    assert data.called("../") == "the file"


def test_an_option_cannot_be_smuggled_in(anybody: FlaskClient, tmp_path: Path) -> None:
    stolen = tmp_path / "stolen.json"
    smuggled = {"encoding": f"utf-8 --json={stolen}", "columns": f"--json={stolen}\n@{stolen}"}
    assert look(anybody, ORDERS, **smuggled).status_code == 422
    assert not stolen.exists()
    assert look(anybody, ORDERS, columns="user_id=custo\0mer").status_code == 422


def test_a_file_beyond_the_limit_is_refused_unread(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, max_look_bytes=2**16)
    assert look(client, HEADER + "x" * 2**18).status_code == 413
    token = token_in(client.get("/console/data"))
    answer = client.post(
        "/console/data/look",
        input_stream=io.BytesIO(b"token=" + token.encode()),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(2 * 2**30)},
    )
    assert answer.status_code == 413
    assert "larger than 64 KB" in answer.text


def test_no_file_is_an_answer(anybody: FlaskClient) -> None:
    assert "Choose a file first" in look(anybody, "", "").text


@pytest.mark.parametrize(
    ("content", "bounds", "says"),
    [
        (ORDERS, Bounds(0.05, 3 * 2**30, 2**20), "took longer than"),
        (ORDERS, Bounds(60, 2**28, 2**20), "took more memory than"),
    ],
)
def test_a_look_that_takes_too_much_is_ended(tmp_path: Path, content: str, bounds: Bounds, says: str) -> None:
    command = order_look.program()
    assert command is not None
    with order_look.private_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        path = folder / "orders"
        path.write_text(content)
        started = time.monotonic()
        with pytest.raises(order_look.UnseenError, match=says):
            order_look.look_at(command, path, "orders.csv", bounds=bounds)
        assert time.monotonic() - started < 30


def test_one_file_at_a_time_is_looked_at(anybody: FlaskClient) -> None:
    descriptor = os.open(order_look.program(), os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        busy = look(anybody, ORDERS)
    finally:
        os.close(descriptor)
    assert busy.status_code == 503
    assert "Another file" in busy.text


def test_what_a_killed_worker_left_is_removed(folder: Path) -> None:
    left = folder / f"{order_look.FOLDER}dead"
    left.mkdir()
    (left / "orders").write_text(ORDERS)
    os.utime(left, (time.time() - 3600,) * 2)
    with order_look.private_folder() as fresh:
        assert fresh.exists()
        assert not left.exists()


def test_the_service_alone_says_so(anybody: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_in(anybody.get("/console/shoppers?id=ada"))
    monkeypatch.setattr(data, "program", lambda: None)
    page = anybody.get("/console/data")
    assert "This container has the service alone" in page.text
    assert 'type="file"' not in page.text
    sent = {"token": token, "orders": (io.BytesIO(ORDERS.encode()), "orders.csv")}
    assert anybody.post("/console/data/look", data=sent).status_code == 503


def test_who_may_not_look_is_refused_before_the_file_is_read(
    signed_in: Callable[..., FlaskClient], keyed: FlaskClient
) -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the file was read")

    for client in (signed_in(Scope.MERCHANDISE), keyed):
        answer = client.post(
            "/console/data/look",
            input_stream=Unreadable(bytes(10_000)),
            content_type="multipart/form-data; boundary=b",
        )
        assert answer.status_code == 403
    admin = signed_in(Scope.ADMIN)
    forged = {"token": "forged", "orders": (io.BytesIO(ORDERS.encode()), "orders.csv")}
    assert admin.post("/console/data/look", data=forged).status_code == 403
    forged["orders"] = (io.BytesIO(ORDERS.encode()), "orders.csv")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert admin.post("/console/data/look", data=forged, headers=elsewhere).status_code == 403
