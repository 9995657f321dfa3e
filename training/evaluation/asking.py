"""The lists of many shoppers, made by the code that serves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.candidates import NOTHING, SHOPPERS_AT_ONCE, Proposer, Shopper
from recsvc.ranking.query import Query
from recsvc.ranking.history import history_of
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.scores import Scores
from training.evaluation.metrics import Lists
from training.evaluation.scores import LIST_LENGTH
from training.evaluation.task import Question, Task

BLOCKS_AT_ONCE = 2
"""So many blocks of shoppers are asked about at a time; most of the work on one is done by one core."""

ListByQuestion = dict[Question, list[str]]
"""The item ids that one shopper would see, best first."""


def lists_of_model(
    model: Model,
    tasks: Mapping[Question, Task],
    diversity: float = 0.0,
    on_done: Callable[[int], None] = lambda _n_users: None,
) -> dict[Question, Lists]:
    """Ask ``model`` for the list of each user of each task; int32, shape (n_users, 20), by question.

    All questions to one user are asked together: what the sources think of the items is the same for each.
    """
    proposer = _PrecomputedProposer(model)
    recommender = Recommender(model, diversity, proposer)
    askers = {question: frozenset(task.user_ids) for question, task in tasks.items()}
    users = sorted({user_id for asking in askers.values() for user_id in asking})

    def ask(user_id: str) -> ListByQuestion:
        return {
            question: recommender.item_ids(Query(question.placement, LIST_LENGTH, user_id))
            for question, asking in askers.items()
            if user_id in asking
        }

    def ask_all(user_ids: Sequence[str]) -> dict[str, ListByQuestion]:
        return {user_id: ask(user_id) for user_id in proposer.precomputed(user_ids)}

    answers: dict[str, ListByQuestion] = {}
    blocks = [users[start : start + SHOPPERS_AT_ONCE] for start in range(0, len(users), SHOPPERS_AT_ONCE)]
    # One list is too little work to be shared: threads of BLAS would cost more than they save.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(BLOCKS_AT_ONCE) as pool:
        for of_block in pool.map(ask_all, blocks):
            answers |= of_block
            on_done(len(answers))
    return {
        question: task.catalogue.lists_of((answers[user][question] for user in task.user_ids), LIST_LENGTH)
        for question, task in tasks.items()
    }


class _PrecomputedProposer(Proposer):
    """Has the scores of one shopper of each thread before it is asked for them: they come in batches."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._known: dict[int, Mapping[str, Scores]] = {}

    def precomputed(self, user_ids: Sequence[str]) -> Iterator[str]:
        """Yield each user while the scores are at hand; first those that the model does not know."""
        found = {user_id: self._model.users.index_of(user_id) for user_id in user_ids}
        yield from (user_id for user_id, user in found.items() if user is None)
        users = {user_id: user for user_id, user in found.items() if user is not None}
        shoppers = [Shopper(user, history_of(self._model, user), NOTHING) for user in users.values()]
        for (user_id, user), scores in zip(users.items(), self.scores_of_all(shoppers), strict=True):
            self._known[user] = scores
            yield user_id
            del self._known[user]

    def scores(self, shopper: Shopper) -> Mapping[str, Scores]:
        """Return what each source thinks of the items."""
        known = None if shopper.user_index is None else self._known.get(shopper.user_index)
        return super().scores(shopper) if known is None else known
