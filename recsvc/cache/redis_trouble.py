"""What keeps Redis from being used, in words that name the remedy."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from redis import AuthenticationError
from redis import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError
from redis.sentinel import MasterNotFoundError

RIGHTS = "docs/guides/replicas.md"
_MAX_TEXT = 300


class UnsuitableRedisError(RedisConnectionError):
    """The server is of a kind that lists cannot be kept in; the message says which."""


def trouble_of(error: BaseException) -> str | None:
    """Return what somebody has to mend, or None where Redis is merely away."""
    for cause in _causes(error):
        for kind, words in _WORDS.items():
            if isinstance(cause, kind):
                return words(cause)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from: the library wraps errors of the network and keeps their text alone."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _text(error: BaseException) -> str:
    return str(error).rstrip(".")[:_MAX_TEXT]


def _of_tls(error: ssl.SSLError) -> str:
    return (
        f"Redis and the service do not agree on TLS ({error.reason or type(error).__name__}): is it rediss:// on both "
        "sides, and is a client certificate asked for (?ssl_certfile=FILE&ssl_keyfile=FILE)?"
    )


_WORDS: dict[type[BaseException], Callable[[Any], str]] = {
    UnsuitableRedisError: str,
    AuthenticationError: lambda error: (
        f"Redis refuses the user or the password of RECSVC_REDIS_URL ({_text(error)})"
    ),
    NoPermissionError: lambda error: (
        f"Redis refuses a command ({_text(error)}): give the user the rights that {RIGHTS} lists"
    ),
    MasterNotFoundError: lambda error: f"no sentinel names a server that works ({_text(error)})",
    ssl.SSLCertVerificationError: lambda error: (
        f"the certificate of Redis is not trusted ({error.verify_message}): name its CA as ?ssl_ca_certs=FILE in "
        "RECSVC_REDIS_URL, and the host as the certificate does"
    ),
    ssl.SSLError: _of_tls,
    socket.gaierror: lambda error: f"the host of RECSVC_REDIS_URL is not known ({error.strerror})",
    FileNotFoundError: lambda error: f"Redis is not where RECSVC_REDIS_URL says ({_text(error)})",
    PermissionError: lambda error: (
        f"the socket of Redis, or a file of RECSVC_REDIS_URL, may not be read ({_text(error)})"
    ),
}
"""What is said of each kind of error; the first that fits."""
