"""Who is told when something is known of shoppers that was not known before."""

from collections.abc import Callable
from typing import TypeAlias

import structlog

OnShoppers: TypeAlias = Callable[[frozenset[str], frozenset[str]], None]
"""Called with user ids and session ids, after the commit: their lists may have changed."""

_log = structlog.get_logger(__name__)


def tell(listener: OnShoppers, user_ids: frozenset[str], session_ids: frozenset[str]) -> None:
    """Call ``listener``; what is stored stays stored, and acknowledged, if it fails."""
    try:
        listener(user_ids, session_ids)
    except Exception as error:  # noqa: BLE001 - whoever listens
        _log.error("listener_failed", error=type(error).__name__, exc_info=error)
