from collections import Counter
from dataclasses import replace

import pytest

from recsvc.errors import ExperimentError
from recsvc.outcomes.experiment import Assignment, Experiment, Variant, VariantKind, bucket_of, first_overlap
from recsvc.outcomes.recommendation_id import MAX_VARIANT_BYTES
from recsvc.ranking.query import Placement, UserKey

A = Variant("A", 0.5, VariantKind.CONTROL)
B = Variant("B", 0.5, VariantKind.HOLD_OUT)
TEST = Experiment("first", "for_you", (A, B), 100, 200)


def user(name):
    return UserKey("user", name)


def test_a_shopper_has_one_variant_for_good():
    drawn = {f"u{n}": Assignment(TEST).drawn(user(f"u{n}")).name for n in range(50)}
    again = Assignment(replace(TEST, end_us=None, min_effect=0.1))
    assert {name: again.variant_of(user(name)).name for name in drawn} == drawn
    assert set(drawn.values()) == {"A", "B"}


def test_the_buckets_are_the_same_in_every_release():
    """Another function would show half of the shoppers another variant in the middle of an experiment."""
    assert [bucket_of("first", user("ada")), bucket_of("first", UserKey("session", "ada"))] == [4374, 9136]


def test_the_longest_names_fit_into_the_id_of_a_list():
    longest = replace(TEST, name="e" * 35, variants=(replace(A, name="v" * 20), B))
    assert len(longest.label(longest.variants[0])) == MAX_VARIANT_BYTES


def test_each_variant_gets_its_share():
    three = replace(
        TEST, variants=(replace(A, share=0.7), replace(B, share=0.2), Variant("C", 0.1, VariantKind.HOLD_OUT))
    )
    assert three.bounds() == [7000, 9000, 10_000]
    found = Counter(Assignment(three).variant_of(user(f"u{n}")).name for n in range(20_000))
    assert found["A"] == pytest.approx(14_000, rel=0.02)
    assert found["C"] == pytest.approx(2_000, rel=0.07)


def test_experiments_tell_shoppers_apart_independently():
    other = Assignment(replace(TEST, name="second"))
    both = Counter(
        (Assignment(TEST).variant_of(user(f"u{n}")).name, other.variant_of(user(f"u{n}")).name)
        for n in range(8000)
    )
    assert all(count == pytest.approx(2000, rel=0.08) for count in both.values())


def test_a_member_keeps_the_variant_of_before():
    drawn = Assignment(TEST).drawn(user("ada")).name
    other = "A" if drawn == "B" else "B"
    assert Assignment(TEST, {"ada": other}).variant_of(user("ada")).name == other
    assert Assignment(TEST, {"ada": other}).variant_of(UserKey("session", "ada")) == Assignment(TEST).drawn(
        UserKey("session", "ada")
    )
    assert Assignment(TEST, {"ada": "gone"}).variant_of(user("ada")).name == drawn


def test_an_experiment_runs_from_its_start_until_before_its_end():
    assert [TEST.runs_at(moment) for moment in (99, 100, 199, 200)] == [False, True, True, False]
    assert replace(TEST, end_us=None).runs_at(10**15)


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        (0, 100, False),
        (0, 101, True),
        (199, None, True),
        (200, None, False),
        (0, None, True),
        (120, 130, True),
    ],
)
def test_two_experiments_on_one_placement_may_follow_each_other(start, end, overlaps):
    other = replace(TEST, name="second", start_us=start, end_us=end)
    assert (first_overlap(TEST, [other]), first_overlap(other, [TEST])) == (
        (other, TEST) if overlaps else (None, None)
    )
    assert first_overlap(TEST, [replace(other, placement="discover")]) is None


def test_the_control_is_what_others_are_compared_with_else_the_hold_out():
    assert TEST.control is A
    no_control = replace(
        TEST,
        variants=(
            Variant("new", 0.9, VariantKind.PLACEMENT, placement=Placement.DISCOVER),
            replace(B, share=0.1),
        ),
    )
    assert (no_control.control.name, no_control.has_hold_out) == ("B", True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "First"}, "an experiment is named with 1 to 35 of a-z, 0-9, _ and -, got 'First'"),
        ({"variants": (A,)}, "experiment first: it needs 2 to 10 variants, got 1"),
        ({"variants": (A, replace(B, name="A"))}, "two variants are called A: give each its own name"),
        (
            {"variants": (A, replace(B, share=0.4))},
            "the shares must be 1 together, got 0.9: change one by 0.1",
        ),
        ({"variants": (A, replace(A, name="A2"))}, "got 2 of kind control"),
        ({"end_us": 100}, "end must be after start"),
        ({"min_effect": 0}, "min_effect must be .001 to 10 (.05 is 5 %), got 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_value_and_the_remedy(changes, message):
    with pytest.raises(ExperimentError) as refused:
        replace(TEST, **changes)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a b"}, "a variant is named with 1 to 20 of A-Z, a-z, 0-9, _ and -, got 'a b'"),
        ({"share": 0}, "variant A: share must be 0.0001 to 1 of the shoppers, got 0"),
        ({"share": float("nan")}, "got nan"),
        ({"kind": VariantKind.RULES}, "variant A: rules is missing"),
        (
            {"placement": Placement.DISCOVER},
            "variant A: kind control takes no placement; set kind to placement",
        ),
    ],
)
def test_a_variant_says_what_its_kind_needs(changes, message):
    with pytest.raises(ExperimentError) as refused:
        replace(A, **changes)
    assert message in str(refused.value)
