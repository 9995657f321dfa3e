"""Which commands Redis is given, so that a user who may give no others can be made, and one who may not be told of."""

from collections.abc import Callable

from redis import Redis, ResponseError
from redis.exceptions import NoPermissionError

from recsvc.cache.redis_names import RedisNames

Attempt = Callable[[Redis, RedisNames], object]

ATTEMPTS: dict[str, Attempt] = {
    "set": lambda redis, names: redis.set(names.probe, "", px=1000),
    "get": lambda redis, names: redis.get(names.probe),
    "exists": lambda redis, names: redis.exists(names.probe),
    "ttl": lambda redis, names: redis.ttl(names.probe),
    "pttl": lambda redis, names: redis.pttl(names.probe),
    # The probe is a text: these are answered that it is no hash and no number, and change nothing.
    "hget": lambda redis, names: redis.hget(names.probe, "x"),
    "hexists": lambda redis, names: redis.hexists(names.probe, "x"),
    "hset": lambda redis, names: redis.hset(names.probe, "x", ""),
    "incrby": lambda redis, names: redis.incrby(names.probe, 1),
    "expire": lambda redis, names: redis.expire(names.probe, 1),
    "pexpire": lambda redis, names: redis.pexpire(names.probe, 1000),
    "del": lambda redis, names: redis.delete(names.probe),
    "eval": lambda redis, _: redis.eval("return 1", 0),
    "evalsha": lambda redis, _: redis.evalsha("0" * 40, 0),
    "script|exists": lambda redis, _: redis.script_exists("0" * 40),
    "script|load": lambda redis, _: redis.script_load("return 1"),
    "publish": lambda redis, names: redis.publish(f"{names.channel}:probe", ""),
    "ping": lambda redis, _: redis.ping(),
}
"""Commands, and how each is tried, in this order; what they leave is gone within a second."""

PUBSUB = ("subscribe", "unsubscribe")
OPTIONAL = {"memory|usage": "how many bytes `recsvc warm` filled", "select": "a database other than 0"}
"""Commands without which something is left undone that nobody needs to serve lists."""

ACL = " ".join(("~recsvc:*", "&recsvc:*", "-@all", *(f"+{name}" for name in (*ATTEMPTS, *PUBSUB))))
"""The least that a user of Redis needs, in the words of ACL SETUSER."""


def missing_rights(redis: Redis, names: RedisNames) -> list[str]:
    """Return the commands that are refused, as ACL SETUSER calls them; raises RedisError where Redis fails."""
    missing = [name for name, attempt in ATTEMPTS.items() if _is_refused(attempt, redis, names)]
    with redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
        try:
            pubsub.subscribe(f"{names.channel}:probe")
            pubsub.get_message(timeout=1)
        except NoPermissionError:
            missing.append("subscribe")
    return missing


def _is_refused(attempt: Attempt, redis: Redis, names: RedisNames) -> bool:
    try:
        attempt(redis, names)
    except NoPermissionError:
        return True
    except ResponseError as error:
        text = str(
            error
        ).lower()  # a command that a service renamed, or a script that met one that is forbidden
        return "unknown command" in text or "unknown redis command" in text or "acl" in text
    return False
