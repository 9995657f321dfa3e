"""One shop as a worker serves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recsvc.api.problems import later, problem
from recsvc.app import Parts
from recsvc.logs import SHOP
from recsvc.serving.neighbours import Place

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, eq=False)
class ServedShop:
    """A shop with an application of its own, which shares no object with those of other shops but its place.

    Attributes:
        name: of the shop.
        hosts: by which requests for it come.
        place: among its neighbours.
        app: what answers; a shop that could not be made answers 503.
        parts: what it was wired from; None where it could not be made.
    """

    name: str
    hosts: tuple[str, ...]
    place: Place
    app: "WSGIApplication"
    parts: Parts | None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", now: float
    ) -> Iterable[bytes]:
        """Answer a request for this shop, which came ``now``, in seconds of ``time.monotonic``."""
        SHOP.set(self.name)
        self.place.slots.begin(now)
        try:
            return self.app(environ, start_response)
        finally:
            self.place.slots.end()

    @property
    def status(self) -> str:
        """How it is: ok, degraded or unavailable."""
        return "unavailable" if self.parts is None else self.parts.health()[0].status

    @property
    def is_open(self) -> bool:
        """Whether it answers requests without any key."""
        return self.parts is not None and self.parts.gate.is_open and self.parts.gate.ring.is_empty


def unmade(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer for a shop that could not be made."""
    detail = "this shop could not be started; the log of the service says why"
    return later(problem(503, detail, "urn:recsvc:problem:unavailable"), 10)(environ, start_response)
