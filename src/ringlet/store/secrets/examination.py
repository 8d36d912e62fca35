"""Look at the files of the secret stores without any key, so that damage is told before need."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from ringlet.domain.errors import RingletError
from ringlet.store.files import read_bounded
from ringlet.store.quarantine import Quarantine
from ringlet.store.secrets import encrypted, name_index, sealing
from ringlet.store.secrets.key_sources import GENERATED_FILE, KeySource

_LARGEST: Final = 64 << 20


def examine(config_dir: Path, state_dir: Path, quarantine: Quarantine) -> None:
    """Set damaged files of both stores aside; a damaged key file is only reported. Blocks."""
    folder = config_dir / "secrets"
    content = quarantine.peek(folder / encrypted.FILE, _parse, limit=_LARGEST)
    quarantine.peek(folder / name_index.FILE, name_index.parse, limit=name_index.LIMIT)
    if content and content.key == "generated":
        _try_key(content, state_dir / GENERATED_FILE, quarantine)


def stored_names(folder: Path) -> list[str]:
    """The names in both stores, sorted; of files that are damaged none. Blocks."""
    names: set[str] = set()
    with suppress(RingletError, sealing.Damaged, sealing.NewerVersion):
        data = read_bounded(folder / encrypted.FILE, _LARGEST)
        names.update(sealing.parse(data).records if data else ())
    with suppress(RingletError):
        names.update(name_index.NameIndex(folder).names())
    return sorted(names)


def _parse(data: bytes) -> sealing.Content | None:
    try:
        return sealing.parse(data)
    except sealing.NewerVersion:
        return None  # whoever needs it is told to update


def _try_key(content: sealing.Content, path: Path, quarantine: Quarantine) -> None:
    """Moving the key file would not make it better, and it may come back from a backup."""
    try:
        key = KeySource("generated", path=path).derive(content.store)
        sealing.Sealer(key, content.store).open("", content.check)
    except RingletError as error:
        quarantine.report(f"{error.message}. {error.hint}".rstrip())
    except sealing.WrongKey:
        quarantine.report(
            f"The key file {path} does not open the stored keys: put it back from a backup, or "
            "store the keys again"
        )
