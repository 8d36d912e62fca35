"""Files that go wrong in every way stop neither the daemon nor the good one beside them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.world import World
from tests.unit.agents.test_hostile_texts import TEXTS
from tests.unit.usage.world import answer

_GOOD = """
id = "good"
name = "Good"
binary = "good"
[profile]
source_home = "~/.good/{alias}"
script = "good.rhai"
"""
_COPIES = 4
_MIB = 1 << 20


def test_a_hundred_hostile_manifests_are_named_and_the_good_one_counts(world: World) -> None:
    folder = world.config / "agents.d"
    world.run("daemon", "start")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "good.toml").write_text(_GOOD)
    bad: set[str] = set()
    for number, text in enumerate(TEXTS.values()):
        for copy in range(_COPIES):
            path = folder / f"{number:02}-{copy}.{'yaml' if copy % 2 else 'toml'}"
            path.write_bytes(text(3000).encode("utf-8", "surrogatepass"))
            bad.add(str(path))
    assert len(bad) > 100

    listed = world.run("agents", "list", "--json")
    assert "good" in {agent["id"] for agent in json.loads(listed.stdout)}
    assert "9999" not in listed.stderr
    examined = world.run("doctor", check=False).stdout
    assert {path for path in bad if f"{path}:" not in examined} == set()
    assert "9999" not in examined
    assert world.run("profiles", "list").returncode == 0


def test_settings_that_cannot_be_parsed_are_named_and_others_answer(world: World) -> None:
    world.run("daemon", "start")
    for what in ("a key of many parts", "brackets of a value", "NULs", "many digits"):
        path = world.config / "config.toml"
        path.write_bytes(TEXTS[what](20_000).encode())
        assert str(path) in "\n".join(world.json("daemon", "status")["problems"])
        for words in (("list",), ("get", "telemetry.enabled")):
            assert str(path) in world.run("config", *words).stderr
        refused = world.run("config", "set", "telemetry.enabled", "false", check=False)
        assert refused.returncode == 1
        assert str(path) in refused.stderr
        assert "[9999]" not in refused.stderr


def test_a_transcript_line_of_sixty_megabytes_is_told_and_costs_little_memory(
    world: World,
) -> None:
    world.json("usage", "--period", "all")
    path = world.home / ".claude/projects/app/s1.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(answer(1) + b'{"a":' * 200 + b'{"output_tokens":1,"x":"')
        for _ in range(60):
            file.write(b"y" * _MIB)
    before = _peak(world)
    for number in range(20):  # it has no end and grows
        with path.open("ab") as file:
            file.write(b"y")
        assert _calls(world) == 1, number
    with path.open("ab") as file:
        file.write(b"\n" + answer(2))
    assert _calls(world) == 2
    assert _peak(world) - before < 60  # MiB: less than the line
    assert f"{path}: lines that are too long" in world.run("doctor", check=False).stdout
    verified = world.run("usage", "verify")
    assert "Lines too long or damaged to be read: 1" in verified.stdout


def _calls(world: World) -> int:
    rows = world.json("usage", "--by", "agent", "--period", "all")["rows"]
    return sum(int(row["calls"]) for row in rows)


def _peak(world: World) -> int:
    status = Path(f"/proc/{world.daemon_pid()}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10
