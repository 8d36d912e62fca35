"""Daily tools inside a profile act as the user, though the home has moved."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.components import need
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for


def test_git_inside_a_profile_commits_as_the_user(world: World) -> None:
    need(shutil.which("git"), "git")
    add_agent(world, "exit 0")
    create(world)
    identity = "[user]\n\tname = Real User\n\temail = real@example.org\n"
    (world.home / ".gitconfig").write_text(identity)
    world.run("profiles", "exec", "work", "--", "git", "init", "-q", ".")
    world.run(*"profiles exec work -- git commit -q --allow-empty -m first".split())
    log = world.run(*"profiles exec work -- git log --format=%an=%ae".split())
    assert log.stdout == "Real User=real@example.org\n"


def test_both_of_the_user_s_git_files_count(world: World) -> None:
    need(shutil.which("git"), "git")
    add_agent(world, "exit 0")
    create(world)
    (world.home / ".gitconfig").write_text("[user]\n\tname = Real User\n")
    folder = world.home / ".config" / "git"
    folder.mkdir(parents=True)
    (folder / "config").write_text("[user]\n\temail = real@example.org\n")
    email = world.run(*"profiles exec work -- git config user.email".split())
    name = world.run(*"profiles exec work -- git config user.name".split())
    assert (name.stdout, email.stdout) == ("Real User\n", "real@example.org\n")


def test_ssh_inside_a_profile_logs_in_with_the_user_s_agent(world: World) -> None:
    daemon = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
    need(daemon and shutil.which("ssh-agent"), "OpenSSH with sshd")
    add_agent(world, "exit 0")
    create(world)
    folder = world.root / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    with _sshd(str(daemon), folder) as port, _agent(folder / "user") as agent_socket:
        options = ["-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=no", "-F", "/dev/null"]
        options += ["-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "BatchMode=yes"]
        done = world.run(
            *("profiles", "exec", "work", "--", "ssh", "-T", *options, "-p", str(port)),
            *(f"{pwd.getpwuid(os.getuid()).pw_name}@127.0.0.1", "echo logged in"),
            environ={"SSH_AUTH_SOCK": agent_socket},
        )
    assert done.stdout == "logged in\n"


@contextmanager
def _sshd(program: str, folder: Path) -> Iterator[int]:
    """A server on loopback that lets in whoever holds the user key."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it gives up its privileges
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "user.pub",
        "ListenAddress": f"127.0.0.1:{port}",
        "PidFile": "none",
        "StrictModes": "no",
        "PermitRootLogin": "yes",
        "UsePAM": "no",
    }
    (folder / "sshd_config").write_text("".join(f"{k} {v}\n" for k, v in settings.items()))
    command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: _answers(port), "sshd")
            yield port
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _agent(key: Path) -> Iterator[str]:
    """An ssh agent that holds the key."""
    path = key.with_name("agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL) as agent:
        try:
            wait_for(path.exists, "the ssh agent")
            environ = {"SSH_AUTH_SOCK": str(path), "PATH": os.environ["PATH"]}
            subprocess.run(["ssh-add", "-q", str(key)], env=environ, check=True)
            yield str(path)
        finally:
            agent.terminate()
