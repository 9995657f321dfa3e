"""A name that stands for another Redis after a failover, as that of a managed service does."""

import socket
from collections.abc import Callable
from functools import partial

from support.tcp_proxy import TcpProxy, passed_on


class MovingName(TcpProxy):
    """Passes bytes on; who connects anew comes to the server that it stands for then."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def stands_for(self, port: int) -> None:
        """Bring whoever connects from now on to another server; connections that are open stay as they are."""
        self._target = port

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        return partial(passed_on, client, server), partial(passed_on, server, client)
