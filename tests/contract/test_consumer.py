"""What becomes of a worker's connection to Redis when a bell cannot be acknowledged."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from kombu import Message

from workers.consumer import Consumer


class Lost:
    """The channel of a connection that leads nowhere."""

    no_ack_consumers = None

    def basic_ack(self, *_: Any, **__: Any) -> None:
        raise TimeoutError


def test_a_bell_that_cannot_be_acknowledged_ends_its_connection_once() -> None:
    """It would hold its slot for ever; what else fails meanwhile is of the same connection."""
    consumer = Consumer.__new__(Consumer)
    logger = structlog.get_logger()
    bells = [Message(delivery_tag=str(number), channel=Lost()) for number in range(2)]

    with pytest.raises(ConnectionError, match="a bell could not be acknowledged"):
        consumer._done(bells[0].ack_log_error, logger, (OSError,))
    consumer._done(bells[1].ack_log_error, logger, (OSError,))

    assert consumer.is_away
