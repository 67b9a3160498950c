"""The sandbox as a running thing: world, gateway, sender and control behind one HTTP port."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from deploy.sandbox.api import Api
from deploy.sandbox.calls import Call, CallLog
from deploy.sandbox.connection import HangUpProtocol
from deploy.sandbox.control import Control
from deploy.sandbox.faults import Faults
from deploy.sandbox.gateway import Gateway
from deploy.sandbox.limits import PER_MINUTE, PER_SECOND, Budget
from deploy.sandbox.seed import seeded_world
from deploy.sandbox.sender import Sender, Spacing, Wait, doubling
from deploy.sandbox.stamps import Clock, system_clock
from deploy.sandbox.workiva.control import Control as WorkivaControl
from deploy.sandbox.workiva.grant import Credentials
from deploy.sandbox.workiva.service import Workiva
from deploy.sandbox.world import World

HOST = "127.0.0.1"
TOKEN = "sandbox-token"  # noqa: S105 - the sandbox guards nothing

_START_S = 10.0
#: between two looks at what is still open
_MOMENT_S = 0.001


class Sandbox:
    """A whole awork of one's own.

    with Sandbox.start(token="t") as sandbox:
        httpx.get(sandbox.url + "/me", headers={"authorization": "Bearer t"})
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: Clock = system_clock,
        per_minute: int = PER_MINUTE,
        per_second: int = PER_SECOND,
        spacing: Spacing = doubling,
        wait: Wait | None = None,
        workiva: Credentials | None = None,
    ) -> None:
        """workiva: what its Workiva is signed in to with; None for credentials of its own."""
        self.token = token
        self.world: World = seeded_world(clock)
        self.workiva = Workiva(clock, workiva)
        self.gateway = Gateway(Api(self.world), token, clock, Budget(clock, per_minute, per_second))
        self._client = httpx.Client()
        self.sender = Sender(self.world, self._client, spacing=spacing, wait=wait)
        self.sender.listen()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._origin = ""

    @classmethod
    def start(
        cls,
        *,
        token: str = TOKEN,
        clock: Clock = system_clock,
        per_minute: int = PER_MINUTE,
        per_second: int = PER_SECOND,
        spacing: Spacing = doubling,
        wait: Wait | None = None,
    ) -> Sandbox:
        """Serve from a thread of this process, on a free loopback port; returns when it does.

        clock: current instant in UTC. per_minute, per_second: calls before a 429.
        spacing, wait: seconds between retries of webhooks, and how they are waited for.
        """
        sandbox = cls(
            token=token,
            clock=clock,
            per_minute=per_minute,
            per_second=per_second,
            spacing=spacing,
            wait=wait,
        )
        sandbox._serve_in_thread()
        return sandbox

    @property
    def origin(self) -> str:
        """Such as `http://127.0.0.1:54321`; the control routes are below its `/sandbox`."""
        return self._origin

    @property
    def url(self) -> str:
        """Where awork's API is: what a client takes for `https://api.awork.com/api/v1`."""
        return f"{self._origin}/api/v1"

    @property
    def faults(self) -> Faults:
        return self.gateway.faults

    @property
    def call_log(self) -> CallLog:
        return self.gateway.calls

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in order."""
        return self.call_log.all()

    def writes(self, path_regex: str = ".*") -> list[Call]:
        """The calls that changed the world and whose whole path matches."""
        return self.call_log.writes(path_regex)

    def wait_for_call(
        self, method: str, path_regex: str, timeout_s: float = 10.0, nth: int = 1
    ) -> Call:
        """The nth matching call, as soon as it is applied and before it is answered.

        Raises TimeoutError when it does not come in time.
        """
        return self.call_log.wait_for(method, path_regex, timeout_s=timeout_s, nth=nth)

    def app(self) -> Starlette:
        control = Control(self.world, self.faults, self.call_log, self.sender)
        return Starlette(
            routes=[
                Mount("/api/v1", self.gateway),
                Mount("/workiva", self.workiva.gateway),
                Mount("/sandbox/workiva", routes=WorkivaControl(self.workiva).routes()),
                Mount("/sandbox", routes=control.routes()),
            ]
        )

    def run(self, host: str, port: int, ready: Callable[[str], object]) -> None:
        """Serve in this thread until the process is told to end.

        port: 0 for a free one. ready: called with the API's address once it takes connections.
        """
        listener = self._listen(host, port)
        ready(self.url)
        # uvicorn ends in order on Ctrl-C and then raises it again; there is nothing left to end.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(_config(self.app())).run([listener])
        self._end_sending()

    def stop(self) -> None:
        """Answer what is held, close the port, and return when everything has ended."""
        self.faults.clear()
        self.workiva.faults.clear()
        if self._server is not None and self._thread is not None:
            self._server.leave()
            self._thread.join()
        self._end_sending()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve_in_thread(self) -> None:
        listener = self._listen(HOST, 0)
        self._server = server = _Server(_config(self.app()))
        self._thread = threading.Thread(
            target=server.run, args=([listener],), name="sandbox", daemon=True
        )
        self._thread.start()
        if not server.is_up.wait(_START_S):
            raise RuntimeError(f"the sandbox did not start within {_START_S} s")

    def _listen(self, host: str, port: int) -> socket.socket:
        listener = socket.create_server((host, port))
        self._origin = f"http://{host}:{listener.getsockname()[1]}"
        self.workiva.workspace.url = f"{self._origin}/workiva"
        return listener

    def _end_sending(self) -> None:
        self.sender.end()
        self._client.close()


class _Server(uvicorn.Server):
    """uvicorn that says when it is up and leaves when told to, both without polling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.is_up.set()
        await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, which waits for a tenth of a second and more: too long for each of a
        thousand tests."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(_MOMENT_S)
        for task in list(self.server_state.tasks):
            task.cancel()

    def leave(self) -> None:
        if self._loop is not None and self._leaving is not None:
            self._loop.call_soon_threadsafe(self._leaving.set)


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HangUpProtocol,
        lifespan="off",
        ws="none",
        access_log=False,
        server_header=False,
        # The gateway says what time it is: the world's, which a test may hold.
        date_header=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
