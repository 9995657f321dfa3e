"""Decides what to offer to a shopper, keeps what was decided, and says what came of it."""

import hashlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
import structlog
from pydantic import ValidationError

from recsvc.clock import now_us
from recsvc.errors import ConflictError
from recsvc.moments.benefit import MAX_BENEFITS, NOTHING, Benefit
from recsvc.moments.offer_choice import Evidence, Tally, Worth, drawn, prospects
from recsvc.moments.offer_results import Sums, Uplift, added, uplift
from recsvc.rules.columns import Columns
from recsvc.rules.dictionary import Dictionary
from recsvc.rules.evaluation import NOBODY, ConditionEvaluation, ListContext
from recsvc.rules.expression import context_of
from recsvc.rules.parser import parse
from recsvc.store.event import DAY_US
from recsvc.store.offers import Decision, Limit, Settled, StoredBenefit, StoredOffers

EVIDENCE_SECONDS = 30.0
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
        stored: where benefits and decisions are.
        settings: how offers are decided.
        context_of: tells what conditions may ask of a shopper.
        secret: returns 32 bytes that draw who is held out, the same in all workers.
        clock: returns the time in microseconds since 1970.
        rng: for the choices.
        objects: tells who asked not to be profiled; they are offered nothing.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a decision needs
        self,
        stored: Callable[[], StoredOffers],
        settings: OfferSettings,
        context_of: ContextOf,
        secret: Callable[[], bytes],
        clock: Callable[[], int] = now_us,
        rng: np.random.Generator | None = None,
        *,
        objects: Callable[[str], bool] = lambda _user_id: False,
    ) -> None:
        self._stored = stored
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
        return dict(_read(self._stored().benefits()))

    def put(self, name: str, benefit: Benefit) -> bool:
        """Store a benefit, replacing the one of its name; return whether there was none.

        Raises ConflictError for a name that stands for no benefit, or where there are too many.
        """
        if name == NOTHING:
            raise ConflictError(
                f"a benefit cannot be called {NOTHING}, which stands for no offer; choose another name"
            )
        body = benefit.model_dump(mode="json")
        return self._stored().put_benefit(StoredBenefit(name, body, self._clock()), MAX_BENEFITS)

    def delete(self, name: str) -> bool:
        """Delete a benefit; return whether there was one. What was decided stays, and what was offered may be taken."""
        return self._stored().delete_benefit(name)

    def offer_for(self, user_id: str) -> Offered | None:
        """Return what is decided for a user: the same for ``every_days``.

        None for one who was erased, or asked not to be profiled.
        """
        if self._objects(user_id):
            return None
        moment_us = self._clock()
        since_us = moment_us - round(self._settings.every_days * DAY_US)
        known = self._stored().newest(user_id, since_us + 1)
        if known is None:
            known = self._decide(user_id, moment_us, since_us + 1)
        return None if known is None else self._offered(known, moment_us)

    def take(self, offer_id: str, cost: float | None) -> Decision | None:
        """Note that an offer was taken; None where there is none of this id; raises ConflictError."""
        return self._stored().take(offer_id, self._clock(), cost)

    def held(self, user_id: str) -> list[Decision]:
        """Return what is held on a user, newest first."""
        return self._stored().of_user(user_id)

    def results(self) -> OfferResults:
        """Return what came of the decisions of the last year whose time is over."""
        moment_us, margin = self._clock(), self._settings.margin
        self._settle(moment_us)
        rows = self._stored().settled(moment_us - WINDOW_DAYS * DAY_US)
        decided = added(dict(enumerate(_sums(row, margin) for row in rows if not row.is_held_out)))
        held_out = added(dict(enumerate(_sums(row, margin) for row in rows if row.is_held_out)))
        committed = self._stored().committed(moment_us)
        by_benefit = defaultdict(list)
        for row in rows:
            if row.benefit != NOTHING:
                by_benefit[row.benefit].append(_sums(row, margin))
        names = {*by_benefit, *(name for name in committed if name != NOTHING), *self.benefits()}
        return OfferResults(
            decided,
            held_out,
            uplift(decided, held_out),
            {
                name: BenefitResults(added(dict(enumerate(by_benefit[name]))), committed.get(name, 0.0))
                for name in sorted(names)
            },
        )

    def _decide(self, user_id: str, moment_us: int, since_us: int) -> Decision | None:
        stored, every_us = self._stored(), round(self._settings.every_days * DAY_US)
        nothing = Decision(
            secrets.token_hex(16), user_id, NOTHING, False, "", 1.0, 0.0, moment_us, moment_us + every_us
        )
        benefits = self._open_to(user_id, moment_us)
        stratum = self._stratum(user_id, benefits)
        if self._is_held_out(user_id):
            held_out = _changed(nothing, is_held_out=True, stratum=stratum)
            return stored.record(held_out, None, since_us, held_out)
        limits = {name: _limit(benefit, moment_us) for name, benefit in benefits.items()}
        gone = stored.exhausted(limits, user_id, moment_us)
        left = {name: benefit.cost for name, benefit in benefits.items() if name not in gone}
        with self._lock:  # numpy's generators are for one thread at a time
            evidence, order_value = self._known(moment_us)
            if order_value is None:
                order_value = DEAREST_TIMES * max([1.0, *left.values()])
            worth = Worth(self._settings.margin, order_value)
            found = prospects(left, stratum, evidence, worth, self._rng)
            chosen = drawn(found, self._rng)
        # Where the budget left no choice, chance alone did not decide.
        learns_from = "" if gone else stratum
        made = _changed(nothing, stratum=learns_from, propensity=chosen.propensity)
        if chosen.name == NOTHING:
            return stored.record(made, None, since_us, nothing)
        benefit = benefits[chosen.name]
        made = _changed(
            made,
            benefit=chosen.name,
            cost=benefit.cost,
            expires_at_us=moment_us + benefit.valid_days * DAY_US,
        )
        _log.info("offer_decided", benefit=chosen.name, propensity=round(chosen.propensity, 4))
        return stored.record(made, limits[chosen.name], since_us, nothing)

    def _open_to(self, user_id: str, moment_us: int) -> dict[str, Benefit]:
        """Return the benefits that run and are for a user."""
        running = {name: benefit for name, benefit in self.benefits().items() if _runs(benefit, moment_us)}
        conditions = {name: parse(one.when) for name, one in running.items() if one.when is not None}
        needed = frozenset[str]().union(*map(context_of, conditions.values()))
        context = self._context_of(user_id, needed) if conditions else NOBODY
        evaluation = ConditionEvaluation(Columns(0, Dictionary(), {}), lambda _id: None, context)
        return {
            name: benefit
            for name, benefit in running.items()
            if name not in conditions or bool(np.all(evaluation.truth(conditions[name])))
        }

    def _stratum(self, user_id: str, benefits: Iterable[str]) -> str:
        """Return who is like a user: those of as many orders who may have the same benefits."""
        n_orders = self._context_of(user_id, frozenset()).n_orders
        orders = ("no_orders", "one_order", "several_orders")[min(n_orders, 2)]
        choices = hashlib.blake2b("\0".join(sorted(benefits)).encode(), digest_size=6).hexdigest()
        return f"{orders}/{choices}"

    def _is_held_out(self, user_id: str) -> bool:
        drawn_us = hashlib.blake2b(user_id.encode(errors="surrogatepass"), digest_size=8, key=self._secret())
        return int.from_bytes(drawn_us.digest()) < self._settings.hold_out * 2**64

    def _known(self, moment_us: int) -> tuple[Evidence, float | None]:
        """Return what earlier decisions led to, until a moment ago, and what an order is worth."""
        if self._evidence is None or time.monotonic() - self._evidence[0] > EVIDENCE_SECONDS:
            self._settle(moment_us)
            rows = self._stored().settled(moment_us - WINDOW_DAYS * DAY_US)
            tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
            for row in rows:
                if row.stratum:
                    tallies[row.benefit, row.stratum] += Tally(row.n, row.ordered, row.revenue, row.taken)
            self._evidence = (time.monotonic(), dict(tallies), self._stored().order_value())
        return self._evidence[1:]

    def _settle(self, moment_us: int) -> None:
        horizon_us = round(self._settings.every_days * DAY_US)
        self._stored().settle(moment_us - horizon_us, horizon_us)

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


def _changed(decision: Decision, **fields: object) -> Decision:
    return Decision(**{**vars(decision), **fields})


def _runs(benefit: Benefit, moment_us: int) -> bool:
    moment = moment_us / 1_000_000
    has_begun = benefit.start is None or benefit.start.timestamp() <= moment
    return has_begun and (benefit.end is None or moment < benefit.end.timestamp())


def _limit(benefit: Benefit, moment_us: int) -> Limit:
    return Limit(
        benefit.cost, benefit.budget, benefit.max_per_shopper, moment_us - benefit.rest_days * DAY_US
    )


def _sums(row: Settled, margin: float) -> Sums:
    net = margin * row.revenue - row.cost
    squared = margin**2 * row.revenue_squared - 2 * margin * row.revenue_by_cost + row.cost_squared
    return Sums(row.n, row.taken, row.ordered, row.revenue, row.cost, net, squared)


def _read(stored: Iterable[StoredBenefit]) -> Iterable[tuple[str, Benefit]]:
    for one in stored:
        try:
            yield one.name, Benefit.model_validate(one.body)
        except ValidationError:
            _log.warning("benefit_unreadable", name=one.name)
