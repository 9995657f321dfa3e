import polars as pl
from support.orders import order_lines

from training.evaluation.catalogue import Catalogue
from training.evaluation.task import Question, Task
from training.history.interactions import Interactions
from training.history.split import Split, SplitKind

NO_GUESTS = order_lines().clear()


def split_of(train: list[tuple], targets: list[tuple[str, str, bool]]) -> Split:
    schema = {"user_id": pl.String, "item_id": pl.String, "is_new": pl.Boolean}
    frame = pl.DataFrame(targets, schema=schema, orient="row").sort("user_id", "item_id")
    return Split(SplitKind.TIME, order_lines(*train), NO_GUESTS, frame)


def catalogue_of(split: Split) -> Catalogue:
    return Catalogue.of(Interactions.of(split.train_lines, split.train_guest_lines))


TRAIN = [("ada", "tea"), ("bob", "jam"), ("eve", "milk")]
TARGETS = [("bob", "jam", False), ("bob", "tea", True), ("ada", "tea", False), ("eve", "jam", True)]


def answers(task: Task) -> dict[str, list[str]]:
    """Return the targets by user, in ids."""
    ids = list(task.catalogue.index)
    spans = zip(task.target_indptr[:-1], task.target_indptr[1:], strict=True)
    return {
        user: [ids[item] for item in task.target_items[start:end]]
        for user, (start, end) in zip(task.user_ids, spans, strict=True)
    }


def test_all_asks_for_every_target() -> None:
    split = split_of(TRAIN, TARGETS)
    task = Task.of(split, Question.ALL, catalogue_of(split))
    assert answers(task) == {"ada": ["tea"], "bob": ["jam", "tea"], "eve": ["jam"]}
    assert task.n_targets.tolist() == [1, 2, 1]


def test_new_leaves_out_repeats_and_who_has_nothing_else() -> None:
    split = split_of(TRAIN, TARGETS)
    assert answers(Task.of(split, Question.NEW, catalogue_of(split))) == {"bob": ["tea"], "eve": ["jam"]}


def test_new_may_have_nobody_to_ask() -> None:
    split = split_of(TRAIN, TARGETS[2:3])
    assert len(Task.of(split, Question.NEW, catalogue_of(split))) == 0


def test_a_sample_is_seeded_and_the_same_for_both_questions() -> None:
    users = [f"u{number:02}" for number in range(40)]
    split = split_of([(user, "tea") for user in users], [(user, "tea", True) for user in users])
    catalogue = catalogue_of(split)
    one, same, other = (Task.of(split, Question.ALL, catalogue, 10, seed).user_ids for seed in (1, 1, 2))
    assert len(one) == 10
    assert one == same == Task.of(split, Question.NEW, catalogue, 10, 1).user_ids
    assert one != other


def test_the_bestseller_has_rank_one() -> None:
    split = split_of([("ada", "tea", 0, "o1"), ("bob", "tea", 0, "o2"), ("bob", "jam", 0, "o2")], TARGETS)
    catalogue = catalogue_of(split)
    assert dict(zip(catalogue.index, catalogue.ranks.tolist(), strict=True)) == {"jam": 2, "tea": 1}
