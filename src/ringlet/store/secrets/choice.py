"""Which store keeps the secrets, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.encrypted import FILE, EncryptedFile
from ringlet.store.secrets.key_sources import find_source, generated_source
from ringlet.store.secrets.keychain import Keychain
from ringlet.store.secrets.layered import Layered


@dataclass(frozen=True, slots=True)
class Chosen:
    """The store, why it (one sentence for people), and what to know about it ("" if nothing)."""

    store: SecretStore
    reason: str
    warning: str = ""


async def choose_store(
    *,
    setting: Literal["auto", "keychain", "file"],
    config_dir: Path,
    state_dir: Path,
    environ: Mapping[str, str],
    passphrase: Secret | None = None,
    service: str = "ringlet",
) -> Chosen:
    """The store that the setting asks for; "auto" takes the keychain if it works, else the file.

    Asking the keychain takes up to 10 s: await this at the first need. Raises SECRET_UNAVAILABLE
    if the setting insists on a keychain that does not work.
    """
    folder = config_dir / "secrets"
    file = EncryptedFile(
        folder,
        config_dir / "quarantine",
        source=find_source(environ, state_dir=state_dir, passphrase=passphrase),
        generated=generated_source(state_dir),
    )
    if setting == "file":
        return _take_file(file, "as the settings ask for it")
    keychain = Keychain(folder, environ=environ, service=service)
    probe = await keychain.probe()
    if probe.usable:
        return _take_keychain(keychain, file if (folder / FILE).exists() else None, probe.detail)
    if setting == "keychain":
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            probe.detail,
            hint='Unlock the keychain, or set secrets.backend = "auto" to use an encrypted file.',
        )
    return _take_file(file, _because(probe.detail), unreachable=await _count(keychain))


def _take_keychain(keychain: Keychain, file: EncryptedFile | None, backend: str) -> Chosen:
    reason = f"Keys are kept in the keychain of the operating system ({backend})."
    if file is None:
        return Chosen(keychain, reason)
    return Chosen(
        Layered(keychain, file),
        f"{reason} Those put into the encrypted file before stay readable.",
    )


def _take_file(file: EncryptedFile, because: str, *, unreachable: int = 0) -> Chosen:
    warnings: list[str] = []
    if file.source.kind == "generated":
        warnings.append(
            f"The file opens with {file.source}, which Ringlet makes itself: that protects "
            "backups and a synced configuration, not against other programs of this account. "
            "To do better, unlock a keychain, or keep a key elsewhere (openssl rand -hex 32) and "
            "name its file in RINGLET_SECRETS_KEY_FILE."
        )
    if unreachable:
        warnings.append(f"{unreachable} keys are in the keychain and cannot be read now.")
    reason = f"Keys are kept in an encrypted file that opens with {file.source}, {because}."
    return Chosen(file, reason, " ".join(warnings))


def _because(detail: str) -> str:
    return f"because {detail[:1].lower()}{detail[1:]}"


async def _count(keychain: Keychain) -> int:
    """How many keys the keychain should hold; 0 if its index cannot be read."""
    try:
        return len(await keychain.names())
    except RingletError:
        return 0
