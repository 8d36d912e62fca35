"""Shells complete what there is, by the daemon or without one, and never fall over."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.components import needs
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World, wait_for


@pytest.fixture
def small(world: World) -> Iterator[World]:
    add_agent(world, "exit 0")
    create(world)
    yield world


def offered(world: World, *words: str) -> list[str]:
    """What a shell is offered for the last word."""
    done = world.run("__complete", "fish", *words)
    assert done.stderr == "" or "Traceback" not in done.stderr
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


_CASES = [
    (("prof",), ["words", "profiles"]),
    (("profiles", "ins"), ["words", "inspect"]),
    (("profiles", "run", ""), ["words", "work"]),
    (("profiles", "run", "work", ""), ["files"]),
    (("profiles", "inspect", "wo"), ["words", "work"]),
    (("profiles", "create", "fa"), ["words", "fake"]),
    (("profiles", "create", "fake", ""), ["words"]),
    (("profiles", "create", "fake", "x", "--provider", "lo"), ["words", "loop"]),
    (("profiles", "create", "fake", "x", "--provider=lo"), ["words", "--provider=loop"]),
    (("profiles", "create", "fake", "x", "-p", "loop", "-m", ""), ["words", "model-a", "model-b"]),
    (("profiles", "create", "fake", "x", "-p", "loop", "-e", ""), ["words", "default"]),
    (("profiles", "set", "work", "mod"), ["words", "model"]),
    (("profiles", "set", "work", "model", "model-"), ["words", "model-a", "model-b"]),
    (("profiles", "delete", "--pu"), ["words", "--purge"]),
    (("--json", "profiles", "delete", "--js"), ["words", "--json"]),
    (("--log-level", "deb"), ["words", "debug"]),
    (("--log-level", "debug", "profiles", "ins"), ["words", "inspect"]),
    (("providers", "inspect", "lo"), ["words", "loop"]),
    (("agents", "inspect", "cod"), ["words", "codex"]),
    (("secrets", "rm", ""), ["words", "loop-work"]),
    (("secrets", "move", "--to", ""), ["words", "keychain", "file"]),
    (("config", "get", "daemon.http_"), ["words", "daemon.http_port"]),
    (("config", "set", "daemon.http", ""), ["words", "true", "false"]),
    (("config", "set", "secrets.backend", "k"), ["words", "keychain"]),
    (("completion", "z"), ["words", "zsh"]),
    (("help", "profiles", "cr"), ["words", "create"]),
    (("aliases", "install", "work", "--bin-dir", ""), ["folders"]),
    (("nonsense", "x"), ["words"]),
    (("profiles", "nonsense", "--", "-x"), ["words"]),
]


@pytest.mark.parametrize("daemon", [True, False], ids=["daemon", "no daemon"])
def test_words_are_completed_from_what_there_is_and_no_daemon_is_started(
    small: World, daemon: bool
) -> None:
    world = small
    if not daemon:
        world.run("daemon", "stop")
    for words, expected in _CASES:
        assert offered(world, *words) == expected, words
    assert (world.json("daemon", "status")["status"] == "running") is daemon


@pytest.mark.parametrize(
    "arguments", [(), ("fish",), ("bash",), ("bash", "ringlet 'x"), ("tcsh", "a", "b"), ("zsh", "")]
)
def test_half_a_request_is_answered_with_something_harmless(
    world: World, arguments: tuple[str, ...]
) -> None:
    done = world.run("__complete", *arguments)
    assert done.stdout.startswith(("words", "files"))
    assert "Traceback" not in done.stderr


_BASH = """
source <(ringlet completion bash)
complete_line() {
    COMP_LINE=$1 COMP_POINT=${#1}
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ringlet ringlet
    echo "${COMPREPLY[*]}"
}
complete_line 'ringlet profiles run w' ringlet profiles run w
complete_line 'ringlet profiles create fake x --provider=l' \
    ringlet profiles create fake x --provider = l
complete_line 'ringlet profiles create fake x --provider=' \
    ringlet profiles create fake x --provider =
complete_line 'ringlet nonsense "' ringlet nonsense '"'
"""


@needs("bash")
def test_bash_completes_by_its_script(small: World) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", _BASH],
        env=small.environ, cwd=small.project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[:2] == ["work", "loop"]
    assert "loop" in lines[2].split()
    assert lines[3:] == [""]
    assert "Traceback" not in done.stderr


@needs("fish")
def test_fish_completes_by_its_script(small: World) -> None:
    script = (
        "ringlet completion fish | source; complete -C 'ringlet profiles run w';"
        "complete -C 'ringlet profiles '; complete -C 'ringlet '; complete -C 'ringlet config get '"
    )
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=small.environ, cwd=small.project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = {line.partition("\t")[0]: line.partition("\t")[2] for line in done.stdout.splitlines()}
    assert found["work"] == "fake at loop"
    assert {"inspect", "providers", "daemon.http_port"} <= found.keys()
    assert done.stderr == ""


class Shell:
    """An interactive shell on a terminal."""

    def __init__(self, world: World, *arguments: str) -> None:
        self.screen = ""
        pid, self._fd = pty.fork()
        if pid == 0:
            os.chdir(world.project)
            os.execvpe(arguments[0], arguments, world.environ)
        self._pid = pid

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def expect(self, text: str) -> None:
        wait_for(lambda: text in self._read(), f"{text!r} on the screen")

    def close(self) -> None:
        self.type("\x03exit\n")
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def _read(self) -> str:
        self.screen += os.read(self._fd, 65536).decode(errors="replace")
        return self.screen


@needs("zsh")
def test_zsh_completes_at_the_press_of_tab(small: World) -> None:
    world = small
    folder = world.root / "functions"
    folder.mkdir()
    (folder / "_ringlet").write_text(world.run("completion", "zsh").stdout)
    (world.home / ".zshrc").write_text(
        f"fpath=({folder} $fpath)\nautoload -Uz compinit && compinit -u -D\nPS1='ready> '\n"
    )
    shell = Shell(world, "zsh", "-i")
    shell.expect("ready> ")
    shell.type("ringlet profiles run w\t")
    shell.expect("run work")
    shell.type("\x15ringlet profiles cl\t")
    shell.expect("profiles clone")
    shell.type("\x15ringlet config get daemon.http_\t")
    shell.expect("daemon.http_port")
    shell.close()
    assert "Traceback" not in shell.screen


@needs("bash")
def test_bash_completes_at_the_press_of_tab(small: World) -> None:
    shell = Shell(small, "bash", "--norc", "-i")
    shell.type("PS1='rea''dy> '; eval \"$(ringlet completion bash)\"\n")
    shell.expect("ready> ")
    shell.type("ringlet profiles run w\t")
    shell.expect("run work")
    shell.type("\x15ringlet profiles create fake x --provider=l\t")
    shell.expect("--provider=loop")
    shell.close()
    assert "Traceback" not in shell.screen


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_script_asks_in_the_same_way(world: World, shell: str) -> None:
    script = world.run("completion", shell).stdout
    assert f"__complete {shell}" in script
    assert "2>/dev/null" in script or "2>$null" in script
    assert Path(RINGLET).name in script


def test_powershell_marks_the_word_so_that_an_empty_one_counts(small: World) -> None:
    done = small.run("__complete", "powershell", "profiles", "run", "=")
    assert done.stdout == "words\nwork\tfake at loop\n"
