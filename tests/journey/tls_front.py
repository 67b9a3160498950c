"""TLS before a Redis that has none, as Heroku's Redis is reached: `rediss://`, by a certificate
that it has signed itself, for the name of another host.

The redis-server that comes along is built without TLS. This front ends it, and hands what it reads
to the real server's socket, byte by byte; what Redis does and answers is Redis's own.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
#: the name in Heroku's certificates is not the one that is connected to
ANOTHER_HOST = "redis.example.org"
_CHUNK_BYTES = 1 << 16


def self_signed(folder: Path, name: str = ANOTHER_HOST) -> Path:
    """A certificate that nobody vouches for, and its key, in one file. name: the host it is for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(_pem_of(key) + certificate.public_bytes(serialization.Encoding.PEM))
    return file


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@contextmanager
def tls_front(redis_socket: Path, certificate: Path) -> Iterator[int]:
    """Serve TLS before a Redis, from a thread. Gives the port."""
    front = _Front(redis_socket, certificate)
    ready = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(front.serve(ready),), name="tls-front")
    thread.start()
    ready.wait()
    try:
        yield front.port
    finally:
        front.leave()
        thread.join()


class _Front:
    """The front, within its thread."""

    port = 0

    def __init__(self, redis_socket: Path, certificate: Path) -> None:
        self._redis_socket = str(redis_socket)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def serve(self, ready: threading.Event) -> None:
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        # Whoever does not trust the certificate hangs up in the middle; that is no news here.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        server = await asyncio.start_server(self._connected, HOST, 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._leaving.wait()
        server.close()
        for one in self._under_way:
            one.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def leave(self) -> None:
        assert self._loop is not None
        assert self._leaving is not None
        self._loop.call_soon_threadsafe(self._leaving.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        from_redis, to_redis = await asyncio.open_unix_connection(self._redis_socket)
        one_way = [_pump(reader, to_redis), _pump(from_redis, writer)]
        ways = [asyncio.create_task(way) for way in one_way]
        try:
            # Either side's end is the end of both.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.transport.abort()
            to_redis.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        # One of the two has hung up; so does the front.
        return
