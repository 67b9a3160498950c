"""What a sign of life tells of a failover: that something may be lost, though no sign is."""

from __future__ import annotations

from pathlib import Path

from tests.journey.sentinels import Server, has_replica, paired, running, server
from tests.journey.sentinels import free_ports as ports
from tests.stored import RETENTION_S, enlist
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.origin import FAILED_OVER, Sign, lost


def sign(of: Server, worker: str) -> Sign:
    """A sign of life, given to this one."""
    client = Client.at(f"redis://127.0.0.1:{of.port}")
    given = enlist(Inbox(client, retention_s=RETENTION_S), worker, bell="", rules_hash="", rules=[])
    if has_replica(of):
        client.wait(1, 1000)
    client.close()
    return given


def test_the_first_sign_after_a_failover_notices_it_and_each_worker_hears_of_it(
    tmp_path: Path,
) -> None:
    with paired(tmp_path) as pair:
        primary, replica = pair.servers
        sign(primary, "one")
        one, other = sign(primary, "one"), sign(primary, "other")

        primary.kill()
        with replica.client() as promoted:
            promoted.execute_command("REPLICAOF", "NO", "ONE")
        first, second, later = sign(replica, "one"), sign(replica, "other"), sign(replica, "one")

    told = [lost(one, first), lost(other, second), lost(None, first)]
    assert [found and found.cause for found in told] == [FAILED_OVER] * 3
    assert first.failed_over_ms == second.failed_over_ms == later.failed_over_ms == other.at_ms
    assert (first.is_news, second.is_news) == (True, False)
    # Who begins to work later has nothing to tell, nor has who told it.
    assert lost(None, second) is None
    assert lost(first, later) is None


def test_a_restart_is_no_failover(tmp_path: Path) -> None:
    with running(server(tmp_path, ports(1)[0])) as alone:
        before = sign(alone, "one")
        alone.kill()
        alone.start()

        after = sign(alone, "one")

    assert (after.failed_over_ms, after.is_news) == (None, False)
    assert lost(before, after) is None
