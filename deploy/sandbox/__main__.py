"""`python -m deploy.sandbox`: serve the sandbox, or play a sample day to a receiver."""

from __future__ import annotations

from typing import Annotated

import httpx
import typer

from deploy.sandbox.day import fetch_day, play, sample_day
from deploy.sandbox.seed import seeded_world
from deploy.sandbox.server import HOST, TOKEN, Sandbox
from deploy.sandbox.workiva.grant import Credentials

PORT = 8900
GRANT = Credentials()

Port = Annotated[int, typer.Option(help="Port to serve on, 0 for a free one.")]
Host = Annotated[str, typer.Option(help="Address to serve on.")]
Token = Annotated[
    # Also by the environment: everybody on a machine sees what a process was started with.
    str, typer.Option(envvar="AWORK_API_TOKEN", help="The only bearer token accepted.")
]
ClientId = Annotated[
    str, typer.Option(envvar="WORKIVA_CLIENT_ID", help="The only grant that Workiva knows.")
]
ClientSecret = Annotated[
    str, typer.Option(envvar="WORKIVA_CLIENT_SECRET", help="The secret of that grant.")
]

app = typer.Typer(add_completion=False, help="A stand-in for awork and Workiva.")


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    *,
    port: Port = PORT,
    host: Host = HOST,
    token: Token = TOKEN,
    client_id: ClientId = GRANT.client_id,
    client_secret: ClientSecret = GRANT.client_secret,
) -> None:
    """Without a command: serve."""
    if context.invoked_subcommand is None:
        serve(port=port, host=host, token=token, client_id=client_id, client_secret=client_secret)


@app.command()
def serve(
    *,
    port: Port = PORT,
    host: Host = HOST,
    token: Token = TOKEN,
    client_id: ClientId = GRANT.client_id,
    client_secret: ClientSecret = GRANT.client_secret,
) -> None:
    """Serve awork's API under /api/v1, and Workiva's under /workiva, until interrupted."""
    sandbox = Sandbox(token=token, workiva=Credentials(client_id, client_secret))
    sandbox.run(host, port, _tell)


def _tell(url: str) -> None:
    """Say where it is. url: of awork's API."""
    origin = url.removesuffix("/api/v1")
    typer.echo(f"awork sandbox on {url}")
    typer.echo(f"Workiva on {origin}/workiva; its tasks: {origin}/sandbox/workiva/tasks")


@app.command("play")
def play_day(
    url: Annotated[str, typer.Option(help="The receiver's address.")],
    secret: Annotated[str, typer.Option(help="Value of the header.")],
    header: Annotated[str, typer.Option(help="Name of the header.")] = "X-Webhook-Secret",
    sandbox: Annotated[
        str, typer.Option(help="A running sandbox that is to know the day, http://host:port.")
    ] = "",
) -> None:
    """Send a sample day to a receiver, one delivery after the other."""
    with httpx.Client(timeout=30) as client:
        world = seeded_world()
        day = fetch_day(sandbox, client) if sandbox else sample_day(world, world.clock())
        statuses = play(url, header, secret, day, client, tell=typer.echo)
    typer.echo(f"{len(statuses)} deliveries answered: {', '.join(map(str, statuses))}")


if __name__ == "__main__":
    app()
