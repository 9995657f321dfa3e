"""What the features of the ranker are called when a person is spoken to."""

from collections.abc import Iterable, Mapping

from recsvc.ranking.explanation import FeatureView
from recsvc.ranking.features import FEATURES

MOST = 3
"""So many things are named."""

LEAST_SHARE = 0.2
"""What adds less than this part of what adds most is not named."""

_PHRASES: Mapping[str, tuple[str, ...]] = {
    "how well it fits your taste": ("als", "forward_", "audience"),
    "how often it is bought with what you buy": ("similar", "together"),
    "how well it sells": (
        "week_sales", "month_sales", "all_sales", "sales_", "trend_", "new_share", "month_share", "item_buyers",
        "item_new_buyers",
    ),
    "how often, how lately and how much of it you bought": ("own_", "usual_due"),
    "how much you buy of its kind": ("category",),
    "its price and its usual quantity": ("price_", "quantity_", "item_log_"),
    "how others buy it": (
        "item_age_days", "item_last_age_days", "item_repeat_share", "item_interval_days", "item_basket_size",
    ),
    "": ("user_",),
}  # fmt: skip
"""By phrase, how the names of its features begin. What is the same for all items of a list has none."""


def phrase_of(feature: str) -> str:
    """Return the phrase that a feature belongs to; "" for one that says nothing of an item."""
    return next(phrase for phrase, begins in _PHRASES.items() if feature.startswith(begins))


_PHRASE_OF = {name: phrase_of(name) for name in FEATURES}


def strongest(features: Iterable[FeatureView], *, speaking_for: bool) -> list[str]:
    """Return what adds most to a score, or takes most from it, strongest first."""
    sums: dict[str, float] = {}
    for one in features:
        phrase = _PHRASE_OF[one.name]
        sums[phrase] = sums.get(phrase, 0.0) + (one.contribution if speaking_for else -one.contribution)
    sums.pop("", None)
    ordered = sorted(sums, key=lambda phrase: -sums[phrase])[:MOST]
    return [one for one in ordered if sums[one] > LEAST_SHARE * max(sums[ordered[0]], 0.0)]
