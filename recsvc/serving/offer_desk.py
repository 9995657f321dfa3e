"""Decides what to offer to a shopper, keeps what was decided, and says what came of it."""

import hashlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import structlog
from pydantic import ValidationError

from recsvc.clock import now_us
from recsvc.errors import ConflictError
from recsvc.moments.benefit import MAX_BENEFITS, NOTHING, Benefit
from recsvc.moments.offer_choice import Evidence, Tally, Worth, drawn, prospects
from recsvc.moments.offer_results import Earned, Sums, Uplift, uplift
from recsvc.rules.columns import Columns
from recsvc.rules.dictionary import Dictionary
from recsvc.rules.evaluation import ConditionEvaluation, ListContext
from recsvc.rules.expression import context_of
from recsvc.rules.parser import parse
from recsvc.store.benefits import StoredBenefit
from recsvc.store.event import DAY_US
from recsvc.store.offers import Decision, Limit
from recsvc.store.store import Store

EVIDENCE_SECONDS = 300.0
"""What decisions led to is read anew after so long."""

DEAREST_TIMES = 10.0
"""While no order with a price is in the store, one counts as worth so many times the dearest benefit."""

WINDOW_DAYS = 365
"""Decisions of so many days tell what they lead to."""

_log = structlog.get_logger(__name__)

ContextOf = Callable[[str, frozenset[str]], ListContext]
"""Returns what is known of a shopper; of what conditions do not name, nothing needs to be looked up."""


@dataclass(frozen=True)
class OfferSettings:
    """How offers are decided.

    Attributes:
        every_days: a shopper's next decision is made after so long; orders count so long after one.
        hold_out: share of the shoppers who are never offered anything, 0..1.
        margin: what is left of revenue once the goods are paid, 0..1.
    """

    every_days: float
    hold_out: float
    margin: float


@dataclass(frozen=True)
class Offered:
    """What is decided for a shopper, and why.

    Attributes:
        decision: as it is kept.
        benefit: what is offered; None: nothing.
        why: in words.
    """

    decision: Decision
    benefit: Benefit | None
    why: str


@dataclass(frozen=True)
class BenefitResults:
    """What came of a benefit.

    Attributes:
        sums: over decisions whose time is over.
        committed: what was taken and what may still be taken, in the currency.
    """

    sums: Sums
    committed: float


@dataclass(frozen=True)
class OfferResults:
    """What came of all decisions whose time is over.

    Attributes:
        decided, held_out: shoppers who could be offered something, and those who could not.
        uplift: margin less cost of a shopper above those who are held out; None while there are too few.
        benefits: by name.
    """

    decided: Sums
    held_out: Sums
    uplift: Uplift | None
    benefits: Mapping[str, BenefitResults]


