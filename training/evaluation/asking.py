"""The lists of many users, made by the code that serves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.candidates import USERS_AT_ONCE, Proposer
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.scores import Scores
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.user_state import UserState
from training.evaluation.metrics import Lists
from training.evaluation.scores import LIST_LENGTH
from training.evaluation.task import Question, Task

BLOCKS_AT_ONCE = 2
"""Lists of so many blocks of users are made at a time; most of the work on one is done by one core."""

ListByQuestion = dict[Question, list[str]]
"""The item ids that one user would see, best first."""


def lists_of_model(
    model: Model,
    tasks: Mapping[Question, Task],
    diversity: float = 0.0,
    on_done: Callable[[int], None] = lambda _n_users: None,
) -> dict[Question, Lists]:
    """Ask ``model`` for the list of each user of each task; int32, shape (n_users, 20), by question.

    All questions of one user are answered together: what the sources think of the items is the same for each.
    """
    proposer = _PrecomputedProposer(model)
    recommender = Recommender(model, diversity, proposer)
    users_of = {question: frozenset(task.user_ids) for question, task in tasks.items()}
    users = sorted({user_id for user_ids in users_of.values() for user_id in user_ids})

    def lists_of(user_id: str) -> ListByQuestion:
        return {
            question: recommender.item_ids(Query(question.placement, LIST_LENGTH, user_id))
            for question, user_ids in users_of.items()
            if user_id in user_ids
        }

    def lists_of_all(user_ids: Sequence[str]) -> dict[str, ListByQuestion]:
        return {user_id: lists_of(user_id) for user_id in proposer.precomputed(user_ids)}

    answers: dict[str, ListByQuestion] = {}
    blocks = [users[start : start + USERS_AT_ONCE] for start in range(0, len(users), USERS_AT_ONCE)]
    # One list is too little work to be shared: threads of BLAS would cost more than they save.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(BLOCKS_AT_ONCE) as pool:
        for of_block in pool.map(lists_of_all, blocks):
            answers |= of_block
            on_done(len(answers))
    return {
        question: task.catalogue.lists_of((answers[user][question] for user in task.user_ids), LIST_LENGTH)
        for question, task in tasks.items()
    }


class _PrecomputedProposer(Proposer):
    """Has the scores of one user of each thread before they are needed: they are made in batches."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._known: dict[int, Mapping[CandidateSource, Scores]] = {}

    def precomputed(self, user_ids: Sequence[str]) -> Iterator[str]:
        """Yield each user while the scores are at hand; first those that the model does not know."""
        found = {user_id: self.model.users.index_of(user_id) for user_id in user_ids}
        yield from (user_id for user_id, user in found.items() if user is None)
        users = {user_id: user for user_id, user in found.items() if user is not None}
        states = [UserState(user, history_of(self.model, user)) for user in users.values()]
        for (user_id, user), scores in zip(users.items(), self.scores_of_all(states), strict=True):
            self._known[user] = scores
            yield user_id
            del self._known[user]

    def scores(self, user: UserState) -> Mapping[CandidateSource, Scores]:
        """Return what each source thinks of the items."""
        known = None if user.user_index is None else self._known.get(user.user_index)
        return super().scores(user) if known is None else known
