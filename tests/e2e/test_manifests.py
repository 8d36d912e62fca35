"""A manifest that is no good is told where people look, and stops nothing else."""

from __future__ import annotations

import pytest
from tests.e2e.world import World

_BROKEN = {
    "agents": ('id = "half"\nbinery = "x"\n', 2, "binery: this key is not known"),
    "providers": ('id = "half"\nname = \n', 2, "Invalid value"),
}


@pytest.mark.parametrize("noun", sorted(_BROKEN))
def test_a_broken_manifest_is_named_by_list_status_and_doctor_until_it_is_mended(
    world: World, noun: str
) -> None:
    text, line, message = _BROKEN[noun]
    path = world.config / f"{noun}.d" / "half.toml"
    world.run("daemon", "start")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    where = f"{path}:{line}: "

    listed = world.run(noun, "list")
    assert f"Left out: {where}" in listed.stderr
    assert message in listed.stderr
    assert "demo" in listed.stdout
    assert where in "\n".join(world.json("daemon", "status")["problems"])
    assert where in world.run("doctor", check=False).stdout
    # Standard output with --json stays what a program can parse.
    assert "demo" in {entry["id"] for entry in world.json(noun, "list")}

    path.unlink()
    assert "Left out" not in world.run(noun, "list").stderr
    assert where not in "\n".join(world.json("daemon", "status")["problems"])
