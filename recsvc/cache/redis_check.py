"""What is wrong with the Redis of the settings, found out once before the service starts."""

from contextlib import closing

from redis import RedisError

from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import RedisNames
from recsvc.cache.redis_rights import missing_rights
from recsvc.cache.redis_trouble import RIGHTS, UnsuitableRedisError, trouble_of
from recsvc.errors import SettingsError
from recsvc.settings.redis_address import RedisAddress

TIMEOUT_SECONDS = 2.0
_NAMESPACE = "start"


def check_redis(url: str, namespace: str | None) -> str | None:
    """Return what an operator should mend, or None; the service starts without Redis and goes on with it.

    Args:
        url: of the setting.
        namespace: of the shop; None where only the store knows it.

    Raises:
        SettingsError: a file that the address names is missing, or the server is of a kind that never works.
    """
    missing_file = RedisAddress.parse(url).missing_file()
    if missing_file:
        raise SettingsError(f"RECSVC_REDIS_URL names {missing_file}, which is no file: correct it")
    with closing(connect(url, timeout_seconds=TIMEOUT_SECONDS, max_connections=2)) as redis:
        try:
            missing = missing_rights(redis, RedisNames(namespace or _NAMESPACE))
        except UnsuitableRedisError as error:
            raise SettingsError(f"RECSVC_REDIS_URL: {error}") from error
        except RedisError as error:
            return trouble_of(error) or (
                f"Redis does not answer ({type(error).__name__}): does it run where RECSVC_REDIS_URL says, and is that "
                "rediss:// where it asks for TLS, and redis:// where it does not?"
            )
    if missing:
        return f"Redis refuses {', '.join(missing)}: give the user the rights that {RIGHTS} lists"
    return None
