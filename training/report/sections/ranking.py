"""What the ranking relies on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import lightgbm
from markupsafe import Markup

from recsvc.ranking.ranker import DEFAULT_BLEND
from training.evaluation.evaluation import decimal
from training.ranker.fitted import FittedRanker
from training.report.feature_words import words_of
from training.report.run import Run
from training.report.templating import rendered

MAX_FEATURES = 15

LISTS = {
    "ranker_all": "Lists that may hold repeats",
    "ranker_new": "Lists of what is new to the shopper",
}
"""What each ranker is for."""


@dataclass(frozen=True)
class Weight:
    """A feature in words, and its part in the whole, 0 to 1."""

    words: str
    share: float


@dataclass(frozen=True)
class Reliance:
    """How one kind of lists is ranked.

    Attributes:
        lists: which lists.
        sentence: what ranks them, and how it was chosen.
        weights: the features that matter most, largest first.
    """

    lists: str
    sentence: str
    weights: tuple[Weight, ...]


def ranking_section(run: Run) -> Markup:
    """Show what each ranker relies on."""
    reliances = [reliance_of(name, run.rankers.get(name)) for name in LISTS]
    return rendered("ranking.html.j2", reliances=reliances, als=run.als, clicks=run.clicks)


def reliance_of(name: str, ranker: FittedRanker | None) -> Reliance:
    """Say what ``ranker`` relies on: trees by their gain, a blend by its weights; None is the default blend."""
    lists = LISTS.get(name, name.replace("_", " "))
    if ranker is None:
        sentence = "There was no past to learn from: a fixed blend ranks them. The bars are its weights."
        return Reliance(lists, sentence, _weights(DEFAULT_BLEND))
    if ranker.text.startswith("{"):
        weights = json.loads(ranker.text).get("blend", DEFAULT_BLEND)
        sentence = f"A fixed blend{_told(ranker)} The bars are its weights.{_placed(ranker)}"
        return Reliance(lists, sentence, _weights(weights))
    sentence = f"Decision trees (LightGBM){_told(ranker)} The bars are shares of their gain.{_placed(ranker)}"
    return Reliance(lists, sentence, _weights(_gains(ranker.text)))


def _placed(ranker: FittedRanker) -> str:
    """Return which of the first ten places go to what the shopper's purchases say; nothing where none does."""
    if ranker.places is None:
        return ""
    last = "place goes" if ranker.places.n == 1 else f"{ranker.places.n} places go"
    by = ", ".join(words_of(name) for name in ranker.places.taste)
    return f" So that shoppers see different items, of the first ten the last {last} to what is most personal: {by}."


def _gains(text: str) -> dict[str, float]:
    booster = lightgbm.Booster(model_str=text)
    return dict(zip(booster.feature_name(), booster.feature_importance("gain").tolist(), strict=True))


def _weights(weights: Mapping[str, float]) -> tuple[Weight, ...]:
    total = sum(abs(weight) for weight in weights.values())
    ordered = sorted(weights, key=lambda name: (-abs(weights[name]), name))[:MAX_FEATURES]
    return tuple(Weight(words_of(name), abs(weights[name]) / total) for name in ordered if weights[name])


def _told(ranker: FittedRanker) -> str:
    """Return since when it ranks, where that is not since this run, and how it was chosen."""
    kept = "" if ranker.since is None else f", kept since {ranker.since:%Y-%m-%d} so that lists are steady"
    return f"{kept}{_chosen(ranker)}"


def _chosen(ranker: FittedRanker) -> str:
    """Return how it did on the window that decided, beside the best fixed blend other than itself."""
    blends = {
        name: value
        for name, value in ranker.quality.items()
        if not any(word in name for word in ("trees", "places", "appeal"))
    }
    others = [value for name, value in blends.items() if name != ranker.kind]
    if ranker.name not in ranker.quality or not others:
        return "."
    return (
        f": {decimal(ranker.quality[ranker.name])} on the window that decided (mean of Recall@20 and NDCG@10), "
        f"the best {'other' if ranker.kind in blends else 'fixed'} blend {decimal(max(others))}."
    )
