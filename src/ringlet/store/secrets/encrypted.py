"""Secrets in one encrypted file, for machines without a usable keychain."""

from __future__ import annotations

import asyncio
import errno
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.references import check_name
from ringlet.domain.secret import Secret
from ringlet.store.files import ensure_private_dir, read_bounded, set_aside, write_atomic
from ringlet.store.secrets.contract import check_secret
from ringlet.store.secrets.key_sources import KeySource, SourceKind
from ringlet.store.secrets.sealing import (
    STORE_BYTES,
    Content,
    Damaged,
    NewerVersion,
    Sealed,
    Sealer,
    WrongKey,
    new_content,
    parse,
)
from ringlet.store.secrets.side_lock import side_lock

FILE: Final = "store.enc"
_LIMIT: Final = 64 << 20
_NOT_A_STORE: Final = {errno.EINVAL, errno.EFBIG, errno.ELOOP}

_LOCKS: Final[dict[SourceKind, str]] = {
    "file": "its key file (RINGLET_SECRETS_KEY_FILE, or ringlet-key in $CREDENTIALS_DIRECTORY)",
    "passphrase": "its passphrase",
    "generated": "the key file that was generated for it",
}

_Change = Callable[[dict[str, Sealed], Sealer], None]


class EncryptedFile:
    """A secret store in `<folder>/store.enc`, mode 0600.

    `source` gives the key; a store that was begun with the `generated` key file moves to `source`
    at its next change. A damaged file goes to `quarantine`; it is said in `problems`, and every
    secret missed from then on is an error. A wrong key changes nothing.
    """

    kind: Final[Literal["file"]] = "file"

    def __init__(
        self, folder: Path, quarantine: Path, *, source: KeySource, generated: KeySource
    ) -> None:
        self.problems: list[str] = []
        self.source = source
        self._generated = generated
        self._path = folder / FILE
        self._quarantine = quarantine
        self._keys: dict[bytes, bytes] = {}
        self._turn = asyncio.Lock()

    async def get(self, name: str) -> Secret | None:
        """Decrypt one secret."""
        check_name(name)
        async with self._turn:
            return await asyncio.to_thread(self._get, name)

    async def put(self, name: str, secret: Secret) -> None:
        """Encrypt one secret and replace the file."""
        text = check_secret(check_name(name), secret)

        def change(records: dict[str, Sealed], sealer: Sealer) -> None:
            records[name] = sealer.seal(name, text)

        async with self._turn:
            await asyncio.to_thread(self._change, change)

    async def delete(self, name: str) -> bool:
        """Take one secret out; needs the key, so that only who can read can delete."""
        check_name(name)
        found = False

        def change(records: dict[str, Sealed], sealer: Sealer) -> None:
            nonlocal found
            found = records.pop(name, None) is not None

        async with self._turn:
            if name in await asyncio.to_thread(self._names):
                await asyncio.to_thread(self._change, change)
        return found

    async def names(self) -> list[str]:
        """All names; needs no key."""
        async with self._turn:
            return await asyncio.to_thread(self._names)

    async def unlock(self, passphrase: Secret) -> None:
        """Open a store that has a passphrase; another one changes nothing and is refused."""
        async with self._turn:
            before, self.source = self.source, KeySource("passphrase", passphrase=passphrase)
            self._keys.clear()
            try:
                await asyncio.to_thread(self._try_key)
            except BaseException:
                self.source = before
                self._keys.clear()
                raise

    async def lock(self) -> None:
        """Forget the passphrase, if it is opened by one."""
        async with self._turn:
            self._keys.clear()
            if self.source.kind == "passphrase":
                self.source = KeySource("passphrase")

    async def reseal(self, source: KeySource) -> None:
        """Have the store opened by another key from now on; needs the one from before."""
        async with self._turn:
            await asyncio.to_thread(self._change, lambda records, sealer: None, source)

    async def needs_passphrase(self) -> bool:
        """Whether the file that is there is opened by a passphrase; needs no key."""
        async with self._turn:
            content = await asyncio.to_thread(self._load)
        return content is not None and content.key == "passphrase"

    def _try_key(self) -> None:
        """Raise unless the file is there and `source` opens it."""
        content = self._load()
        if content is None or content.key != "passphrase":
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                "The encrypted file of secrets has no passphrase",
                hint="Give it one with: ringlet secrets passphrase",
            )
        self._unlock(content)

    def _names(self) -> list[str]:
        content = self._load()
        if content is None:
            self._admit_loss()
        return sorted(content.records) if content else []

    def _get(self, name: str) -> Secret | None:
        content = self._load()
        if content is None or name not in content.records:
            self._admit_loss()
            return None
        sealer = self._unlock(content)
        return Secret(self._open(sealer, name, content.records[name]))

    def _change(self, change: _Change, source: KeySource | None = None) -> None:
        """Read, change and replace the file, alone among all processes; `source` is its new key."""
        ensure_private_dir(self._path.parent, tighten=True)
        with self._lock():
            content = self._load_locked()
            wanted = source or self.source
            if content is None:
                content, sealer = self._begin(wanted)
            else:
                sealer = self._unlock(content)
            records = dict(content.records)
            change(records, sealer)
            if source is not None or content.key != wanted.kind:
                content, records = self._reseal(records, sealer, wanted)
            content = msgspec.structs.replace(content, records=records)
            write_atomic(self._path, msgspec.json.encode(content))
        self.source = wanted

    def _reseal(
        self, records: dict[str, Sealed], opener: Sealer, source: KeySource
    ) -> tuple[Content, dict[str, Sealed]]:
        """The same secrets in a new store under the key of `source`."""
        content, sealer = self._begin(source)
        return content, {
            name: sealer.seal(name, self._open(opener, name, sealed))
            for name, sealed in records.items()
        }

    def _begin(self, source: KeySource) -> tuple[Content, Sealer]:
        store = secrets.token_bytes(STORE_BYTES)
        sealer = Sealer(self._key(source, store, create=True), store)
        return new_content(sealer, store, source.kind), sealer

    def _unlock(self, content: Content) -> Sealer:
        """What opens this content; raises SECRET_UNAVAILABLE if the key at hand does not."""
        source = self._generated if content.key == "generated" else self.source
        if source.kind != content.key:
            raise _wrong_key(f"{self._path} needs {_LOCKS[content.key]}")
        sealer = Sealer(self._key(source, content.store), content.store)
        try:
            sealer.open("", content.check)
        except WrongKey:
            raise _wrong_key(f"{source} does not open {self._path}") from None
        return sealer

    def _key(self, source: KeySource, store: bytes, *, create: bool = False) -> bytes:
        """The key; that of a passphrase is kept, as it takes long to derive."""
        if source.kind != "passphrase":
            return source.derive(store, create=create)
        if store not in self._keys:
            self._keys[store] = source.derive(store)
        return self._keys[store]

    def _open(self, sealer: Sealer, name: str, sealed: Sealed) -> str:
        try:
            return sealer.open(name, sealed)
        except WrongKey:
            raise RingletError(
                ErrorCode.SECRET_UNAVAILABLE,
                f"The secret {name!r} in {self._path} is damaged",
                hint="Delete it and store it again; the other secrets are whole.",
            ) from None

    def _load(self) -> Content | None:
        try:
            return _read(self._path)
        except Damaged:
            with self._lock():  # another process may just have replaced it
                return self._load_locked()

    def _load_locked(self) -> Content | None:
        try:
            return _read(self._path)
        except Damaged as error:
            moved = set_aside(self._path, self._quarantine)
            self.problems.append(f"{self._path} was damaged ({error}) and is now {moved}")
            raise _loss(self.problems[-1]) from error

    def _admit_loss(self) -> None:
        """After damage, a missing secret is not just absent."""
        if self.problems:
            raise _loss(self.problems[-1])

    def _lock(self) -> AbstractContextManager[None]:
        return side_lock(self._path.with_suffix(".lock"))


def _read(path: Path) -> Content | None:
    """The content of the file, None if there is none; raises Damaged if it is something else."""
    try:
        data = read_bounded(path, _LIMIT)
        return None if data is None else parse(data)
    except NewerVersion:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"{path} was written by a newer version of Ringlet",
            hint="Update Ringlet.",
        ) from None
    except RingletError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in _NOT_A_STORE:
            raise Damaged(error.message) from error
        raise


def _loss(problem: str) -> RingletError:
    return RingletError(
        ErrorCode.STORAGE_ERROR,
        problem,
        hint="Restore it from a backup, or store your keys again.",
    )


def _wrong_key(message: str) -> RingletError:
    return RingletError(
        ErrorCode.SECRET_UNAVAILABLE,
        message,
        hint="Nothing was changed. Give the key that was used before, or move the file away.",
    )
