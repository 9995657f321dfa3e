"""What may be put around the parts of a program; while tracing is off, nothing is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from recsvc.tracing.settings import TracingSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

T = TypeVar("T")

Attributes = Mapping[str, str | int | float | bool]
"""What a span says beside its name and its times: never anything that a shopper, an item or a key is known by."""

RouteOf = Callable[["WSGIEnvironment"], str | None]
"""Returns the template of the route that answered a request; None where there is none."""


def _says_nothing(_result: Any) -> Attributes:  # noqa: ANN401 - whatever a method returns
    return {}


@dataclass(frozen=True)
class Step:
    """How the calls of a method are traced.

    Attributes:
        name: of the span; None for a call too short for one of its own.
        leaves: whether it asks another program.
        attributes: what each span says.
        told: what the span says of a result.
        of_request: what the span of the request says of a result.
        is_root: whether it is traced also where no request and no run is; it must be rare.
    """

    name: str | None
    leaves: bool = False
    attributes: Attributes = field(default_factory=dict)
    told: Callable[[Any], Attributes] = _says_nothing
    of_request: Callable[[Any], Attributes] = _says_nothing
    is_root: bool = False


class Steps(Protocol):
    """What is told of each step of a long run."""

    def step(self, title: str, total: int | None = None) -> Any:  # noqa: ANN401 - a context manager of the caller's
        """Begin a step."""


S = TypeVar("S", bound=Steps)


class Tracing:
    """Tracing that is off: each part is what it was.

    Attributes:
        log_fields: processors of structlog that add to each line which trace it belongs to.
    """

    log_fields: tuple[Callable[..., Any], ...] = ()

    def around(self, part: T, steps: Mapping[str, Step]) -> T:
        """Return ``part`` with each call of these methods traced."""
        del steps
        return part

    def around_all(self, part: T, step: Step) -> T:
        """Return ``part`` with each call of its public methods traced as ``step``, whose name is put before theirs."""
        del step
        return part

    def requests(
        self, app: "WSGIApplication", route_of: RouteOf, untraced: Collection[str]
    ) -> "WSGIApplication":
        """Return ``app`` with its requests traced, but for the paths ``untraced``."""
        del route_of, untraced
        return app

    def steps(self, progress: S) -> S:
        """Return ``progress`` with each step traced."""
        return progress

    @contextmanager
    def run(self, name: str, traceparent: str | None = None) -> Iterator[Callable[[Attributes], None]]:
        """Trace the block as the root of what happens in it; what is yielded takes what is said of it.

        ``traceparent`` is that of the caller, as the W3C's Trace Context has it.
        """
        del name, traceparent
        yield lambda _attributes: None

    def close(self) -> None:
        """Send what waits, within a few seconds, and no more from now on."""


OFF = Tracing()


def open_tracing(settings: TracingSettings) -> Tracing:
    """Return tracing as ``settings`` want it, for this process: it has a thread, which no fork would take along."""
    if settings.tracing_address is None:
        return OFF
    # By its name, as the packages that it needs come with an extra.
    live = import_module("recsvc.tracing.live")
    return cast("Tracing", live.LiveTracing.to(settings.tracing_address, settings.tracing_ratio))
