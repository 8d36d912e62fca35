"""A soak: two daemons under load for a long time, one of them restarted every minute."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from tests.e2e.site import Site
from tests.e2e.world import World, loopback_model
from tests.soak.figures import Figures, look
from tests.soak.load import PROVIDER, Load
from tests.soak.resuming import ResumingClient

_WARM_UP: Final = 1 / 6  # of the time: caches fill, modules are loaded


class Lifetime(NamedTuple):
    """What became of one daemon, or of a row of them."""

    looks: list[Figures]
    restarts: int
    done: dict[str, int]
    failures: list[str]
    heard: int
    returns: int
    gaps: list[str]


class Soak:
    """One account under load. With `life` its daemon is restarted that often (seconds)."""

    def __init__(self, world: World, *, clients: int, seed: int, life: float | None) -> None:
        world.run("daemon", "start", "--stay-alive")
        world.run("ui")  # waits until HTTP is up
        self._world = world
        self._life = life
        self._site = Site(world)
        self._load = Load(self._site, clients=clients, seed=seed)
        self._followers = [ResumingClient(self._site, seed=seed + n) for n in range(2)]
        self._looks: list[Figures] = []
        self._began = self._born = time.monotonic()
        self._restarts = 0
        self._pid = world.daemon_pid()

    def start(self, answers: int) -> None:
        """Begin, with so many answers in the ledger."""
        self._load.start(answers)
        for follower in self._followers:
            follower.start()

    def look(self, seconds: float) -> None:
        """One look at the daemon, which is restarted afterwards if it is old enough.

        Of the daemons that are restarted, each is measured once, at the end of its life.
        """
        now = time.monotonic()
        old = self._life is not None and now - self._born >= self._life
        if (self._life is None or old) and now - self._began >= seconds * _WARM_UP:
            folders = (self._world.config, self._world.home / ".local", self._world.runtime)
            if figures := look(self._pid, folders, now - self._began):
                self._looks.append(figures)
        if old:
            self._world.run("daemon", "restart")
            self._restarts += 1
            self._born, self._pid = time.monotonic(), self._world.daemon_pid()

    def end(self) -> None:
        """Let everybody end; what may be called twice."""
        self._load.stop()
        for follower in self._followers:
            follower.stop()

    def outcome(self) -> Lifetime:
        """End, and say what happened."""
        self.end()
        return Lifetime(
            self._looks,
            self._restarts,
            dict(self._load.done),
            self._load.failures,
            sum(follower.heard for follower in self._followers),
            sum(follower.returns for follower in self._followers),
            [gap for follower in self._followers for gap in follower.gaps],
        )


def soak(
    folder: Path,
    *,
    seconds: float,
    clients: int,
    life: float,
    seed: int,
    answers: int,
    tell: Callable[[str], None] = print,
) -> tuple[Lifetime, Lifetime]:
    """A daemon that lives all the time, and one that is restarted; `clients` at each of both.

    There are `answers` in each ledger from the start: with enough of them its caches are full.
    """
    with ExitStack() as stack:
        worlds = [stack.enter_context(_world(folder)) for _ in range(2)]
        for world in worlds:  # a model of its own: the daemon's would end with the daemon
            model = loopback_model(world.root / "model.jsonl", world.environ)
            world.add_provider(
                PROVIDER, "anthropic-compatible", stack.enter_context(model).base_url
            )
        steady = Soak(worlds[0], clients=clients, seed=seed, life=None)
        restarted = Soak(worlds[1], clients=clients, seed=seed + 100, life=life)
        began = told = time.monotonic()
        for each in (steady, restarted):
            stack.callback(each.end)
            each.start(answers)
        while (now := time.monotonic()) - began < seconds:
            time.sleep(min(5.0, seconds / 20))
            for each in (steady, restarted):
                each.look(seconds)
            if now - told > 60:
                told = now
                tell(f"{now - began:.0f} of {seconds:.0f} s")
        return steady.outcome(), restarted.outcome()


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    world = World(folder / uuid4().hex[:8], "")
    try:
        yield world
    finally:
        world.run("daemon", "stop", check=False)
        shutil.rmtree(world.runtime, ignore_errors=True)
        shutil.rmtree(world.root, ignore_errors=True)
