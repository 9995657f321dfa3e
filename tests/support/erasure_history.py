"""Histories of shoppers on several services that share a store, and a look at everything that these leave behind."""

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis import Redis

from recsvc.cache.key import tag_of
from recsvc.identity.external_id import IdKind
from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.query import UserKey
from support.models import ITEMS, small_model
from support.processes import Service

KINDS = ("purchase", "return", "add_to_cart", "view", "wishlist", "like", "dislike", "impression", "click")
PLACEMENTS = (
    "for_you", "discover", "buy_again", "trending", "similar&item_id=tea", "bought_together&item_id=tea",
)  # fmt: skip
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only looked at
LEARNED = tuple(f"learned-{name}-Ω/+" for name in ("ada", "ann", "ben", "bob"))
"""The shoppers whom the model knows."""

WAIT_SECONDS = 10.0
"""A second is promised; a busy machine gets more."""

_STANDING = {"user_id": None, "shopper": None, "sentence": None}
"""What explanations may say of a tombstone: that there is one."""

Id = tuple[IdKind, str]


def model_of_learned() -> Model:
    """Return the small model with shoppers whose ids occur nowhere by chance."""
    return replace(small_model(), users=Vocabulary.of(LEARNED))


def forms_of(kind: IdKind, external_id: str) -> set[bytes]:
    """Return the bytes by which an id can be recognised: as it is, escaped, and as keys of lists have it."""
    texts = {external_id, json.dumps(external_id)[1:-1], quote(external_id, safe=""), quote(external_id)}
    return {*(text.encode() for text in texts), tag_of(UserKey(kind, external_id)).digest.encode()}


class Shoppers:
    """The truth about who is who, kept beside the services."""

    def __init__(self) -> None:
        self.accounts: dict[Id, str] = {}
        self.erased: set[Id] = set()
        self.events: list[dict[str, Any]] = []

    def account_of(self, one: Id) -> str | None:
        return self.accounts.get(one, one[1] if one[0] == "user" else None)

    def ids_of(self, account: str) -> set[Id]:
        return {("user", account), *(one for one, to in self.accounts.items() if to == account)}

    def posted(self, event: dict[str, Any]) -> None:
        owner: Id = ("user", event["user_id"]) if "user_id" in event else ("session", event["session_id"])
        if owner not in self.erased:
            self.events.append({**event, "account": self.account_of(owner)})
            self._forget_visits()

    def merged(self, one: Id, account: str) -> None:
        for known in self.ids_of(one[1]) if one[0] == "user" else {one}:
            self.accounts[known] = account
        for event in self.events:
            is_theirs = (
                event["account"] == one[1]
                if one[0] == "user"
                else (event["account"] is None and event.get("session_id") == one[1])
            )
            event["account"] = account if is_theirs else event["account"]

    def erase(self, one: Id) -> tuple[set[Id], list[dict[str, Any]]]:
        """Forget a shopper; return their ids and the events that are erased."""
        account = self.account_of(one) or ""
        gone = self.ids_of(account) | {one}
        events = [event for event in self.events if event["account"] == account]
        self.events = [event for event in self.events if event["account"] != account]
        self.accounts = {known: to for known, to in self.accounts.items() if to != account}
        self.erased |= gone
        self._forget_visits()
        return gone, events

    def _forget_visits(self) -> None:
        """An erased visit is not named by what others did in it."""
        for event in self.events:
            if ("session", event.get("session_id")) in self.erased:
                del event["session_id"]

    def of_session(self, session_id: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("session_id") == session_id]


