from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.wire.sp.frames import (
    HEADER_LIMIT,
    IPC_LEAD,
    TCP_LEAD,
    FrameDecoder,
    FrameError,
    Oversize,
    Role,
    frame,
    greeting,
    header_size,
)


def decoder(lead: bytes = IPC_LEAD, limit: int = 1000) -> FrameDecoder:
    return FrameDecoder(Role.REQ, lead, limit)


def drain(source: FrameDecoder) -> list[bytes]:
    return list(iter(source.next, None))


def test_the_greeting_is_the_documented_eight_bytes() -> None:
    assert greeting(Role.REP) == b"\0SP\0\0\x31\0\0"


@pytest.mark.parametrize(("role", "partner"), [(Role.REQ, Role.REP), (Role.PUB, Role.SUB)])
def test_partners_are_mutual(role: Role, partner: Role) -> None:
    assert role.partner is partner
    assert partner.partner is role


@given(
    messages=st.lists(st.binary(max_size=300), max_size=8),
    cuts=st.lists(st.integers(0, 3000), max_size=20),
    lead=st.sampled_from([IPC_LEAD, TCP_LEAD]),
)
def test_messages_survive_any_chopping(messages: list[bytes], cuts: list[int], lead: bytes) -> None:
    stream = b"".join(frame(lead, message) for message in messages)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    source = decoder(lead)
    received: list[bytes] = []
    for start, end in itertools.pairwise(edges):
        source.feed(stream[start:end])
        received += drain(source)
    assert received == messages


@given(
    sizes=st.lists(st.integers(0, 3000), max_size=8),
    step=st.integers(1, 5000),
)
def test_oversize_messages_are_reported_and_skipped(sizes: list[int], step: int) -> None:
    messages = [bytes([index]) * size for index, size in enumerate(sizes)]
    stream = b"".join(frame(IPC_LEAD, message) for message in messages)
    source = decoder(limit=1000)
    received: list[bytes] = []
    for start in range(0, len(stream), step):
        source.feed(stream[start : start + step])
        received += drain(source)
    assert received == [m[:HEADER_LIMIT] if len(m) > 1000 else m for m in messages]
    assert [isinstance(m, Oversize) for m in received] == [len(m) > 1000 for m in messages]


def test_an_oversize_message_is_reported_before_its_body_arrived() -> None:
    source = decoder(limit=1000)
    source.feed(frame(IPC_LEAD, bytes(2000))[: 9 + HEADER_LIMIT])
    assert isinstance(source.next(), Oversize)


def test_a_length_beyond_reason_is_an_error() -> None:
    source = decoder()
    source.feed(IPC_LEAD + (1 << 40).to_bytes(8, "big"))
    with pytest.raises(FrameError, match="1099511627776 bytes"):
        source.next()


def test_an_unknown_frame_type_is_an_error_from_its_first_byte() -> None:
    source = decoder()
    source.feed(b"\x02")
    with pytest.raises(FrameError, match="unknown type"):
        source.next()


@pytest.mark.parametrize("garbage", [b"G", b"GET / HTTP/1.1\r\n", b"\0SP\1", greeting(Role.SUB)])
def test_a_wrong_greeting_is_an_error_from_its_first_wrong_byte(garbage: bytes) -> None:
    source = decoder()
    source.feed(garbage)
    with pytest.raises(FrameError, match="unexpected greeting"):
        source.take_greeting()


def test_a_greeting_may_come_byte_by_byte() -> None:
    source = decoder()
    taken = []
    for byte in greeting(Role.REQ):
        source.feed(bytes([byte]))
        taken.append(source.take_greeting())
    assert taken == [False] * 7 + [True]


def test_the_header_ends_with_the_first_marked_word() -> None:
    hops = b"\0\0\0\1\0\0\0\2"
    assert header_size(b"\x80\0\0\1body") == 4
    assert header_size(hops + b"\x80\0\0\1" + b"\x80\0\0\2") == 12


@pytest.mark.parametrize("message", [b"", b"\x80\0\0", b"\0\0\0\1", bytes(HEADER_LIMIT) + b"\x80"])
def test_a_request_without_an_id_is_an_error(message: bytes) -> None:
    with pytest.raises(FrameError, match="request id"):
        header_size(message)
