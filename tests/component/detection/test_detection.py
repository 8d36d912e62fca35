from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ringlet.agents.cache import DetectionCache
from ringlet.agents.detection import detect
from ringlet.domain.agents import Agent, Detect, Detection, ProfileRules
from ringlet.store.quarantine import Quarantine

WriteProgram = Callable[[str, str], Path]


@pytest.fixture
def bin_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def write_program(bin_dir: Path) -> WriteProgram:
    def write(name: str, body: str) -> Path:
        path = bin_dir / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def probe(tmp_path: Path, bin_dir: Path) -> Probe:
    return Probe(tmp_path, bin_dir)


class Probe:
    """Runs a detection with all its folders below one temporary folder."""

    def __init__(self, root: Path, bin_dir: Path) -> None:
        self.search_path = f"{bin_dir}{os.pathsep}/usr/bin{os.pathsep}/bin"
        self.scratch = root / "cache" / "probes"
        self.cache_file = root / "cache" / "agent-detections.json"

    async def all(self, *agents: Agent, **options: object) -> list[Detection]:
        overrides = options.get("overrides", {})
        limit = options.get("limit", 10.0)
        tell = options.get("tell", lambda detection: None)
        assert isinstance(overrides, dict)
        assert callable(tell)
        assert isinstance(limit, float)
        return await detect(
            agents,
            search_path=self.search_path,
            scratch_dir=self.scratch,
            cache=DetectionCache(self.cache_file, Quarantine(self.cache_file.parent / "q")),
            overrides=overrides,
            limit=limit,
            tell=tell,
        )

    async def one(self, agent: Agent, **options: object) -> Detection:
        return (await self.all(agent, **options))[0]


def agent(binary: str = "fake", *, commands: tuple[str, ...] = (), files: str = "") -> Agent:
    return Agent(
        id=binary,
        name=binary,
        binary=binary,
        profile=ProfileRules(source_home="~/.x/{alias}", script="x.rhai"),
        detect=Detect(commands=commands, files=(files,) if files else ()),
    )


async def test_a_version_and_the_path_are_found(write_program: WriteProgram, probe: Probe) -> None:
    path = write_program("fake", "echo 'Fake Code v12.34.56-beta (build 9.9.9)'")
    found = await probe.one(agent())
    assert (found.installed, found.path, found.version) == (True, str(path), "12.34.56")
    assert (found.stale, found.search_path) == (False, probe.search_path)


async def test_a_program_that_is_not_there_is_not_installed(probe: Probe) -> None:
    assert await probe.one(agent("nosuchagent")) == Detection(
        "nosuchagent", installed=False, reason="nosuchagent is not on the search path"
    )


