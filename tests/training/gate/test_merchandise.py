"""What a merchandiser would refuse, and what is only chance."""

from dataclasses import replace

import pytest
from support.evaluations import evaluation

from training.evaluation.merchandise import AlternativesInBand, Completion, Merchandise, Personal
from training.evaluation.metrics import RECALL_AT_20
from training.evaluation.reason_check import ReasonCheck
from training.evaluation.task import Question
from training.gate.live import LiveReference
from training.gate.merchandise import Share, check_merchandise
from training.gate.verdict import Check, State

GOOD = Merchandise(
    (AlternativesInBand("first 100", 100, 0.8, 0.9), AlternativesInBand("rest", 200, 0.7, 0.7)),
    Completion(500, 0.3, 8.0, 0.1),
    {"for_you": 0.0, "discover": 0.0, "similar": 0.0},
    {
        "for_you": Personal(300, 400, 1, 0),
        "discover": Personal(300, 408, 1, 0),
        "similar": Personal(300, 500, 4, 0),
    },
    {"for_you": ReasonCheck(600, 300, 297, 100), "discover": ReasonCheck(600, 500, 490, 100)},
)


def live(recorded: object) -> LiveReference:
    return LiveReference("1", None, {}, {}, None, {}, recorded)  # type: ignore[arg-type]


def checks(now: Merchandise, before: Merchandise = GOOD) -> dict[str, Check]:
    recorded = {"questions": {}, "beyond_recall": before.as_dict()}
    return {check.name: check for check in check_merchandise(evaluation(now), live(recorded))}


def failed(now: Merchandise, before: Merchandise = GOOD) -> dict[str, str]:
    return {
        name: check.sentence for name, check in checks(now, before).items() if check.state is State.FAILED
    }


def without(now: Merchandise, before: Merchandise = GOOD) -> set[str]:
    return {name for name, check in checks(now, before).items() if check.state is State.DOES_NOT_APPLY}


def test_the_same_lists_again_pass_and_every_row_was_looked_at() -> None:
    assert set(checks(GOOD)) == {
        "similar: own category", "bought_together: orders completed", "for_you: reasons that hold",
        "discover: reasons that hold", "for_you: personal", "discover: personal", "similar: personal", "variants",
    }  # fmt: skip
    assert {check.state for check in checks(GOOD).values()} == {State.PASSED}


def test_a_discover_that_becomes_the_same_list_for_everybody_is_refused_with_its_limits() -> None:
    found = failed(replace(GOOD, personal={**GOOD.personal, "discover": Personal(300, 19, 132, 0)}))
    assert list(found) == ["discover: personal"]
    assert found["discover: personal"].startswith(
        "300 lists of discover hold 19 different items, 132 of them the same; the live version's 300 lists 408, no "
        "two alike: fewer than 204 items, more than 25 points more that are the same."
    )
    assert "recsvc-train look" in found["discover: personal"]
    assert "--force" in found["discover: personal"]


def test_lists_that_become_empty_are_refused() -> None:
    found = failed(replace(GOOD, personal={**GOOD.personal, "similar": Personal(300, 450, 1, 120)}))
    assert "25 points more that are empty" in found["similar: personal"]


def test_fewer_lists_hold_fewer_different_items_and_nobody_is_alarmed() -> None:
    assert failed(replace(GOOD, personal={"discover": Personal(100, 70, 1, 0)})) == {}
    assert list(failed(replace(GOOD, personal={"discover": Personal(100, 60, 1, 0)}))) == [
        "discover: personal"
    ]


def test_similar_that_turns_to_other_categories_is_refused() -> None:
    worse = (AlternativesInBand("first 100", 100, 0.5, 0.9), AlternativesInBand("rest", 200, 0.5, 0.7))
    sentence = failed(replace(GOOD, alternatives=worse))["similar: own category"]
    assert "shows 65% of what it could" in sentence
    assert "the live version showed 96%: more than 10 points less" in sentence
    assert "--catalogue" in sentence


def test_narrower_categories_leave_less_to_show_and_nobody_is_alarmed() -> None:
    narrower = (AlternativesInBand("first 100", 100, 0.2, 0.2), AlternativesInBand("rest", 200, 0.1, 0.1))
    assert failed(replace(GOOD, alternatives=narrower)) == {}


def test_a_catalogue_that_was_forgotten_is_asked_for() -> None:
    assert "Was --catalogue forgotten?" in failed(replace(GOOD, alternatives=()))["similar: own category"]
    assert without(replace(GOOD, alternatives=()), replace(GOOD, alternatives=())) == {
        "similar: own category"
    }


