"""How well the next order of each shopper is foreseen: calibration and likelihood on the weeks held back."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.moments.curve import Curves
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from training.evaluation.bootstrap import Estimate, Resampling
from training.history.interactions import DAY_SECONDS, Interactions
from training.history.split import Split
from training.moments.learning import bg_nbd_of, learn_shop_rhythm
from training.moments.order_days import OrderDays

Floats = NDArray[np.float64]

HORIZONS_DAYS = (7, 28)
BINS = 10
MAX_USERS = 20_000

RECENCY, BUCKETS, BG_NBD = "recency alone", "frequency and recency buckets", "BG/NBD"

RECENCY_BUCKETS_DAYS = (7, 14, 28, 56, 112, 224)
ORDER_BUCKETS = (2, 3, 5, 10)
BUCKET_PRIOR = 1.0
"""A bucket borrows so many orders, at the rate of all, from the shop."""


@dataclass(frozen=True)
class Bin:
    """A tenth of the shoppers: those whose chances are about alike.

    Attributes:
        foreseen: the mean of their chances.
        came: the share of them who ordered.
        n_users: how many they are.
    """

    foreseen: float
    came: float
    n_users: int


@dataclass(frozen=True)
class Calibration:
    """Whether of those with a chance of 30 % about 30 % come.

    Attributes:
        days: the chance is that of an order within so many days.
        error: mean distance of foreseen and came over the bins, weighted by shoppers: the expected calibration error.
        bins: of about equally many shoppers, lowest chance first.
    """

    days: int
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class MomentsMeasured:
    """How well next orders are foreseen.

    Attributes:
        n_users: shoppers measured on.
        n_ordered: those of them who ordered in the weeks held back.
        window_days: length of these weeks.
        calibration: for each horizon.
        log_likelihood: mean over shoppers of the log of the probability of what they did: the day of their next order,
            or that none came.
        gains: by rival, how much higher that is than the rival's.
    """

    n_users: int
    n_ordered: int
    window_days: float
    calibration: tuple[Calibration, ...]
    log_likelihood: Estimate
    gains: Mapping[str, Estimate]


@dataclass(frozen=True, eq=False)
class _Tested:
    """Shoppers as they stood at the cut, and the time to their next order; NaN for none in the weeks held back."""

    rhythms: Rhythms
    since_days: Floats
    waited_days: Floats
    now_days: float
    edges: Floats

    @property
    def tenure_days(self) -> Floats:
        return self.rhythms.tenure_days + self.since_days

    def log_likelihoods(self, hazards: Floats) -> Floats:
        """Return the log-likelihood of each shopper under cumulated ``hazards``, shape (n, n_edges)."""
        row = np.arange(len(self.since_days))
        came = ~np.isnan(self.waited_days)
        day = np.clip(
            np.searchsorted(self.edges, np.nan_to_num(self.waited_days), side="right") - 1,
            0,
            len(self.edges) - 2,
        )
        low, high = hazards[row, day], hazards[row, day + 1]
        on_day = -low + np.log(np.maximum(-np.expm1(-(high - low)), 1e-300))
        return np.where(came, on_day, -hazards[:, -1])


def measure_moments(
    model: Model, known: Interactions, split: Split, resampling: Resampling
) -> MomentsMeasured | None:
    """Return how well ``model`` foresees what is held back; None where that cannot be measured.

    Args:
        model: learned from the training part.
        known: the training part.
        split: in time.
        resampling: of the shoppers.
    """
    orders = OrderDays.of(known)
    shop, rhythm = ShopRhythm.of_text(model.moments), model.user_rhythm
    if split.cut is None or orders is None or shop is None or rhythm is None or not shop.is_learned:
        return None
    tested = _tested(rhythm, known, split, resampling.seed)
    if not len(tested.rhythms):
        return None
    curves = shop.curves(tested.rhythms, tested.since_days, tested.edges, tested.now_days)
    ours = tested.log_likelihoods(curves.hazards)
    gains = {
        name: ours - tested.log_likelihoods(hazards)
        for name, hazards in _rivals(tested, orders, resampling.seed).items()
    }
    estimates = resampling.means(np.stack([ours, *gains.values()], axis=1))
    return MomentsMeasured(
        len(ours),
        int((~np.isnan(tested.waited_days)).sum()),
        float(tested.edges[-1]),
        tuple(_calibration(curves, tested, days) for days in HORIZONS_DAYS if days <= tested.edges[-1]),
        estimates[0],
        dict(zip(gains, estimates[1:], strict=True)),
    )


def _tested(user_rhythm: NDArray[np.float32], known: Interactions, split: Split, seed: int) -> _Tested:
    cut, window, held_back = split.cut or 0, split.window_days or 0.0, split.held_back
    if held_back is None:
        held_back = split.train_lines.clear()
    users = np.flatnonzero(user_rhythm[:, 0] > 0)
    if len(users) > MAX_USERS:
        users = np.sort(np.random.default_rng(seed).choice(users, MAX_USERS, replace=False))
    rhythms, age_days = Rhythms.of_columns(user_rhythm[users])
    first = dict(
        held_back.drop_nulls(["user_id", "ordered_at"])
        .group_by("user_id")
        .agg(pl.col("ordered_at").min())
        .iter_rows()
    )
    ids = known.users.ids
    at = np.asarray([first.get(ids[int(user)], np.nan) for user in users], np.float64)
    late = (
        cut - (known.data_through or cut)
    ) / DAY_SECONDS  # the newest known order is a little before the cut
    edges = np.append(np.arange(np.floor(window)), window)
    return _Tested(rhythms, age_days + late, (at - cut) / DAY_SECONDS, cut / DAY_SECONDS, edges)


def _rivals(tested: _Tested, orders: OrderDays, seed: int) -> dict[str, Floats]:
    """Return the cumulated hazards of each rival, learned from the same orders; float64, shape (n, n_edges)."""
    alone = learn_shop_rhythm(orders, seed, recency_alone=True)
    by_recency = alone.curves(tested.rhythms, tested.since_days, tested.edges, tested.now_days).hazards
    fitted = bg_nbd_of(orders, orders.rhythms(), seed)
    survival = fitted.survival(
        tested.rhythms.orders - 1, tested.rhythms.tenure_days, tested.tenure_days, tested.edges
    )
    return {
        RECENCY: by_recency,
        BUCKETS: _bucket_rates(orders, tested)[:, np.newaxis] * tested.edges,
        BG_NBD: -np.log(np.maximum(survival, 1e-300)),
    }


def _bucket_rates(orders: OrderDays, tested: _Tested) -> Floats:
    """Return the orders a day of each shopper's bucket in the last weeks of the training part; float64, shape (n,)."""
    window = tested.edges[-1]
    before = orders.at_days <= orders.now_days - window
    then = OrderDays(
        orders.n_users,
        orders.users[before],
        orders.at_days[before],
        orders.now_days - window,
        orders.day_starts_hour,
    )
    last = np.flatnonzero(np.diff(then.users, append=-1) != 0)
    later_users, first_later = np.unique(orders.users[~before], return_index=True)
    waited = np.full(orders.n_users, window)
    came = np.zeros(orders.n_users)
    waited[later_users] = orders.at_days[~before][first_later] - then.now_days
    came[later_users] = 1
    users = then.users[last]
    bucket = _bucket(then.rhythms().at(last).orders, then.now_days - then.at_days[last])
    n = (len(RECENCY_BUCKETS_DAYS) + 1) * (len(ORDER_BUCKETS) + 1)
    usual = (came[users].sum() + 0.5) / max(float(waited[users].sum()), 1.0)
    rates = (np.bincount(bucket, came[users], n) + BUCKET_PRIOR) / (
        np.bincount(bucket, waited[users], n) + BUCKET_PRIOR / usual
    )
    return np.asarray(rates[_bucket(tested.rhythms.orders, tested.since_days)], np.float64)


def _bucket(n_orders: Floats, since_days: Floats) -> NDArray[np.int64]:
    recency = np.searchsorted(RECENCY_BUCKETS_DAYS, since_days, side="right")
    frequency = np.searchsorted(ORDER_BUCKETS, n_orders, side="right")
    return np.asarray(recency * (len(ORDER_BUCKETS) + 1) + frequency, np.int64)


def _calibration(curves: Curves, tested: _Tested, days: int) -> Calibration:
    chances = curves.chance_within(float(days))
    came = np.nan_to_num(tested.waited_days, nan=np.inf) <= days
    parts = np.array_split(np.argsort(chances, kind="stable"), BINS)
    bins = tuple(
        Bin(float(chances[part].mean()), float(came[part].mean()), len(part)) for part in parts if len(part)
    )
    error = sum(one.n_users * abs(one.foreseen - one.came) for one in bins) / len(chances)
    return Calibration(days, error, bins)
