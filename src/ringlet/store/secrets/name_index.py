"""The names of the secrets in the keychain, which cannot list them itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.secrets.side_lock import side_lock

FILE: Final = "keychain.json"
_VERSION: Final = 1
LIMIT: Final = 4 << 20


class _Content(msgspec.Struct, frozen=True):
    schema_version: int = _VERSION
    names: tuple[str, ...] = ()


class NameIndex:
    """A set of names in `<folder>/keychain.json`, safe between processes. Methods block."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def names(self) -> list[str]:
        """All names, sorted; raises STORAGE_ERROR if the file is no index of names."""
        data = read_bounded(self._path, LIMIT)
        if data is None:
            return []
        try:
            return parse(data)
        except msgspec.DecodeError as error:
            raise RingletError(
                ErrorCode.STORAGE_ERROR,
                f"{self._path} is not an index of names: {error}",
                hint="Move it away; the keychain keeps the secrets, and put notes names again.",
            ) from error

    def add(self, name: str) -> bool:
        """Note a name; whether it is new."""
        ensure_private_dir(self._path.parent)
        with side_lock(self._path.with_suffix(".lock")):
            names = self.names()
            if name in names:
                return False
            self._write([*names, name])
            return True

    def discard(self, name: str) -> None:
        """Forget a name, if it was noted."""
        if not self._path.exists():
            return
        with side_lock(self._path.with_suffix(".lock")):
            names = self.names()
            if name in names:
                self._write([known for known in names if known != name])

    def _write(self, names: list[str]) -> None:
        write_atomic(self._path, msgspec.json.encode(_Content(names=tuple(sorted(names)))))


def parse(data: bytes) -> list[str]:
    """The names in an index, sorted; raises DecodeError."""
    return sorted(msgspec.json.decode(data, type=_Content).names)
