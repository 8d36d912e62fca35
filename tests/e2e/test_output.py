"""What cannot be written is told; what nobody reads any more ends the command quietly."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess

import pytest
from tests.components import needs
from tests.e2e.site import Site
from tests.e2e.world import RINGLET

# What the daemon renders, what this process renders, and what needs no command tree at all.
COMMANDS = (
    "--version",
    "--help",
    "help profiles create",
    "version",
    "daemon status",
    "daemon status --json",
    "profiles list",
    "profiles list --json",
    "profiles inspect nobody --json",
    "scripts show claude.rhai",
    "events --since 0 --type DaemonStarted",
    "usage export",
    "usage export --format csv",
    "completion zsh",
    "__complete bash ringlet prof",
)


def start(site: Site, command: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [RINGLET, *command.split()],
        **{"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options,
        text=True,
        cwd=site.world.project,
        env=site.world.environ,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_fails_the_command_with_one_line(site: Site, command: str) -> None:
    with open("/dev/full", "w") as full:
        done = start(site, command, stdout=full)
    lines = [line for line in done.stderr.splitlines() if "Cannot write" in line]
    assert lines == ["Error: Cannot write the output: no space left on device"]
    assert done.returncode == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_fails_the_command(site: Site, command: str) -> None:
    done = start(site, command, preexec_fn=lambda: os.close(1), stdout=None)
    assert "Cannot write the output: bad file descriptor" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_went_away_ends_the_command_quietly(site: Site, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = start(site, command, stdout=writer)
    os.close(writer)
    assert "Error" not in done.stderr
    assert done.returncode == -signal.SIGPIPE


def test_a_command_without_output_does_not_need_any(site: Site) -> None:
    site.world.run("profiles", "create", "demo", "silent")
    assert start(site, "profiles exec silent -- true", preexec_fn=close_all).returncode == 0
    assert start(site, "profiles inspect silent", preexec_fn=close_all).returncode == 1


def close_all() -> None:
    """Leave no standard descriptor: the socket to the daemon must not get such a number."""
    for fd in (0, 1, 2):
        os.close(fd)


def test_closed_descriptors_are_closed_for_the_program_of_a_run_too(site: Site) -> None:
    site.world.run("profiles", "create", "demo", "bare")
    seen = site.world.root / "seen"
    listing = f"for fd in 0 1 2; do test -e /proc/self/fd/$fd && echo $fd; done >{seen}; exit 7"
    command = [RINGLET, "profiles", "exec", "bare", "--", "sh", "-c", listing]
    done = subprocess.run(
        command, preexec_fn=close_all, cwd=site.world.project, env=site.world.environ, timeout=60
    )
    assert done.returncode == 7
    # The shell's own redirection took the lowest number.
    assert seen.read_text().split() in (["0"], ["1"], [])


def test_what_a_limit_of_file_sizes_cuts_off_is_told(site: Site) -> None:
    target = site.world.root / "limited"
    line = f"ulimit -f 1; exec {RINGLET} completion bash >{target}"
    done = subprocess.run(
        ["sh", "-c", line], env=site.world.environ, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == "Error: Cannot write the output: file too large\n"
    assert done.returncode == 1
    assert target.stat().st_size in (512, 1024)


@needs("strace")
def test_a_file_system_that_complains_only_at_the_close_is_heard(site: Site) -> None:
    target = site.world.root / "remote"
    faults = ["-f", "-o", "/dev/null", "-P", str(target), "-e", "inject=close:error=EDQUOT"]
    for command in ("profiles list", "version"):
        with target.open("w") as file:
            done = subprocess.run(
                ["strace", *faults, RINGLET, *command.split()],
                stdout=file,
                stderr=subprocess.PIPE,
                text=True,
                env=site.world.environ,
                timeout=60,
            )
        assert "Cannot write the output: disk quota exceeded" in done.stderr
        assert done.returncode == 1


def test_a_non_blocking_pipe_gets_everything(site: Site) -> None:
    whole = site.world.run("config", "list", "--json").stdout
    assert len(whole) > 4096
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    process = subprocess.Popen(
        [RINGLET, "config", "list", "--json"], stdout=writer, env=site.world.environ
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read().decode() == whole
    assert process.wait(20) == 0


def test_following_ends_when_the_disk_is_full(site: Site) -> None:
    with open("/dev/full", "w") as full:
        done = start(site, "profiles list --watch", stdout=full)
    assert done.stderr == "Error: Cannot write the output: no space left on device\n"
    assert done.returncode == 1


def test_a_full_disk_changes_nothing_of_what_was_done(site: Site) -> None:
    with open("/dev/full", "w") as full:
        done = start(site, "profiles create demo made", stdout=full)
    assert done.returncode == 1
    assert [each["alias"] for each in site.world.json("profiles", "list")].count("made") == 1