class History:
    """Random things that shoppers do, on one service or the other."""

    def __init__(self, services: list[Service], redis: Redis, directory: Path, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)  # noqa: S311 - a test's
        self.services = services
        self.redis = redis
        self.directory = directory
        self.shoppers = Shoppers()
        made = [f"shopper-{seed}-{number}-é/+%" for number in range(6)]
        self.users = [*LEARNED[:2], *made]
        self.sessions = [f"visit-{seed}-{number}-ü&=" for number in range(6)]
        self.number = 0
        self.seen: dict[Id, set[str]] = {}

    @contextmanager
    def asked_meanwhile(self) -> Iterator[None]:
        """Ask for lists all the time, so that some are being made while their shopper is erased."""
        ended, failures = threading.Event(), []

        def ask(service: Service, seed: int) -> None:
            rng = random.Random(seed)  # noqa: S311 - a test's
            while not ended.wait(0.01):
                owner = rng.choice([f"user_id={quote(one, safe='')}" for one in self.users])
                try:
                    status = service.get(f"/v1/recommend?placement={rng.choice(PLACEMENTS)}&{owner}")[0]
                except OSError as error:
                    failures.append(error)
                    return
                if status != 200:
                    failures.append(status)

        threads = [threading.Thread(target=ask, args=(one, n)) for n, one in enumerate(self.services)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        assert failures == []

    def step(self) -> None:
        self.rng.choice(
            (self.post, self.post, self.post, self.merge, self.ask, self.ask, self.explain, self.put)
        )()

    def post(self) -> None:
        batch = [self._event() for _ in range(self.rng.randint(1, 6))]
        status, answer, _ = self.rng.choice(self.services).post("/v1/events", {"events": batch})
        assert status == 202, answer
        for event in batch:
            self.shoppers.posted(event)

    def _event(self) -> dict[str, Any]:
        self.number += 1
        owners = {"user_id": self.rng.choice(self.users), "session_id": self.rng.choice(self.sessions)}
        for name in self.rng.choice(((), ("user_id",), ("session_id",))):
            del owners[name]
        names = {name: f"{name}-{self.seed}-{self.number}-x" for name in ("event_id", "order_id")}
        given = sorted(self.seen.get(("user", owners.get("user_id", "")), ()))
        if given and self.rng.random() < 0.5:
            names["recommendation_id"] = self.rng.choice(given)
        kind, item_id = self.rng.choice(KINDS), self.rng.choice(ITEMS)
        return {"type": kind, "item_id": item_id, **owners, **names, "channel": "web"}

    def merge(self) -> None:
        to = self.rng.choice(self.users)
        kind: IdKind = self.rng.choice(("user", "session"))
        source: Id = (kind, self.rng.choice(self.users if kind == "user" else self.sessions))
        target = self.shoppers.account_of(("user", to)) or to
        status, answer, _ = self.rng.choice(self.services).post(
            f"/v1/users/{quote(to, safe='')}/merge", {f"from_{kind}_id": source[1]}
        )
        if {source, ("user", target)} & self.shoppers.erased:
            assert status == 409, answer
        if status == 200:
            self.shoppers.merged(source, target)
        else:
            assert status == 409, answer

    def ask(self) -> None:
        service, placement = self.rng.choice(self.services), self.rng.choice(PLACEMENTS)
        one: Id = self.rng.choice(
            (("user", self.rng.choice(self.users)), ("session", self.rng.choice(self.sessions)))
        )
        answer = listed(service, placement, one)
        self.seen.setdefault(one, set()).add(answer["recommendation_id"])
        page = {
            "user_id": one[1],
            "placements": [{"name": "a", "placement": "for_you"}, {"name": "b", "placement": "trending"}],
        }
        status, answer, _ = service.post("/v1/recommend/page", page)
        assert status == 200, answer

    def explain(self) -> None:
        one: Id = self.rng.choice(
            (("user", self.rng.choice(self.users)), ("session", self.rng.choice(self.sessions)))
        )
        explained(self.rng.choice(self.services), self.rng.choice(ITEMS), one)

    def put(self) -> None:
        item = {"item_id": self.rng.choice(ITEMS), "title": "T", "in_stock": self.rng.random() < 0.8}
        assert self.rng.choice(self.services).post("/v1/items", {"items": [item]})[0] == 200

    def erase(self) -> None:
        """Erase somebody, and look everywhere."""
        one: Id = ("user", self.rng.choice(self.users))
        service = self.rng.choice(self.services)
        status, receipt, _ = service.delete(f"/v1/users?user_id={quote(one[1], safe='')}")
        assert status == 200, receipt
        gone, events = self.shoppers.erase(one)
        assert receipt["events"] == len(events)
        left = {event["session_id"] for event in events if "session_id" in event}
        left -= {external_id for kind, external_id in gone if kind == "session"}
        silent = {("session", session) for session in left if not self.shoppers.of_session(session)}
        named = {event[name] for event in events for name in ("event_id", "order_id")}
        self.look(gone, silent, {name.encode() for name in named})

    def look(self, gone: set[Id], silent: set[Id], named: set[bytes]) -> None:
        """Fail where anything shows a trace.

        Args:
            gone: ids that were erased.
            silent: visits whose last event was erased.
            named: what the erased events were called.
        """
        assert not (gone | silent) & self._still_told(), "the books of the test are right"
        traces = {form for one in gone | silent for form in forms_of(*one)}
        traces |= {name.encode() for one in gone for name in self.seen.get(one, ())} | named
        self._no_trace_on_disk(gone | silent, named)
        self._no_trace_in_redis(traces)
        for service in self.services:
            _until_right(lambda service=service: self._answers_as_for_nobody(service, gone, silent))
            self._stays_away(service, gone)
        self._no_trace_in_redis(traces)
        self._no_trace_on_disk(gone | silent, named)

    def _still_told(self) -> set[Id]:
        return {
            (kind, event[name])
            for event in self.shoppers.events
            for kind, name in (("user", "user_id"), ("session", "session_id"))
            if name in event
        }  # fmt: skip

    def _no_trace_on_disk(self, gone: set[Id], named: set[bytes]) -> None:
        for path in _files_below(self.directory, SHARED_MEMORY):
            content = _bytes_of(path)
            assert not [name for name in named if name in content], f"{path} holds the names of erased events"
            for kind, external_id in gone:
                if external_id in LEARNED and "models" in path.parts and path.name != "recsvc.db":
                    continue  # a version that is older than the erasure, from which nobody is told any more
                found = [form for form in forms_of(kind, external_id) if form in content]
                assert not found, f"{path} holds {found}"

    def _no_trace_in_redis(self, traces: set[bytes]) -> None:
        content = list(_values_in(self.redis))
        found = {form for form in traces for one in content if form in one}
        assert not found, f"Redis holds {found}"

    def _answers_as_for_nobody(self, service: Service, gone: set[Id], silent: set[Id]) -> str | None:
        """Return what is wrong, or None."""
        for one in sorted(gone | silent):
            for placement in PLACEMENTS:
                theirs, nobodys = (
                    listed(service, placement, one),
                    listed(service, placement, (one[0], "nobody")),
                )
                if any(theirs[name] != nobodys[name] for name in ("items", "strategy", "model_version")):
                    return f"{placement} of {one}: {theirs}, but of nobody: {nobodys}"
            for item_id in ITEMS:
                theirs, nobodys = (
                    explained(service, item_id, one),
                    explained(service, item_id, (one[0], "nobody")),
                )
                if {**theirs, **_STANDING} != {**nobodys, **_STANDING}:
                    return f"{item_id} of {one}: {theirs}, but of nobody: {nobodys}"
        return None

    def _stays_away(self, service: Service, gone: set[Id]) -> None:
        for kind, external_id in sorted(gone):
            if kind == "user":
                escaped = quote(external_id, safe="")
                assert service.get(f"/v1/users/{escaped}")[0] == 404
                assert service.get(f"/v1/users?user_id={escaped}")[0] == 404
                merged = service.post(f"/v1/users/{escaped}/merge", {"from_session_id": "another"})
                assert merged[0] == 409
            late = {"type": "view", f"{kind}_id": external_id, "item_id": "tea", "event_id": "late"}
            answer = service.post("/v1/events", late)[1]
            assert answer["ignored"] == 1, f"an event of {external_id} after the receipt: {answer}"


def listed(service: Service, placement: str, one: Id) -> dict[str, Any]:
    path = f"/v1/recommend?placement={placement}&n=7&{one[0]}_id={quote(one[1], safe='')}"
    status, answer, _ = service.get(path)
    assert status == 200, answer
    return answer


def explained(service: Service, item_id: str, one: Id) -> dict[str, Any]:
    status, answer, _ = service.get(f"/v1/explain?item_id={item_id}&{one[0]}_id={quote(one[1], safe='')}")
    assert status == 200, answer
    return answer


def _until_right(fault: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := fault()) is not None:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def _files_below(*directories: Path) -> Iterator[Path]:
    """Yield all files; in what all programs share, ours alone. What ends meanwhile is passed over."""
    for directory in directories:
        tops = directory.glob("recsvc-*") if directory.name == "shm" else [directory]
        for top in tops:
            for folder, _, names in os.walk(top):
                yield from (Path(folder, name) for name in names if Path(folder, name).is_file())


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # of another service, which just ended
        return b""


def _values_in(redis: Redis) -> Iterator[bytes]:
    readers = {
        b"string": lambda key: [redis.get(key)],
        b"hash": lambda key: [part for pair in redis.hgetall(key).items() for part in pair],
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: redis.zrange(key, 0, -1),
    }
    for key in redis.scan_iter():
        yield key
        yield from (value for value in readers[redis.type(key)](key) if value is not None)
