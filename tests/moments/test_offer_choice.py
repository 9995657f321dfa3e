import numpy as np
import pytest

from recsvc.moments.benefit import NOTHING
from recsvc.moments.offer_choice import EXPLORED, Prospect, Tally, Worth, drawn, prospects

LIKE = "several_orders/1"


def found(
    costs: dict[str, float], evidence: dict[tuple[str, str], Tally], **more: float
) -> dict[str, Prospect]:
    worth = Worth(more.get("margin", 1.0), more.get("value", 0.0))
    made = prospects(costs, LIKE, evidence, worth, np.random.default_rng(1))
    return {one.name: one for one in made}


def test_before_anything_is_known_each_choice_is_tried_and_the_dear_one_less() -> None:
    now = found({"cheap": 0.5, "dear": 50.0}, {}, value=40.0)
    assert now["cheap"].propensity > 0.2
    assert now["cheap"].propensity > 2 * now["dear"].propensity
    assert sum(one.propensity for one in now.values()) == pytest.approx(1)


def test_what_brings_shoppers_back_is_chosen_and_nothing_stays_possible() -> None:
    evidence = {
        (NOTHING, LIKE): Tally(1000, 100, 4000),
        ("works", LIKE): Tally(1000, 300, 12000, 200),
        ("fails", LIKE): Tally(1000, 100, 4000, 90),
    }
    now = found({"works": 2.0, "fails": 2.0}, evidence)
    assert now["works"].propensity > 1 - EXPLORED
    assert now["fails"].propensity == pytest.approx(EXPLORED / 3)
    assert now["works"].gain == pytest.approx(0.2 * 40 - 0.2 * 2, abs=0.6)
    assert now[NOTHING].gain == 0


def test_a_benefit_that_costs_more_than_it_brings_is_not_chosen() -> None:
    evidence = {(NOTHING, LIKE): Tally(2000, 200, 8000), ("dear", LIKE): Tally(2000, 300, 12000, 300)}
    assert found({"dear": 30.0}, evidence)[NOTHING].propensity > 0.9
    assert found({"dear": 3.0}, evidence)["dear"].propensity > 0.9
    assert found({"dear": 3.0}, evidence, margin=0.1)[NOTHING].propensity > 0.5


def test_shoppers_who_are_alike_count_first_and_all_others_where_these_are_few() -> None:
    elsewhere = {
        (NOTHING, "other"): Tally(3000, 300, 12000),
        ("works", "other"): Tally(3000, 900, 36000, 100),
    }
    assert found({"works": 2.0}, elsewhere)["works"].propensity > 0.9
    here = {(NOTHING, LIKE): Tally(3000, 900, 36000), ("works", LIKE): Tally(3000, 300, 12000, 100)}
    assert found({"works": 2.0}, elsewhere | here)[NOTHING].propensity > 0.9


def test_choices_are_drawn_as_often_as_their_propensity_says() -> None:
    both = [Prospect(NOTHING, 0.25, 0, 0), Prospect("a", 0.75, 0, 0)]
    rng = np.random.default_rng(3)
    share = np.mean([drawn(both, rng).name == "a" for _ in range(4000)])
    assert share == pytest.approx(0.75, abs=0.03)


def test_without_benefits_there_is_nothing_to_choose() -> None:
    (only,) = found({}, {}).values()
    assert (only.name, only.propensity) == (NOTHING, 1)
