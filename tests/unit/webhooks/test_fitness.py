"""What a Redis says of itself, and what that means for us: row by row."""

from __future__ import annotations

from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisSilent

from webhooks.store import fitness, keys
from webhooks.store.fitness import CAUSES, findings, found, wrong_kinds
from webhooks.store.trouble import trouble

MIB = 2**20
#: a Redis as it should be
GOOD: dict[str, Any] = {
    "redis_version": "6.2.14",
    "maxmemory_policy": "noeviction",
    "role": "master",
    "maxmemory": 0,
    "total_system_memory": 1_000 * MIB,
    "used_memory": 10 * MIB,
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "rdb_last_bgsave_status": "ok",
}
KEPT = {"appendfsync": "everysec", "save": "", "stop-writes-on-bgsave-error": "yes"}
REPLICA = {"role": "slave", "master_host": "r1", "master_port": 6379}


@pytest.mark.parametrize("config", [{}, KEPT, KEPT | {"appendfsync": "always"}])
def test_nothing_is_wrong_with_a_good_one(config: dict[str, str]) -> None:
    assert findings(GOOD, config) == []


@pytest.mark.parametrize(
    ("info", "config", "cause", "weight", "message"),
    [
        (
            {"redis_version": "6.0.16"},
            {},
            "too-old",
            "unfit",
            "Redis is 6.0.16, must be 6.2 or newer",
        ),
        (
            {"maxmemory_policy": "allkeys-lru"},
            {},
            "may-evict",
            "unfit",
            "maxmemory-policy is allkeys-lru, must be noeviction",
        ),
        (
            REPLICA | {"slave_read_only": 1},
            {},
            "read-only",
            "refusing",
            "Redis is a replica of r1:6379, and takes no writes",
        ),
        (
            REPLICA | {"slave_read_only": 0},
            {},
            "replica",
            "unfit",
            "Redis is a replica of r1:6379 that takes writes, and forgets them at a sync",
        ),
        (
            {"maxmemory": 100 * MIB, "used_memory": 100 * MIB},
            {},
            "full",
            "refusing",
            "Redis uses 100 of 100 MiB of maxmemory; it takes no writes",
        ),
        (
            {"maxmemory": 100 * MIB, "used_memory": 91 * MIB},
            {},
            "nearly-full",
            "risk",
            "Redis uses 91 of 100 MiB of maxmemory",
        ),
        (  # without maxmemory the machine is the limit: 0.91 * 1000
            {"used_memory": 910 * MIB},
            {},
            "nearly-full",
            "risk",
            "Redis uses 910 of 1000 MiB of the machine's memory",
        ),
        (
            {"rdb_last_bgsave_status": "err"},
            KEPT | {"save": "3600 1"},
            "cannot-save",
            "refusing",
            "Redis cannot write its snapshot to disk, and takes no writes until it can",
        ),
        (
            {"aof_last_write_status": "err"},
            KEPT,
            "cannot-save",
            "refusing",
            "Redis cannot write its append-only file to disk, and takes no writes until it can",
        ),
        (
            {"min_slaves_good_slaves": 0},
            KEPT | {"min-replicas-to-write": "1"},
            "no-replicas",
            "refusing",
            "Redis has 0 replicas in step, must have 1 (min-replicas-to-write), and takes no"
            " writes",
        ),
        (
            {
                "connected_slaves": 3,
                "slave0": {"ip": "r1", "port": 6379, "state": "online", "lag": 0},
                "slave1": {"ip": "r2", "port": 6379, "state": "online", "lag": 12},
                "slave2": {"ip": "r3", "port": 6379, "state": "wait_bgsave", "lag": 12},
            },
            KEPT,
            "replica-lags",
            "risk",
            "a replica does not answer: r2:6379; what is to be written to awork waits, because"
            " after a failover to it that would be written twice",
        ),
        (
            {"aof_enabled": 0},
            KEPT,
            "forgets",
            "risk",
            "Redis keeps nothing on disk: acknowledged events are lost when it ends",
        ),
        (
            {"aof_enabled": 0},
            KEPT | {"save": "3600 1 300 100"},
            "forgets",
            "risk",
            "Redis keeps only snapshots (save 3600 1 300 100): acknowledged events are lost when it"
            " ends",
        ),
        (
            {"aof_enabled": 0},
            {},
            "forgets",
            "risk",
            "Redis keeps no append-only file: acknowledged events are lost when it ends",
        ),
        (
            {},
            KEPT | {"appendfsync": "no"},
            "forgets",
            "risk",
            "appendfsync is no: some 30 s of acknowledged events are lost with the machine",
        ),
    ],
)
def test_what_is_wrong_has_its_name_weight_and_words(
    info: dict[str, Any], config: dict[str, str], cause: str, weight: str, message: str
) -> None:
    (one,) = findings(GOOD | info, config)

    assert (one.cause, one.weight, one.message) == (f"redis:{cause}", weight, message)
    assert one.way_out
    assert one.cause in CAUSES


