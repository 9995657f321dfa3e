"""A Redis with a replica, and three sentinels that name the other one when it is lost."""

import subprocess
from pathlib import Path
from typing import Self

from redis import Redis, RedisError
from redis.sentinel import Sentinel

from support.processes import RedisServer, becomes_true, free_port

NAME, PASSWORD, SENTINEL_PASSWORD = "mymaster", "of-the-servers", "of-the-sentinels"
DOWN_AFTER_MILLISECONDS = 500


class Sentinels:
    """Ends with its block.

    Attributes:
        url: as the setting names them.
        servers: the first is the primary at first.
    """

    def __init__(self, directory: Path) -> None:
        passwords = ("--requirepass", PASSWORD, "--masterauth", PASSWORD)
        options = (*passwords, "--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb")
        first = RedisServer(*options, needs_password=True)
        self.servers = [first]
        replica = ("--replicaof", "127.0.0.1", str(first.port))
        self.servers.append(RedisServer(*options, *replica, needs_password=True))
        self._ports = [free_port() for _ in range(3)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._directory = directory
        for port in self._ports:
            self.start_sentinel(port)
        places = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        self.url = f"redis+sentinel://:{PASSWORD}@{places}/{NAME}/0?sentinel_password={SENTINEL_PASSWORD}"
        assert becomes_true(self._know_all, 20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for server in self.servers:
            server.kill()

    def start_sentinel(self, port: int) -> None:
        config = self._directory / f"sentinel-{port}.conf"
        lines = (
            f"port {port}",
            "bind 127.0.0.1",
            f"requirepass {SENTINEL_PASSWORD}",
            f"sentinel monitor {NAME} 127.0.0.1 {self.servers[0].port} 2",
            f"sentinel auth-pass {NAME} {PASSWORD}",
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MILLISECONDS}",
            f"sentinel failover-timeout {NAME} 5000",
            f"sentinel sentinel-pass {SENTINEL_PASSWORD}",
        )
        config.write_text("\n".join(lines) + "\n")
        self._processes.append(
            subprocess.Popen(["redis-sentinel", config], stdout=subprocess.DEVNULL, cwd=self._directory)
        )

    def kill_sentinel(self, number: int) -> None:
        self._processes[number].kill()
        self._processes[number].wait()

    def client(self, server: RedisServer) -> Redis:
        return Redis(port=server.port, password=PASSWORD)

    def fail_over(self) -> None:
        """Let the sentinels make the replica the primary while both work."""
        with Redis(port=self._ports[-1], password=SENTINEL_PASSWORD) as sentinel:
            sentinel.execute_command("SENTINEL", "FAILOVER", NAME)

    def primary_port(self) -> int | None:
        """Return the port of the server that the last sentinel names."""
        sentinels = Sentinel(
            [("127.0.0.1", self._ports[-1])], sentinel_kwargs={"password": SENTINEL_PASSWORD}
        )
        try:
            return int(sentinels.discover_master(NAME)[1])
        except RedisError:
            return None
        finally:
            sentinels.close()

    def _know_all(self) -> bool:
        """Return whether each sentinel knows the others and the replica."""
        try:
            for port in self._ports:
                with Redis(port=port, password=SENTINEL_PASSWORD) as sentinel:
                    known = sentinel.sentinel_masters()[NAME]
                    if known["num-other-sentinels"] != 2 or known["num-slaves"] != 1:
                        return False
        except RedisError:
            return False
        return True
