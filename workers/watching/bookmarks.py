"""Up to when what was compared: so that the next look, of whichever worker, goes on from there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from webhooks.store.client import Client
from webhooks.store.reply import text

#: Read once more at the next look: awork's clock is not ours, and its lists may lag behind.
OVERLAP = timedelta(minutes=5)
#: awork is not asked about more than that: `hookwork backfill` is
LONGEST = timedelta(days=7)
#: What is younger may still come: awork tries a delivery again.
GRACE = timedelta(minutes=2)


class Bookmarks:
    """Times by name, in Redis."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def since(self, name: str, now: datetime) -> datetime | None:
        """From when on to compare; None at the first look, which begins here: what came before is
        not known to be missing."""
        stored = text(self._client.hget(self._client.key.watched, name))
        if not stored:
            self.reached(name, now - GRACE)
            return None
        at = datetime.fromtimestamp(int(stored) / 1000, UTC)
        return max(at - OVERLAP, now - LONGEST)

    def reached(self, name: str, at: datetime) -> None:
        """Everything before `at` has been compared."""
        self._client.hset(self._client.key.watched, name, int(at.timestamp() * 1000))

    def forget(self, names: Collection[str]) -> None:
        """What nobody asks for now begins anew when somebody does again."""
        if names:
            self._client.hdel(self._client.key.watched, *names)
