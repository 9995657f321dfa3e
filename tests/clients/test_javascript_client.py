"""The JavaScript client under Node: each call against a real service, what a page gets without one, and its types."""

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import client_schemas
import pytest
from clients.conftest import Known
from clients.test_python_deadlines import BROKEN, SLACK, TIMEOUT, serving
from support.openapi_contract import Contract
from support.processes import free_port
from support.recording_proxy import RecordingProxy

HERE = Path(__file__).parent
ROOM = HERE.parents[1] / "integrations" / "javascript"


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} on the PATH")


def node(known: Known, *arguments: str) -> str:
    needs("node")
    done = subprocess.run(
        ["node", *arguments],
        env={**os.environ, "KEY": known.key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("recsvc: ")]
    assert (done.returncode, said) == (0, [])
    return done.stdout


def test_each_call_is_as_the_service_describes_it(
    known: Known, proxy: RecordingProxy, contract: Contract
) -> None:
    known.put_benefit()
    found = json.loads(node(known, str(HERE / "calls.mjs"), str(ROOM), proxy.base))
    assert [item["rank"] for item in found["shown"]["items"]] == [1, 2, 3]
    assert found["shown"]["items"][0]["title"]
    assert (found["stranger"], found["shown"]["trouble"]) == (None, None)
    assert list(found["page"]) == ["top", "next"]
    assert not set(found["page"]["top"]) & set(found["page"]["next"])
    assert found["ranked"][0] == "tea"
    assert (found["put"], found["patched"], found["bulk"]) == (
        "a/b é",
        False,
        {"accepted": 1, "rejected": []},
    )
    assert (found["stored"]["accepted"], found["merged"], found["exported"]) == (2, 1, ["tea", "jam"])
    assert [(one["accepted"], [each["index"] for each in one["rejected"]]) for one in found["partly"]] == [
        (1, [1]),
        (1, [0]),
    ]
    assert (found["nobody"], found["profiling"], found["erased"], found["moment"]) == (
        [None, None],
        False,
        2,
        2,
    )
    assert (found["audience"], found["offer"]) == (["cake"], ["ship", None])
    is_refused, status, message, field = found["refused"]
    assert (is_refused, status, field) == (True, 422, "n")
    assert message.endswith("for n")
    assert found["instead"] == [{"item_id": "tea", "rank": 1}, {"item_id": "jam", "title": "Jam", "rank": 2}]
    assert found["leaves"] == "AbortError"
    done, waiting, lost, rejected = found["told"]
    assert (done, waiting, lost) == (True, 0, 2)
    assert [item_id for item_id, _ in rejected] == ["bad"]
    assert known.key not in found["text"]
    assert "secret-shopper" not in found["text"]
    assert len(known.stored("visit of js")) == 1

    *asked, refused, _, items, events, told = proxy.exchanges
    assert [one.status for one in (refused, items, events, told)] == [422, 207, 207, 207]
    for exchange in asked:
        contract.check(exchange)
    called = {contract.call_of(exchange) for exchange in asked}
    assert called == set(client_schemas.CALLS)


def test_a_page_has_its_own_list_in_time_whatever_the_service_does(known: Known) -> None:
    with ExitStack() as open_servers:
        bases = [open_servers.enter_context(serving(behave)) for behave in BROKEN.values()]
        bases += [f"http://127.0.0.1:{free_port()}", "http://recsvc.invalid:8000"]
        every = json.loads(node(known, str(HERE / "away.mjs"), str(ROOM), *bases))
    assert len(every) == len(BROKEN) + 2
    for found in every:
        assert found["items"] == ["tea", "milk"], found
        assert found["ms"] < 1000 * (TIMEOUT + SLACK), found
        assert (found["ranked"], found["page"]) == (["saw", "tea"], [["tea"], ["milk"]])
        assert found["asked"] <= 2, "three in a row had no answer, and pages go without"
        assert (found["rejects"], found["offer"]) == (True, None)


PARTS = """
const { Recsvc } = await import(`${process.argv[1]}/recsvc.js`);
const recsvc = new Recsvc(process.argv[2], { key: process.env.KEY, timeoutMs: 10_000 });
const view = { type: "view", session_id: process.argv[3], item_id: "tea" };
const bad = Array(500).fill({ ...view, position: 0 });
const told = await recsvc.postEvents([...bad, { ...view, event_id: undefined, occurred_at: null }]);
const items = Array.from({ length: 500 }, (_, n) => ({ item_id: `j${n}` }));
const put = await recsvc.putItems([...items, { item_id: "last", price: -1 }]);
const none = await recsvc.postEvents([...bad, bad[0]]).catch((error) => error);
const ids = [];
for (const n of [1, 400])
  ids.push((await recsvc.recommend({ user_id: 17850, exclude: [...Array(n).keys()] })).answer.user_id);
const { accepted, rejected } = told, deep = JSON.parse("[".repeat(20) + "]".repeat(20)), alone = [];
const onRejected = (event) => alone.push(event.event_id);
const telling = new Recsvc(process.argv[2], { key: process.env.KEY, onRejected });
for (let n = 0; n < 9; n++)
  telling.tell({ ...view, event_id: String(n), ...(n === 5 && { context: deep }) });
await telling.close(20_000);
console.log(JSON.stringify([accepted, rejected.length, rejected[499], put.rejected[0].index, none.status, ids, alone]));
"""


def test_a_part_that_is_all_wrong_keeps_no_other_part_from_being_sent(
    known: Known, proxy: RecordingProxy
) -> None:
    visit = uuid4().hex
    printed = node(known, "--input-type=module", "--eval", PARTS, str(ROOM), proxy.base, visit)
    accepted, n_rejected, last, of_items, status, ids, alone = json.loads(printed)
    assert (accepted, n_rejected, last["index"], of_items, status) == (1, 500, 499, 500, 422)
    assert "position" in last["detail"]
    assert ids == ["17850", "17850"], "a long question is understood as a short one is"
    assert alone == ["5"], "one for which the service refuses all takes no other with it"
    assert len(known.stored(visit)) == 9
    assert all(one.event_id for one in known.stored(visit))


PROGRAM = """
const { Recsvc } = await import(`${process.argv[1]}/recsvc.js`);
const recsvc = new Recsvc(process.argv[2], { key: process.env.KEY });
for (let n = 0; n < 2; n++) recsvc.tell({ type: "view", session_id: process.argv[3], item_id: "tea" });
"""


def test_a_program_that_ends_sends_what_it_was_told_and_an_answer_that_is_lost_stores_no_event_twice(
    known: Known, proxy: RecordingProxy
) -> None:
    visit = uuid4().hex
    node(known, "--input-type=module", "--eval", PROGRAM, str(ROOM), proxy.base, visit)
    assert len(known.stored(visit)) == 2
    proxy.faults += ["swallow", "503", "429"]
    again = PROGRAM + "process.exitCode = (await recsvc.close(20_000)) ? 0 : 1;"
    node(known, "--input-type=module", "--eval", again, str(ROOM), proxy.base, visit := uuid4().hex)
    assert len(known.stored(visit)) == 2
    assert proxy.exchanges[-1].answered["duplicates"] == 2


def test_a_program_ends_although_the_service_is_away(known: Known) -> None:
    needs("node")
    base = f"http://127.0.0.1:{free_port()}"
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", PROGRAM, str(ROOM), base, "visit"],
        env={**os.environ, "KEY": known.key},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert done.returncode == 0
    assert "events wait" in done.stderr


def test_its_types_are_right_and_a_shop_is_told_of_mistakes() -> None:
    needs("tsc")
    options = ["--noEmit", "--strict", "--allowJs", "--checkJs", "--target", "es2022", "--lib", "es2022,dom"]
    modules = ["--module", "es2022", "--moduleResolution", "node"]
    files: list[Any] = [ROOM / "recsvc.js", ROOM / "recsvc.d.ts", HERE / "types.ts"]
    done = subprocess.run(
        ["tsc", *options, *modules, *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)
