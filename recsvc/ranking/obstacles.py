"""What kept an item out of a list."""

from collections.abc import Callable, Iterator

from recsvc.ranking.case import Case, place_in
from recsvc.ranking.explanation import KeptOut, Obstacle
from recsvc.ranking.query import Placement


def kept_out_by(case: Case) -> KeptOut:
    """Return what kept out an item that is not shown; of several things the first in the order of ``Obstacle``."""
    found = (obstacle for check in _CHECKS for obstacle in check(case))
    return next(found)


def _asked(case: Case) -> Iterator[KeptOut]:
    item_id = case.item_id
    live = case.circumstances.live
    if item_id in case.query.item_ids:
        yield KeptOut(Obstacle.CONTEXT, "what the list starts from is never in it")
    if item_id in case.query.exclude:
        yield KeptOut(Obstacle.EXCLUDED, "the request excludes it")
    if live is not None and case.item in live.disliked:
        yield KeptOut(Obstacle.DISLIKED, "the shopper disliked it, and is never shown it again")


def _shop(case: Case) -> Iterator[KeptOut]:
    if case.circumstances.can_show(case.item):
        return
    unknown = KeptOut(Obstacle.OUT_OF_STOCK, "the catalogue says that it cannot be sold now")
    yield case.circumstances.unavailable or unknown


def _rules(case: Case) -> Iterator[KeptOut]:
    selection = case.circumstances.selection
    if selection.allowed is not None and not selection.allowed[case.item]:
        yield KeptOut(
            Obstacle.FILTER, "the filter, the minimum stock or the category of the list does not let it in"
        )
    days, ago = selection.exclude_bought_days, _last_days_ago(case)
    if days is not None and ago is not None and ago < days and case.model.is_dated:
        detail = f"bought {_days(ago)} ago; the placement leaves out what was bought within {days:g} days"
        yield KeptOut(Obstacle.RECENTLY_BOUGHT, detail)


def _purchases(case: Case) -> Iterator[KeptOut]:
    ago = _last_days_ago(case)
    if case.query.placement is Placement.DISCOVER and ago is not None:
        when = f", the last time {_days(ago)} ago" if case.model.is_dated else ""
        yield KeptOut(
            Obstacle.ALREADY_BOUGHT, f"the shopper bought it before{when}; discover holds what is new"
        )
    if case.query.placement is Placement.BUY_AGAIN and case.has_taste and ago is None and not case.is_filled:
        yield KeptOut(
            Obstacle.NEVER_BOUGHT, "the shopper never bought it; buy_again holds only what they did"
        )


def _candidacy(case: Case) -> Iterator[KeptOut]:
    n = len(case.candidates)
    if case.is_new:
        yield KeptOut(
            Obstacle.NOT_A_CANDIDATE, "added since the training; other new items are nearer, or fit better"
        )
    if case.candidate_place is None:
        yield KeptOut(Obstacle.NOT_A_CANDIDATE, f"no source proposes it; {n} other items are candidates")


def _order(case: Case) -> Iterator[KeptOut]:
    rank, n = (case.candidate_place or 0) + 1, len(case.candidates)
    place, is_passed_over = f"it is number {rank} of {n} candidates", _is_passed_over(case)
    for cap in case.circumstances.selection.caps:
        group = cap.groups[case.item]
        is_full = group >= 0 and int((cap.groups[case.visible.items] == group).sum()) >= cap.at_most
        if is_full and is_passed_over:
            yield KeptOut(Obstacle.CAP, f"{place}; at most {cap.at_most} items of its group are in the list")
    if case.item in case.circumstances.selection.last:
        yield KeptOut(Obstacle.ROTATION, f"{place}; it was shown often and never clicked, so it comes last")
    if is_passed_over and case.recommender.diversity:
        yield KeptOut(Obstacle.DIVERSITY, f"{place}; it gave way to items of other categories")
    yield KeptOut(Obstacle.RANK, f"{place}; {len(case.visible)} items are shown")


def _is_passed_over(case: Case) -> bool:
    """Return whether an item that comes behind this one by relevance is shown, and not because it is pinned."""
    pinned = {one.item for one in case.circumstances.selection.pinned}
    places = [
        place_in(case.candidates.items, item) for item in case.visible.items.tolist() if item not in pinned
    ]
    return any(place is None or place > (case.candidate_place or 0) for place in places)


def _last_days_ago(case: Case) -> float | None:
    """Return when the shopper last bought the item, or None."""
    if case.shopper.taste_in(case.model) is None:
        return None  # the history is what they look at
    history = case.shopper.history.bought()
    ages = history.age_days[history.items == case.item]
    return float(ages[0]) if len(ages) else None


def _days(days: float) -> str:
    return "1 day" if int(days) == 1 else f"{int(days)} days"


_CHECKS: tuple[Callable[[Case], Iterator[KeptOut]], ...] = (
    _asked,
    _shop,
    _rules,
    _purchases,
    _candidacy,
    _order,
)
