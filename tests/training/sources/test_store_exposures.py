"""What lists showed and what was clicked, counted from a store; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert
from support.events import event

from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.store.event import Event
from recsvc.store.event_rows import to_row
from recsvc.store.store import Store, open_store
from recsvc.store.tables import events
from training.history.exposures import Exposures
from training.history.interactions import DAY_SECONDS
from training.sources import store_exposures
from training.sources.order_sources import OrderSources, exposures_of
from training.sources.shop_store import StoreAddress
from training.sources.store_exposures import (
    NO_IMPRESSION,
    NO_PLACEMENT,
    NO_POSITION,
    TOO_OFTEN,
    read_exposures,
)

DAY = 20_000
IDS = RecommendationIds(b"secret" * 6)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/recsvc.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("shared_postgres").new_database()
    store = open_store(url)
    store.prepare()
    yield store
    store.close()


def list_id(name: str = "a", placement: str = "for_you") -> str:
    return IDS.write(ListOrigin(placement, "", "v1", DAY), name.encode(), [("als", "your_taste")] * 3)


def touch(item_id: str, type: str = "impression", day: float = 0, **fields: object) -> Event:  # noqa: A002 - its name
    given = {"recommendation_id": list_id(), "position": 1, **fields}
    return event(item_id, int((DAY + day) * DAY_SECONDS), type, **given)


def rows(exposures: Exposures) -> list[tuple]:
    """Return (day, placement, position, item, shown, seen, clicks) of each row."""
    return sorted(
        (day - DAY, exposures.placements[place], position, exposures.item_ids[item], shown, seen, clicks)
        for day, place, position, item, shown, seen, clicks in exposures.counts.rows()
    )


def test_each_list_counts_once_a_shopper(store: Store) -> None:
    store.events.append(
        [
            touch("tea"),
            touch("tea"),
            touch("tea", "click", position=None),
            touch("tea", "click"),
            touch("cup", position=2, seen=True),
            touch("cup", position=2),
            touch("tea", user_id="ben", position=3),
            touch("tea", session_id="visit", recommendation_id=list_id("b", "discover")),
        ]
    )
    assert rows(read_exposures(store)) == [
        (0, "discover", 1, "tea", 1, 0, 0),
        (0, "for_you", 1, "tea", 1, 1, 1),
        (0, "for_you", 2, "cup", 1, 1, 0),
        (0, "for_you", 3, "tea", 1, 0, 0),
    ]


def test_what_cannot_be_used_is_counted_by_its_reason(store: Store) -> None:
    store.events.append(
        [
            touch("tea", "click"),
            touch("cup", position=None),
            touch(
                "pan",
                recommendation_id=RecommendationIds(None).write(ListOrigin("for_you", "", "", DAY), b"", []),
            ),
            touch("pot", recommendation_id="what another program wrote"),
            event("mug", DAY * DAY_SECONDS, "click"),
        ]
    )
    found = read_exposures(store)
    assert found.counts.is_empty()
    assert found.unused == {NO_IMPRESSION: 1, NO_POSITION: 1, NO_PLACEMENT: 2}


def test_ten_thousand_clicks_of_one_shopper_count_three_times_in_four_weeks(store: Store) -> None:
    many = [
        touch("tea", kind, day=place / 10_000, recommendation_id=list_id(str(place % 500)))
        for place in range(1000)
        for kind in ("impression", "click")
    ]
    with store._database.write() as connection:
        connection.execute(insert(events), [to_row(one) for one in many * 5])
    found = read_exposures(store)
    assert (found.n_clicks, found.n_shown, len(found.first_clicks)) == (3, 3, 1)
    assert found.unused == {TOO_OFTEN: 497}


def test_a_shopper_with_more_events_than_a_part_is_named_among_what_is_unused(store: Store) -> None:
    store.events.append([touch(f"i{place}") for place in range(5)])
    found = read_exposures(store, part=3)
    assert found.n_shown == 3
    assert found.unused == {store_exposures.CAPPED: 1}


def test_parts_make_no_difference(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.events.append(
        [
            touch(f"i{place % 7}", kind, day=place, user_id=f"u{place % 4}", position=1 + place % 3)
            for place in range(24)
            for kind in ("impression", "click")[: 1 + place % 2]
        ]
    )
    whole = read_exposures(store)
    monkeypatch.setattr(store_exposures, "COMPACT_ROWS", 3)
    parts = read_exposures(store, part=13)
    assert rows(parts) == rows(whole)
    assert whole.n_clicks == 12
    assert parts.first_clicks.tolist() == whole.first_clicks.tolist()
    assert parts.clicked_lists.height == whole.clicked_lists.height


def test_erased_shoppers_are_out_and_merged_ones_are_one(store: Store) -> None:
    store.events.append(
        [touch("tea", kind, user_id=one) for one in ("ada", "ben") for kind in ("impression", "click")]
    )
    store.events.append([touch("tea", session_id="visit"), touch("tea", "click", session_id="visit")])
    store.users.merge("session", "visit", "ben", 0)
    assert read_exposures(store).n_clicks == 2
    store.users.erase("ada", 0)
    found = read_exposures(store)
    assert (found.n_clicks, found.shopper_ids) == (1, ("ben",))


def test_an_exposure_is_known_on_the_day_of_the_last_of_it(store: Store) -> None:
    store.events.append([touch("tea", day=0.9), touch("tea", "click", day=1.1), touch("cup", day=0.5)])
    found = read_exposures(store)
    assert rows(found) == [(0, "for_you", 1, "cup", 1, 0, 0), (1, "for_you", 1, "tea", 1, 1, 1)]
    before = found.before((DAY + 1) * DAY_SECONDS + 100)
    assert (before.n_shown, before.n_clicks, len(before.first_clicks), before.clicked_lists.height) == (
        1,
        0,
        0,
        0,
    )


def test_what_a_clock_that_is_ahead_sends_happened_when_it_arrived(store: Store) -> None:
    late = touch("tea", day=9_000)
    with store._database.write() as connection:
        connection.execute(insert(events), [to_row(late) | {"received_at_us": DAY * DAY_SECONDS * 1_000_000}])
    assert rows(read_exposures(store))[0][0] == 0


def test_lists_are_kept_whole_where_a_user_clicked(store: Store) -> None:
    clicked = [touch(item, position=place) for place, item in enumerate(("tea", "cup", "pan"), 1)]
    other = [touch(item, position=1, recommendation_id=list_id("b")) for item in ("tea", "cup")]
    guest = [touch("pot", kind, session_id="visit") for kind in ("impression", "click")]
    store.events.append([*clicked, touch("cup", "click"), *other, *guest])
    found = read_exposures(store)
    kept = found.clicked_lists.select("position", "item", "clicked").rows()
    assert [(position, found.item_ids[item], is_clicked) for position, item, is_clicked in kept] == [
        (1, "tea", False),
        (2, "cup", True),
        (3, "pan", False),
    ]


def test_without_a_store_nothing_was_shown(tmp_path: Path) -> None:
    nowhere = StoreAddress(f"sqlite:///{tmp_path}/none.db")
    found = exposures_of(OrderSources(("orders.csv",), store=nowhere))
    assert found.counts.is_empty()
    assert not found.unused
    assert not (tmp_path / "none.db").exists()
