"""The protocol, top to bottom: the shipped pipeline beside simple answers on orders that it has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from recsvc.model.model import Model
from training.evaluation.asking import lists_of_model
from training.evaluation.audience_check import check_audiences
from training.evaluation.baselines import (
    BASELINES,
    WITHOUT_DATES,
    Baseline,
    BaselineHistory,
    FitBaseline,
    fit_baseline,
    own_parts,
    rank_by_scores,
)
from training.evaluation.bootstrap import N_RESAMPLES, Resampling
from training.evaluation.catalogue import Catalogue
from training.evaluation.cold_start_check import check_cold_start
from training.evaluation.evaluation import LIVE, RECSVC, Answers, DataDescription, Evaluation
from training.evaluation.merchandise import examine_lists
from training.evaluation.metrics import Lists
from training.evaluation.moments import measure_moments
from training.evaluation.results import result_of
from training.evaluation.scores import Scores
from training.evaluation.segments import segments_of
from training.evaluation.steady import Fit, GoOn, steadiness
from training.evaluation.task import MAX_USERS, Question, Task
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import Interactions
from training.history.split import WINDOW_DAYS, OrderHistory, Split, split_orders
from training.progress import Progress


@dataclass(frozen=True)
class EvaluationOptions:
    """How to measure.

    Attributes:
        baselines: which simple answers to put beside the pipeline.
        window_days: length of the test window.
        max_users: test users at most, drawn at random.
        n_resamples: of the bootstrap.
        seed: starts all random numbers.
        threads: of the fits; 0: all cores.
        own_parts: whether ALS and item-item are taken from the measured model instead of being fitted anew with
            usual settings: that costs nothing, and they are hardly ever worse.
        catalogue: what the shop says of its items.
        diversity: diversity of the lists of recsvc, as the setting of the service.
        live_settings: what the settings of the live version learn from the same orders, as a rival.
        go_on: learns on from a model on the night after; with it ``evaluate_orders`` learns once more, without the
            newest day, to see how much that changes.
    """

    baselines: tuple[Baseline, ...] = BASELINES
    window_days: float = WINDOW_DAYS
    max_users: int = MAX_USERS
    n_resamples: int = N_RESAMPLES
    seed: int = 0
    threads: int = 0
    own_parts: bool = False
    catalogue: ShopCatalogue = NO_CATALOGUE
    diversity: float = 0.0
    live_settings: Model | None = None
    go_on: GoOn | None = None


def evaluate_orders(
    orders: OrderHistory, fit: Fit, options: EvaluationOptions, progress: Progress
) -> Evaluation:
    """Hold back the end of ``orders``, let ``fit`` learn from the rest, and measure.

    Raises:
        TooLittleDataError: there are too few shoppers to measure on.
    """
    split = split_orders(orders, options.window_days, options.seed)
    interactions = Interactions.of(split.train_lines, split.train_guest_lines, options.catalogue)
    model = fit(split, interactions)
    evaluation = evaluate(model, interactions, split, options, progress)
    if options.go_on is None or evaluation.merchandise is None:
        return evaluation
    with progress.step("Learn with one day less, and go on"):
        steady = steadiness(evaluation.questions, interactions, split, fit, options.go_on)
    return replace(evaluation, merchandise=replace(evaluation.merchandise, steady=steady))


def evaluate(
    model: Model, interactions: Interactions, split: Split, options: EvaluationOptions, progress: Progress
) -> Evaluation:
    """Measure ``model``, which learned from ``interactions``, the training part of ``split``."""
    catalogue = Catalogue.of(interactions)
    tasks = {
        question: task
        for question in Question
        if len(task := Task.of(split, question, catalogue, options.max_users, options.seed))
    }
    lists = {RECSVC: _lists_of(model, RECSVC, tasks, progress, options.diversity)}
    if options.live_settings is not None:
        lists[LIVE] = _lists_of(options.live_settings, "the live settings", tasks, progress)
    parts = own_parts(model) if options.own_parts else {}
    lists |= _baseline_lists(interactions, tasks, options, parts, progress)
    resampling = Resampling(options.seed, options.n_resamples)
    with progress.step("Resample users"):
        results = {
            question: result_of(
                Answers(
                    task,
                    {name: Scores.of(answered[question], task) for name, answered in lists.items()},
                    segments_of(interactions, task.user_ids),
                ),
                resampling,
            )
            for question, task in tasks.items()
        }
    with progress.step("Look at what merchandisers check"):
        personal = {question.placement: answered for question, answered in lists[RECSVC].items()}
        users = {question.placement: task.user_ids for question, task in tasks.items()}
        merchandise = examine_lists(model, catalogue.ranks, personal, split.held_back, users)
        of_new = check_cold_start(model, interactions.catalogue, split.held_back, options.seed)
        audiences = check_audiences(model, interactions.catalogue, split.held_back, options.seed)
        merchandise = replace(merchandise, cold_start=of_new, audiences=audiences)
    with progress.step("Look at when they ordered next"):
        moments = measure_moments(model, interactions, split, resampling)
    return Evaluation(_described(split, interactions, options), results, resampling, merchandise, moments)


def _described(split: Split, interactions: Interactions, options: EvaluationOptions) -> DataDescription:
    diversity = (
        (f"the lists of recsvc have a diversity of {options.diversity:g}",) if options.diversity else ()
    )
    return DataDescription(
        kind=split.kind,
        cut=split.cut,
        window_days=split.window_days,
        train_lines=split.train_lines.height + split.train_guest_lines.height,
        train_users=len(interactions.users),
        train_items=len(interactions.items),
        test_users=split.n_test_users,
        targets=split.targets.height,
        repeat_share=split.repeat_share,
        notes=split.notes + diversity,
    )


def _lists_of(
    model: Model, name: str, tasks: Mapping[Question, Task], progress: Progress, diversity: float = 0.0
) -> dict[Question, Lists]:
    with progress.step(f"Lists: {name}", max(map(len, tasks.values()), default=0)) as done:
        return lists_of_model(model, tasks, diversity, done)


def _baseline_lists(
    interactions: Interactions,
    tasks: Mapping[Question, Task],
    options: EvaluationOptions,
    parts: Mapping[Baseline, FitBaseline],
    progress: Progress,
) -> dict[str, dict[Question, Lists]]:
    history = BaselineHistory.of(interactions)
    lists: dict[str, dict[Question, Lists]] = {}
    for baseline in options.baselines:
        same = None if history.is_dated else WITHOUT_DATES.get(baseline)
        if same in lists:
            lists[baseline] = lists[same]
            continue
        with progress.step(f"Lists: {baseline.label}"):
            if baseline in parts:
                score_users = parts[baseline](history)
            else:
                score_users = fit_baseline(baseline, history, options.seed, options.threads)
            lists[baseline] = {
                question: rank_by_scores(score_users, history, interactions, task)
                for question, task in tasks.items()
            }
    return lists
