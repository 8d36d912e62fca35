"""References are replaced by what they stand for, or the run is refused by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from tests.e2e.world import wait_for

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.commands import LONGEST, ask_command
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.resolving import Sources, resolve

_NOTHING: Mapping[str, str] = {}


class MemoryStore:
    """A secret store in memory."""

    kind: Literal["file"] = "file"

    def __init__(self, **secrets: str) -> None:
        self.secrets = {name: Secret(text) for name, text in secrets.items()}

    async def get(self, name: str) -> Secret | None:
        return self.secrets.get(name)

    async def put(self, name: str, secret: Secret) -> None:
        self.secrets[name] = secret

    async def delete(self, name: str) -> bool:
        return self.secrets.pop(name, None) is not None

    async def names(self) -> list[str]:
        return sorted(self.secrets)


class BrokenStore(MemoryStore):
    async def get(self, name: str) -> Secret | None:
        raise RingletError(ErrorCode.STORAGE_ERROR, "the store is gone", hint="Find it.")


async def run(
    value: str,
    *,
    store: SecretStore | None = None,
    caller: Mapping[str, str] = _NOTHING,
    own: Mapping[str, str] = _NOTHING,
) -> str | Secret:
    async def opened() -> SecretStore:
        assert store, "nobody needs the store"
        return store

    return (await resolve({"KEY": value}, Sources(opened, caller, own)))["KEY"]


async def refusal(
    value: str, *, caller: Mapping[str, str] = _NOTHING, own: Mapping[str, str] = _NOTHING
) -> RingletError:
    with pytest.raises(RingletError, match=r"^KEY") as caught:
        await run(value, caller=caller, own=own)
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    return caught.value


def program(tmp_path: Path, text: str) -> str:
    """A reference to a Python program with the text."""
    path = tmp_path / "program.py"
    path.write_text(text)
    return f'$CMD:["{sys.executable}", "-I", "{path}"]'


async def test_a_secret_comes_from_the_store_and_literal_text_stays() -> None:
    assert await run("$KEYCHAIN:work", store=MemoryStore(work="key")) == Secret("key")
    assert await run("$HOME and more") == "$HOME and more"
    assert await run("$$KEYCHAIN:work") == "$KEYCHAIN:work"


async def test_an_override_wins_and_the_store_is_not_even_opened() -> None:
    own = {"RINGLET_SECRET_ZAI_WORK_2": "of the daemon"}
    caller = {"RINGLET_SECRET_ZAI_WORK_2": "of the caller"}
    assert await run("$KEYCHAIN:zai-work.2", own=own) == Secret("of the daemon")
    assert await run("$KEYCHAIN:zai-work.2", own=own, caller=caller) == Secret("of the caller")


async def test_a_missing_secret_is_told_by_variable_and_name() -> None:
    with pytest.raises(RingletError, match=r"KEY needs \$KEYCHAIN:gone: .* not stored") as caught:
        await run("$KEYCHAIN:gone", store=MemoryStore())
    assert "RINGLET_SECRET_GONE" in caught.value.hint
    assert "ringlet secrets set gone" in caught.value.hint


async def test_a_store_that_fails_is_told_with_the_variable() -> None:
    with pytest.raises(RingletError, match=r"KEY needs .*: the store is gone") as caught:
        await run("$KEYCHAIN:a", store=BrokenStore())
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert caught.value.hint == "Find it."


async def test_a_variable_is_that_of_the_caller_not_of_the_daemon() -> None:
    assert await run("$ENV:MINE", caller={"MINE": "k"}, own={"MINE": "other"}) == Secret("k")
    error = await refusal("$ENV:MINE", own={"MINE": "other-value"})
    assert "MINE is not set" in error.message
    assert "other-value" not in error.message + error.hint
    await refusal("$ENV:MINE", caller={"MINE": ""})


async def test_a_reference_that_makes_no_sense_is_told_by_its_variable() -> None:
    assert "KEY: " in (await refusal("$ENV:not a name")).message


def secret_file(tmp_path: Path, data: bytes, mode: int = 0o600) -> str:
    path = tmp_path / "key"
    path.write_bytes(data)
    path.chmod(mode)
    return f"$FILE:{path}"


async def test_a_private_file_gives_its_text_without_line_ends(tmp_path: Path) -> None:
    assert await run(secret_file(tmp_path, b"key\r\n\n")) == Secret("key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
async def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    error = await refusal(secret_file(tmp_path, b"sk-canary", mode))
    assert "chmod 600" in error.hint
    assert "sk-canary" not in error.message


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"a\0b", b"\xff\xfe", b"x" * (1 + (64 << 10))], ids=range(5)
)
async def test_a_file_without_a_usable_text_is_refused(tmp_path: Path, data: bytes) -> None:
    await refusal(secret_file(tmp_path, data))


async def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("gone", "pipe", "."):
        await refusal(f"$FILE:{tmp_path / name}")


async def test_a_command_runs_without_shell_or_input_in_the_callers_environment(
    tmp_path: Path,
) -> None:
    text = "import os, sys; print(os.environ['TOKEN'], repr(sys.stdin.read()), os.getcwd())"
    caller = {"TOKEN": "$(id)", "HOME": str(tmp_path)}
    found = await run(program(tmp_path, text), caller=caller)
    assert found == Secret(f"$(id) '' {tmp_path}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('sk-canary'); raise SystemExit(3)", "exit code 3"),
        ("print('x' * 9000)", str(LONGEST)),
        ("pass", "nothing"),
        ("import sys; sys.stdout.buffer.write(bytes([255]))", "UTF-8"),
        ("print('a' + chr(0))", "NUL"),
    ],
)
async def test_a_command_that_goes_wrong_is_told_without_what_it_printed(
    tmp_path: Path, text: str, said: str
) -> None:
    error = await refusal(program(tmp_path, text), caller={"HOME": str(tmp_path)})
    assert said in error.message
    assert "sk-canary" not in error.message + error.hint
    assert str(tmp_path) in error.hint


async def test_a_program_that_is_not_there_is_told() -> None:
    error = await refusal('$CMD:["no-such-program"]', caller={"HOME": "/", "PATH": "/usr/bin"})
    assert "no-such-program cannot be started" in error.message


async def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    text = f"sleep 1000 & echo $! >{marker}; wait"
    with pytest.raises(RingletError, match=r"longer than 2 s"):
        await ask_command(["sh", "-c", text], {"HOME": str(tmp_path)}, time_limit=2.0)
    wait_for(lambda: not is_there(marker), "the end of the child")


def is_there(marker: Path) -> bool:
    status = Path(f"/proc/{int(marker.read_text())}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
