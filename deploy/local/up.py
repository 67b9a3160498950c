"""`hookwork up`: everything on this machine, by one command."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from deploy.local import day, folder, leftovers, notice, report, watch
from deploy.local import house as houses
from deploy.local.house import House
from webhooks.store.live import Live

#: seconds between two looks at what runs
_PACE_S = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(environ: Mapping[str, str], console: Console) -> None:
    """Run until told to end, telling what is made as it happens."""
    # A journal has no width.
    console.soft_wrap = not console.is_terminal
    with _ending_in_order(), folder.home() as home:
        for line in leftovers.end(home):
            console.print(line, markup=False)
        console.print("Starting Redis, edge and worker ...")
        with houses.running(environ, home) as house, houses.announced(house):
            report.started(console, house)
            try:
                _run(environ, house, console)
            except KeyboardInterrupt:
                notice.tell(environ, notice.STOPPING, notice.status("ending"))
                console.print("Ending ...")


def once(environ: Mapping[str, str], console: Console) -> bool:
    """Play the sample day, wait until every event of it is settled, and show what was made.

    Returns False when something did not settle, or failed.
    """
    demo = {name: value for name, value in environ.items() if not name.startswith("AWORK_API_")}
    with (
        _ending_in_order(),
        tempfile.TemporaryDirectory(prefix="hookwork-") as scratch,
        houses.running(demo, Path(scratch)) as house,
    ):
        seen: list[Live] = []
        with _collecting(house, seen):
            sent = day.play(house, lambda title: console.print(f"  {title}"))
            left = day.left_over(house, sent)
        report.table(console, seen)
        return report.summary(console, seen, left)


def _run(environ: Mapping[str, str], house: House, console: Console) -> None:
    """Keep everything running. What is made is told by a thread of its own: nothing that waits for
    Redis keeps us from starting again what ended."""
    watched = watch.settled(house.settings, threading.Event())
    _beside(_tell, watched, house, console)
    if house.sandbox:
        _beside(_play, house, console)
    problems = watch.ProblemNews(house.settings)
    notice.tell(environ, notice.READY, notice.status(report.state(house, ())))
    while True:
        for line in house.keep_running():
            console.print(line, markup=False)
        if any(news := problems.latest()):
            report.wrong(console, *news)
            notice.tell(environ, notice.status(report.state(house, problems.known)))
        time.sleep(_PACE_S)


def _beside(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def _tell(watched: Iterator[Live | None], house: House, console: Console) -> None:
    news = watch.RuleNews(house.settings)
    for event in watched:
        report.told(console, event)
        if told := news.latest():
            console.print(told, markup=False)


def _play(house: House, console: Console) -> None:
    day.play(house, lambda title: console.print(f"          {title}"))
    console.print("The sample day has been played. Ctrl-C ends everything.")


@contextmanager
def _collecting(house: House, seen: list[Live]) -> Iterator[None]:
    """Collect what is settled meanwhile."""
    stop = threading.Event()
    watched = watch.settled(house.settings, stop)
    thread = threading.Thread(target=lambda: seen.extend(e for e in watched if e), daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Whatever tells this process to end, all parts are ended; a second time changes nothing."""

    def interrupt(*_: object) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
