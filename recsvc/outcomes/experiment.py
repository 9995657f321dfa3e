"""An experiment: a placement, its variants, whom each is shown to, and until when."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from itertools import accumulate
from typing import Any

from recsvc.errors import ExperimentError
from recsvc.ranking.query import Placement, UserKey

NAME_PATTERN = r"^[a-z0-9_-]{1,35}$"
VARIANT_PATTERN = r"^[A-Za-z0-9_-]{1,20}$"
MAX_VARIANTS = 10
BUCKETS = 10_000
"""Shoppers are told apart in so many groups; a share is a whole number of them."""

BUILT_IN: Mapping[str, Placement] = {str(placement): placement for placement in Placement}

SHARES_TOLERANCE = 1e-6
_MAX_QUOTED = 80


class VariantKind(StrEnum):
    """What the shoppers of a variant are shown."""

    CONTROL = "control"
    RULES = "rules"
    PLACEMENT = "placement"
    MODEL_VERSION = "model_version"
    HOLD_OUT = "hold_out"


class Metric(StrEnum):
    """What an experiment is decided by, of each shopper since its start."""

    REVENUE = "revenue"
    ORDERS = "orders"
    CLICKS = "clicks"


@dataclass(frozen=True)
class Variant:
    """A side of an experiment.

    Attributes:
        name: of the variant.
        share: of the shoppers, above 0.
        kind: what they are shown.
        rules: values of JSON, of a variant of other rules: they replace those of the placement.
        placement: the built-in placement that ranks the list instead.
        model_version: the version that makes the list instead.
    """

    name: str
    share: float
    kind: VariantKind
    rules: Mapping[str, Any] | None = field(default=None, hash=False)
    placement: Placement | None = None
    model_version: str | None = None

    def __post_init__(self) -> None:
        """Raise ExperimentError unless it says what its kind needs, and nothing else."""
        if not re.fullmatch(VARIANT_PATTERN, self.name):
            raise ExperimentError(
                f"a variant is named with 1 to 20 of A-Z, a-z, 0-9, _ and -, got {self.name!r:.{_MAX_QUOTED}}"
            )
        if not 1 / BUCKETS <= self.share <= 1:
            raise ExperimentError(
                f"variant {self.name}: share must be {1 / BUCKETS} to 1 of the shoppers, got {self.share:g}"
            )
        for kind in (VariantKind.RULES, VariantKind.PLACEMENT, VariantKind.MODEL_VERSION):
            is_said = getattr(self, kind) is not None
            if is_said != (self.kind is kind):
                problem = f"{kind} is missing" if not is_said else f"kind {self.kind} takes no {kind}"
                raise ExperimentError(f"variant {self.name}: {problem}; set kind to {kind} and name {kind}")


@dataclass(frozen=True)
class Experiment:
    """A comparison of several ways to fill a placement.

    Attributes:
        name: of the experiment; shoppers are told apart by it, so that two experiments split them differently.
        placement: where lists differ, a built-in one or the shop's own.
        variants: two or more.
        start_us, end_us: microseconds since 1970, UTC; it runs from the first until just before the second, or until it
            is ended where that is None.
        min_effect: the relative effect that is looked for; .05 is 5 %.
        metric: what it is decided by.
    """

    name: str
    placement: str
    variants: tuple[Variant, ...]
    start_us: int
    end_us: int | None = None
    min_effect: float = 0.05
    metric: Metric = Metric.REVENUE

    def __post_init__(self) -> None:
        """Raise ExperimentError where it makes no sense; the message names the value and the remedy."""
        if not re.fullmatch(NAME_PATTERN, self.name):
            raise ExperimentError(
                f"an experiment is named with 1 to 35 of a-z, 0-9, _ and -, got {self.name!r:.{_MAX_QUOTED}}"
            )
        for problem in self._problems():
            raise ExperimentError(f"experiment {self.name}: {problem}")

    def _problems(self) -> list[str]:
        names = [variant.name for variant in self.variants]
        whole = sum(variant.share for variant in self.variants)
        found = []
        if not 2 <= len(names) <= MAX_VARIANTS:
            found.append(f"it needs 2 to {MAX_VARIANTS} variants, got {len(names)}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            found.append(f"two variants are called {twice[0]}: give each its own name")
        if abs(whole - 1) > SHARES_TOLERANCE:
            found.append(f"the shares must be 1 together, got {whole:g}: change one by {1 - whole:g}")
        if self._of_kind(VariantKind.CONTROL) != 1 and not (
            self._of_kind(VariantKind.CONTROL) == 0 and self._of_kind(VariantKind.HOLD_OUT) == 1
        ):
            found.append(
                "one variant has kind control (or, without a control, one has kind hold_out): the others are compared "
                f"with it; got {self._of_kind(VariantKind.CONTROL)} of kind control"
            )
        if self.end_us is not None and self.end_us <= self.start_us:
            found.append("end must be after start")
        if not 0.001 <= self.min_effect <= 10:
            found.append(f"min_effect must be .001 to 10 (.05 is 5 %), got {self.min_effect:g}")
        return found

    def _of_kind(self, kind: VariantKind) -> int:
        return sum(variant.kind is kind for variant in self.variants)

    @property
    def control(self) -> Variant:
        """The variant that the others are compared with: the control, else the hold-out."""
        controls = [one for one in self.variants if one.kind is VariantKind.CONTROL]
        return (
            controls[0]
            if controls
            else next(one for one in self.variants if one.kind is VariantKind.HOLD_OUT)
        )

    @property
    def has_hold_out(self) -> bool:
        """Whether some shoppers get no list."""
        return self._of_kind(VariantKind.HOLD_OUT) > 0

    def variant(self, name: str) -> Variant | None:
        """Return the variant of this name, or None."""
        return next((one for one in self.variants if one.name == name), None)

    def label(self, variant: Variant) -> str:
        """Return what names a variant among those of all experiments."""
        return f"{self.name}:{variant.name}"

    def runs_at(self, moment_us: int) -> bool:
        """Return whether shoppers are told apart at ``moment_us``."""
        return self.start_us <= moment_us and not self.is_over_at(moment_us)

    def is_over_at(self, moment_us: int) -> bool:
        """Return whether it has ended by ``moment_us``."""
        return self.end_us is not None and self.end_us <= moment_us

    def overlaps(self, other: "Experiment") -> bool:
        """Return whether both run on one placement at the same time."""
        if self.placement != other.placement or self.name == other.name:
            return False
        starts_in_time = other.end_us is None or self.start_us < other.end_us
        return starts_in_time and (self.end_us is None or other.start_us < self.end_us)

    def bounds(self) -> list[int]:
        """Return the first bucket after each variant's; the last is all buckets."""
        ends = accumulate(variant.share for variant in self.variants)
        return [*(round(end * BUCKETS) for end in list(ends)[:-1]), BUCKETS]


