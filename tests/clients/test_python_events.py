"""Events of the Python client reach the store once, whatever happens on the way, and never trouble a page."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from clients.conftest import Known
from recsvc_client import Client
from recsvc_client.outbox import MAX_BATCH
from support.processes import becomes_true, free_port
from support.recording_proxy import RecordingProxy

CLIENT = Path(__file__).parents[2] / "integrations" / "python"


def view(session_id: str, **more: Any) -> Any:
    return {"type": "view", "session_id": session_id, "item_id": "tea", **more}


def test_an_answer_that_is_lost_stores_no_event_twice(known: Known, proxy: RecordingProxy) -> None:
    visit = uuid4().hex
    with Client(proxy.base, key=known.key) as client:
        # A page looked at twice is two events; the same one sent again is not.
        client.tell(view(visit))
        client.tell(view(visit))
        proxy.faults += ["swallow", "503", "429"]
        assert client.flush(20)
        assert (client.n_waiting_events, client.n_lost_events) == (0, 0)
    assert len(proxy.exchanges) == 2
    assert proxy.exchanges[0].sent == proxy.exchanges[1].sent
    assert proxy.exchanges[1].answered["duplicates"] == 2
    assert len(known.stored(visit)) == 2


def test_events_keep_their_moment_and_their_own_id(known: Known, proxy: RecordingProxy) -> None:
    visit, before = uuid4().hex, time.time()
    event = view(visit, event_id="536365/1")
    with Client(proxy.base, key=known.key) as client:
        assert client.tell(event) == "536365/1"
        event["item_id"] = "jam"  # what is done with it afterwards changes nothing
        assert client.flush(20)
    (stored,) = known.stored(visit)
    assert (stored.event_id, stored.item_id) == ("536365/1", "tea")
    assert before <= stored.occurred_at_us / 1e6 <= time.time()


def test_an_event_that_says_no_id_and_no_moment_is_given_both_and_stored_once(
    known: Known, proxy: RecordingProxy
) -> None:
    visit = uuid4().hex
    proxy.faults.append("swallow")
    with Client(proxy.base, key=known.key) as client:
        assert client.tell(view(visit, event_id=None, occurred_at=None))
        assert client.flush(20)
    (stored,) = known.stored(visit)
    assert stored.event_id


def test_amounts_and_moments_may_be_as_a_database_gives_them(known: Known, proxy: RecordingProxy) -> None:
    visit = uuid4().hex
    with Client(proxy.base, key=known.key) as client:
        client.tell(view(visit, unit_price=Decimal("2.55"), occurred_at=datetime(2026, 5, 1, 12, tzinfo=UTC)))
        assert client.flush(20)
    (stored,) = known.stored(visit)
    assert (stored.unit_price, stored.occurred_at_us) == (2.55, 1_777_636_800_000_000)


def test_an_event_for_which_the_service_refuses_all_is_found_and_rejected_alone(
    known: Known, proxy: RecordingProxy
) -> None:
    visit, rejected, deep = uuid4().hex, [], [[]]
    for _ in range(20):
        deep = [deep]
    with Client(
        proxy.base, key=known.key, on_rejected=lambda event, why: rejected.append((event, why))
    ) as client:
        for n in range(9):
            client.tell(view(visit, event_id=str(n), **({"context": deep} if n == 5 else {})))
        assert client.flush(20)
        client.tell(view(visit))
        assert client.flush(20)
    assert len(known.stored(visit)) == 9
    assert [(event["event_id"], "nested deeper" in why) for event, why in rejected] == [("5", True)]


def test_what_is_no_event_is_told_and_takes_no_other_with_it(known: Known, proxy: RecordingProxy) -> None:
    visit, rejected = uuid4().hex, []
    with Client(
        proxy.base, key=known.key, on_rejected=lambda event, why: rejected.append((event["item_id"], why))
    ) as client:
        client.tell(view(visit, item_id="bad", position=0))
        assert client.flush(20), "alone, it is refused with 422"
        client.tell(view(visit))
        client.tell(view(visit, item_id="worse", quantity=-1.0))
        client.tell({"type": "view", "item_id": {1, 2}})  # type: ignore[typeddict-item]
        client.tell(None)  # type: ignore[arg-type]
        client.tell(view(visit, quantity=float("nan")))
        assert client.flush(20)
        assert client.n_lost_events == 3
    assert [item_id for item_id, _ in rejected] == ["bad", "worse"]
    assert "at least 1" in rejected[0][1]
    assert len(known.stored(visit)) == 1


def test_a_service_that_is_away_costs_a_page_nothing_and_bounded_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", max_waiting_events=50)
    started = time.monotonic()
    for _ in range(1000):
        assert client.tell(view("s"))
    assert time.monotonic() - started < 0.5
    assert (client.n_waiting_events, client.n_lost_events) == (50, 950)
    assert not client.close(0.3)
    assert client.n_lost_events == 1000
    assert caplog.text.count("events are lost") == 1


def test_many_events_go_in_parts_that_the_service_takes(known: Known, proxy: RecordingProxy) -> None:
    visit = uuid4().hex
    with Client(proxy.base, key=known.key) as client:
        for n in range(MAX_BATCH + 20):
            client.tell(view(visit, event_id=str(n)))
        assert client.flush(20)
    assert len(known.stored(visit)) == MAX_BATCH + 20
    assert max(len(one.sent["events"]) for one in proxy.exchanges) <= MAX_BATCH


def run(program: str, known: Known, *arguments: str) -> None:
    variables = {**os.environ, "PYTHONPATH": str(CLIENT), "KEY": known.key, "BASE": known.service.base}
    head = "import os, sys\nfrom recsvc_client import Client\n"
    head += "client = Client(os.environ['BASE'], key=os.environ['KEY'])\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", head + program, *arguments],
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


TELL = "tell = lambda: client.tell({'type': 'view', 'session_id': sys.argv[1], 'item_id': 'tea'})\n"


def test_a_program_that_ends_sends_what_it_was_told(known: Known) -> None:
    visit = uuid4().hex
    run(TELL + "for _ in range(3): tell()", known, visit)
    assert len(known.stored(visit)) == 3


def test_processes_that_are_forked_each_send_their_own_events_once(known: Known) -> None:
    """As under gunicorn --preload: the client is made, used and busy before the workers are."""
    visit = uuid4().hex
    program = """
tell()
assert client.recommend("ada", timeout_seconds=5).items
children = []
for _ in range(2):
    pid = os.fork()
    if not pid:
        tell()
        assert client.recommend("ada", timeout_seconds=5).items
        os._exit(0 if client.flush(10) else 1)
    children.append(pid)
assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
"""
    run(TELL + program, known, visit)
    assert len(known.stored(visit)) == 3


def test_a_service_that_comes_back_has_all_of_it(known: Known, proxy: RecordingProxy) -> None:
    visit, target = uuid4().hex, proxy.target
    proxy.target = free_port()
    with Client(proxy.base, key=known.key) as client:
        client.tell(view(visit))
        assert not client.flush(0.2)
        proxy.target = target
        client.flush(0)  # as a page does that is asked for
        assert becomes_true(lambda: client.n_waiting_events == 0)
    assert len(known.stored(visit)) == 1
