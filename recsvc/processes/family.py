"""The processes of one ``recsvc serve``: they end together, and two services do not share a port."""

import os
import signal
import socket

from recsvc.errors import SettingsError
from recsvc.processes.watchdog import activity_of
from recsvc.repeating import Repeating

LOOK_SECONDS = 0.5


def end_with_parent() -> None:
    """End this worker when the main process is gone, however that ended.

    Left alone, workers would go on answering on the port with what they know, beside those of a service started anew.
    """
    parent = os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            os.kill(
                os.getpid(), signal.SIGKILL
            )  # what would be tidied up is what the main process shared with us

    Repeating("parent-watch", LOOK_SECONDS, look).start()


def is_worker_beside(pid: int) -> bool:
    """Return whether ``pid`` runs and has the same parent as this process."""
    found = activity_of(pid)
    return found is not None and found.parent == os.getppid()


def require_free_port(host: str, port: int) -> None:
    """Raise SettingsError where anybody listens on the address already.

    The server lets its workers share a port, and so would let another service.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop what listens there or name another --port"
        ) from error
