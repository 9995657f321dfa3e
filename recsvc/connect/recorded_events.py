"""The events that are stored of orders of a shop's own system."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from recsvc.connect.order import BOUGHT_AND_RETURNED, event_name
from recsvc.store.event import Event
from recsvc.store.event_log import EventLog

_NAMES_AT_ONCE = 3
"""Most lines have one event, or two."""


def recorded_events(
    events: EventLog, platform: str, lines: Mapping[str, Collection[str]]
) -> Mapping[str, dict[str, Event]]:
    """Return all stored events of each order, by their names; ``lines``: order -> its lines."""
    found: defaultdict[str, dict[str, Event]] = defaultdict(dict)
    open_lines = [(order, line) for order, ids in lines.items() for line in ids]
    first = 1
    while open_lines:
        names = {
            event_name(platform, order, line, number): (order, line)
            for order, line in open_lines
            for number in range(first, first + _NAMES_AT_ONCE)
        }
        full: defaultdict[tuple[str, str], int] = defaultdict(int)
        for event in events.named(names, BOUGHT_AND_RETURNED):
            if event.event_id is not None:
                order, line = names[event.event_id]
                found[order][event.event_id] = event
                full[order, line] += 1
        open_lines = [one for one, n_found in full.items() if n_found >= _NAMES_AT_ONCE]
        first += _NAMES_AT_ONCE
    return found
