"""What passes (no free descriptor, a full disk) is told, and costs no file its content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest
from tests.components import needs
from tests.unit.ledger.test_opening import no_more_descriptors
from tests.unit.store.test_profile_store import profile

from ringlet.agents.catalog import load_providers
from ringlet.agents.catalogs import Catalogs
from ringlet.domain.budgets import Budget, Scope
from ringlet.domain.errors import RingletError
from ringlet.store.agent_paths import AgentPaths
from ringlet.store.budgets import BudgetStore
from ringlet.store.files import sweep_leftovers
from ringlet.store.paths import Paths
from ringlet.store.quarantine import Quarantine

_PAGE: Final = 4096
_PROVIDER: Final = """\
id = "mine"
name = "Mine"
type = "openai-compatible"
[endpoints]
default = "http://127.0.0.1:1"
[auth]
env_key = "MINE_KEY"
prompt = "Key"
[models]
available = ["model-a"]
default = "model-a"
"""


def test_budgets_that_cannot_be_read_now_are_not_taken_for_none(tmp_path: Path) -> None:
    path, quarantine = tmp_path / "budgets.json", Quarantine(tmp_path / "quarantine")
    first = Budget(Scope("profile", "work"), "daily", limit_nano=5)
    second = Budget(Scope("profile", "home"), "daily", limit_nano=7)
    BudgetStore(path, quarantine).put(first)
    store = BudgetStore(path, quarantine)
    with no_more_descriptors(), pytest.raises(RingletError, match="too many open files"):
        store.put(second)
    store.put(second)
    assert len(BudgetStore(path, quarantine).all()) == 2
    assert not quarantine.folder.exists()


def test_chosen_paths_that_cannot_be_read_now_are_not_taken_for_none(tmp_path: Path) -> None:
    path, quarantine = tmp_path / "agents.json", Quarantine(tmp_path / "quarantine")
    AgentPaths(path, quarantine).choose("claude", "/bin/claude")
    paths = AgentPaths(path, quarantine)
    with no_more_descriptors(), pytest.raises(RingletError):
        paths.choose("codex", "/bin/codex")
    paths.choose("codex", "/bin/codex")
    assert dict(AgentPaths(path, quarantine).all()) == {
        "claude": "/bin/claude", "codex": "/bin/codex",
    }  # fmt: skip


@needs("strace")
def test_a_profile_that_cannot_be_read_now_is_not_taken_for_missing(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir(mode=0o700)
    (folder / "work.json").write_bytes(msgspec.json.encode(profile("work")))
    script = f"""
from pathlib import Path
from ringlet.domain.errors import RingletError
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine
quarantine = Quarantine(Path({str(tmp_path / "quarantine")!r}))
store = ProfileStore(Path({str(folder)!r}), quarantine, home_of=lambda agent, alias: Path("/h"))
store.load()
print(quarantine.problems)
try:
    store.get("work")
except RingletError as error:
    print(error.code.name)
print([profile.alias for profile in store.all()], quarantine.problems)
"""
    inject = "inject=openat:error=EMFILE:when=1..2"
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", os.devnull, "-P", str(folder / "work.json")),
            *("-e", inject, sys.executable, "-c", script),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told, code, known = done.stdout.splitlines()
    assert "too many open files" in told
    assert (code, known) == ("STORAGE_ERROR", "['work'] []")
    assert not (tmp_path / "quarantine").exists()


@needs("bwrap")
def test_a_full_disk_leaves_no_temporary_file(tmp_path: Path) -> None:
    script = f"""
import os, sys
from pathlib import Path
from ringlet.store import instance
from ringlet.store.files import write_atomic
from ringlet.store.jsonlines import JsonLines
folder = Path({str(tmp_path)!r})
log = folder / "log.jsonl"
log.write_bytes(b'{{"a":1}}\\n' + b"x" * 9000)
free = os.statvfs(folder)
(folder / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - {_PAGE}))
for attempt in (
    lambda: write_atomic(folder / "file", bytes(3 * {_PAGE})),
    lambda: instance.record(str(folder / "endpoint"), "x" * 3 * {_PAGE}),
    lambda: JsonLines(log, folder / "quarantine").append({{"b": 2}}),
):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__)
print(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
(folder / "ballast").unlink()
lines = JsonLines(log, folder / "quarantine")
lines.append({{"b": 2}})
print(list(lines.read()))
"""
    done = subprocess.run(
        [
            *("bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-user"),
            *("--size", str(1 << 20), "--tmpfs", str(tmp_path), sys.executable, "-c", script),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "RingletError", "OSError", "RingletError", "['ballast', 'log.jsonl']",
        "[{'a': 1}, {'b': 2}]",
    ]  # fmt: skip


def test_temporary_files_of_killed_processes_are_swept_from_every_folder(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "c", tmp_path / "s", tmp_path, tmp_path / "r")
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    for folder in paths.written():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f".ringlet-{gone}-01234567-0.tmp").touch()
        (folder / f".ringlet-{os.getppid()}-01234567-0.tmp").touch()
    assert [sweep_leftovers(folder) for folder in paths.written()] == [1] * len(paths.written())


def test_manifests_that_cannot_be_read_now_are_read_as_soon_as_they_can(tmp_path: Path) -> None:
    folder = tmp_path / "providers.d"
    folder.mkdir()
    (folder / "mine.toml").write_text(_PROVIDER)
    catalogs = Catalogs(tmp_path / "agents.d", folder)
    assert catalogs.agents  # what is built in is read before the fault
    assert load_providers()
    with no_more_descriptors():
        assert "mine" not in catalogs.providers
        assert "Too many open files" in "".join(map(str, catalogs.problems))
    assert "mine" in catalogs.providers
    assert not catalogs.problems
    assert catalogs.providers is catalogs.providers


@needs("strace")
@pytest.mark.parametrize("name", ["providers.d/mine.toml", "config.toml", "prices.toml"])
def test_one_file_that_cannot_be_read_now_counts_at_the_next_look(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "providers.d").mkdir()
    (tmp_path / "providers.d/mine.toml").write_text(_PROVIDER)
    (tmp_path / "config.toml").write_text("[daemon]\nhttp_port = 9000\n")
    (tmp_path / "prices.toml").write_text('[[price]]\nmodel = "mine"\ninput = 3\noutput = 9\n')
    script = f"""
from pathlib import Path
from ringlet.agents.catalogs import Catalogs
from ringlet.engine.settings import CurrentSettings
from ringlet.store.paths import Paths
from ringlet.store.prices import PriceBook
from ringlet.store.quarantine import Quarantine
folder = Path({str(tmp_path)!r})
catalogs = Catalogs(folder / "agents.d", folder / "providers.d")
settings = CurrentSettings(folder / "config.toml")
paths = Paths.find({{"HOME": str(folder), "RINGLET_CONFIG_DIR": str(folder)}})
book = PriceBook(paths, Quarantine(folder / "quarantine"))
for _ in range(2):
    book.refresh()
    print(
        "mine" in catalogs.providers and not catalogs.problems,
        settings().daemon.http_port == 9000 and not settings.problem,
        bool(book.history("mine")),
    )
"""
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", os.devnull, "-P", str(tmp_path / name)),
            *("-e", "inject=openat:error=EIO:when=1", sys.executable, "-c", script),
        ],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = (line.split() for line in done.stdout.splitlines())
    assert "False" in first
    assert set(second) == {"True"}
