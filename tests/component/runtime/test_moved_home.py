"""Daily tools, run for real in an environment whose HOME is that of a profile."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.components import needs

from ringlet.domain.agents import Agent, ProfileRules
from ringlet.runtime import gitconfig
from ringlet.runtime.bridges import find_bridges
from ringlet.runtime.environment import build

AGENT = Agent(
    id="tester",
    name="Tester",
    binary="tester",
    profile=ProfileRules(source_home="~/.tester", script="tester.rhai"),
)
IDENTITY = "[user]\n\tname = {name}\n\temail = {name}@example.org\n"


@pytest.fixture
def real_home(tmp_path: Path) -> Path:
    home = tmp_path / "the user's home"
    (home / ".config/git").mkdir(parents=True)
    return home


@pytest.fixture
def profile_home(tmp_path: Path) -> Path:
    home = tmp_path / "profile"
    home.mkdir()
    return home


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


class Moved:
    """Runs programs as an agent with a moved home would."""

    def __init__(self, real_home: Path, home: Path, cwd: Path) -> None:
        self.real_home = real_home
        self.home = home
        self.cwd = cwd

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        caller = {"PATH": os.environ["PATH"], "HOME": str(self.real_home), **(more or {})}
        bridges = find_bridges(self.real_home, caller)
        if text := gitconfig.compose(self.real_home, caller):
            composed = self.home / "gitconfig"
            composed.write_text(text)
            bridges["GIT_CONFIG_GLOBAL"] = str(composed)
        return build(
            caller=caller,
            agent=AGENT,
            home=self.home,
            real_home=self.real_home,
            produced={},
            own={"GIT_CONFIG_NOSYSTEM": "1"},
            bridges=bridges,
            locations={},
            run_id="run",
        ).reveal()

    def run(self, *argv: str, stdin: str = "", caller: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            argv,
            cwd=self.cwd,
            env=self.environ(caller),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def moved(real_home: Path, profile_home: Path, project: Path) -> Moved:
    return Moved(real_home, profile_home, project)


def _commit(moved: Moved) -> str:
    """Make a repository with one commit; returns its author."""
    moved.run("git", "init", "--quiet")
    moved.run("git", "commit", "--quiet", "--allow-empty", "--message", "first")
    return moved.run("git", "log", "-1", "--format=%an <%ae>")


@needs("git")
def test_a_commit_bears_the_users_name(moved: Moved) -> None:
    (moved.real_home / ".gitconfig").write_text(IDENTITY.format(name="ada"))

    assert gitconfig.compose(moved.real_home, {}) is None
    assert _commit(moved) == "ada <ada@example.org>"


@needs("git")
def test_a_commit_bears_the_name_in_the_xdg_configuration(moved: Moved) -> None:
    (moved.real_home / ".config/git/config").write_text(IDENTITY.format(name="ada"))

    assert gitconfig.compose(moved.real_home, {}) is None
    assert _commit(moved) == "ada <ada@example.org>"


@needs("git")
def test_both_configurations_of_the_user_count(moved: Moved) -> None:
    text = IDENTITY.format(name="xdg") + "[alias]\n\thello = version\n"
    (moved.real_home / ".config/git/config").write_text(text)
    (moved.real_home / ".gitconfig").write_text("[user]\n\tname = home\n")

    assert _commit(moved) == "home <xdg@example.org>"
    assert moved.run("git", "hello").startswith("git version")


@needs("git")
def test_a_repository_ranks_above_the_user(moved: Moved) -> None:
    (moved.real_home / ".config/git/config").write_text(IDENTITY.format(name="xdg"))
    (moved.real_home / ".gitconfig").write_text(IDENTITY.format(name="home"))
    moved.run("git", "init", "--quiet")
    moved.run("git", "config", "user.name", "repository")

    assert _commit(moved) == "repository <home@example.org>"


@needs("git")
def test_an_identity_for_a_folder_of_the_home_counts(moved: Moved) -> None:
    (moved.real_home / ".gitconfig").write_text(
        IDENTITY.format(name="private")
        + '[includeIf "gitdir:~/work/"]\n\tpath = ~/work/.gitconfig # the office\n'
    )
    moved.cwd = moved.real_home / "work/project"
    moved.cwd.mkdir(parents=True)
    (moved.real_home / "work/.gitconfig").write_text(IDENTITY.format(name="office"))

    assert _commit(moved) == "office <office@example.org>"


@needs("git")
@pytest.mark.parametrize("line", ["excludesFile = ~/ignored", 'excludesFile = "~/ignored"', None])
def test_what_the_user_ignores_stays_ignored(moved: Moved, line: str | None) -> None:
    ignored = moved.real_home / ("ignored" if line else ".config/git/ignore")
    ignored.write_text("*.log\n")
    (moved.real_home / ".gitconfig").write_text(f"[core]\n\t{line}\n" if line else "[core]\n")
    moved.run("git", "init", "--quiet")
    (moved.cwd / "a.log").touch()

    assert moved.run("git", "status", "--porcelain") == ""


@needs("git")
def test_a_stored_password_is_found_and_not_copied(moved: Moved) -> None:
    (moved.real_home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    (moved.real_home / ".git-credentials").write_text("https://ada:pw@git.invalid\n")
    wanted = "protocol=https\nhost=git.invalid\n\n"

    found = moved.run("git", "credential", "fill", stdin=wanted)
    assert "password=pw" in found.splitlines()

    moved.run("git", "credential", "approve", stdin=found + "\n\n")
    assert [path.name for path in moved.home.iterdir()] == ["gitconfig"]


@needs("git")
def test_a_helper_in_the_home_is_found(moved: Moved) -> None:
    helper = moved.real_home / "helper"
    helper.write_text("#!/bin/sh\necho username=ada\necho password=pw\n")
    helper.chmod(0o755)
    (moved.real_home / ".gitconfig").write_text("[credential]\n\thelper = !~/helper\n")

    found = moved.run("git", "credential", "fill", stdin="protocol=https\nhost=git.invalid\n\n")
    assert "password=pw" in found.splitlines()


@needs("git")
def test_a_continued_line_is_left_to_git(moved: Moved) -> None:
    (moved.real_home / ".gitconfig").write_text(
        IDENTITY.format(name="ada") + "[core]\n\texcludesFile = ~/ignored\n"
        '[alias]\n\tlong = "!~/a \\\n\tb"\n'
    )
    assert _commit(moved) == "ada <ada@example.org>"


def test_the_callers_own_git_configuration_is_not_composed(real_home: Path) -> None:
    (real_home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/ignored\n")

    assert gitconfig.compose(real_home, {"GIT_CONFIG_GLOBAL": "/etc/mine"}) is None
    assert gitconfig.compose(real_home, {}) is not None


def test_without_a_git_configuration_nothing_is_composed(real_home: Path) -> None:
    assert gitconfig.compose(real_home, {}) is None


@needs("ssh")
def test_ssh_takes_the_home_from_the_user_database(moved: Moved) -> None:
    for home in (moved.home, moved.real_home):
        (home / ".ssh").mkdir()
        (home / ".ssh/config").write_text("Host short\n\tHostName long.example.org\n")
    own = pwd.getpwuid(os.geteuid()).pw_dir

    lines = moved.run("ssh", "-G", "short").splitlines()

    known = next(line for line in lines if line.startswith("userknownhostsfile "))
    assert known.split()[1] == f"{own}/.ssh/known_hosts"
    assert "hostname long.example.org" not in lines


@needs("ssh-add")
def test_the_ssh_agent_is_reached(moved: Moved, tmp_path: Path) -> None:
    # -D keeps it in the foreground, so that it is ours to end.
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE) as agent:
        try:
            assert agent.stdout is not None
            agent.stdout.readline()
            environ = moved.environ({"SSH_AUTH_SOCK": str(socket)})
            done = subprocess.run(["ssh-add", "-l"], env=environ, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (1, "The agent has no identities.\n")
        finally:
            agent.terminate()


@needs("npm")
def test_npm_reads_the_users_configuration(moved: Moved) -> None:
    (moved.real_home / ".npmrc").write_text("init-author-name=Ada\n")
    (moved.real_home / ".npm").mkdir()

    found = moved.run("npm", "config", "get", "userconfig", "cache", "init-author-name")

    assert found.splitlines() == [
        f"userconfig={moved.real_home}/.npmrc",
        f"cache={moved.real_home}/.npm",
        "init-author-name=Ada",
    ]


@needs("gpg")
def test_gpg_finds_the_users_keys(moved: Moved) -> None:
    (moved.real_home / ".gnupg").mkdir(mode=0o700)
    lines = moved.run("gpgconf", "--list-dirs").splitlines()
    assert f"homedir:{moved.real_home}/.gnupg" in lines


def test_a_program_sees_the_profile_as_home_and_nothing_of_the_caller(moved: Moved) -> None:
    caller = {
        "OPENAI_API_KEY": "foreign",
        "ANTHROPIC_AUTH_TOKEN": "foreign",
        "CODEX_HOME": "/foreign",
        "XDG_DATA_HOME": "/foreign",
        "LD_PRELOAD": "/foreign.so",
        "PYTHONPATH": "/foreign",
        "NODE_OPTIONS": "--foreign",
    }
    found = moved.run("env", caller=caller)

    assert f"HOME={moved.home}" in found.splitlines()
    assert "foreign" not in found
