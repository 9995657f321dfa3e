import pytest
from support.models import TEA

from recsvc.model.model import Model
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.ranking.judge import Judge
from recsvc.ranking.placements import BY_NAME, PLACEMENTS, BuiltInPlacement
from recsvc.ranking.query import Placement, Query, ReasonType, Source, Strategy
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.user_state import UserState


def test_each_name_that_can_be_asked_for_is_one_placement() -> None:
    assert set(BY_NAME) == set(Placement)
    assert len(BY_NAME) == len(PLACEMENTS)


class OtherPlacement(str):
    """Stands for the line in ``Placement``, which nobody can add from outside."""

    is_personal, needs_items = True, False


LAST_BOUGHT = OtherPlacement("last_bought")


class LastBought(BuiltInPlacement):
    """An example from outside: what the user bought, the newest first, and nothing else."""

    name = LAST_BOUGHT

    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        history = user.history.bought()
        return Ranking.of(history.items, -history.age_days, (Source.REPURCHASE,) * len(history))

    def is_filled(self, *, rules_fill: bool | None) -> bool:
        return False


@pytest.fixture
def recommender(model: Model) -> Recommender:
    return Recommender(model, placements=(*PLACEMENTS, LastBought()))


def test_a_placement_from_outside_makes_lists(recommender: Recommender) -> None:
    made = recommender.recommend(Query(LAST_BOUGHT, 5, "ada"))
    assert [item.item_id for item in made.items] == ["tea", "milk"]
    assert made.items[0].reason.type is ReasonType.YOU_BUY_THIS_REGULARLY
    assert recommender.recommend(Query(LAST_BOUGHT, 5, "nobody")).strategy is Strategy.TRENDING


def test_a_placement_from_outside_is_explained(recommender: Recommender) -> None:
    told = explain(recommender, Query(LAST_BOUGHT, 1, "ada"), "milk")
    assert told.kept_out_by is not None
    assert (told.kept_out_by.what, told.candidate_rank) == (Obstacle.RANK, 2)
    assert sentence(Told(told, "milk", Standing.KNOWN, {})).startswith(
        "“milk” is not in that list: it is number 2"
    )
    assert explain(recommender, Query(LAST_BOUGHT, 1, "ada"), recommender.model.items.id_of(TEA)).rank == 1
