"""`python -m deploy.sandbox`: serve the sandbox, or play a sample day to a receiver."""

from __future__ import annotations

from typing import Annotated

import httpx
import typer

from deploy.sandbox.day import fetch_day, play, sample_day
from deploy.sandbox.seed import seeded_world
from deploy.sandbox.server import HOST, TOKEN, Sandbox

PORT = 8900

Port = Annotated[int, typer.Option(help="Port to serve on, 0 for a free one.")]
Host = Annotated[str, typer.Option(help="Address to serve on.")]
Token = Annotated[
    # Also by the environment: everybody on a machine sees what a process was started with.
    str, typer.Option(envvar="AWORK_API_TOKEN", help="The only bearer token accepted.")
]

app = typer.Typer(add_completion=False, help="A stand-in for awork.")


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context, port: Port = PORT, host: Host = HOST, token: Token = TOKEN
) -> None:
    """Without a command: serve."""
    if context.invoked_subcommand is None:
        serve(port, host, token)


@app.command()
def serve(port: Port = PORT, host: Host = HOST, token: Token = TOKEN) -> None:
    """Serve awork's API under /api/v1 until interrupted."""
    Sandbox(token=token).run(host, port, lambda url: typer.echo(f"awork sandbox on {url}"))


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