class Assignment:
    """Tells the shoppers of an experiment apart: for good, by their id alone, and evenly.

    Args:
        experiment: whose shoppers.
        members: user -> variant, of users who keep the variant of a visit from before they had said who they are.
    """

    def __init__(self, experiment: Experiment, members: Mapping[str, str] | None = None) -> None:
        self._experiment = experiment
        self._bounds = experiment.bounds()
        self._members = {} if members is None else members

    def variant_of(self, shopper: UserKey) -> Variant:
        """Return the variant of a user, or of a visit of somebody who has not said who they are."""
        if shopper.kind == "user" and shopper.external_id in self._members:
            kept = self._experiment.variant(self._members[shopper.external_id])
            if kept is not None:
                return kept
        return self.drawn(shopper)

    def drawn(self, shopper: UserKey) -> Variant:
        """Return the variant that the id alone gives."""
        bucket = bucket_of(self._experiment.name, shopper)
        return self._experiment.variants[bisect_right(self._bounds, bucket)]


def bucket_of(experiment: str, shopper: UserKey) -> int:
    """Return the group of a shopper in the experiment of this name, 0..BUCKETS - 1."""
    text = "\0".join((experiment, shopper.kind, shopper.external_id))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % BUCKETS


def first_overlap(experiment: Experiment, others: Sequence[Experiment]) -> Experiment | None:
    """Return one of ``others`` that runs on the same placement at the same time, or None."""
    return next((other for other in others if experiment.overlaps(other)), None)
