"""The load of a soak: clients of every kind, each at its own pace until it is told to stop."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import httpx
from tests.e2e.site import Site
from tests.e2e.world import RINGLET

PROVIDER: Final = "loop"
_PATIENCE: Final = 120.0
_INTERRUPTED: Final = "the daemon went away before it answered"
_CREATE: Final = (
    "profiles", "create", "--provider", PROVIDER, "--no-alias", "--api-key-stdin", "demo",
)  # fmt: skip
_LISTS: Final = (
    ("profiles", "list"),
    ("profiles", "inspect", "steady"),
    ("profiles", "plan", "steady"),
    ("runs", "list", "--json"),
    ("agents", "list"),
    ("usage",),
    ("usage", "--by", "model", "--json"),
    ("budget", "list"),
    ("config", "list"),
    ("daemon", "status", "--json"),
)
_PATHS: Final = (
    "/api/ping",
    "/api/profiles",
    "/api/runs",
    "/api/usage",
    "/api/usage/report?by=model",
    "/api/agents",
    "/api/nowhere",
)
_WATCHES: Final = (
    ("runs", "list", "--watch"),
    ("usage", "--watch"),
    ("profiles", "list", "--watch"),
)


class Load:
    """Everything that goes on at once; `failures` and what was `done`."""

    def __init__(self, site: Site, *, clients: int, seed: int) -> None:
        self.site = site
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []
        self.stopping = threading.Event()
        self._chance = random.Random(seed)  # noqa: S311 - repeatable
        parts: list[Callable[[], None]] = [self._run, self._change, self._import]
        usual = (self._command, self._ask, self._command, self._watch)
        parts += [usual[number % len(usual)] for number in range(clients - len(parts))]
        self._threads = [threading.Thread(target=self._repeat, args=(part,)) for part in parts]

    def start(self, answers: int) -> None:
        """Begin, with so many answers in the ledger; one profile stays from first to last."""
        self.site.world.run(*_CREATE, "steady", stdin="sk-of-the-soak\n")
        self._import(answers)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what he is at."""
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, part: Callable[[], None]) -> None:
        while not self.stopping.wait(self._chance.uniform(0.5, 2.0)):
            try:
                part()
            except Exception as error:  # whatever it is, it is what we look for
                self.failures.append(f"{part.__name__}: {error!r}")

    def _ringlet(self, *arguments: str) -> None:
        """One command, which must succeed unless its daemon went in the middle of it."""
        done = self.site.world.run(*arguments, check=False)
        if _INTERRUPTED in done.stderr:
            self.done["interrupted"] += 1
            return
        assert done.returncode == 0, f"{arguments}: {done.returncode} {done.stdout} {done.stderr}"
        self.done["commands"] += 1

    def _command(self) -> None:
        self._ringlet(*self._chance.choice(_LISTS))

    def _ask(self) -> None:
        """One request over HTTP; between two daemons nobody may listen."""
        path = self._chance.choice(_PATHS)
        try:
            url, headers = self.site.url, self.site.bearer
            answer = httpx.get(url + path, headers=headers, timeout=_PATIENCE)
        except (httpx.TransportError, FileNotFoundError):
            self.done["requests to nobody"] += 1
            return
        expected = 404 if path.endswith("nowhere") else 200
        assert answer.status_code == expected, f"{path}: {answer.status_code} {answer.text[:300]}"
        self.done["requests"] += 1

    def _run(self) -> None:
        self._ringlet("profiles", "run", "steady", "--", "-p", f"say {uuid4().hex}")
        self.done["runs"] += 1

    def _change(self) -> None:
        """A profile that comes, changes its name, and goes."""
        first, second = f"p{uuid4().hex[:8]}", f"q{uuid4().hex[:8]}"
        self._ringlet("profiles", "create", "demo", first, "--provider", "demo", "--no-alias")
        self._ringlet("profiles", "rename", first, second)
        self._ringlet("profiles", "delete", second, "--yes")
        self.done["changes"] += 1

    def _import(self, answers: int = 50) -> None:
        """A further session in a home that is followed, and the question for it."""
        home = self.site.world.root / "imported"
        folder = home / ".claude" / "projects" / "-home-me-code"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "one.jsonl").open("a") as file:
            file.write("".join(json.dumps(_answer()) + "\n" for _ in range(answers)))
        self._ringlet("usage", "import", "--home", str(home), "--agent", "claude")
        self.done["imports"] += 1

    def _watch(self) -> None:
        """Follow for a while; the daemon may go meanwhile, which is no failure of the follower."""
        world = self.site.world
        watching = subprocess.Popen(
            [RINGLET, *self._chance.choice(_WATCHES)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=world.project,
            env=world.environ,
        )
        self.stopping.wait(self._chance.uniform(5, 20))
        over = watching.poll()
        watching.terminate()
        _, said = watching.communicate(timeout=_PATIENCE)
        if over and _INTERRUPTED in said.decode():
            self.done["interrupted"] += 1
            return
        assert over in (None, 0), f"a watch ended with {over}: {said.decode()[:300]}"
        self.done["watches"] += 1


def _answer() -> dict[str, Any]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    usage = {"input_tokens": 10, "output_tokens": 5}
    return {
        "type": "assistant",
        "timestamp": moment,
        "sessionId": "soak",
        "requestId": uuid4().hex,
        "uuid": uuid4().hex,
        "cwd": "/home/me/code",
        "message": {
            "id": uuid4().hex,
            "model": "claude-sonnet-5",
            "role": "assistant",
            "usage": usage,
        },
    }
