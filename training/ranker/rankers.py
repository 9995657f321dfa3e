"""Both rankers of a version, learned from past windows of the same history."""

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import chain, repeat

import polars as pl
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.selection import Selection
from training.audience.learning import learn_likelihood
from training.fit.alternatives import no_content_arrays
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.fit.variant_sharing import variants_among
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.history.interactions import Interactions
from training.history.sampling import some_users
from training.history.split import OrderHistory
from training.history.windows import Window, past_windows
from training.progress import Progress, Silent
from training.ranker.choice import choose_ranker, relearn_ranker
from training.ranker.clicks import appeal_of, decided_by
from training.ranker.examples import Examples, Sampling, make_examples
from training.ranker.fitted import Aim, FittedRanker
from training.settings import TrainingSettings

AIMS = {"ranker_all": Aim("lambdarank"), "ranker_new": Aim("rank_xendcg", is_varied=True)}
"""What each ranker is trained for."""

MIN_USERS = 5
"""A window with fewer users who come back teaches nothing."""

Past = dict[str, list[Examples]]
"""For each ranker the examples of each window, newest first; only the newest has all that was not bought."""


def look_back(
    orders: OrderHistory,
    settings: TrainingSettings,
    progress: Progress,
    catalogue: ShopCatalogue = NO_CATALOGUE,
    exposures: Exposures = NO_EXPOSURES,
) -> tuple[Past, Model | None, int | None]:
    """Return examples from moments in the past of this history, until there are enough of them.

    And what was known at the newest of these moments, with what the time after it tells of audiences, and that
    moment in unix seconds; None where there is no such moment, or no dates.
    """
    parts: list[dict[str, Examples]] = []
    newest: Model | None = None
    moment: int | None = None
    drawn = some_users(orders, settings.fit_users, settings.seed)
    windows = past_windows(drawn.lines, drawn.guest_lines, settings)
    is_newest = chain([True], repeat(False))
    ahead = closing(
        _one_ahead(windows, lambda window: _fitted(window, settings, catalogue, with_content=next(is_newest)))
    )
    # Set for both threads, until both have ended: what each sets for itself, the other would undo.
    looking = progress.step("Look back on past windows", settings.windows)
    with threadpool_limits(1, "blas"), looking as done, ahead as fitted:
        wanting = list(AIMS)
        for i, (window, model, is_last) in enumerate(fitted, start=1):
            if model is not None:
                known = model if newest else with_appeal(model, exposures, window.moment)
                if newest is None:
                    audience = learn_likelihood(model, window.next, window.days, catalogue, settings.seed)
                    newest, moment = replace(model, audience=audience), window.moment
                n_users = settings.users_a_window
                if i == 1 and not is_last:
                    n_users = min(n_users, settings.compare_users)
                share = None if i == 1 else settings.negatives_share
                sampling = Sampling(n_users, settings.seed, share)
                examples = window_examples(known, window.next, sampling, wanting, catalogue)
                if known.item_appeal is not None and window.moment is not None:
                    examples = decided_by(examples, known, exposures, window.moment)
                parts.append(examples)
            done(i)
            wanting = [name for name in AIMS if _n_users(parts, name) < settings.max_examples]
            if not wanting:
                break
    return past_of(parts), newest, moment


def with_appeal(model: Model, exposures: Exposures, moment: int | None) -> Model:
    """Return ``model`` with what clicks before ``moment``, in unix seconds, say of its items.

    The same model where that is too little, or nobody knows when the moment was.
    """
    appeal = None if moment is None else appeal_of(exposures.before(moment), model.items)
    return model if appeal is None else replace(model, item_appeal=appeal)


def _one_ahead(
    windows: Iterable[Window], fit: Callable[[Window], Model | None]
) -> Generator[tuple[Window, Model | None, bool], None, None]:
    """Yield each window, what was fitted on it, and whether it is the last; the next is fitted meanwhile."""
    with ThreadPoolExecutor(1) as ahead:
        waiting = None
        for window in windows:
            fitting = ahead.submit(fit, window)
            if waiting is not None:
                earlier, model = waiting
                yield earlier, model.result(), False
            waiting = window, fitting
        if waiting is not None:
            earlier, model = waiting
            yield earlier, model.result(), True


