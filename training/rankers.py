"""Both rankers of a version, learned from past windows of the same history."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from recsvc.model.model import Model
from training.examples import Examples, make_examples
from training.fit_ranker import FittedRanker, choose_ranker
from training.interactions import Interactions
from training.model_fit import fit_model
from training.progress import Progress, Silent
from training.settings import TrainingSettings
from training.windows import past_windows

OBJECTIVES = {"ranker_all": "lambdarank", "ranker_new": "rank_xendcg"}
"""What each ranker is trained for."""

MIN_SHOPPERS = 5
"""A window with fewer shoppers who come back teaches nothing."""


def fit_rankers(
    lines: pl.DataFrame, guest_lines: pl.DataFrame, settings: TrainingSettings, progress: Progress
) -> dict[str, FittedRanker]:
    """Return ``ranker_all`` for lists that may hold repeats, and ``ranker_new`` for those that hold none.

    Only those that could be learned: where there is no past to learn from, lists follow the default blend.
    """
    parts = []
    with progress.step("Look back on past windows", settings.windows) as done:
        for i, window in enumerate(past_windows(lines, guest_lines, settings), start=1):
            known = some_users(window.known, settings)
            if not known.is_empty():
                model = fit_model(Interactions.of(known, window.known_guests), settings, Silent())
                parts.append(window_examples(model, window.next, settings))
            done(i)
    return learn_rankers(parts, settings, progress)


def window_examples(
    model: Model, bought_next: pl.DataFrame, settings: TrainingSettings
) -> dict[str, Examples]:
    """Return what each ranker learns from one window: ``model`` knows what came before ``bought_next``."""
    return {
        name: make_examples(
            model,
            bought_next,
            repeats=name == "ranker_all",
            max_users=settings.users_a_window,
            seed=settings.seed,
        )
        for name in OBJECTIVES
    }


def learn_rankers(
    windows: Sequence[Mapping[str, Examples]], settings: TrainingSettings, progress: Progress
) -> dict[str, FittedRanker]:
    """Return the rankers that could be learned from ``windows``, the newest first."""
    fitted = {}
    for name, objective in OBJECTIVES.items():
        with progress.step(f"Learn {name.replace('_', ' ')}"):
            enough = [parts[name] for parts in windows if parts[name].n_shoppers >= MIN_SHOPPERS]
            if enough:
                fitted[name] = choose_ranker(enough, settings, objective=objective)
    return fitted


def with_rankers(model: Model, rankers: dict[str, FittedRanker]) -> Model:
    """Return ``model`` with the texts of those rankers that could be learned."""
    texts = {name: ranker.text for name, ranker in rankers.items()}
    return replace(
        model,
        ranker_all=texts.get("ranker_all", model.ranker_all),
        ranker_new=texts.get("ranker_new", model.ranker_new),
    )


def some_users(lines: pl.DataFrame, settings: TrainingSettings) -> pl.DataFrame:
    """Return the lines of at most ``settings.fit_users`` users, to bound the time; counts are then smaller too."""
    users = lines["user_id"].unique().sort()
    if len(users) <= settings.fit_users:
        return lines
    chosen = users.sample(settings.fit_users, seed=settings.seed)
    return lines.filter(pl.col("user_id").is_in(chosen.implode()))
