from support.orders import order_lines

from training.evaluation.segments import Segment, segments_of
from training.history.interactions import Interactions

NO_GUESTS = order_lines().clear()


def members(interactions: Interactions, users: tuple[str, ...]) -> dict[Segment, list[str]]:
    segments = segments_of(interactions, users)
    return {
        segment: [user for user, is_member in zip(users, mask, strict=True) if is_member]
        for segment, mask in segments.items()
    }


def test_shoppers_are_told_apart_by_their_orders_not_by_their_lines() -> None:
    lines = [("one", f"i{number}", 0, "o") for number in range(9)]
    lines += [("two", "tea", 0, f"t{number}") for number in range(2)]
    lines += [("four", "tea", 0, f"f{number}") for number in range(4)]
    lines += [("five", "tea", 0, f"v{number}") for number in range(5)]
    found = members(Interactions.of(order_lines(*lines), NO_GUESTS), ("five", "four", "one", "two"))
    assert found[Segment.ONE_ORDER] == ["one"]
    assert found[Segment.FEW_ORDERS] == ["four", "two"]
    assert found[Segment.MANY_ORDERS] == ["five"]


def test_heavy_are_the_tenth_with_most_lines() -> None:
    users = tuple(f"u{number}" for number in range(10))
    lines = [(user, f"i{item}", 0, user) for number, user in enumerate(users) for item in range(number + 1)]
    found = members(Interactions.of(order_lines(*lines), NO_GUESTS), users)
    assert found[Segment.HEAVY] == ["u9"]
    assert found[Segment.LIGHT] == list(users[:9])


def test_where_all_are_alike_nobody_is_heavy() -> None:
    found = members(Interactions.of(order_lines(("ada", "tea"), ("bob", "tea")), NO_GUESTS), ("ada", "bob"))
    assert found[Segment.HEAVY] == []


def test_without_orders_each_purchase_counts_as_one() -> None:
    lines = [("ada", "tea", None), ("ada", "tea", None), ("bob", "tea", None)]
    found = members(Interactions.of(order_lines(*lines), NO_GUESTS), ("ada", "bob"))
    assert found[Segment.FEW_ORDERS] == ["ada"]
    assert found[Segment.ONE_ORDER] == ["bob"]