async def test_settings_left_behind_do_not_mean_installed(probe: Probe, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    found = await probe.one(agent("nosuchagent", files=str(tmp_path / "settings.json")))
    assert not found.installed
    assert found.reason.endswith("settings.json is left of an earlier use")


async def test_a_stub_is_found_but_does_not_run(write_program: WriteProgram, probe: Probe) -> None:
    path = write_program(
        "fake", r"echo 1.2.3; printf '\n\033[31mnative binary\a not installed\nmore\n' >&2; exit 1"
    )
    found = await probe.one(agent())
    assert not found.installed
    assert found.version is None
    assert found.reason == (f"found at {path} but does not run: [31mnative binary not installed")


async def test_a_silent_failure_is_told_by_its_status(
    write_program: WriteProgram, probe: Probe
) -> None:
    write_program("fake", "exit 3")
    assert (await probe.one(agent())).reason.endswith("does not run: exit status 3")
    write_program("fake", "kill -9 $$  # another size than before")
    assert (await probe.one(agent())).reason.endswith("does not run: killed by signal 9")


async def test_a_file_that_cannot_be_executed_is_told(bin_dir: Path, probe: Probe) -> None:
    (bin_dir / "fake").write_bytes(b"\x7fNOTELF\0")
    (bin_dir / "fake").chmod(0o755)
    assert (await probe.one(agent())).reason.endswith("does not run: Exec format error")


async def test_a_version_on_standard_error_does_not_count(
    write_program: WriteProgram, probe: Probe
) -> None:
    write_program("fake", "echo 'warning: node 20.1.2' >&2; echo 'fake 7'")
    found = await probe.one(agent())
    assert (found.installed, found.version) == (True, None)


async def test_an_agent_is_told_of_while_others_are_slow(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    write_program("quick", "echo 1.2.3")
    write_program("slow", f"until [ -e {heard} ]; do sleep 0.05; done; echo 2.0.0")
    told: list[Detection] = []

    def tell(detection: Detection) -> None:
        told.append(detection)
        heard.touch()

    found = await probe.all(agent("slow"), agent("quick"), tell=tell)
    assert [one.version for one in found] == ["2.0.0", "1.2.3"]
    assert [one.version for one in told] == ["1.2.3", "2.0.0"]


async def test_a_program_that_hangs_is_killed_with_its_children(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    write_program("fake", f"sleep 600 & echo $! $$ > {pids}; wait")
    found = await probe.one(agent(), limit=1.0)
    assert found.reason.endswith("does not run: no answer within 1 s")
    await no_longer_running(pids)


async def test_a_child_left_behind_neither_delays_the_answer_nor_survives(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    write_program("fake", f"sleep 600 & echo $! > {pids}; echo 1.2.3")
    found = await probe.one(agent())
    assert found.version == "1.2.3"
    await no_longer_running(pids)


async def test_endless_output_is_cut_off(write_program: WriteProgram, probe: Probe) -> None:
    write_program("fake", "exec yes 1.2.3")
    found = await probe.one(agent())
    assert found.reason.endswith("does not run: it printed more than 64 KiB")


async def test_the_probe_sees_a_scratch_home_and_nothing_of_the_caller(
    write_program: WriteProgram, probe: Probe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-not-for-probes")
    seen = tmp_path / "seen"
    body = f'env > {seen}; pwd >> {seen}; mkdir -p "$XDG_DATA_HOME/x"; cat; echo 1.2.3'
    write_program("fake", body)
    assert (await probe.one(agent())).version == "1.2.3"
    lines = seen.read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    home = Path(variables["HOME"])
    assert home.parent == probe.scratch
    assert lines[-1] == str(home)
    names = {"PATH", "LANG", "HOME", "TMPDIR"}
    xdg = {f"XDG_{kind}_HOME" for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    assert set(variables) - {"PWD", "OLDPWD", "SHLVL", "_"} == names | xdg
    assert all(Path(variables[name]).is_relative_to(home) for name in xdg)
    assert list(probe.scratch.iterdir()) == []


async def test_a_second_detection_runs_nothing(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    write_program("fake", f"echo run >> {runs}; echo 1.2.3")
    write_program("stub", f"echo run >> {runs}; exit 1")
    first = await probe.all(agent(), agent("stub"))
    assert await probe.all(agent(), agent("stub")) == first
    assert runs.read_text() == "run\nrun\n"


async def test_a_new_version_is_noticed(write_program: WriteProgram, probe: Probe) -> None:
    write_program("fake", "echo 1.2.3")
    await probe.one(agent())
    write_program("fake", "echo 1.2.34")
    assert (await probe.one(agent())).version == "1.2.34"


async def test_the_users_choice_goes_before_the_search_path(
    write_program: WriteProgram, probe: Probe, bin_dir: Path
) -> None:
    write_program("fake", "echo 1.0.0")
    other = write_program("other", "echo 2.0.0")
    found = await probe.one(agent(), overrides={"fake": str(other)})
    assert (found.path, found.version) == (str(other), "2.0.0")
    gone = await probe.one(agent(), overrides={"fake": str(bin_dir / "gone")})
    assert not gone.installed
    assert "gone, is not an executable file" in gone.reason


async def test_the_first_command_that_runs_gives_the_path(
    write_program: WriteProgram, probe: Probe
) -> None:
    write_program("broken", "exit 1")
    path = write_program("works", 'test "$1" = "two words" && echo 4.5.6')
    commands = ("nosuchagent -v", "broken -v", "works 'two words'")
    found = await probe.one(agent("fake", commands=commands))
    assert (found.installed, found.path, found.version) == (True, str(path), "4.5.6")


async def test_a_command_is_never_given_to_a_shell(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    write_program("fake", "echo 1.2.3")
    await probe.one(agent("fake", commands=(f"fake ; touch {tmp_path}/pwned $(id)",)))
    assert not (tmp_path / "pwned").exists()


async def test_relative_entries_of_the_search_path_are_ignored(
    write_program: WriteProgram, probe: Probe, bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program("fake", "echo 1.2.3")
    monkeypatch.chdir(bin_dir)
    probe.search_path = f".{os.pathsep}{os.pathsep}/usr/bin"
    assert not (await probe.one(agent())).installed


async def test_the_order_of_the_agents_is_kept(write_program: WriteProgram, probe: Probe) -> None:
    for number in range(6):
        write_program(f"agent{number}", f"echo 0.0.{number}")
    found = await probe.all(*(agent(f"agent{number}") for number in range(6)))
    assert [item.version for item in found] == [f"0.0.{number}" for number in range(6)]


async def test_a_cache_that_cannot_be_written_costs_no_answer(
    write_program: WriteProgram, probe: Probe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = write_program("fake", "echo 1.2.3")
    probe.cache_file = program / "below-a-file" / "agent-detections.json"
    assert (await probe.one(agent())).version == "1.2.3"
    assert "detections are not cached" in caplog.text


async def test_a_cancelled_detection_leaves_no_process_and_no_folder(
    write_program: WriteProgram, probe: Probe, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    write_program("fake", f"echo $$ > {pids}.new; mv {pids}.new {pids}; exec sleep 600")
    task = asyncio.create_task(probe.one(agent()))
    await until(pids.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await no_longer_running(pids)
    assert list(probe.scratch.iterdir()) == []


async def no_longer_running(pids: Path) -> None:
    await until(lambda: not any(is_running(int(pid)) for pid in pids.read_text().split()))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 5 s"
        await asyncio.sleep(0.01)
