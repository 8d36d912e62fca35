"""Agents that Ringlet installs, tries, switches between and removes; by the real npm."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.components import needs
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for

pytestmark = needs("npm")

# `tiny-agent@1.0.0` stands for the archive of that version; all else is the real npm.
_NPM = """\
#!/bin/sh
for word; do
    shift
    case $word in tiny-agent) word=tiny-agent@2.0.0 ;; esac
    case $word in tiny-agent@*) word={offer}/tiny-agent-${{word#*@}}.tgz ;; esac
    set -- "$@" "$word"
done
exec {npm} "$@"
"""


def _write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _package(offer: Path, version: str, body: str) -> None:
    """An npm package as a local archive, which npm installs without any network."""
    root = offer / version / "package"
    _write_program(root / "tiny.sh", f"#!/bin/sh\n{body}\n")
    description = {"name": "tiny-agent", "version": version, "bin": {"tiny-agent": "tiny.sh"}}
    (root / "package.json").write_text(json.dumps(description))
    with tarfile.open(offer / f"tiny-agent-{version}.tgz", "w:gz") as file:
        file.add(root, "package")


@pytest.fixture
def offered(world: World) -> World:
    """An agent whose package npm can install."""
    add_agent(world, "true")
    npm = Path(shutil.which("npm") or "")
    offer = world.root / "offer"
    _write_program(world.root / "bin" / "npm", _NPM.format(offer=offer, npm=npm))
    world.environ["PATH"] += f":{npm.parent}"
    (world.config / "agents.d" / "tiny.toml").write_text(
        'id = "tiny"\nname = "Tiny"\nbinary = "tiny-agent"\napis = ["messages"]\n[profile]\n'
        'source_home = "~/.tiny/{alias}"\nscript = "fake.rhai"\n[install]\nnpm = "tiny-agent"\n'
    )
    for version in ("1.0.0", "2.0.0"):
        _package(offer, version, f"echo {version}")
    return world


def _agent(world: World) -> dict[str, object]:
    found: dict[str, object] = world.json("agents", "inspect", "tiny")
    return found


def _create(world: World) -> None:
    world.run(
        *("profiles", "create", "tiny", "t", "--provider", "loop", "--api-key-stdin"), stdin="sk-1"
    )


def test_an_installed_agent_is_found_and_can_be_used_and_removed(offered: World) -> None:
    assert "ringlet agents install tiny" in str(_agent(offered)["install_hint"])
    found = offered.json("agents", "install", "tiny", "--version", "1.0.0")
    assert (found["version"], found["fresh"]) == ("1.0.0", True)
    assert _agent(offered)["version"] == "1.0.0"
    _create(offered)
    assert offered.run("profiles", "run", "t").stdout == "1.0.0\n"
    offered.run("agents", "uninstall", "tiny")
    assert not _agent(offered)["installed"]
    assert "agents install tiny" in offered.run("profiles", "run", "t", check=False).stderr


def test_an_update_switches_in_one_step_and_clears_up(offered: World) -> None:
    offered.run("agents", "install", "tiny", "--version", "1.0.0")
    assert "now 2.0.0" in offered.run("agents", "update", "tiny").stdout
    assert _agent(offered)["version"] == "2.0.0"
    home = offered.home / ".local" / "state" / "ringlet" / "agents" / "tiny"
    assert sorted(os.listdir(home)) == ["2.0.0", "current"]
    assert "up to date" in offered.run("agents", "update").stdout


def test_what_does_not_run_is_not_installed(offered: World) -> None:
    _package(offered.root / "offer", "3.0.0", "echo native binary missing >&2; exit 1")
    offered.run("agents", "install", "tiny", "--version", "1.0.0")
    refused = offered.run("agents", "install", "tiny", "--version", "3.0.0", check=False)
    assert refused.returncode == 1
    assert "does not run" in refused.stderr
    assert _agent(offered)["version"] == "1.0.0"


def test_a_version_that_is_not_there_says_what_npm_says(offered: World) -> None:
    refused = offered.run("agents", "install", "tiny", "--version", "9.9.9", check=False)
    assert refused.returncode == 1
    assert "9.9.9" in refused.stderr
    assert not _agent(offered)["installed"]


def test_without_npm_the_sentence_says_what_to_install(offered: World) -> None:
    refused = offered.run(
        *("agents", "install", "tiny"), check=False, environ={"PATH": "/nonexistent"}
    )
    assert "Install Node.js" in refused.stderr


def test_what_the_user_installed_is_not_ours_to_remove_or_update(offered: World) -> None:
    for verb in ("uninstall", "update"):
        refused = offered.run("agents", verb, "fake", check=False)
        assert refused.returncode == 1
        assert "has not installed" in refused.stderr


def test_a_running_agent_is_not_removed(offered: World) -> None:
    _package(offered.root / "offer", "4.0.0", 'test "$1" && echo 4.0.0 || exec sleep 60')
    offered.run("agents", "install", "tiny", "--version", "4.0.0")
    _create(offered)
    client = offered.start("profiles", "run", "t")
    wait_for(lambda: offered.json("daemon", "status")["active_runs"], "the run")
    refused = offered.run("agents", "uninstall", "tiny", check=False)
    assert "is running" in refused.stderr
    offered.run("runs", "stop", "t")
    client.communicate(timeout=20)


def test_a_chosen_path_wins_and_can_be_taken_back(world: World) -> None:
    add_agent(world, "true")
    other = world.root / "other"
    _write_program(other, "#!/bin/sh\necho 9.8.7\n")
    world.run("agents", "set-path", "fake", str(other))
    found = world.json("agents", "inspect", "fake")
    assert (found["version"], found["binary_path"]) == ("9.8.7", str(other))
    assert found["places"] == [{"path": str(other), "verdict": "chosen by you; used"}]
    world.run("daemon", "restart")
    assert world.json("agents", "inspect", "fake")["version"] == "9.8.7"
    world.run("agents", "set-path", "fake", "--unset")
    assert world.json("agents", "inspect", "fake")["version"] == "1.2.3"


def test_a_path_that_does_not_run_is_not_chosen(world: World) -> None:
    add_agent(world, "true")
    refused = world.run("agents", "set-path", "fake", "/etc/passwd", check=False)
    assert refused.returncode == 1
    assert "/etc/passwd" in refused.stderr
    assert world.json("agents", "inspect", "fake")["version"] == "1.2.3"


def test_inspect_names_every_place_and_why_it_was_passed_over(world: World) -> None:
    add_agent(world, "true")
    create(world)
    first = world.root / "first"
    first.mkdir()
    (first / "fake-agent").write_text("not executable")
    world.environ["PATH"] = f"{first}:here:{world.environ['PATH']}"
    places = world.json("agents", "inspect", "fake")["places"]
    verdicts = {place["path"]: place["verdict"] for place in places}
    assert verdicts[str(first / "fake-agent")] == "not executable"
    assert verdicts[str(world.root / "bin" / "fake-agent")] == "used"
    assert verdicts["/usr/bin/fake-agent"] == "nothing there"
