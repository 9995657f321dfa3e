"""What kept an item out of a list."""

from collections.abc import Callable, Iterator

from recsvc.ranking.explain.explanation import KeptOut, Obstacle
from recsvc.ranking.explain.item_trace import ItemTrace, place_in


def kept_out_by(item_trace: ItemTrace) -> KeptOut:
    """Return what kept out an item that is not shown; of several things the first in the order of ``Obstacle``."""
    found = (obstacle for check in _CHECKS for obstacle in check(item_trace))
    return next(found)


def _request(item_trace: ItemTrace) -> Iterator[KeptOut]:
    item_id = item_trace.item_id
    live = item_trace.circumstances.live
    if item_id in item_trace.query.item_ids:
        yield KeptOut(Obstacle.CONTEXT, "what the list starts from is never in it")
    if item_id in item_trace.query.exclude:
        yield KeptOut(Obstacle.EXCLUDED, "the request excludes it")
    if live is not None and item_trace.item in live.disliked:
        yield KeptOut(Obstacle.DISLIKED, "the shopper disliked it, and is never shown it again")


def _shop(item_trace: ItemTrace) -> Iterator[KeptOut]:
    if item_trace.circumstances.can_show(item_trace.item):
        return
    unknown = KeptOut(Obstacle.OUT_OF_STOCK, "the catalogue says that it cannot be sold now")
    yield item_trace.circumstances.unavailable or unknown


def _rules(item_trace: ItemTrace) -> Iterator[KeptOut]:
    selection = item_trace.circumstances.selection
    if selection.allowed is not None and not selection.allowed[item_trace.item]:
        yield KeptOut(
            Obstacle.FILTER, "the filter, the minimum stock or the category of the list does not let it in"
        )
    days, ago = selection.exclude_bought_days, _last_days_ago(item_trace)
    if days is not None and ago is not None and ago < days and item_trace.model.is_dated:
        detail = f"bought {_days(ago)} ago; the placement leaves out what was bought within {days:g} days"
        yield KeptOut(Obstacle.RECENTLY_BOUGHT, detail)


def _purchases(item_trace: ItemTrace) -> Iterator[KeptOut]:
    days, words = _last_days_ago(item_trace), None
    if days is not None:
        words = f", the last time {_days(days)} ago" if item_trace.model.is_dated else ""
    kept_out = item_trace.placement.kept_out_by_history(words, is_filled=item_trace.is_filled)
    if kept_out is not None:
        yield kept_out
    bought = item_trace.placement.excluded(item_trace.user.history)
    if days is None and item_trace.item in item_trace.circumstances.selection.variants_of(bought):
        yield KeptOut(
            Obstacle.VARIANT_BOUGHT, "the shopper bought another variant; discover holds what is new"
        )


def _candidacy(item_trace: ItemTrace) -> Iterator[KeptOut]:
    n = len(item_trace.candidates)
    if item_trace.is_new:
        yield KeptOut(
            Obstacle.NOT_A_CANDIDATE, "added since the training; other new items are nearer, or fit better"
        )
    if item_trace.candidate_place is None:
        yield KeptOut(Obstacle.NOT_A_CANDIDATE, f"no source proposes it; {n} other items are candidates")


def _order(item_trace: ItemTrace) -> Iterator[KeptOut]:
    rank, n = (item_trace.candidate_place or 0) + 1, len(item_trace.candidates)
    place, is_passed_over = f"it is number {rank} of {n} candidates", _is_passed_over(item_trace)
    if _gives_way_to_variant(item_trace):
        yield KeptOut(Obstacle.VARIANT, f"{place}; a list shows one variant of a product")
    for cap in item_trace.circumstances.selection.caps:
        group = cap.groups[item_trace.item]
        is_full = group >= 0 and int((cap.groups[item_trace.visible.items] == group).sum()) >= cap.at_most
        if is_full and is_passed_over:
            yield KeptOut(Obstacle.CAP, f"{place}; at most {cap.at_most} items of its group are in the list")
    if item_trace.item in item_trace.circumstances.selection.last:
        yield KeptOut(Obstacle.ROTATION, f"{place}; it was shown often and never clicked, so it comes last")
    if is_passed_over and item_trace.recommender.diversity:
        yield KeptOut(Obstacle.DIVERSITY, f"{place}; it gave way to items of other categories")
    yield KeptOut(Obstacle.RANK, f"{place}; {len(item_trace.visible)} items are shown")


def _gives_way_to_variant(item_trace: ItemTrace) -> bool:
    """Return whether another variant of the item's product is shown, or is what the list starts from."""
    known = item_trace.circumstances.cold_start or item_trace.recommender.no_cold_start
    variants = item_trace.circumstances.selection.variants_among(known.variant_groups)
    if variants is None or variants[item_trace.item] < 0:
        return False
    started_from = known.known.indices_of(item_trace.query.item_ids)
    taken = [*item_trace.visible.items.tolist(), *started_from]
    return bool((variants[taken] == variants[item_trace.item]).any())


def _is_passed_over(item_trace: ItemTrace) -> bool:
    """Return whether an item that comes behind this one by relevance is shown, and not because it is pinned."""
    pinned = {pin.item for pin in item_trace.circumstances.selection.pinned}
    places = [
        place_in(item_trace.candidates.items, item)
        for item in item_trace.visible.items.tolist()
        if item not in pinned
    ]
    return any(place is None or place > (item_trace.candidate_place or 0) for place in places)


def _last_days_ago(item_trace: ItemTrace) -> float | None:
    """Return how long ago the user last bought the item, or None."""
    if item_trace.user.factors_in(item_trace.model) is None:
        return None  # the history is what they look at
    history = item_trace.user.history.bought()
    ages = history.age_days[history.items == item_trace.item]
    return float(ages[0]) if len(ages) else None


def _days(days: float) -> str:
    return "1 day" if int(days) == 1 else f"{int(days)} days"


_CHECKS: tuple[Callable[[ItemTrace], Iterator[KeptOut]], ...] = (
    _request,
    _shop,
    _rules,
    _purchases,
    _candidacy,
    _order,
)
