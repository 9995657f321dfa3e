"""Chooses what to offer to shoppers, by what earlier offers led to."""

import hashlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import structlog
from pydantic import ValidationError

from recsvc.moments.benefit import NOTHING, Benefit
from recsvc.moments.offer_choice import Evidence, Prospect, Tally, Worth, drawn, prospects
from recsvc.rules.columns import Columns
from recsvc.rules.dictionary import Dictionary
from recsvc.rules.evaluation import ConditionEvaluation, ListContext
from recsvc.rules.expression import context_of
from recsvc.rules.parser import parse
from recsvc.store.benefits import StoredBenefit
from recsvc.store.event import DAY_US
from recsvc.store.offer_room import Limit
from recsvc.store.offers import Decision, Proposal
from recsvc.store.store import Store

EVIDENCE_SECONDS = 300.0
"""What decisions led to is read anew after so long."""

DEAREST_TIMES = 10.0
"""While no order with a price is in the store, one counts as worth so many times the dearest benefit."""

WINDOW_DAYS = 365
"""Decisions of so many days tell what they lead to."""

_log = structlog.get_logger(__name__)


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

    @property
    def every_us(self) -> int:
        """The same in microseconds."""
        return round(self.every_days * DAY_US)


ContextOf = Callable[[str, frozenset[str]], ListContext]
"""Returns what is known of a shopper; of what conditions do not name, nothing needs to be looked up."""

StatesOf = Callable[[Sequence[str], int], Mapping[str, str]]
"""Returns where shoppers stand between two orders at a moment, in microseconds; those of whom that is unknown are left
out."""


def no_states(_user_ids: Sequence[str], _at_us: int) -> Mapping[str, str]:
    """Return that it is known of nobody where they stand."""
    return {}


@dataclass(frozen=True)
class Customers:
    """What is known of shoppers.

    Attributes:
        context_of: tells what conditions may ask of one.
        states_of: tells where they stand between two orders.
        secret: returns 32 bytes that draw who is held out, the same in all workers.
    """

    context_of: ContextOf
    secret: Callable[[], bytes]
    states_of: StatesOf = no_states


