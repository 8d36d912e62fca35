"""Usage as text for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

import msgspec

from ringlet.commands.json_text import as_json
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.ledger.exchange import Record
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


async def read_records(pieces: AsyncIterable[bytes], name: str) -> AsyncIterator[list[Record]]:
    """The records of a file that comes in pieces, in blocks; an error names the file and line."""
    decoder = msgspec.json.Decoder(Record)
    number, block = 0, list[Record]()
    async for line in _lines(pieces):
        number += 1
        try:
            if len(line) > _LONGEST:
                raise ValueError(f"it is longer than {_LONGEST} bytes")
            record = decoder.decode(line)
        except (ValueError, msgspec.DecodeError) as error:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"{name}, line {number}: {error}",
                hint="Take in files of: ringlet usage export --format ndjson",
            ) from None
        block.append(record)
        if len(block) == _BLOCK:
            yield block
            block = []
    yield block


async def _lines(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The lines; of one that is far too long only the beginning."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > _LONGEST:
            break
    if rest:
        yield rest


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
