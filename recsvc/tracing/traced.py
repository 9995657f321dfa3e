"""Stands for a part of a program and makes a span of each call of some of its methods."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import isfunction, isgeneratorfunction
from typing import Any

from opentelemetry.context import get_value
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span

from recsvc.tracing.tracing import Step

REQUEST = "recsvc.request"
"""Under this name the context holds the span of the request."""


class Traced:
    """All that ``part`` is, with the methods named in ``steps`` traced; seen from outside, an object of its class."""

    def __init__(self, part: Any, tracer: Tracer, steps: Mapping[str, Step]) -> None:  # noqa: ANN401 - any part
        self._traced_part = part
        for name in public_methods(part):
            # Held as they are, so that they are found as quickly as before.
            setattr(self, name, getattr(part, name))
        for name, step in steps.items():
            setattr(self, name, spanned(getattr(part, name), tracer, step))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self._traced_part, name)

    @property  # type: ignore[misc]  # what isinstance asks; nobody sets it
    def __class__(self) -> type:
        return type(self._traced_part)


def public_methods(part: object) -> list[str]:
    """Return the names of the methods of ``part`` that others call."""
    kind = type(part)
    return [name for name in dir(kind) if name[0] != "_" and isfunction(getattr(kind, name))]


def public_calls(part: object) -> list[str]:
    """Return those of them whose work is done when they return."""
    return [name for name in public_methods(part) if not isgeneratorfunction(getattr(type(part), name))]


def spanned(call: Callable[..., Any], tracer: Tracer, step: Step) -> Callable[..., Any]:
    """Return ``call`` as a span below the current one; where nothing is traced at the moment, ``call`` as it is."""
    kind = SpanKind.CLIENT if step.leaves else SpanKind.INTERNAL

    @wraps(call)
    def in_span(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the method has it
        if not step.is_root and not get_current_span().is_recording():
            return call(*arguments, **named)
        if step.name is None:
            return _noted(step, call(*arguments, **named))
        with tracer.start_as_current_span(
            step.name,
            kind=kind,
            attributes=step.attributes,
            record_exception=False,  # its message may hold ids
            set_status_on_exception=False,
        ) as span:
            result = watched(span, call, *arguments, **named)
            span.set_attributes(step.told(result))
            return _noted(step, result)

    return in_span


def watched(span: Span, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
    """Return the result of ``call``; an error is noted by its class alone."""
    try:
        return call(*arguments, **named)
    except Exception as error:
        note_error(span, type(error).__name__)
        raise


def note_error(span: Span, kind: str) -> None:
    """Say that the step failed, and how."""
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", kind)


def _noted(step: Step, result: Any) -> Any:  # noqa: ANN401
    request = get_value(REQUEST)
    if isinstance(request, Span):
        request.set_attributes(step.of_request(result))
    return result
