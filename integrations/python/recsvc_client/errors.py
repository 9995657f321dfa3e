"""What can go wrong between a shop and the service; no message names a shopper or a key.

RecsvcError
    ServiceAway         no answer that can be used: refused, too late, cut off, no JSON, 429, or 5xx
        BreakerOpen     several requests in a row had none, so that this one was not sent
    RequestRefused      the service answered that the request is wrong: another 4xx, or 3xx
"""

from collections.abc import Sequence
from typing import Any


class RecsvcError(Exception):
    """There is no answer."""


class ServiceAway(RecsvcError):  # noqa: N818 - says what is the case
    """The service gave no answer that can be used.

    Attributes:
        status: of the answer, if there was one.
        retry_after_seconds: when the service wants to be asked again, if it said so.
    """

    def __init__(
        self, message: str, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class BreakerOpen(ServiceAway):
    """The request was not sent, because several before it had no answer."""


class RequestRefused(RecsvcError):  # noqa: N818 - says what is the case
    """The service answered that the request is wrong.

    ``str()`` names the status, the kind of problem and the fields alone, so that it may be logged; ``detail`` and
    ``errors`` quote what was sent.

    Attributes:
        status: of HTTP.
        kind: names the problem for programs, such as ``urn:recsvc:problem:unknown-item``.
        detail: what is wrong, and how to put it right.
        errors: the fields that are wrong, each with ``field`` and ``message``.
    """

    def __init__(
        self, status: int, kind: str = "about:blank", detail: str = "", errors: Sequence[dict[str, Any]] = ()
    ) -> None:
        fields = ", ".join(sorted({str(one.get("field")) for one in errors}))
        super().__init__(f"refused with {status} ({kind})" + (f" for {fields}" if fields else ""))
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)

    @classmethod
    def of(cls, status: int, problem: object) -> "RequestRefused":
        """Return the refusal that ``problem``, a document after RFC 9457, describes."""
        said = problem if isinstance(problem, dict) else {}
        errors = said.get("errors")
        found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
        return cls(status, str(said.get("type", "about:blank")), str(said.get("detail") or ""), found)
