"""The keychain store against a real gnome-keyring, none, a locked one and one that hangs."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.component.secrets.keyring_session import KeyringSession, keyring_session

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.keychain import HELPER, Keychain

SCRIPT = Path(__file__).with_name("keychain_script.py")
ECHO = "import sys; sys.stdin.read(); print({!r})"


@pytest.fixture
def session() -> Iterator[KeyringSession]:
    with keyring_session() as session:
        yield session


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without a D-Bus session."""
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}


def stub(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", code)


def test_a_secret_survives_in_a_real_keyring(session: KeyringSession, tmp_path: Path) -> None:
    assert session.run(SCRIPT, "round-trip", str(tmp_path)) == {
        "before": None,
        "found": "schlüssel\n2",
        "names": ["anthropic-work"],
        "deleted": [True, False],
        "after": None,
        "names_after": [],
    }


def test_the_probe_finds_a_real_keyring_usable(session: KeyringSession, tmp_path: Path) -> None:
    assert session.run(SCRIPT, "probe", str(tmp_path)) == {
        "usable": True,
        "detail": "keyring.backends.SecretService.Keyring",
    }


def test_a_secret_is_in_no_argument_environment_or_file(
    session: KeyringSession, tmp_path: Path
) -> None:
    seen = session.run(SCRIPT, "watched", str(tmp_path))
    canary = seen["canary"]
    assert seen["helper_seen"] > 0
    assert seen["leaks"] == []
    assert canary not in seen["shown"]
    files = [path for root in (tmp_path, session.home) for path in root.rglob("*")]
    assert any(path.name == "keychain.json" for path in files)
    assert any(path.suffix == ".keyring" for path in files)
    for path in files:
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path


def test_a_locked_keyring_is_said_in_one_line(session: KeyringSession, tmp_path: Path) -> None:
    session.run(SCRIPT, "fill", str(tmp_path))
    probe = session.run(SCRIPT, "probe", str(tmp_path), locked=True)
    assert not probe["usable"]
    assert "\n" not in probe["detail"]
    assert "keychain cannot be used" in probe["detail"]


async def test_no_dbus_is_said_in_one_line(bare: dict[str, str], tmp_path: Path) -> None:
    probe = await Keychain(tmp_path, environ=bare).probe()
    assert not probe.usable
    assert "D-Bus" in probe.detail or "DBUS" in probe.detail
    assert "\n" not in probe.detail


@pytest.mark.parametrize(
    "backend",
    [
        "keyrings.alt.file.PlaintextKeyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
    ],
)
async def test_a_backend_that_is_no_keychain_is_refused_by_name(
    backend: str, bare: dict[str, str], tmp_path: Path
) -> None:
    environ = bare | {"PYTHON_KEYRING_BACKEND": backend}
    probe = await Keychain(tmp_path, environ=environ).probe()
    assert not probe.usable
    assert backend in probe.detail


async def test_the_configuration_file_of_the_library_is_not_obeyed(
    bare: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / ".config" / "python_keyring"
    config.mkdir(parents=True)
    config.joinpath("evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    config.joinpath("keyringrc.cfg").write_text(
        f"[backend]\nkeyring-path={config}\ndefault-keyring=evil.Keyring\n"
    )
    assert not (await Keychain(tmp_path, environ=bare).probe()).usable
    assert not (tmp_path / "ran").exists()


async def test_a_keychain_that_hangs_is_given_up_and_its_helper_killed(
    bare: dict[str, str], tmp_path: Path
) -> None:
    address = tmp_path / "bus"
    with socket.socket(socket.AF_UNIX) as mute_bus:
        mute_bus.bind(str(address))
        mute_bus.listen()
        environ = bare | {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={address}"}
        keychain = Keychain(tmp_path, environ=environ, time_limit=1.0)
        started = time.monotonic()
        with pytest.raises(RingletError, match="within 1 s") as caught:
            await keychain.get("name")
    assert time.monotonic() - started < 5
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert psutil.Process().children() == []


async def test_a_cancelled_request_leaves_no_helper(bare: dict[str, str], tmp_path: Path) -> None:
    helper = stub("import time; time.sleep(60)")
    task = asyncio.create_task(Keychain(tmp_path, environ=bare, helper=helper).get("name"))
    async with asyncio.timeout(5):
        while not psutil.Process().children():  # noqa: ASYNC110 - processes give no event
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert psutil.Process().children() == []


async def test_a_helper_that_dies_is_reported(bare: dict[str, str], tmp_path: Path) -> None:
    keychain = Keychain(tmp_path, environ=bare, helper=stub("raise SystemExit(3)"))
    with pytest.raises(RingletError, match="ended with code 3"):
        await keychain.get("name")


async def test_a_helper_that_cannot_start_is_reported(bare: dict[str, str], tmp_path: Path) -> None:
    keychain = Keychain(tmp_path, environ=bare, helper=(str(tmp_path / "nothing"),))
    with pytest.raises(RingletError, match="does not start"):
        await keychain.get("name")


async def test_an_error_of_a_back_end_never_repeats_the_secret(
    bare: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "from ringlet.store.secrets import keychain_process as helper\n"
        "class Talkative:\n"
        "    def set_password(self, *given): raise ValueError(f'cannot store {given}')\n"
        "helper.choose_backend = lambda environ: Talkative()\n"
        "helper.main()"
    )
    keychain = Keychain(tmp_path, environ=bare, helper=stub(code))
    with pytest.raises(RingletError, match="cannot store") as caught:
        await keychain.put("name", Secret("sk-canary-77"))
    assert "sk-canary-77" not in caught.value.message


async def test_a_failed_put_leaves_no_name_behind(bare: dict[str, str], tmp_path: Path) -> None:
    keychain = Keychain(tmp_path, environ=bare, helper=stub(ECHO.format('{"problem":"locked"}')))
    with pytest.raises(RingletError, match="locked"):
        await keychain.put("name", Secret("value"))
    assert await keychain.names() == []


async def test_a_value_once_read_needs_no_helper_again(
    bare: dict[str, str], tmp_path: Path
) -> None:
    count = tmp_path / "count"
    code = f"open({str(count)!r}, 'a').write('x'); " + ECHO.format('{"value":"v"}')
    keychain = Keychain(tmp_path, environ=bare, helper=stub(code))
    assert await keychain.get("name") == await keychain.get("name") == Secret("v")
    assert count.read_text() == "x"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\n", "x" * 129, "ä"])
async def test_a_bad_name_is_refused_without_repeating_it(
    name: str, bare: dict[str, str], tmp_path: Path
) -> None:
    keychain = Keychain(tmp_path, environ=bare, helper=(str(tmp_path / "nothing"),))
    with pytest.raises(RingletError) as caught:
        await keychain.put(name, Secret("value"))
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert repr(name) not in caught.value.message


def test_the_helper_finds_the_package_in_isolated_mode(
    tmp_path: Path, bare: dict[str, str]
) -> None:
    done = subprocess.run(
        HELPER,
        input=b'{"action":"get","service":"ringlet","name":"x"}',
        env=bare,
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert b'"problem"' in done.stdout
