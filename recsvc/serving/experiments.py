"""The experiments that run now, and what each shopper is shown in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import count
from typing import Any

from recsvc.cache.key import UserTag, tag_of
from recsvc.clock import now_us
from recsvc.outcomes.experiment import BUILT_IN, Assignment, Experiment, Variant, VariantKind
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.described_experiments import read_experiments
from recsvc.serving.live_model import LiveVersion, SecondVersion
from recsvc.store.event import OF_LISTS
from recsvc.store.experiments import Drawn
from recsvc.store.store import Position, Store

_numbers = count(1)


@dataclass(frozen=True)
class Treatment:
    """What a shopper is shown in an experiment.

    Attributes:
        label: ``experiment:variant``, as the list's ``recommendation_id`` has it.
        digest: tells it from every other variant that there ever was; a part of the list's key.
        rules: under which name the rules of the list are; None for those of the placement.
        placement: the built-in placement that ranks it instead, or None.
        live: the version that makes it instead, or None.
        is_hold_out: whether it is empty.
    """

    label: str
    digest: str
    rules: str | None = None
    placement: Placement | None = None
    live: LiveVersion | None = None
    is_hold_out: bool = False

    def query(self, asked: Query) -> Query:
        """Return ``asked`` as it is ranked in this variant; it keeps the name of its placement."""
        if self.placement in (None, asked.placement):
            return asked
        return replace(asked, placement=self.placement, name=str(asked.asked_for))


UNTREATED = Treatment("", "")


@dataclass(frozen=True, eq=False)
class Running:
    """An experiment that runs, and what each of its variants is."""

    experiment: Experiment
    assignment: Assignment
    treatments: Mapping[str, Treatment]

    def treatment_of(self, shopper: UserKey) -> Treatment:
        """Return what the shopper is shown."""
        return self.treatments[self.assignment.variant_of(shopper).name]


@dataclass(frozen=True, eq=False)
class RunningExperiments:
    """The experiments of one moment.

    Attributes:
        number: no other state of the process has it.
        by_placement: those that run, by the name of their placement.
        problems: what is not shown as it should be.
    """

    number: int = 0
    by_placement: Mapping[str, Running] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class ExperimentsInForce:
    """Follows the experiments of a store, and the users who keep the variant of a visit.

    One thread tells it what changed; the threads that read never wait for that one.

    Args:
        second: the version beside the live one that a variant shows; None where there is none to be had.
        problem_of: returns why the rules of a variant, by its label, are not used; None where they are.
        invalidate: ends the lists of a user whose variant has changed.
        clock: returns the time in microseconds since 1970.

    Attributes:
        state: another object once anything has changed that lists depend on.
    """

    def __init__(
        self,
        second: SecondVersion | None = None,
        problem_of: Callable[[str], str | None] = lambda _label: None,
        invalidate: Callable[[UserTag], None] = lambda _tag: None,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._second = second
        self._problem_of = problem_of
        self._invalidate = invalidate
        self._clock = clock
        self._experiments: tuple[Experiment, ...] = ()
        self._members: dict[str, dict[str, str]] = {}
        self._revision = self._member = self._tombstone = 0
        self._seen: tuple[Any, ...] = ()
        self.state = RunningExperiments()

    def treatment_of(self, query: Query) -> Treatment | None:
        """Return what the shopper of ``query`` is shown; None where no experiment runs on its placement.

        Nobody in particular is in no experiment.
        """
        running = self.state.by_placement.get(query.asked_for)
        shopper = query.shopper
        return None if running is None or shopper is None else running.treatment_of(shopper)

    def held_out_by(self, query: Query) -> str:
        """Return the experiment that shows the shopper of ``query`` nothing; "" where none does."""
        treatment = self.treatment_of(query)
        if treatment is None or not treatment.is_hold_out:
            return ""
        return treatment.label.partition(":")[0]

    def drawn_for(self, source: UserKey, user: UserKey) -> Sequence[Drawn]:
        """Return the variants that two shoppers, who turn out to be one, have by their ids in what runs."""
        return [
            Drawn(
                running.experiment.name,
                running.experiment.start_us,
                running.assignment.drawn(source).name,
                running.assignment.drawn(user).name,
                OF_LISTS if running.experiment.has_hold_out else (),
            )
            for running in self.state.by_placement.values()
        ]

    def members_of(self, experiment: str) -> Mapping[str, str]:
        """Return user -> variant of the users who are an exception."""
        return self._members.get(experiment, {})

    def problem(self) -> str | None:
        """Return what is not shown as it should be, or None."""
        return "; ".join(self.state.problems) or None

    def follow(self, store: Store, position: Position) -> bool:
        """Take up what is new until ``position``; return whether that was all. Raises StoreError."""
        if position.experiment != self._revision or (position.tombstone != self._tombstone and self._members):
            self._experiments = tuple(read_experiments(store.experiments.all()))
            # Of deleted experiments and of erased users, no members are left.
            self._members, self._member = self._read_members(store, 0)
            self._revision, self._seen = position.experiment, ()
        self._tombstone = position.tombstone
        if position.member > self._member:
            found, self._member = self._read_members(store, self._member)
            self._take(found)
        self.settle()
        return True

    def settle(self) -> None:
        """Put in force what was read, what begins or ends, and the version beside the live one."""
        now = self._clock()
        running = [one for one in self._experiments if one.runs_at(now)]
        wanted = next(
            (v.model_version for one in running for v in one.variants if v.model_version is not None), None
        )
        version = None if self._second is None else self._second.wanted(wanted)
        refused = tuple(
            self._problem_of(one.label(v)) for one in running for v in one.variants if v.rules is not None
        )
        lacking = None if self._second is None else self._second.problem
        seen = (tuple(one.name for one in running), version, lacking, refused, self._revision)
        if seen != self._seen:
            self._seen = seen
            self.state = self._state(running, version)

    def _read_members(self, store: Store, number: int) -> tuple[dict[str, dict[str, str]], int]:
        """Return experiment -> user -> variant of the members after ``number``, and the number of the last."""
        members: dict[str, dict[str, str]] = {}
        while found := store.experiments.members_since(number):
            for member in found:
                members.setdefault(member.experiment, {})[member.user_id] = member.variant
            number = found[-1].number
        return members, number

    def _take(self, found: Mapping[str, Mapping[str, str]]) -> None:
        """Show users the variant that they keep from now on; until now, lists of the other one may have been kept."""
        for experiment, members in found.items():
            self._members.setdefault(experiment, {}).update(members)
            for user_id in members:
                self._invalidate(tag_of(UserKey("user", user_id)))

    def _state(self, running: Iterable[Experiment], version: LiveVersion | None) -> RunningExperiments:
        problems: list[str] = []
        found = {}
        for one in running:
            members = self._members.setdefault(one.name, {})
            treatments = {v.name: self._treatment(one, v, version, problems) for v in one.variants}
            found[one.placement] = Running(one, Assignment(one, members), treatments)
        return RunningExperiments(next(_numbers), found, tuple(problems))

    def _treatment(
        self, experiment: Experiment, variant: Variant, version: LiveVersion | None, problems: list[str]
    ) -> Treatment:
        """Return what a variant shows; the control where that cannot be had."""
        label = experiment.label(variant)
        missing = None
        if variant.kind is VariantKind.RULES:
            missing = self._problem_of(label)
        elif variant.kind is VariantKind.MODEL_VERSION and version is None:
            why = None if self._second is None else self._second.problem
            missing = why or f"version {variant.model_version} is not loaded"
        if missing is not None:
            problems.append(
                f"experiment {experiment.name}: variant {variant.name} shows the control: {missing}"
            )
            is_control = experiment.control.kind is VariantKind.CONTROL
            return self._treatment(experiment, experiment.control, version, []) if is_control else UNTREATED
        return Treatment(
            label,
            _digest(experiment, variant),
            label if variant.rules is not None else None,
            variant.placement or base_of_rules(variant),
            version if variant.kind is VariantKind.MODEL_VERSION else None,
            variant.kind is VariantKind.HOLD_OUT,
        )


def base_of_rules(variant: Variant) -> Placement | None:
    """Return the built-in placement that the rules of a variant name, or None."""
    base = None if variant.rules is None else variant.rules.get("base")
    return None if base is None else BUILT_IN[base]


def _digest(experiment: Experiment, variant: Variant) -> str:
    said = f"{experiment.name}\0{experiment.placement}\0{experiment.start_us}\0{variant!r}"
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
