"""Where the key of the encrypted file comes from."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.descriptors import read_all, storage_error
from ringlet.store.files import ensure_private_dir, write_atomic
from ringlet.store.locations import setting
from ringlet.store.secrets.private_file import open_private
from ringlet.store.secrets.side_lock import side_lock

SourceKind = Literal["file", "passphrase", "generated"]

GENERATED_FILE: Final = "secrets.key"
_KEY_BYTES: Final = 32
_MIN_BYTES: Final = 32
_MAX_BYTES: Final = 4096
_SCRYPT_N: Final = 1 << 17
_SCRYPT_R: Final = 8
_SCRYPT_MEMORY: Final = 160 << 20  # 128 * n * r, and some to spare


@dataclass(frozen=True, slots=True)
class KeySource:
    """A key file of the user's, a passphrase, or a key file that Ringlet makes itself.

    A passphrase that nobody has given yet is None.
    """

    kind: SourceKind
    path: Path | None = None
    passphrase: Secret | None = None

    def __str__(self) -> str:
        return "the passphrase" if self.path is None else f"the key file {self.path}"

    def derive(self, salt: bytes, *, create: bool = False) -> bytes:
        """The key of 32 bytes for one store, whose own random `salt` sets it apart. Blocks.

        With `create`, a generated key file that is missing is made. Raises SECRET_UNAVAILABLE.
        """
        if self.passphrase is not None:
            return hashlib.scrypt(
                self.passphrase.reveal().encode(),
                salt=salt,
                n=_SCRYPT_N,
                r=_SCRYPT_R,
                p=1,
                maxmem=_SCRYPT_MEMORY,
                dklen=_KEY_BYTES,
            )
        if self.path is None:
            raise RingletError(
                ErrorCode.SECRETS_LOCKED,
                "The encrypted file of secrets is locked",
                hint="Give its passphrase with: ringlet secrets unlock",
            )
        if create and self.kind == "generated":
            _generate(self.path)
        return hmac.digest(salt, _read_key(self.path), "sha256")


def generated_source(state_dir: Path) -> KeySource:
    """The key file that Ringlet makes when the user gives no key."""
    return KeySource("generated", path=state_dir / GENERATED_FILE)


def find_source(
    environ: Mapping[str, str], *, state_dir: Path, passphrase: Secret | None = None
) -> KeySource:
    """What the user gave, in order of precedence; else the generated key file."""
    if named := setting(environ, "SECRETS_KEY_FILE"):
        return KeySource("file", path=Path(named))
    if folder := environ.get("CREDENTIALS_DIRECTORY"):  # set by systemd for a service
        credential = Path(folder, "ringlet-key")
        if credential.exists():
            return KeySource("file", path=credential)
    if passphrase:
        return KeySource("passphrase", passphrase=passphrase)
    return generated_source(state_dir)


def _generate(path: Path) -> None:
    ensure_private_dir(path.parent)
    with side_lock(path.with_suffix(".lock")):
        if not path.exists():
            write_atomic(path, secrets.token_bytes(_KEY_BYTES))


def _read_key(path: Path) -> bytes:
    """The bytes of a key file, line ends at its end left out: editors add them."""
    try:
        data = read_all(open_private(path, what="key file"), _MAX_BYTES)
    except FileNotFoundError:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            f"The key file {path} of the encrypted secrets is missing",
            hint="Put it back from a backup. Without it the stored keys cannot be read.",
        ) from None
    except OSError as error:
        raise storage_error("read the key file", path, error) from error
    if len(data) < _MIN_BYTES:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            f"The key file {path} has {len(data)} bytes, less than {_MIN_BYTES}",
            hint="Make one with: openssl rand -hex 32",
        )
    return data.rstrip(b"\r\n")