@pytest.mark.parametrize(
    ("info", "config"),
    [
        ({"used_memory": 89 * MIB, "maxmemory": 100 * MIB}, {}),
        # 100 used, of which 20 are on their way to the file: 80 count
        (
            {
                "used_memory": 100 * MIB,
                "maxmemory": 100 * MIB,
                "mem_not_counted_for_evict": 20 * MIB,
            },
            {},
        ),
        ({"rdb_last_bgsave_status": "err"}, KEPT),  # no snapshots are wanted (save "")
        (
            {"rdb_last_bgsave_status": "err"},
            KEPT | {"save": "3600 1", "stop-writes-on-bgsave-error": "no"},
        ),
        ({"min_slaves_good_slaves": 1}, {"min-replicas-to-write": "1"}),
    ],
)
def test_what_only_looks_wrong_is_not(info: dict[str, Any], config: dict[str, str]) -> None:
    assert findings(GOOD | info, config) == []


def test_the_worst_is_told_first() -> None:
    bad = (
        GOOD
        | REPLICA
        | {"slave_read_only": 1, "aof_enabled": 0, "maxmemory_policy": "volatile-ttl"}
    )

    assert [one.weight for one in findings(bad, {})] == ["unfit", "refusing", "risk"]


def test_keys_of_a_wrong_type_are_named_in_one_finding() -> None:
    kinds = {
        **dict.fromkeys(keys.UNNAMED.kinds, "none"),
        keys.UNNAMED.due: "string",
        keys.UNNAMED.rules: "list",
    }

    (one,) = wrong_kinds(kinds, keys.UNNAMED.kinds)

    assert one.message == (
        "hookwork:due is a string, must be a zset; hookwork:rules is a list, must be a hash"
    )
    assert list(wrong_kinds(keys.UNNAMED.kinds, keys.UNNAMED.kinds)) == []


def test_a_provider_that_refuses_config_leaves_the_rest() -> None:
    refused = [ResponseError("unknown command 'CONFIG'")] * 4
    kinds = [b"none"] * len(keys.UNNAMED.kinds)

    assert (
        found([GOOD | {"aof_enabled": 0}, *refused, *kinds], keys.UNNAMED.kinds)[0].cause
        == "redis:forgets"
    )


def test_one_that_answers_nothing_but_no_is_refusing() -> None:
    replies = [ResponseError("NOAUTH Authentication required.")] * (5 + len(keys.UNNAMED.kinds))

    (one,) = found(replies, keys.UNNAMED.kinds)

    assert (one.cause, one.weight) == ("redis:refuses-us", "refusing")


def test_questions_and_answers_are_as_many() -> None:
    asked: list[str] = []

    class Pipe:
        def info(self) -> None:
            asked.append("info")

        def config_get(self, name: str) -> None:
            asked.append(name)

        def type(self, key: str) -> None:
            asked.append(key)

    fitness.questions(Pipe(), keys.UNNAMED.kinds)

    assert len(asked) == 1 + 4 + len(keys.UNNAMED.kinds)


IN_SCRIPT = "Error running script (call to f_1): @user_script:57: "


@pytest.mark.parametrize(
    ("error", "cause", "is_passing"),
    [
        (RedisAway("Error 111 connecting to r:6379. Connection refused."), "away", True),
        (RedisSilent("Timeout reading from r:6379"), "away", True),
        (ConnectionResetError("gone"), "away", True),
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "full", True),
        (ResponseError(IN_SCRIPT + "@user_script: 57: -OOM command not allowed"), "full", True),
        (ReadOnlyError("You can't write against a read only replica."), "read-only", True),
        (ResponseError(IN_SCRIPT + "-READONLY You can't write"), "read-only", True),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "cannot-save", True),
        (ResponseError("NOREPLICAS Not enough good replicas to write."), "no-replicas", True),
        (ResponseError(IN_SCRIPT + "WRONGTYPE hookwork:due is a string"), "wrong-type", False),
        (ResponseError(IN_SCRIPT + "too many results to unpack"), "error", False),
    ],
)
def test_an_error_of_redis_has_its_cause(error: Exception, cause: str, is_passing: bool) -> None:
    why = trouble(error)

    assert (why.cause, why.is_passing) == (f"redis:{cause}", is_passing)
    assert why.way_out
    assert "script" not in why.message
