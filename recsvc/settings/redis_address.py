"""Where Redis is, as the setting says it: one server, or the sentinels that know which one it is."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REDIS_PORT, SENTINEL_PORT = 6379, 26379
FORM = (
    "is not a URL like redis://[user:password@]host:port/db, rediss://… (TLS), unix:///path/to/redis.sock or "
    "redis+sentinel://[user:password@]host:26379,host,host/master-name[/db]"
)
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_OF_ONE_SERVER = ("redis", "rediss", "unix")
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_TLS = (*TLS_FILES, "ssl_password", "ssl_cert_reqs", "ssl_check_hostname")
_OF_SENTINELS = ("sentinel_username", "sentinel_password")
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis is, and as whom and how it is spoken to.

    Attributes:
        hosts: names and ports of the server, or of the sentinels; none for a Unix socket.
        path: of the Unix socket.
        master_name: under which the sentinels know the server; None where there are none.
        db: number of the database.
        username, password: of the server; None where it asks for none.
        sentinel_username, sentinel_password: of the sentinels.
        tls: options of TLS as redis-py calls them; None where nothing is encrypted.
    """

    hosts: tuple[tuple[str, int], ...] = ()
    path: str | None = None
    master_name: str | None = None
    db: int = 0
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = field(default=None, repr=False)
    sentinel_password: str | None = field(default=None, repr=False)
    tls: dict[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """Return the address in ``url``; raises ValueError, which says what is wrong and quotes no password."""
        scheme, separator, _ = url.partition("://")
        if scheme not in (*_SENTINEL, *_OF_ONE_SERVER) or not separator:
            raise ValueError("must begin with redis://, rediss://, unix:// or redis+sentinel://")
        try:
            parts = urlsplit(url)
            options = {
                name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=True).items()
            } if parts.query else {}  # fmt: skip
        except ValueError:
            raise ValueError(FORM) from None
        is_encrypted = scheme.startswith("rediss")
        _check_options(options, is_encrypted=is_encrypted, has_sentinels=scheme in _SENTINEL)
        username, password, places = _split_places(parts.netloc)
        whose: dict[str, Any] = {"username": username, "password": password}
        tls = _tls_of(options) if is_encrypted else None
        if scheme == "unix":
            if places or not parts.path:
                raise ValueError(FORM)
            return cls(path=unquote(parts.path), db=_db_of(options.get("db", "")), **whose)
        if scheme in _OF_ONE_SERVER:
            hosts = _hosts_of(places or "localhost", REDIS_PORT)
            if len(hosts) > 1:
                raise ValueError(
                    "names several servers: say redis+sentinel://… where sentinels know which one it is"
                )
            return cls(hosts, db=_db_of(options.get("db", parts.path.strip("/"))), tls=tls, **whose)
        name, _, db = parts.path.strip("/").partition("/")
        if not name or not places:
            raise ValueError(
                "must name the sentinels and what they call the server: redis+sentinel://host,host/mymaster"
            )
        of_sentinels: dict[str, Any] = {option: options.get(option) for option in _OF_SENTINELS}
        return cls(
            _hosts_of(places, SENTINEL_PORT), None, unquote(name), _db_of(options.get("db", db)), tls=tls,
            **whose, **of_sentinels,
        )  # fmt: skip

    def missing_file(self) -> str | None:
        """Return which file of the options cannot be read, and None where all can."""
        for option in TLS_FILES:
            named = (self.tls or {}).get(option)
            if named is not None and not Path(named).is_file():
                return f"{option}={named}"
        return None


def _check_options(options: dict[str, str], *, is_encrypted: bool, has_sentinels: bool) -> None:
    known = ("db", *(_TLS if is_encrypted else ()), *(_OF_SENTINELS if has_sentinels else ()))
    for name in options:
        if name in _TLS and not is_encrypted:
            raise ValueError(
                f"has the option {name}, which needs rediss://: nothing is encrypted with redis://"
            )
        if name not in known:
            raise ValueError(
                f"has the option {name[:40]!r}, of which nothing is known; known are {', '.join(known)}"
            )


def _split_places(netloc: str) -> tuple[str | None, str | None, str]:
    """Return user, password and the rest of what stands between the slashes."""
    who, separator, places = netloc.rpartition("@")
    username, _, password = who.partition(":")
    return unquote(username) or None, unquote(password) or None if separator else None, places


def _hosts_of(places: str, default_port: int) -> tuple[tuple[str, int], ...]:
    return tuple(_host_of(place, default_port) for place in places.split(","))


def _host_of(place: str, default_port: int) -> tuple[str, int]:
    try:
        parsed = urlsplit(f"//{place}")
        host, port = parsed.hostname, parsed.port
    except ValueError:
        host = port = None
    if not host:
        raise ValueError(FORM)
    return unquote(host), port or default_port


def _db_of(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal():
        raise ValueError(f"names the database {text[:20]!r}, which must be a number like 0")
    return int(text)


def _tls_of(options: dict[str, str]) -> dict[str, Any]:
    tls: dict[str, Any] = {name: options[name] for name in _TLS if name in options}
    if tls.get("ssl_cert_reqs", "required") not in ("required", "optional", "none"):
        raise ValueError("has the option ssl_cert_reqs, which must be required, optional or none")
    if "ssl_check_hostname" in tls:
        switched = _SWITCH.get(tls["ssl_check_hostname"].lower())
        if switched is None:
            raise ValueError("has the option ssl_check_hostname, which must be true or false")
        tls["ssl_check_hostname"] = switched
    return tls
