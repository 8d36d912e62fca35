"""Folders, limits and mounts that a machine may have: an answer that helps, never a mistake."""

from __future__ import annotations

import json
import logging
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.components import need, needs
from tests.e2e.world import RINGLET, World

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.incidents import translate

_WRONG = ("[9999]", "Internal error", "Traceback", "recursion", "made a mistake")


def _fails_well(world: World, *words: str, **options: object) -> str:
    """Run a command that cannot work; returns what it says, which must be of use."""
    done = subprocess.run(
        [RINGLET, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
        **{"cwd": world.project, "env": world.environ, **options},  # type: ignore[call-overload]
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert [wrong for wrong in _WRONG if wrong in said] == [], said
    assert done.returncode in (0, 1), said
    return str(said)


@pytest.mark.parametrize("below", [".config", ".config/ringlet"])
def test_a_link_that_leads_nowhere_in_place_of_the_configuration_is_named(
    world: World, below: str
) -> None:
    link = world.home / below
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(world.home / "gone" / "far")
    said = _fails_well(world, "profiles", "create", "demo", "work", "--provider", "demo")
    assert f"{link} is a link that leads nowhere" in said or "not a folder of yours" in said


@pytest.mark.parametrize("place", ["/proc", "/proc/self/fd", "/dev/null", "/sys"])
def test_a_configuration_where_nothing_can_be_made_is_refused(world: World, place: str) -> None:
    environ = world.environ | {"XDG_CONFIG_HOME": place}
    said = _fails_well(world, "profiles", "create", "demo", "w", "--provider", "demo", env=environ)
    assert f"{place}/ringlet" in said


def test_names_that_are_not_utf8_are_refused_where_paths_are_kept(world: World) -> None:
    home = os.fsencode(world.root) + b"/caf\xe9"
    os.mkdir(home)
    environ = os.environb | {os.fsencode(k): os.fsencode(v) for k, v in world.environ.items()}
    said = _fails_well(world, "profiles", "list", env=environ | {b"HOME": home})
    assert "HOME is not UTF-8" in said


def test_a_command_works_in_a_folder_whose_name_is_not_utf8(world: World) -> None:
    folder = os.fsencode(world.project) + b"/caf\xe9"
    os.mkdir(folder)
    world.run("profiles", "create", "demo", "work", "--provider", "demo", "--no-alias")
    for words in (["profiles", "list"], ["runs", "list"], ["profiles", "plan", "work"]):
        _fails_well(world, *words, cwd=folder)
    done = subprocess.run(
        [RINGLET, "profiles", "exec", "work", "pwd"], cwd=folder, env=world.environ,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, folder + b"\n"), done.stderr
    assert len(world.json("runs", "list")) == 1


@pytest.mark.parametrize("limit", [7, 12, 16, 20])
def test_few_descriptors_are_told_of_by_their_name(world: World, limit: int) -> None:
    world.run("profiles", "list")
    for words in ("daemon stop", "profiles list", "daemon status"):
        done = subprocess.run(
            ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", RINGLET, *words.split()],
            env=world.environ, cwd=world.project, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert [wrong for wrong in _WRONG if wrong in said] == [], said
        assert done.returncode == 0 or "ulimit -n" in said or "open files" in said, said


def test_a_run_where_processes_cannot_be_seen_is_refused_before_the_agent_starts(
    world: World,
) -> None:
    need(shutil.which("bwrap"), "bwrap")
    world.run("profiles", "create", "demo", "work", "--provider", "demo", "--no-alias")
    began = world.project / "began"
    bwrap = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--tmpfs", "/proc"]
    done = subprocess.run(
        [*bwrap, RINGLET, "profiles", "exec", "work", "touch", str(began)],
        env=world.environ, cwd=world.project, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "/proc" in done.stderr
    assert "no active run" not in done.stderr
    assert not began.exists()
    world.run("daemon", "stop")
    done = subprocess.run(  # the daemon of this one sees no processes either
        [*bwrap, RINGLET, "profiles", "exec", "work", "touch", str(began)],
        env=world.environ, cwd=world.project, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert "/proc" in done.stderr
    assert "no active run" not in done.stderr
    assert not began.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give rights away")
@needs("setpriv")
def test_an_unreadable_home_for_an_import_is_refused(world: World) -> None:
    """Without the rights of root, which reads everything."""
    closed = world.root / "closed"
    (closed / ".claude" / "projects").mkdir(parents=True)
    world.prefix = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    closed.chmod(0)
    try:
        for words in (["--home", str(closed)], ["--home", str(closed), "--agent", "claude"]):
            done = world.run("usage", "import", *words, check=False)
            said = done.stdout + done.stderr
            assert [wrong for wrong in _WRONG if wrong in said] == [], said
            assert done.returncode == 1
            assert str(closed) in said
    finally:
        closed.chmod(0o700)


def test_an_umask_that_takes_everything_away_keeps_nobody_out(world: World) -> None:
    script = 'umask 0777; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", RINGLET, "profiles", "create", "demo", "work", "--provider",
         "demo", "--no-alias"],
        env=world.environ, cwd=world.project, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modes = {p.name: p.stat().st_mode & 0o777 for p in world.config.iterdir()}
    assert {mode for mode in modes.values() if mode & 0o600 != 0o600} == set(), modes


def test_a_defect_has_a_number_that_the_log_names(own_home: Path) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers[:] = []
    (own_home / ".config" / "ringlet").mkdir(parents=True)
    try:
        error = translate(KeyError("x"), logging.getLogger("t"), "command profiles list")
    finally:
        root.handlers[:] = before
    log = own_home / ".config" / "ringlet" / "logs" / "ringlet.log"
    assert error.code == ErrorCode.INTERNAL
    number = error.message.removeprefix("Internal error ").split(";")[0]
    assert error.message == f"Internal error {number}; see the log: {log}"
    assert number in log.read_text() and "KeyError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (OSError(24, "Too many open files", "/x"), ErrorCode.STORAGE_ERROR, "ulimit -n"),
        (MemoryError(), ErrorCode.STORAGE_ERROR, "memory"),
        (UnicodeEncodeError("utf-8", "\udce9", 0, 1, "x"), ErrorCode.INVALID_REQUEST, "UTF-8"),
        (ImportError("No module named x"), ErrorCode.EXECUTION_ERROR, "ulimit -n"),
        (RingletError(ErrorCode.TIMEOUT, "m", hint="h"), ErrorCode.TIMEOUT, "h"),
    ],
)
def test_what_a_machine_does_keeps_its_own_words(
    error: Exception, code: ErrorCode, word: str
) -> None:
    known = translate(error, logging.getLogger("t"), "a request")
    assert known.code == code
    assert word in f"{known.message} {known.hint}"
    assert json.dumps(known.message)


@pytest.mark.parametrize("place", ["", "..", "link"])
def test_a_folder_that_holds_the_home_is_not_taken_for_the_configuration(
    world: World, place: str
) -> None:
    """It would be closed to all others, which for the root of the disk ends everything."""
    (world.root / "link").symlink_to(world.home)
    folder = world.root / "link" if place == "link" else world.home / place
    folder.chmod(0o755)
    before = sorted(os.listdir(folder))
    environ = world.environ | {"RINGLET_CONFIG_DIR": str(folder)}
    for words in (["daemon", "start"], ["profiles", "list"], ["doctor", "--fix"]):
        assert "holds your home folder" in _fails_well(world, *words, env=environ)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert sorted(os.listdir(folder)) == before


def test_an_empty_home_is_the_one_that_the_system_knows(world: World) -> None:
    environ = world.environ | {"HOME": "", "RINGLET_CONFIG_DIR": str(world.root / "config")}
    said = _fails_well(world, "agents", "inspect", "demo", env=environ)
    assert f"{pwd.getpwuid(os.getuid()).pw_dir}/.bun/bin" in said
    subprocess.run([RINGLET, "daemon", "stop"], env=environ, check=True, capture_output=True)


def test_the_doctor_looks_at_a_large_folder_for_a_bounded_time(world: World) -> None:
    for number in range(200):
        path = world.config / "notes" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o644)
    assert "there are more such files than these 50" in world.run("doctor", check=False).stdout