class OfferChooser:
    """Chooses; threads may share it, and every method raises StoreError when the database fails.

    Args:
        store: where benefits, decisions and orders are.
        settings: how offers are decided.
        customers: what is known of them.
        rng: for the choices.
    """

    def __init__(
        self, store: Store, settings: OfferSettings, customers: Customers, rng: np.random.Generator
    ) -> None:
        self._store, self._settings, self._customers, self._rng = store, settings, customers, rng
        self._lock = Lock()
        self._evidence: tuple[float, Evidence, float | None] | None = None

    def benefits(self) -> dict[str, Benefit]:
        """Return all benefits, by name."""
        return dict(_read(self._store.benefits.all()))

    def proposals(self, user_ids: Sequence[str], moment_us: int) -> list[Proposal]:
        """Return what to offer to shoppers, in their order.

        Of those who are alike the probabilities are the same; each one's choice is drawn by itself.
        """
        running = {name: one for name, one in self.benefits().items() if _runs(one, moment_us)}
        limits = {name: _limit(benefit, moment_us) for name, benefit in running.items()}
        gone = self._store.offers.exhausted(limits, user_ids, moment_us)
        states = self._customers.states_of(user_ids, moment_us)
        open_to = self._open_to(running, user_ids)
        evidence, order_value = self._known(moment_us)
        choice = _Choice(evidence, order_value, self._settings.margin, self._rng)
        return [
            self._proposal(
                user_id,
                moment_us,
                {name: running[name] for name in sorted(met - gone[user_id])},
                states.get(user_id) or _by_orders(n_orders),
                choice,
            )
            for user_id, (met, n_orders) in zip(user_ids, open_to, strict=True)
        ]

    def _proposal(
        self, user_id: str, moment_us: int, benefits: Mapping[str, Benefit], kind: str, choice: "_Choice"
    ) -> Proposal:
        nothing = Decision(
            secrets.token_hex(16), user_id, NOTHING, False, "", 1.0, 0.0, moment_us,
            moment_us + self._settings.every_us,
        )  # fmt: skip
        stratum = _stratum(kind, benefits)
        if self._is_held_out(user_id):
            held_out = replace(nothing, is_held_out=True, stratum=stratum)
            return Proposal(held_out, None, held_out)
        with self._lock:  # numpy's generators are for one thread at a time
            chosen = choice.drawn({name: benefit.cost for name, benefit in benefits.items()}, stratum)
        made = replace(nothing, stratum=stratum, propensity=chosen.propensity)
        if chosen.name == NOTHING:
            return Proposal(made, None, made)
        benefit = benefits[chosen.name]
        expires_at_us = moment_us + benefit.valid_days * DAY_US
        made = replace(made, benefit=chosen.name, cost=benefit.cost, expires_at_us=expires_at_us)
        # Where others used the budget up meanwhile, chance alone did not decide: nothing is learned of that.
        return Proposal(made, _limit(benefit, moment_us), nothing)

    def _open_to(
        self, running: Mapping[str, Benefit], user_ids: Iterable[str]
    ) -> Iterator[tuple[set[str], int]]:
        """Yield for each user the benefits that are for them, and how many orders they made."""
        conditions = {name: parse(one.when) for name, one in running.items() if one.when is not None}
        needed = frozenset[str]().union(*map(context_of, conditions.values()))
        for user_id in user_ids:
            context = self._customers.context_of(user_id, needed)
            evaluation = ConditionEvaluation(Columns(0, Dictionary(), {}), lambda _id: None, context)
            met = {
                name
                for name in running
                if name not in conditions or bool(np.all(evaluation.truth(conditions[name])))
            }
            yield met, context.n_orders

    def _is_held_out(self, user_id: str) -> bool:
        key = self._customers.secret()
        digest = hashlib.blake2b(user_id.encode(errors="surrogatepass"), digest_size=8, key=key)
        return int.from_bytes(digest.digest()) < self._settings.hold_out * 2**64

    def _known(self, moment_us: int) -> tuple[Evidence, float | None]:
        """Return what earlier decisions led to, until a moment ago, and what an order is worth."""
        with self._lock:
            if self._evidence is None or time.monotonic() - self._evidence[0] > EVIDENCE_SECONDS:
                self.settle(moment_us)
                tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
                for row in self._store.offers.settled(moment_us - WINDOW_DAYS * DAY_US):
                    if row.stratum:
                        tallies[row.benefit, row.stratum] += Tally(row.n, row.ordered, row.revenue, row.taken)
                self._evidence = (time.monotonic(), dict(tallies), self._store.offers.order_value())
            return self._evidence[1:]

    def settle(self, moment_us: int) -> None:
        """Note what came of decisions whose time is over."""
        every_us = self._settings.every_us
        self._store.offers.settle(moment_us - every_us, every_us)


class _Choice:
    """Draws for shoppers of one moment; for those who are alike the prospects are reckoned once."""

    def __init__(
        self, evidence: Evidence, order_value: float | None, margin: float, rng: np.random.Generator
    ) -> None:
        self._evidence, self._order_value, self._margin, self._rng = evidence, order_value, margin, rng
        self._prospects = dict[str, list[Prospect]]()

    def drawn(self, costs: Mapping[str, float], stratum: str) -> Prospect:
        """Return the choice for a shopper; ``costs``: of the benefits that their stratum may have."""
        found = self._prospects.get(stratum)
        if found is None:
            order_value = self._order_value
            if order_value is None:
                order_value = DEAREST_TIMES * max([1.0, *costs.values()])
            worth = Worth(self._margin, order_value)
            found = self._prospects[stratum] = prospects(costs, stratum, self._evidence, worth, self._rng)
        return drawn(found, self._rng)


def _by_orders(n_orders: int) -> str:
    return ("no_orders", "one_order", "several_orders")[min(n_orders, 2)]


def _stratum(kind: str, benefits: Iterable[str]) -> str:
    """Return who is alike: shoppers of one kind who may have the same benefits now."""
    choices = hashlib.blake2b("\0".join(sorted(benefits)).encode(), digest_size=6).hexdigest()
    return f"{kind}/{choices}"


def _runs(benefit: Benefit, moment_us: int) -> bool:
    moment = moment_us / 1_000_000
    has_begun = benefit.start is None or benefit.start.timestamp() <= moment
    return has_begun and (benefit.end is None or moment < benefit.end.timestamp())


def _limit(benefit: Benefit, moment_us: int) -> Limit:
    return Limit(
        benefit.cost, benefit.budget, benefit.max_per_shopper, moment_us - benefit.rest_days * DAY_US
    )


def _read(stored: Iterable[StoredBenefit]) -> Iterator[tuple[str, Benefit]]:
    for one in stored:
        try:
            yield one.name, Benefit.model_validate(one.body)
        except ValidationError:
            _log.warning("benefit_unreadable", name=one.name)
