"""Makes, changes and ends experiments, and says what came of them."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Lock

from recsvc.clock import now_us
from recsvc.errors import ConflictError, ExperimentError, OverloadedError, UnknownPlacementError
from recsvc.outcomes.experiment import BUILT_IN, Experiment, Variant, VariantKind, first_overlap
from recsvc.outcomes.experiment_results import ExperimentResults, results_of
from recsvc.outcomes.verdict import Progress
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import PlacementRules
from recsvc.serving.described_experiments import as_json, read_experiments
from recsvc.serving.experiment_figures import figures_of
from recsvc.serving.shop import Shop
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store

MAX_EXPERIMENTS = 200
KEPT_SECONDS = 60.0
"""Results are read anew after so long."""

WAIT_SECONDS = 20.0
"""So long does a request wait while others read results."""

LATE_US = 60_000_000
"""A start so little in the past is now: the request took its time."""

FORM = "new"
"""The last part of the address of the console's form; an experiment of that name could not be looked at."""

CheckRules = Callable[[str, PlacementRules], None]


class ExperimentDesk:
    """What people do with experiments; the serving side follows the store by itself.

    Every method raises StoreError when the database fails.

    Args:
        store: where they are.
        shop: the shop as it is now.
        versions: returns the model versions that there are.
        check_rules: raises RulesError where the rules of a variant, by its label, cost too much.
        clock: returns the time in microseconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        shop: Shop,
        versions: Callable[[], Collection[str]],
        check_rules: CheckRules,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._store = store
        self._shop = shop
        self._versions = versions
        self._check_rules = check_rules
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Experiment, ExperimentResults]] = {}

    def all(self) -> list[Experiment]:
        """Return all experiments, sorted by name."""
        return read_experiments(self._store.experiments.all())

    def get(self, name: str) -> Experiment | None:
        """Return the experiment of this name, or None."""
        return next((one for one in self.all() if one.name == name), None)

    def put(self, experiment: Experiment) -> bool:
        """Store an experiment, or another end of one that has begun; return whether it is new.

        One that has begun can be ended earlier even where what it shows is gone, such as a version that was deleted.

        Raises:
            ExperimentError: it cannot be shown as it says.
            UnknownPlacementError: there is no such placement.
            RulesError: the rules of a variant cost too much.
            ConflictError: another one runs on the placement at that time, or it has begun and differs.
        """
        moment_us = self._clock()
        if not self._ends_earlier(experiment, moment_us):
            self._check_what_is_shown(experiment)

        def check(stored: Sequence[StoredExperiment]) -> None:
            _check_beside(experiment, read_experiments(stored), moment_us)

        body = as_json(experiment)
        is_new = self._store.experiments.put(StoredExperiment(experiment.name, body, moment_us), check)
        self._refresh()
        return is_new

    def delete(self, name: str) -> bool:
        """Delete the experiment of this name, and what is known of its members; return whether there was one."""
        is_known = self._store.experiments.delete(name, self._clock())
        self._refresh()
        return is_known

    def results(self, name: str) -> ExperimentResults | None:
        """Return what came of the experiment of this name until a minute ago at most; None where there is none.

        Raises OverloadedError while others read results.
        """
        experiment = self.get(name)
        if experiment is None:
            return None
        if not self._lock.acquire(timeout=WAIT_SECONDS):  # one at a time reads the events
            raise OverloadedError("results of other experiments are being read; ask again in a minute")
        try:
            return self._kept_results(experiment)
        finally:
            self._lock.release()

    def _kept_results(self, experiment: Experiment) -> ExperimentResults:
        kept = self._kept.get(experiment.name)
        if kept is not None and kept[1] == experiment and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[2]
        found = self._results(experiment)
        self._kept[experiment.name] = (time.monotonic(), experiment, found)
        return found

    def _results(self, experiment: Experiment) -> ExperimentResults:
        moment_us = self._clock()
        members = self._shop.experiments.members_of(experiment.name)
        figures = figures_of(experiment, members, self._store.reading, moment_us)
        return results_of(experiment, figures, progress_of(experiment, moment_us))

    def _refresh(self) -> None:
        if self._shop.follower is not None:
            self._shop.follower.try_refresh()

    def _ends_earlier(self, experiment: Experiment, moment_us: int) -> bool:
        before = self.get(experiment.name)
        if before is None or before.start_us > moment_us or experiment.end_us is None:
            return False
        is_earlier = before.end_us is None or experiment.end_us <= before.end_us
        return is_earlier and _differ_in_end_alone(experiment, before)

    def _check_what_is_shown(self, experiment: Experiment) -> None:
        if experiment.name == FORM:
            raise ExperimentError(
                f"experiment {FORM}: that name leads to the form of the console; choose another name"
            )
        try:
            base = self._shop.rules.base_of(experiment.placement)
        except UnknownPlacementError as error:
            raise ExperimentError(f"experiment {experiment.name}: {error}") from None
        for variant in experiment.variants:
            label = f"experiment {experiment.name}: variant {variant.name}"
            other = variant.placement or self._check_rules_of(experiment, variant)
            if other is not None and other.needs_items and not base.needs_items:
                raise ExperimentError(
                    f"{label}: placement {other} needs item_ids, which lists of {experiment.placement} may lack; "
                    "choose one that needs none"
                )
            if variant.model_version is not None and variant.model_version not in self._versions():
                raise ExperimentError(
                    f"{label}: there is no version {variant.model_version!r:.80}; `recsvc models list` shows all"
                )
        versions = _versions_of(experiment)
        if len(versions) > 1:
            raise ExperimentError(
                f"experiment {experiment.name}: one version beside the live one is kept loaded, got "
                f"{' and '.join(sorted(versions))}: compare one after the other"
            )

    def _check_rules_of(self, experiment: Experiment, variant: Variant) -> Placement | None:
        """Return the built-in placement that the rules of a variant name, or None; raises RulesError."""
        if variant.rules is None:
            return None
        rules = PlacementRules.model_validate(variant.rules)
        if experiment.placement in BUILT_IN:
            rules.base_of(experiment.placement)
        self._check_rules(experiment.label(variant), rules)
        return rules.base


def progress_of(experiment: Experiment, moment_us: int) -> Progress:
    """Return how far an experiment has come."""
    until_us = moment_us if experiment.end_us is None else min(moment_us, experiment.end_us)
    return Progress(
        _day(moment_us),
        (until_us - experiment.start_us) / DAY_US,
        None if experiment.end_us is None else _day(experiment.end_us),
        experiment.is_over_at(moment_us),
    )


def _day(moment_us: int) -> date:
    return datetime.fromtimestamp(moment_us / 1_000_000, UTC).date()


def _check_beside(experiment: Experiment, stored: Sequence[Experiment], moment_us: int) -> None:
    """Raise ConflictError or ExperimentError where an experiment does not go with those that are stored."""
    before = next((one for one in stored if one.name == experiment.name), None)
    if before is None and len(stored) >= MAX_EXPERIMENTS:
        raise ConflictError(
            f"there are {MAX_EXPERIMENTS} experiments already; delete one before another is added"
        )
    has_begun = before is not None and before.start_us <= moment_us
    if has_begun and before is not None and not _differ_in_end_alone(experiment, before):
        raise ConflictError(
            f"experiment {experiment.name} has begun: only its end may change, or its shoppers would see another "
            "variant; end it, and start another one under another name"
        )
    if not has_begun and experiment.start_us < moment_us - LATE_US:
        raise ExperimentError(
            f"experiment {experiment.name}: start is in the past, when shoppers were not told apart; leave it out to "
            "start now"
        )
    overlap = first_overlap(experiment, stored)
    if overlap is not None:
        raise ConflictError(
            f"experiment {overlap.name} runs on {experiment.placement} at that time: end it before this one starts, "
            "or choose another placement"
        )
    for other in stored:
        versions = _versions_of(experiment) | _versions_of(other)
        if other.name != experiment.name and len(versions) > 1 and _at_one_time(experiment, other):
            raise ConflictError(
                f"experiment {other.name} shows version {min(_versions_of(other))} at that time, and one beside the "
                "live one is kept loaded: end it before this one starts"
            )


def _versions_of(experiment: Experiment) -> set[str]:
    return {
        variant.model_version
        for variant in experiment.variants
        if variant.kind is VariantKind.MODEL_VERSION and variant.model_version is not None
    }


def _differ_in_end_alone(experiment: Experiment, before: Experiment) -> bool:
    return as_json(replace(experiment, end_us=before.end_us)) == as_json(before)


def _at_one_time(experiment: Experiment, other: Experiment) -> bool:
    ends = [one.end_us for one in (experiment, other)]
    return (ends[1] is None or experiment.start_us < ends[1]) and (
        ends[0] is None or other.start_us < ends[0]
    )