def test_reasons_that_no_longer_hold_are_refused() -> None:
    worse = {**GOOD.reasons, "discover": ReasonCheck(600, 500, 350, 100)}
    sentence = failed(replace(GOOD, reasons=worse))["discover: reasons that hold"]
    assert "350 of 500 items (70%) fall" in sentence
    assert "the live version: 98%: more than 10 points less" in sentence


def test_a_small_loss_and_one_that_may_be_chance_pass() -> None:
    small = {"discover": ReasonCheck(600, 500, 450, 100)}
    assert failed(replace(GOOD, reasons=small)) == {}
    # Of 150 reasons in 15 lists, 30 that fail are as few as two or three shoppers.
    few = {"discover": ReasonCheck(200, 150, 120, 10)}
    assert (
        failed(
            replace(GOOD, reasons=few),
            replace(GOOD, reasons=few | {"discover": ReasonCheck(200, 150, 149, 1)}),
        )
        == {}
    )


def test_too_few_reasons_or_none_are_no_check_that_passed() -> None:
    for now in (ReasonCheck(100, 70, 20, 0), ReasonCheck(100, 0, 0, 100)):
        assert "for_you: reasons that hold" in without(replace(GOOD, reasons={"for_you": now}))


def test_two_variants_in_a_list_are_refused() -> None:
    found = failed(replace(GOOD, variants=GOOD.variants | {"discover": 0.2}))
    assert "discover 20% after 0%" in found["variants"]
    assert "discover more than 5 points more" in found["variants"]
    assert "recsvc-train doctor" in found["variants"]
    assert failed(replace(GOOD, variants=GOOD.variants | {"discover": 0.04})) == {}


def test_bought_together_that_finds_nothing_is_refused() -> None:
    found = failed(replace(GOOD, completion=Completion(500, 0.1, 8.0, 0.5)))[
        "bought_together: orders completed"
    ]
    assert "less than 60% of it, more than 25 points more that are empty" in found
    assert failed(replace(GOOD, completion=Completion(500, 0.22, 8.0, 0.1))) == {}
    assert (
        failed(replace(GOOD, completion=Completion(20, 0.1, 8.0, 0.1))) == {}
    )  # two of twenty may be chance
    assert without(replace(GOOD, completion=None)) == {"bought_together: orders completed"}


def test_a_version_of_an_earlier_release_that_says_less_is_no_reason_to_refuse() -> None:
    for recorded in ({}, {"beyond_recall": None}, {"questions": {}}):
        (check,) = check_merchandise(evaluation(GOOD), live(recorded))
        assert (check.name, check.state) == ("beyond recall", State.DOES_NOT_APPLY)
    odd = {
        "beyond_recall": {
            "personal": {"discover": {"users": 300}},
            "alternatives_in_own_category": [],
            "x": "y",
        }
    }
    found = list(check_merchandise(evaluation(GOOD), live(odd)))
    assert {check.state for check in found} == {State.DOES_NOT_APPLY}
    assert len(found) == 8


@pytest.mark.parametrize("odd", ["much", float("nan"), float("inf"), [1], {"x": 1}, None], ids=str)
def test_what_is_no_number_in_the_manifest_is_not_known(odd: object) -> None:
    def spoiled(value: object) -> object:
        return {key: spoiled(one) for key, one in value.items()} if isinstance(value, dict) else odd

    question = {"churn_at_10": odd, "rankers": {"recsvc": {"recall_at_20": odd, "coverage_at_10": odd}}}
    for questions in ({"all": question}, {"all": odd}, odd):
        before = live({"questions": questions, "beyond_recall": spoiled(GOOD.as_dict())})
        found = list(check_merchandise(evaluation(GOOD), before))
        assert {check.state for check in found} == {State.DOES_NOT_APPLY}
        assert before.recorded_churn(Question.ALL) is None
        assert before.recorded_coverage(Question.ALL) is None
        assert before.recorded(Question.ALL, RECALL_AT_20) is None


@pytest.mark.parametrize(
    ("churn", "before", "passes"), [(0.5, None, True), (0.9, None, False), (0.9, 0.5, True)]
)
def test_lists_that_all_change_are_refused_unless_they_always_do(
    churn: float, before: float | None, passes: bool
) -> None:
    recorded = {"questions": {"all": {"churn_at_10": None if before is None else {"mean": before}}}}
    (check,) = check_merchandise(evaluation(None, churn), live(recorded))
    assert (check.state is State.PASSED) == passes
    assert passes or "90% of the first ten change" in check.sentence


def test_a_change_has_to_be_beyond_chance_and_beyond_the_tolerance() -> None:
    assert Share(0.9, 100).is_above(Share(0.5, 100), 0.1)
    assert not Share(0.55, 100_000).is_above(Share(0.5, 100_000), 0.1)
    assert not Share(0.9, 10).is_above(Share(0.5, 10), 0.1)
    assert not Share(1.0, 10).is_above(Share(1.0, 10), 0.1)
