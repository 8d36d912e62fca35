"""Read config.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ringlet.domain.settings import Settings


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """The settings, and what is wrong with the file, if anything; defaults then apply."""
    if not path.exists():
        return Settings(), None
    import tomllib  # only who has settings waits for the parser

    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Settings), None
    except (OSError, UnicodeDecodeError) as error:
        return Settings(), f"{path}: cannot be read: {error}; the defaults apply"
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        return Settings(), f"{path}: {error}; the defaults apply"
