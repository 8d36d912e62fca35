"""Which store is chosen, and what people are told about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.component.secrets.keyring_session import KeyringSession, keyring_session

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.choice import Chosen, choose_store
from ringlet.store.secrets.keychain import Keychain

SCRIPT = Path(__file__).with_name("keychain_script.py")


@pytest.fixture
def session() -> Iterator[KeyringSession]:
    with keyring_session() as session:
        yield session


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without a D-Bus session."""
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}


async def choose(tmp_path: Path, environ: dict[str, str]) -> Chosen:
    return await choose_store(
        setting="auto",
        config_dir=tmp_path / "config",
        state_dir=tmp_path / "state",
        environ=environ,
    )


def test_auto_takes_a_keychain_that_works(session: KeyringSession, tmp_path: Path) -> None:
    chosen = session.run(SCRIPT, "choose", str(tmp_path / "config"))
    assert chosen["kind"] == "keychain"
    assert "keychain of the operating system" in chosen["reason"]
    assert chosen["warning"] == ""
    assert not (tmp_path / "state").exists()


async def test_auto_falls_back_to_the_file_and_says_why(
    bare: dict[str, str], tmp_path: Path
) -> None:
    chosen = await choose(tmp_path, bare)
    assert chosen.store.kind == "file"
    assert "keychain cannot be used" in chosen.reason
    assert chosen.reason.count(". ") == 0
    assert "not against other programs of this account" in chosen.warning
    assert "RINGLET_SECRETS_KEY_FILE" in chosen.warning


async def test_the_generated_key_lies_outside_the_configuration(
    bare: dict[str, str], tmp_path: Path
) -> None:
    chosen = await choose(tmp_path, bare)
    await chosen.store.put("name", Secret("value"))
    key = tmp_path / "state" / "secrets.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "config").rglob("*"):
        assert path.is_dir() or key.read_bytes() not in path.read_bytes()


async def test_a_key_of_the_user_needs_no_warning(bare: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "my.key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    chosen = await choose(tmp_path, bare | {"RINGLET_SECRETS_KEY_FILE": str(key)})
    assert str(key) in chosen.reason
    assert chosen.warning == ""


async def test_a_setting_that_insists_on_a_keychain_gets_no_other_store(
    bare: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(RingletError, match="keychain cannot be used") as caught:
        await choose_store(
            setting="keychain", config_dir=tmp_path, state_dir=tmp_path, environ=bare
        )
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE


async def test_the_setting_file_asks_no_keychain(
    bare: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Keychain, "probe")
    chosen = await choose_store(
        setting="file", config_dir=tmp_path / "c", state_dir=tmp_path / "s", environ=bare
    )
    assert chosen.store.kind == "file"


async def test_secrets_put_without_a_keychain_stay_readable_with_one(
    session: KeyringSession, bare: dict[str, str], tmp_path: Path
) -> None:
    session.run(SCRIPT, "fill", str(tmp_path / "config" / "secrets"))
    over_ssh = await choose(tmp_path, bare)
    assert "1 keys are in the keychain" in over_ssh.warning
    await over_ssh.store.put("later", Secret("from the file"))
    await over_ssh.store.put("both", Secret("newer"))

    at_home = session.run(SCRIPT, "choose", str(tmp_path / "config"))
    assert at_home["kind"] == "keychain"
    assert at_home["values"] == {"kept": "value", "later": "from the file", "both": "newer"}
