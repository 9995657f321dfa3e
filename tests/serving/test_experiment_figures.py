from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.events import event

from recsvc.outcomes.experiment import Assignment, Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ShopperFigures
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import UserKey
from recsvc.serving.experiment_figures import figures_of
from recsvc.store import experiment_reading
from recsvc.store.event import OF_LISTS, EventType
from recsvc.store.experiments import Drawn
from recsvc.store.store import Store, open_store

DAY = 86_400
START = 100 * DAY
TEST = Experiment(
    "first",
    "for_you",
    (Variant("A", 0.5, VariantKind.CONTROL), Variant("B", 0.5, VariantKind.PLACEMENT, placement="trending")),
    START * 1_000_000,
    (START + 10 * DAY) * 1_000_000,
)
HOLD_OUT = Experiment(
    "first",
    "for_you",
    (Variant("A", 0.5, VariantKind.CONTROL), Variant("B", 0.5, VariantKind.HOLD_OUT)),
    START * 1_000_000,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


IDS = RecommendationIds(b"secret")


def list_of(variant: str) -> str:
    """Return the id of a list of ``experiment:variant``."""
    return IDS.write(ListOrigin("for_you", variant, "1", 100), b"", [("als", "popular")])


def bought(shopper: str, day: float, item: str = "tea", price: float = 1.0, **fields: Any) -> Any:
    return event(item, round(START + day * DAY), user_id=shopper, unit_price=price, **fields)


def came_back(shopper: str, day: float, item: str = "tea", **fields: Any) -> Any:
    return event(item, round(START + day * DAY), "return", user_id=shopper, **fields)


def figures(
    store: Store, experiment: Experiment = TEST, members: Any = None, day: float = 5
) -> ShopperFigures:
    now_us = round((START + day * DAY) * 1_000_000)
    return figures_of(experiment, members or {}, store.reading, now_us)


def totals(found: ShopperFigures) -> dict[str, float]:
    return {str(metric): float(values.sum()) for metric, values in found.after.items()}


def test_everyone_who_did_anything_since_the_start_is_in_their_variant(store: Store) -> None:
    names = [f"u{n}" for n in range(40)]
    store.events.append([event("tea", START + n, "view", user_id=name) for n, name in enumerate(names)])
    store.events.append([event("tea", START + 1, "view", user_id=None, session_id="s")])
    store.events.append([event("tea", START - 1, "view", user_id="before"), bought("after", 11)])
    found = figures(store, day=12)
    assert len(found.variant) == 41
    keys = [UserKey("session", "s"), *(UserKey("user", name) for name in sorted(names))]
    expected = [Assignment(TEST).variant_of(key).name == "B" for key in keys]
    assert found.variant.astype(bool).tolist() == expected


def test_orders_revenue_and_clicks_of_the_time_of_the_experiment_count(store: Store) -> None:
    store.events.append([
        bought("ada", 1, price=2.5, order_id="o1", quantity=2.0),
        bought("ada", 1, "milk", price=1.0, order_id="o1"),
        bought("ada", 2, price=4.0),
        bought("ada", -3, price=100.0, order_id="o0"),
        bought("ada", 11, price=100.0),
        event("tea", START + 9, "click", user_id="ada", recommendation_id=list_of("first:A")),
        event("tea", START + 10, "click", user_id="ada", recommendation_id=list_of("first:A")),
        event("milk", START + 10, "click", user_id="ada", recommendation_id=list_of("first:A")),
    ])  # fmt: skip
    found = figures(store, day=12)
    assert totals(found) == {"revenue": 10.0, "orders": 2.0, "clicks": 2.0}
    assert {str(metric): values.tolist() for metric, values in found.before.items()} == {
        "revenue": [100.0], "orders": [1.0], "clicks": [0.0],
    }  # fmt: skip
    assert found.past[Metric.REVENUE].n == 1


def test_what_comes_back_is_taken_out_of_the_order_that_it_came_from(store: Store) -> None:
    store.events.append([
        bought("ada", -3, "saw", price=50.0, order_id="o0"),
        bought("ada", 1, "tea", price=2.0, order_id="o1", quantity=3.0),
        bought("ada", 2, "milk", price=4.0, order_id="o2"),
        came_back("ada", 3, "saw", order_id="o0"),
        came_back("ada", 4, "tea", order_id="o1", quantity=1.0),
        came_back("ada", 14, "milk", order_id="o2"),
    ])  # fmt: skip
    assert totals(figures(store, day=20)) == {"revenue": 4.0, "orders": 1.0, "clicks": 0.0}
    assert totals(figures(store, day=20))["revenue"] == 4.0


def test_what_was_done_longer_before_says_nothing(store: Store) -> None:
    store.events.append([bought("ada", -29), bought("ada", -27, price=7.0), bought("ada", 1)])
    assert figures(store).before[Metric.REVENUE].tolist() == [7.0]


def test_of_a_hold_out_impressions_and_clicks_bring_nobody_in(store: Store) -> None:
    store.events.append([
        event("tea", START + 1, "impression", user_id="ada", recommendation_id=list_of("first:A")),
        event("tea", START + 2, "click", user_id="ann", recommendation_id=list_of("first:A")),
        event("tea", START + 3, "view", user_id="bob"),
    ])  # fmt: skip
    assert [len(figures(store, one).variant) for one in (TEST, HOLD_OUT)] == [3, 1]


def test_who_saw_another_variant_than_theirs_has_strayed(store: Store) -> None:
    variant = {
        name: Assignment(TEST).variant_of(UserKey("user", name)).name for name in ("ada", "ann", "bob")
    }
    other = {"A": "B", "B": "A"}
    shown = {"ada": f"first:{variant['ada']}", "ann": f"first:{other[variant['ann']]}", "bob": "second:C"}
    store.events.append([
        event("tea", START + 1, "impression", user_id=name, recommendation_id=list_of(label))
        for name, label in shown.items()
    ])  # fmt: skip
    assert figures(store).strayed == 1
    assert figures(store, members={"ann": other[variant["ann"]]}).strayed == 0


def test_merged_visits_are_their_user_and_erased_shoppers_are_out(store: Store) -> None:
    store.events.append([
        event("tea", START + 1, user_id=None, session_id="s1", unit_price=3.0),
        event("tea", START + 2, user_id=None, session_id="s2", unit_price=5.0),
        bought("ada", 1, price=10.0), bought("bob", 1, price=20.0),
    ])  # fmt: skip
    assert len(figures(store).variant) == 4
    store.users.merge("session", "s1", "ada", 1)
    found = figures(store)
    assert sorted(found.after[Metric.REVENUE].tolist()) == [5.0, 13.0, 20.0]
    store.users.erase("bob", 1)
    assert sorted(figures(store).after[Metric.REVENUE].tolist()) == [5.0, 13.0]


def test_events_are_read_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.events.append([bought(f"u{n % 7}", n / 10) for n in range(40)])
    whole = figures(store)
    monkeypatch.setattr(experiment_reading, "PART", 3)
    parts = figures(store)
    assert np.array_equal(whole.variant, parts.variant)
    assert totals(whole) == totals(parts)


def test_events_from_long_before_are_not_read(store: Store) -> None:
    store.events.append([event("tea", at, "view") for at in range(0, 60 * DAY, DAY)])
    store.events.append([bought("ada", 1)])
    first = store.reading.first_number(START * 1_000_000)
    assert first == 60
    assert [
        len(part)
        for part in store.reading.events(
            first, experiment_reading.Period(START * 1_000_000, 2 * START * 1_000_000), (EventType.PURCHASE,)
        )
    ] == [1]


def guest(session: str, day: float, item: str = "tea", kind: str = "view", **fields: Any) -> Any:
    return event(item, round(START + day * DAY), kind, user_id=None, session_id=session, **fields)


def drawn(kind: Any, name: str, experiment: Experiment = TEST) -> str:
    return Assignment(experiment).drawn(UserKey(kind, name)).name


def pair(differ: bool = True) -> tuple[str, str]:
    """Return a visit and a user of whom the ids give different variants, or the same."""
    names = [f"n{i}" for i in range(20)]
    return next(
        (visit, user)
        for visit in names
        for user in names
        if (drawn("session", visit) != drawn("user", user)) == differ
    )


def drawn_for(source: UserKey, user: UserKey, experiment: Experiment = TEST) -> list[Drawn]:
    """Return what the service says while an experiment runs."""
    without = OF_LISTS if experiment.has_hold_out else ()
    both = (drawn(source.kind, source.external_id), drawn(user.kind, user.external_id))
    return [Drawn(experiment.name, experiment.start_us, *both, without)]


def test_a_visit_in_which_a_user_signs_in_is_that_user_in_the_variant_of_the_visit(store: Store) -> None:
    visit, user = pair()
    store.events.append([guest(visit, 1, kind="purchase", unit_price=3.0)], drawn_for=drawn_for)
    store.events.append([bought(user, 2, price=5.0, session_id=visit)], drawn_for=drawn_for)
    members = {one.user_id: one.variant for one in store.experiments.members_since(0)}
    assert members == {user: drawn("session", visit)}
    for known in (members, {}):  # what happened before this was kept is counted alike
        found = figures(store, members=known)
        assert found.after[Metric.REVENUE].tolist() == [8.0]
        assert [TEST.variants[one].name for one in found.variant] == [drawn("session", visit)]
        assert found.strayed == 0
    assert store.users.export(user).variants == {"first": drawn("session", visit)}


def test_a_user_who_was_there_first_keeps_their_own_and_the_visit_counts_for_them(store: Store) -> None:
    visit, user = pair()
    shown = {"recommendation_id": list_of(f"first:{drawn('session', visit)}")}
    store.events.append([bought(user, 1, price=5.0)], drawn_for=drawn_for)
    store.events.append([guest(visit, 2, kind="purchase", unit_price=3.0)], drawn_for=drawn_for)
    store.events.append([bought(user, 3, price=1.0, session_id=visit)], drawn_for=drawn_for)
    assert store.experiments.members_since(0) == []
    found = figures(store)
    assert found.after[Metric.REVENUE].tolist() == [9.0]
    assert [TEST.variants[one].name for one in found.variant] == [drawn("user", user)]
    assert found.strayed == 0
    store.events.append([guest(visit, 3, kind="click", **shown)], drawn_for=drawn_for)
    assert figures(store).strayed == 1, "they were truly shown two"


def test_all_visits_of_a_user_are_one_shopper_also_those_before_the_start(store: Store) -> None:
    store.events.append([
        guest("s1", -3, kind="purchase", unit_price=40.0), bought("ada", -2, price=2.0, session_id="s1"),
        guest("s2", 1), event("tea", START + DAY, "view", user_id="ada", session_id="s2"),
        guest("s3", 2, kind="purchase", unit_price=5.0), bought("ada", 3, price=1.0, session_id="s3"),
    ])  # fmt: skip
    found = figures(store)
    assert (found.after[Metric.REVENUE].tolist(), found.before[Metric.REVENUE].tolist()) == ([6.0], [42.0])
    assert (found.past[Metric.REVENUE].n, found.past[Metric.REVENUE].y) == (1, 42.0)


def test_a_visit_of_two_users_or_of_all_guests_is_a_shopper_of_its_own(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, user = pair()
    both = [guest(visit, 1), bought("other", 2, session_id=visit), bought(user, 3, session_id=visit)]
    store.events.append(both, drawn_for=drawn_for)
    assert len(figures(store).variant) == 3
    assert store.experiments.members_since(0) == []
    for module in ("recsvc.store.experiments", "recsvc.serving.experiment_units"):
        monkeypatch.setattr(f"{module}.MAX_EVENTS_A_VISIT", 3)
    visit = next(f"m{n}" for n in range(99) if drawn("session", f"m{n}") != drawn("user", "new"))
    store.events.append([guest(visit, 1, f"tea{n}") for n in range(4)], drawn_for=drawn_for)
    store.events.append([bought("new", 3, session_id=visit)], drawn_for=drawn_for)
    assert store.experiments.members_since(0) == []
    assert len(figures(store).variant) == 5


def test_of_a_hold_out_a_guest_who_only_saw_lists_had_no_variant(store: Store) -> None:
    """Else shoppers of the control would keep theirs, and those of the hold-out be drawn again."""
    visit, user = pair()

    def of_hold_out(source: UserKey, user: UserKey) -> list[Drawn]:
        return drawn_for(source, user, HOLD_OUT)

    store.events.append([guest(visit, 1, kind="impression")], drawn_for=of_hold_out)
    store.events.append([bought(user, 2, session_id=visit)], drawn_for=of_hold_out)
    assert store.experiments.members_since(0) == []
    found = figures(store, HOLD_OUT)
    assert [HOLD_OUT.variants[one].name for one in found.variant] == [drawn("user", user)]
    visit = next(f"m{n}" for n in range(99) if drawn("session", f"m{n}") != drawn("user", "eve"))
    store.events.append([guest(visit, 1), event("tea", START + DAY, "impression", user_id="eve")])
    store.users.merge("session", visit, "eve", 1, drawn_for=of_hold_out)
    assert [one.user_id for one in store.experiments.members_since(0)] == ["eve"]


def test_a_guest_of_the_time_before_had_no_variant(store: Store) -> None:
    visit, user = pair()
    store.events.append([guest(visit, -1), bought(user, 2, session_id=visit)], drawn_for=drawn_for)
    assert store.experiments.members_since(0) == []
    assert [TEST.variants[one].name for one in figures(store).variant] == [drawn("user", user)]


def test_shoppers_who_sign_in_leave_the_groups_of_the_size_that_they_should_be(store: Store) -> None:
    """Also where those of one variant sign in more often than those of the other."""
    rng = np.random.default_rng(5)
    for n in range(300):
        visit, user = f"v{n}", f"u{n}"
        events = [guest(visit, 1 + n / 300)]
        if rng.random() < (0.8 if drawn("session", visit) == "A" else 0.2):
            events.append(bought(user, 2 + n / 300, session_id=visit))
        store.events.append(events, drawn_for=drawn_for)
    members = {one.user_id: one.variant for one in store.experiments.members_since(0)}
    found = figures(store, members=members)
    expected = sorted(drawn("session", f"v{n}") for n in range(300))
    assert sorted(TEST.variants[one].name for one in found.variant) == expected


def test_the_cap_comes_from_all_who_bought_in_the_time_before(store: Store) -> None:
    store.events.append([bought(f"u{n}", -3, price=float(n)) for n in range(1, 202)])
    store.events.append([bought("u1", 1, price=5000.0)])
    found = figures(store)
    assert found.cap == 199.0
    assert found.past_capped.y == found.past[Metric.REVENUE].y - 1 - 2
    assert found.after[Metric.REVENUE].tolist() == [5000.0]
