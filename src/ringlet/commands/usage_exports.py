"""Usage as text for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ringlet.commands.json_text import as_json
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import storage_error
from ringlet.store.ledger.exchange import Record, key_from
from ringlet.wire.replies.usage import Report, UsageRow

_BLOCK: Final = 1000
_LONGEST: Final = 1 << 16
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: Report) -> str:
    """The rows of a report, with a heading; no total, which would be counted twice."""
    columns = [name for name in UsageRow.__struct_fields__ if name != "group"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*report.by, *columns])
    for row in report.rows:
        plain = msgspec.to_builtins(row)
        writer.writerow([*map(_cell, row.group.values()), *(plain[name] for name in columns)])
    return text.getvalue().removesuffix("\n")


def record_line(record: Record) -> str:
    """A row of the ledger as a line of JSON, in ASCII."""
    return as_json(record).decode()


def read_records(path: Path) -> Iterator[list[Record]]:
    """The records of a file in blocks; an error names the line."""
    decoder = msgspec.json.Decoder(Record)
    try:
        with path.open("rb") as file:
            block: list[Record] = []
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                block.append(_record(decoder, line, path, number))
                if len(block) == _BLOCK:
                    yield block
                    block = []
            yield block
    except OSError as error:
        raise storage_error("read", path, error) from error


def _record(decoder: msgspec.json.Decoder[Record], line: bytes, path: Path, number: int) -> Record:
    try:
        record = decoder.decode(line)
        key_from(record.key)
        return record
    except (ValueError, msgspec.DecodeError) as error:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{path}, line {number}: {error}",
            hint="Take in files of: ringlet usage export --format ndjson",
        ) from None


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
