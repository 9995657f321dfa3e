"""A way to a Redis that takes as long as the test says."""

import socket
import time
from collections.abc import Callable
from functools import partial

from support.tcp_proxy import TcpProxy, passed_on


class SlowProxy(TcpProxy):
    """Passes bytes on, ``delay_seconds`` late on the way to the server."""

    def __init__(self, port: int) -> None:
        self.delay_seconds = 0.0
        super().__init__(port)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        late = partial(passed_on, client, server, lambda: time.sleep(self.delay_seconds))
        return late, partial(passed_on, server, client)
