"""Decides what to offer to a shopper, keeps what was decided, and says what came of it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsvc.clock import now_us
from recsvc.errors import ConflictError
from recsvc.moments.benefit import MAX_BENEFITS, NOTHING, Benefit
from recsvc.moments.offer_results import Earned, Sums, Uplift, uplift
from recsvc.serving.list_context import shopper_context
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.moments import states_among
from recsvc.serving.offer_chooser import WINDOW_DAYS, Customers, OfferChooser, OfferSettings
from recsvc.serving.shop import Shop
from recsvc.settings.settings import Settings
from recsvc.store.benefits import StoredBenefit
from recsvc.store.event import DAY_US
from recsvc.store.offers import Decision
from recsvc.store.store import Store


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
        customers: what is known of shoppers.
        clock: returns the time in microseconds since 1970.
        rng: for the choices.
        objects: tells who asked not to be profiled; they are offered nothing.
    """

    def __init__(  # noqa: PLR0913 - what a decision needs
        self,
        store: Store,
        settings: OfferSettings,
        customers: Customers,
        *,
        clock: Callable[[], int] = now_us,
        rng: np.random.Generator | None = None,
        objects: Callable[[str], bool] = lambda _user_id: False,
    ) -> None:
        self._store, self._settings, self._objects, self._clock = store, settings, objects, clock
        self._chooser = OfferChooser(store, settings, customers, rng or np.random.default_rng())

    @classmethod
    def of(
        cls, store: Store, settings: Settings, version: Callable[[], LiveVersion | None], shop: Shop
    ) -> "OfferDesk":
        """Return the desk of ``shop``; ``version`` returns the live one, which tells what is known of shoppers."""
        how = OfferSettings(settings.offer_every_days, settings.offer_hold_out, settings.margin)
        customers = Customers(
            lambda user_id, needed: shopper_context(version(), shop, user_id, needed),
            lambda: store.secret("offers"),
            lambda user_ids, at_us: states_among(version(), store, user_ids, at_us),
        )
        return cls(store, how, customers, objects=shop.objecting.holds)

    def benefits(self) -> dict[str, Benefit]:
        """Return all benefits, by name."""
        return self._chooser.benefits()

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
        """Return what is decided for a user, as ``offers_for`` does."""
        return self.offers_for([user_id])[user_id]

    def offers_for(self, user_ids: Sequence[str]) -> dict[str, Offered | None]:
        """Return what is decided for users: the same for ``every_days``.

        None for one who was erased, or asked not to be profiled. An account that was merged is the shopper whom it was
        merged into.
        """
        now_called = self._store.users.merged_into(user_ids)
        meant = {user_id: now_called.get(user_id, user_id) for user_id in user_ids}
        asked = list(dict.fromkeys(one for one in meant.values() if not self._objects(one)))
        moment_us = self._clock()
        since_us = moment_us - self._settings.every_us + 1
        known: dict[str, Decision | None] = {**self._store.offers.newest(asked, since_us)}
        new = [user_id for user_id in asked if user_id not in known]
        if new:
            proposals = self._chooser.proposals(new, moment_us)
            known.update(zip(new, self._store.offers.record(proposals, since_us), strict=True))
        benefits = self.benefits() if any(known.values()) else {}
        held = {
            user_id: _offered(made, benefits.get(made.benefit), moment_us)
            for user_id, made in known.items()
            if made is not None
        }
        return {user_id: held.get(one) for user_id, one in meant.items()}

    def take(self, offer_id: str, cost: float | None) -> Decision | None:
        """Note that an offer was taken; None where there is none of this id; raises ConflictError."""
        return self._store.offers.take(offer_id, self._clock(), cost)

    def held(self, user_id: str) -> list[Decision]:
        """Return what is held on a user, newest first."""
        return self._store.offers.of_user(user_id)

    def results(self) -> OfferResults:
        """Return what came of the decisions of the last year whose time is over."""
        moment_us, store = self._clock(), self._store
        self._chooser.settle(moment_us)
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


def _offered(decision: Decision, benefit: Benefit | None, moment_us: int) -> Offered:
    """Return what a decision means now; ``benefit``: that of its name, None where there is none any more."""
    if decision.is_held_out:
        why = "one of the shoppers who are offered nothing, so that offers can be measured"
    elif decision.benefit == NOTHING:
        why = "doing nothing promises as much, or was tried to learn what it leads to"
    elif decision.taken_at_us is not None:
        why = f"{decision.benefit} was taken"
    elif decision.expires_at_us <= moment_us or benefit is None:
        why = f"{decision.benefit} has expired or was withdrawn"
    else:
        share = f"chosen with probability {decision.propensity:.0%}"
        why = f"{decision.benefit} promises most for such shoppers, or is tried to learn: {share}"
        return Offered(decision, benefit, why)
    return Offered(decision, None, why)