class OfferDesk:
    """What programs and people do with offers; every method raises StoreError when the database fails.

    Args:
        store: where benefits and decisions are.
        settings: how offers are decided.
        context_of: tells what conditions may ask of a shopper.
        secret: returns 32 bytes that draw who is held out, the same in all workers.
        clock: returns the time in microseconds since 1970.
        rng: for the choices.
        objects: tells who asked not to be profiled; they are offered nothing.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a decision needs
        self,
        store: Store,
        settings: OfferSettings,
        context_of: ContextOf,
        secret: Callable[[], bytes],
        clock: Callable[[], int] = now_us,
        rng: np.random.Generator | None = None,
        *,
        objects: Callable[[str], bool] = lambda _user_id: False,
    ) -> None:
        self._store = store
        self._settings = settings
        self._context_of = context_of
        self._secret = secret
        self._objects = objects
        self._clock = clock
        self._rng = rng or np.random.default_rng()
        self._lock = Lock()
        self._evidence: tuple[float, Evidence, float | None] | None = None

    def benefits(self) -> dict[str, Benefit]:
        """Return all benefits, by name."""
        return dict(_read(self._store.benefits.all()))

    def put(self, name: str, benefit: Benefit) -> bool:
        """Store a benefit, replacing the one of its name; return whether there was none.

        Raises ConflictError for a name that stands for no benefit, or where there are too many.
        """
        if name == NOTHING:
            raise ConflictError(
                f"a benefit cannot be called {NOTHING}, which stands for no offer; choose another name"
            )
        body = benefit.model_dump(mode="json")
        return self._store.benefits.put(StoredBenefit(name, body, self._clock()), MAX_BENEFITS)

    def delete(self, name: str) -> bool:
        """Delete a benefit; return whether there was one. What was decided stays, and what was offered may be taken."""
        return self._store.benefits.delete(name)

    def offer_for(self, user_id: str) -> Offered | None:
        """Return what is decided for a user: the same for ``every_days``.

        None for one who was erased, or asked not to be profiled.
        """
        if self._objects(user_id):
            return None
        moment_us = self._clock()
        since_us = moment_us - round(self._settings.every_days * DAY_US)
        known = self._store.offers.newest(user_id, since_us + 1)
        if known is None:
            known = self._decide(user_id, moment_us, since_us + 1)
        return None if known is None else self._offered(known, moment_us)

    def take(self, offer_id: str, cost: float | None) -> Decision | None:
        """Note that an offer was taken; None where there is none of this id; raises ConflictError."""
        return self._store.offers.take(offer_id, self._clock(), cost)

    def held(self, user_id: str) -> list[Decision]:
        """Return what is held on a user, newest first."""
        return self._store.offers.of_user(user_id)

    def results(self) -> OfferResults:
        """Return what came of the decisions of the last year whose time is over."""
        moment_us, store = self._clock(), self._store
        self._settle(moment_us)
        since_us = moment_us - WINDOW_DAYS * DAY_US
        committed, names = store.offers.committed(moment_us), {*self.benefits()}
        sums: defaultdict[bool, Sums] = defaultdict(Sums)
        of_benefits: defaultdict[str, Sums] = defaultdict(Sums)
        for row in store.offers.settled(since_us):
            found = Sums(row.n, row.taken, row.ordered, row.revenue, row.cost)
            sums[row.is_held_out] += found
            of_benefits[row.benefit] += found
        earned = defaultdict(Earned)
        for is_held_out, each in store.offers.earned(since_us, self._settings.margin).items():
            earned[is_held_out] = Earned(*each)
        names = (names | of_benefits.keys() | committed.keys()) - {NOTHING}
        return OfferResults(
            sums[False],
            sums[True],
            uplift(earned[False], earned[True]),
            {name: BenefitResults(of_benefits[name], committed.get(name, 0.0)) for name in sorted(names)},
        )

    def _decide(self, user_id: str, moment_us: int, since_us: int) -> Decision | None:
        offers, every_us = self._store.offers, round(self._settings.every_days * DAY_US)
        benefits, n_orders = self._open_to(user_id, moment_us)
        limits = {name: _limit(benefit, moment_us) for name, benefit in benefits.items()}
        gone = offers.exhausted(limits, user_id, moment_us)
        costs = {name: benefit.cost for name, benefit in benefits.items() if name not in gone}
        nothing = Decision(
            secrets.token_hex(16), user_id, NOTHING, False, "", 1.0, 0.0, moment_us, moment_us + every_us
        )
        stratum = _stratum(n_orders, costs)
        if self._is_held_out(user_id):
            held_out = replace(nothing, is_held_out=True, stratum=stratum)
            return offers.record(held_out, None, since_us, held_out)
        with self._lock:  # numpy's generators are for one thread at a time
            evidence, order_value = self._known(moment_us)
            if order_value is None:
                order_value = DEAREST_TIMES * max([1.0, *costs.values()])
            worth = Worth(self._settings.margin, order_value)
            chosen = drawn(prospects(costs, stratum, evidence, worth, self._rng), self._rng)
        made = replace(nothing, stratum=stratum, propensity=chosen.propensity)
        if chosen.name == NOTHING:
            return offers.record(made, None, since_us, made)
        benefit = benefits[chosen.name]
        expires_at_us = moment_us + benefit.valid_days * DAY_US
        made = replace(made, benefit=chosen.name, cost=benefit.cost, expires_at_us=expires_at_us)
        # Where others used the budget up meanwhile, chance alone did not decide: nothing is learned of that.
        return offers.record(made, limits[chosen.name], since_us, nothing)

    def _open_to(self, user_id: str, moment_us: int) -> tuple[dict[str, Benefit], int]:
        """Return the benefits that run and are for a user, and how many orders the user made."""
        running = {name: benefit for name, benefit in self.benefits().items() if _runs(benefit, moment_us)}
        conditions = {name: parse(one.when) for name, one in running.items() if one.when is not None}
        context = self._context_of(user_id, frozenset().union(*map(context_of, conditions.values())))
        evaluation = ConditionEvaluation(Columns(0, Dictionary(), {}), lambda _id: None, context)
        met = {
            name: benefit
            for name, benefit in running.items()
            if name not in conditions or bool(np.all(evaluation.truth(conditions[name])))
        }
        return met, context.n_orders

    def _is_held_out(self, user_id: str) -> bool:
        digest = hashlib.blake2b(user_id.encode(errors="surrogatepass"), digest_size=8, key=self._secret())
        return int.from_bytes(digest.digest()) < self._settings.hold_out * 2**64

    def _known(self, moment_us: int) -> tuple[Evidence, float | None]:
        """Return what earlier decisions led to, until a moment ago, and what an order is worth."""
        if self._evidence is None or time.monotonic() - self._evidence[0] > EVIDENCE_SECONDS:
            self._settle(moment_us)
            tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
            for row in self._store.offers.settled(moment_us - WINDOW_DAYS * DAY_US):
                if row.stratum:
                    tallies[row.benefit, row.stratum] += Tally(row.n, row.ordered, row.revenue, row.taken)
            self._evidence = (time.monotonic(), dict(tallies), self._store.offers.order_value())
        return self._evidence[1:]

    def _settle(self, moment_us: int) -> None:
        horizon_us = round(self._settings.every_days * DAY_US)
        self._store.offers.settle(moment_us - horizon_us, horizon_us)

    def _offered(self, decision: Decision, moment_us: int) -> Offered:
        benefit = self.benefits().get(decision.benefit)
        if decision.is_held_out:
            return Offered(
                decision, None, "one of the shoppers who are offered nothing, so that offers can be measured"
            )
        if decision.benefit == NOTHING:
            return Offered(
                decision, None, "doing nothing promises as much, or was tried to learn what it leads to"
            )
        if decision.taken_at_us is not None:
            return Offered(decision, None, f"{decision.benefit} was taken")
        if decision.expires_at_us <= moment_us or benefit is None:
            return Offered(decision, None, f"{decision.benefit} has expired or was withdrawn")
        share = f"chosen with probability {decision.propensity:.0%}"
        return Offered(
            decision,
            benefit,
            f"{decision.benefit} promises most for such shoppers, or is tried to learn: {share}",
        )


def _stratum(n_orders: int, benefits: Iterable[str]) -> str:
    """Return who is alike: shoppers of as many orders who may have the same benefits now."""
    orders = ("no_orders", "one_order", "several_orders")[min(n_orders, 2)]
    choices = hashlib.blake2b("\0".join(sorted(benefits)).encode(), digest_size=6).hexdigest()
    return f"{orders}/{choices}"


def _runs(benefit: Benefit, moment_us: int) -> bool:
    moment = moment_us / 1_000_000
    has_begun = benefit.start is None or benefit.start.timestamp() <= moment
    return has_begun and (benefit.end is None or moment < benefit.end.timestamp())


def _limit(benefit: Benefit, moment_us: int) -> Limit:
    return Limit(
        benefit.cost, benefit.budget, benefit.max_per_shopper, moment_us - benefit.rest_days * DAY_US
    )


def _read(stored: Iterable[StoredBenefit]) -> Iterable[tuple[str, Benefit]]:
    for one in stored:
        try:
            yield one.name, Benefit.model_validate(one.body)
        except ValidationError:
            _log.warning("benefit_unreadable", name=one.name)
