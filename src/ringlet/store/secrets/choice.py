"""Which store keeps the secrets, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.encrypted import FILE, EncryptedFile
from ringlet.store.secrets.key_sources import KeySource, find_source, generated_source
from ringlet.store.secrets.keychain import Keychain
from ringlet.store.secrets.layered import Layered


@dataclass(frozen=True, slots=True)
class Chosen:
    """The store in use, the two that there are, and what people should know about them.

    `cause` says in a few words why, `unreachable` counts keys in a keychain that does not work.
    """

    store: SecretStore
    keychain: Keychain
    file: EncryptedFile
    cause: str
    unreachable: int = 0

    @property
    def reason(self) -> str:
        """Where keys are kept, and why there: one sentence for people, or two."""
        if self.store.kind == "file":
            return (
                f"Keys are kept in an encrypted file that opens with {self.file.source}, "
                f"{self.cause}."
            )
        layered = self.store is not self.keychain
        rest = " Those put into the encrypted file before stay readable." if layered else ""
        return f"Keys are kept in the keychain of the operating system ({self.cause}).{rest}"

    @property
    def warning(self) -> str:
        """What is not as good as it could be, and what to do; "" if nothing."""
        warnings: list[str] = []
        if self.store.kind == "file" and self.file.source.kind == "generated":
            warnings.append(
                f"The file opens with {self.file.source}, which Ringlet makes itself: that "
                "protects backups and a synced configuration, not against other programs of this "
                "account. To do better, unlock a keychain, give the file a passphrase (ringlet "
                "secrets passphrase), or keep a key elsewhere (openssl rand -hex 32) and name its "
                "file in RINGLET_SECRETS_KEY_FILE."
            )
        if self.unreachable:
            warnings.append(f"{self.unreachable} keys are in the keychain and cannot be read now.")
        return " ".join(warnings)


async def choose_store(
    *,
    setting: Literal["auto", "keychain", "file"],
    config_dir: Path,
    state_dir: Path,
    environ: Mapping[str, str],
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
        source=find_source(environ, state_dir=state_dir),
        generated=generated_source(state_dir),
    )
    with suppress(RingletError):  # whoever needs the file is told
        if await file.needs_passphrase():
            file.source = KeySource("passphrase")
    keychain = Keychain(folder, environ=environ, service=service)
    if setting == "file":
        return Chosen(file, keychain, file, "as the settings ask for it")
    probe = await keychain.probe()
    if probe.usable:
        has_file = await asyncio.to_thread((folder / FILE).exists)
        store = Layered(keychain, file) if has_file else keychain
        return Chosen(store, keychain, file, probe.detail)
    if setting == "keychain":
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            probe.detail,
            hint='Unlock the keychain, or set secrets.backend = "auto" to use an encrypted file.',
        )
    cause = f"because {probe.detail[:1].lower()}{probe.detail[1:]}"
    return Chosen(file, keychain, file, cause, await _count(keychain))


async def _count(keychain: Keychain) -> int:
    """How many keys the keychain should hold; 0 if its index cannot be read."""
    try:
        return len(await keychain.names())
    except RingletError:
        return 0