def _fitted(
    window: Window, settings: TrainingSettings, catalogue: ShopCatalogue, *, with_content: bool
) -> Model | None:
    """Return what was known at the beginning of the window, of what items are as well where that is asked for.

    None where nothing was known.
    """
    if window.known.is_empty():
        return None
    known = Interactions.of(window.known, window.known_guests, catalogue)
    content = no_content_arrays(len(known.items)) if with_content else None
    return fit_model(Counts.of(known, settings), settings, Silent(), content=content)


def window_examples(
    model: Model,
    bought_next: pl.DataFrame,
    sampling: Sampling,
    rankers: Iterable[str] = AIMS,
    catalogue: ShopCatalogue = NO_CATALOGUE,
) -> dict[str, Examples]:
    """Return what ``rankers`` learn from one window: ``model`` knows what came before ``bought_next``."""
    lists = {name: name == "ranker_all" for name in rankers}
    selection = Selection(variants=variants_among(model.items.ids, catalogue))
    return make_examples(model, bought_next, lists, sampling, selection)


def past_of(windows: Sequence[Mapping[str, Examples]]) -> Past:
    """Return the examples of ``windows``, the newest first, but of those with too few users."""
    return {
        name: [part[name] for part in windows if name in part and part[name].n_users >= MIN_USERS]
        for name in AIMS
    }


def _n_users(windows: Sequence[Mapping[str, Examples]], name: str) -> int:
    return sum(part[name].n_users for part in windows if name in part)


def add_window(
    past: Past, model: Model, newest: Window, settings: TrainingSettings, catalogue: ShopCatalogue
) -> Past:
    """Return ``past`` with one window more, to learn from; ``model`` is what was known at its beginning."""
    sampling = Sampling(settings.users_a_window, settings.seed, settings.negatives_share)
    examples = window_examples(model, newest.next, sampling, catalogue=catalogue)
    return {name: [examples[name], *parts] for name, parts in past.items()}


def choose_rankers(
    past: Past, settings: TrainingSettings, *, from_all: bool = True
) -> dict[str, FittedRanker]:
    """Return ``ranker_all`` for lists that may hold repeats, and ``ranker_new`` for those that hold none.

    Only those that could be learned: where there is no past to learn from, lists follow the default blend.

    Args:
        past: what to learn from.
        settings: of the trees, seed and threads.
        from_all: learn what was chosen once more, from the window as well that it was chosen on. Where there is but
            one window this is done in any case: half of its users were only compared on.
    """
    names = [name for name in AIMS if past[name]]
    settings = _shared_out(settings, len(names))

    def chosen(name: str) -> FittedRanker:
        again = from_all or len(past[name]) == 1
        ranker = choose_ranker(past[name], settings, aim=AIMS[name], is_final=not again)
        return relearn_ranker(ranker, past[name], settings, aim=AIMS[name]) if again else ranker

    return _side_by_side(chosen, names)


def relearn_rankers(
    rankers: dict[str, FittedRanker], past: Past, settings: TrainingSettings
) -> dict[str, FittedRanker]:
    """Return rankers of the same kinds, learned from ``past``."""
    settings = _shared_out(settings, len(rankers))
    return _side_by_side(
        lambda name: relearn_ranker(rankers[name], past[name], settings, aim=AIMS[name]),
        list(rankers),
    )


def _shared_out(settings: TrainingSettings, n: int) -> TrainingSettings:
    """Return ``settings`` with the threads that each of ``n`` rankers has: more than cores are in each other's way."""
    cores = settings.threads or os.cpu_count() or 1
    return settings.model_copy(update={"threads": max(1, cores // max(n, 1))})


def _side_by_side(learned: Callable[[str], FittedRanker], names: list[str]) -> dict[str, FittedRanker]:
    """Return what is ``learned`` for each of ``names``, all at once: one ranker alone leaves cores idle."""
    with ThreadPoolExecutor(len(AIMS)) as pool:
        return dict(zip(names, pool.map(learned, names), strict=True))


def with_rankers(model: Model, rankers: dict[str, FittedRanker]) -> Model:
    """Return ``model`` with the texts of those rankers that could be learned."""
    texts = {name: ranker.written for name, ranker in rankers.items()}
    return replace(
        model,
        ranker_all=texts.get("ranker_all", model.ranker_all),
        ranker_new=texts.get("ranker_new", model.ranker_new),
    )
