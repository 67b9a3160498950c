"""Somebody on this machine who is told things: hears each request, answers as the test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request."""

    path: str
    #: by names in small letters
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the listener answers. status 0: it hangs up without a word."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


@dataclass
class Listener:
    """Listens at one address of this machine."""

    port: int
    host: str = "127.0.0.1"
    heard: list[Heard] = field(default_factory=list)
    #: for the next requests, in order; after that all is well
    replies: list[Reply] = field(default_factory=list)
    #: whom each connection came from
    callers: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[Listener]:
    """A listener, until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            listener.heard.append(Heard(self.path, named, body))
            listener.callers.add(f"{self.client_address}")
            self._answer(listener.replies.pop(0) if listener.replies else Reply())

        def _answer(self, reply: Reply) -> None:
            if not reply.status:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Tests do not print."""

    server = ThreadingHTTPServer((host, 0), Handler)
    listener = Listener(server.server_port, host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
