"""A way to Redis on which answers are replaced, cut off, kept back or made up."""

import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from support.tcp_proxy import TcpProxy, end, passed_on

ERRORS = (
    b"ERR unknown command",
    b"WRONGTYPE Operation against a key holding the wrong kind of value",
    b"READONLY You can't write against a read only replica.",
    b"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    b"OOM command not allowed when used memory > 'maxmemory'.",
    b"LOADING Redis is loading the dataset in memory",
    b"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    b"NOAUTH Authentication required.",
    b"WRONGPASS invalid username-password pair or user is disabled.",
    b"NOPERM this user has no permissions to run the command",
    b"NOSCRIPT No matching script. Please use EVAL.",
    b"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    b"NOREPLICAS Not enough good replicas to write.",
    b"CLUSTERDOWN The cluster is down",
    b"MOVED 1 127.0.0.1:1",
    b"ASK 1 127.0.0.1:1",
    b"TRYAGAIN Multiple keys request during rehashing of slot",
    b"CROSSSLOT Keys in request don't hash to the same slot",
    b"EXECABORT Transaction discarded because of previous errors.",
    b"UNKILLABLE Sorry the script already executed write commands against the dataset.",
    b"ERR Error running script (call to f_1): @user_script:2: WRONGTYPE Operation against a key",
    b"NEWCODE an error that nobody knows yet",
    b"",
)
"""Each kind of error reply of the protocol, without its sign."""

REPLIES = (
    b":77\r\n",
    b":-1\r\n",
    b"+OK\r\n",
    b"+QUEUED\r\n",
    b"$-1\r\n",
    b"$0\r\n\r\n",
    b"$7\r\nforeign\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"*2\r\n*1\r\n:1\r\n*1\r\n$-1\r\n",
    b"*1\r\n" * 200 + b":1\r\n",
    b"_\r\n",
    b",nan\r\n",
    b",1.5\r\n",
    b"#t\r\n",
    b"(3492890328409238509324850943850943825024385\r\n",
    b"%1\r\n+a\r\n:1\r\n",
    b"~2\r\n:1\r\n:2\r\n",
    b">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n",
    b"=5\r\ntxt:x\r\n",
    b"!5\r\nERR x\r\n",
)
"""Replies of every type, RESP3's too: few of them are what the command answers."""

GARBAGE = (
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x00\xff\xfe" * 50,
    b"$3\r\nabcdef\r\n",
    b"?\r\n",
    b"$",
    b"*2\r\n$5\r\nhal",
    b"$999999999999\r\n",
    b"*999999999\r\n",
    b"*4294967295\r\n",
    b"%2147483647\r\n",
    b"*9999\r\n" * 5_000,
    b"$-99\r\n",
    b":99999999999999999999999\r\n",
)
"""What is no reply, or the beginning of one that never ends."""

SILENT, CLOSED, ENDLESS = b"silent", b"closed", b"endless"
_ENDLESS_PIECE = b"x" * 65536


@dataclass(frozen=True)
class Fault:
    """What is answered instead: ``answer`` to each command for which ``hits`` says so."""

    answer: bytes
    hits: Callable[[bytes], bool] = lambda _name: True


class RedisProxy(TcpProxy):
    """Speaks for a Redis on a port of loopback; while there is a ``fault``, commands that it hits do not come there.

    Attributes:
        asked: how often each command was given, faulty or not.
        n_faults: how many were answered otherwise.
    """

    def __init__(self, port: int) -> None:
        self.fault: Fault | None = None
        self.asked: Counter[bytes] = Counter()
        self.n_faults = 0
        super().__init__(port)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def close(self) -> None:
        self.fault = None
        super().close()

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        return partial(passed_on, server, client), partial(self._forth, client, server)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError, ValueError), client.makefile("rb") as stream:
            while command := _read_command(stream):
                whole, words = command
                name = b" ".join(words[:2] if words[0].upper() in _FAMILIES else words[:1]).upper()
                self.asked[name] += 1
                fault = self.fault
                if fault is None or not fault.hits(name):
                    server.sendall(whole)
                elif not self._answer(fault.answer, client):
                    break
        end(server, client)

    def _answer(self, answer: bytes, client: socket.socket) -> bool:
        self.n_faults += 1
        if answer == CLOSED:
            return False
        if answer == ENDLESS:
            client.sendall(b"$999999\r\n" * 2)
            until = time.monotonic() + 1
            while time.monotonic() < until:
                client.sendall(_ENDLESS_PIECE)
            return False
        if answer != SILENT:
            client.sendall(answer)
        return True


_FAMILIES = {b"CLIENT", b"SCRIPT", b"MEMORY", b"CONFIG"}


def _read_command(stream) -> tuple[bytes, list[bytes]] | None:
    """Return the bytes and the words of the next command; clients send arrays of bulk strings."""
    header = stream.readline()
    if not header:
        return None
    assert re.fullmatch(rb"\*\d+\r\n", header), header
    whole, words = [header], []
    for _ in range(int(header[1:])):
        length = stream.readline()
        word = stream.read(int(length[1:]) + 2)
        whole += [length, word]
        words.append(word[:-2])
    return b"".join(whole), words
