"""A setting for every secret, each unlike any other text; and the forms in which one could leak."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import redis

from deploy.local.redis_server import find_server
from tests.journey.conftest import free_port
from tests.journey.stack import until
from webhooks.store.client import Client

#: with what breaks addresses, headers, quoting and formats
ODD = "é/+=@:#%&?{0}'\"\\"
REDIS_PASSWORD = f"hush-redis-{ODD}"
SECRETS = {
    # As of an OAuth server: anything that is printable.
    "AWORK_API_TOKEN": "hush-token~!$%&'*+/=?^`{|}\\\"",
    "AWORK_WEBHOOK_SECRET": "hush-secret-%s{0}",
    "AWORK_WEBHOOK_SECRET_PREVIOUS": "hush-previous-%d",
    "AWORK_WEBHOOK_SIGNING_KEY": f"hush-signing-{ODD}",
    "HOOKWORK_CONSOLE_PASSWORD": f"hush-console-{ODD}",
    "WORKIVA_CLIENT_ID": f"hush-client-{ODD}",
    "WORKIVA_CLIENT_SECRET": f"hush-grant-{ODD}",
    "NOTIFY_SECRET_CHAT": "whsec_" + base64.b64encode(b"hush-notify-hush-notify-hush").decode(),
}
#: the middle of an address that a rule notifies, a secret too
IN_ADDRESS = "hush-hook"


def forms(secret: str) -> set[bytes]:
    """How a secret may look where it has leaked."""
    raw = secret.encode()
    written = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        secret.encode().decode("latin-1"),
    }
    packed = {base64.b64encode(raw), base64.urlsafe_b64encode(raw), raw.hex().encode()}
    return {one.encode() for one in written} | {one.rstrip(b"=") for one in packed}


def leaked(told: bytes, *also: str) -> list[str]:
    """The names of the secrets that are told somewhere, in whatever form."""
    named = {**SECRETS, "REDIS_URL": REDIS_PASSWORD, **{text: text for text in also}}
    # What all of them begin with finds those that are told in part.
    return [
        name for name, secret in named.items() if any(form in told for form in forms(secret))
    ] + (["a part"] if b"hush-" in told else [])


@contextmanager
def guarded_redis(folder: Path) -> Iterator[tuple[str, Client]]:
    """A Redis with a password. Yields the address without it, as host:port, and a client."""
    port = free_port()
    # Its settings come by standard input: what a process was started with is seen by all.
    written = json.dumps(REDIS_PASSWORD, ensure_ascii=False)
    config = f"port {port}\nbind 127.0.0.1\nsave ''\nrequirepass {written}\nloglevel warning\n"
    process = subprocess.Popen(
        [str(find_server()), "-"], stdin=subprocess.PIPE, cwd=folder, stdout=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(config.encode())
    process.stdin.close()
    client = Client(port=port, password=REDIS_PASSWORD)
    try:
        until(lambda: _answers(client), "Redis")
        yield f"127.0.0.1:{port}", client
    finally:
        client.close()
        process.kill()
        process.wait()


def _answers(client: Client) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def environ(place: str, password: str = REDIS_PASSWORD) -> Mapping[str, str]:
    """Every secret, as the environment of a process."""
    return SECRETS | {"REDIS_URL": f"redis://:{quote(password, safe='')}@{place}/0"}
