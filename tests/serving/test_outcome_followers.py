"""Several services count the same store at once, and some of them die."""

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from sqlalchemy import text
from support.events import event

from recsvc.errors import ConflictError, StoreError
from recsvc.metrics import Metrics
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import Dimension, Windows
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.store.store import Store, open_store

N_SHOPPERS, ROUNDS = 20, 24


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


@pytest.fixture
def stores(url: str) -> Iterator[list[Store]]:
    opened = [open_store(url) for _ in range(3)]
    yield opened
    for store in opened:
        store.close()


def follower(store: Store) -> OutcomeFollower:
    return OutcomeFollower(store.outcomes, ListIds(store).origin_of, Windows(), Metrics())


def sums(store: Store) -> dict[str, list[tuple[str, int, tuple[int, ...]]]]:
    return {one: sorted(map(tuple, store.outcomes.sums(one, 0, 30_000))) for one in Dimension}


def live(store: Store) -> None:
    """Let shoppers click, buy, sign in, be joined in chains and be erased."""
    rng = random.Random(4)  # noqa: S311 - simulates, protects nothing
    ids = RecommendationIds(store.secret("recsvc lists"))
    lists = [
        ids.write(ListOrigin(name, "", "v1", 0), name.encode(), [("als", "your_taste")]) for name in "pq"
    ]
    erased = set[str]()
    for at in range(ROUNDS):
        happened = []
        for _ in range(20):
            user, visit = f"u{rng.randrange(N_SHOPPERS)}", f"s{rng.randrange(N_SHOPPERS)}"
            whose = rng.choice(
                [{"user_id": user}, {"session_id": visit}, {"user_id": user, "session_id": visit}]
            )
            item, when = rng.choice("abc"), at + rng.randrange(-5, 5) + 10
            happened += [
                event(item, when, "click", recommendation_id=rng.choice(lists), position=1, **whose),
                event(item, when, "purchase", unit_price=1.5, order_id=f"o{rng.randrange(50)}", **whose),
            ]
            if rng.random() < 0.2:
                happened.append(event(item, when, "return", order_id=f"o{rng.randrange(50)}", **whose))
        store.events.append(happened)
        one, other = (f"u{number}" for number in rng.sample(range(N_SHOPPERS), 2))
        try:
            if at % 3 == 0:
                store.users.merge("session", f"s{rng.randrange(N_SHOPPERS)}", one, 0)
            if at % 5 == 0:
                store.users.merge("user", one, other, 0)
            if at % 8 == 7:
                store.users.erase(one, 0)
                erased.add(one)
        except ConflictError:
            continue


def test_followers_at_once_and_dying_ones_count_what_one_counts_alone(stores: list[Store]) -> None:
    stores[0].prepare()
    followers, done = [follower(store) for store in stores[1:]], Flag()

    def follow(one: OutcomeFollower) -> None:
        while not done.wait(0.01):
            with suppress(StoreError):
                one.catch_up()

    threads = [Thread(target=follow, args=(one,)) for one in followers]
    for thread in threads:
        thread.start()
    live(stores[0])
    done.set()
    for thread in threads:
        thread.join()
    # One that dies has put some of the shares, and has not moved on.
    stores[0].outcomes.queue_new(["click", "purchase", "return"])
    last = follower(stores[0])
    last._put(dict(islice(stores[0].outcomes.queued().items(), 5)))
    last.catch_up()
    found = sums(stores[0])
    assert all(figure >= 0 for rows in found.values() for row in rows for figure in row[2])
    with stores[0]._database.write() as connection:
        for table in ("outcome_sums", "outcome_shares", "outcome_queue"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - of a name above
        connection.execute(text("UPDATE outcome_state SET cursor = 0"))
    follower(stores[0]).catch_up()
    assert found == sums(stores[0])
