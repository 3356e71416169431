"""Framing without a stream: headers are bytes, sizes are numbers."""

import struct

import pytest

from reference import wire


@pytest.mark.parametrize("size", [0, 1, 255, 65536, 2**31 - 1])
def test_a_short_header_is_four_bytes_signed_and_big_endian(size):
    assert struct.pack("!i", size) == wire.header(size)


@pytest.mark.parametrize("size", [2**31, 2**32, 2**40, 2**63])
def test_a_long_header_is_minus_one_and_eight_bytes_unsigned(size):
    assert struct.pack("!iQ", -1, size) == wire.header(size)


@pytest.mark.parametrize("size", [0, 1, 2**31 - 1, 2**31, 2**40])
def test_a_header_says_the_size_it_was_made_for(size):
    head, rest = wire.header(size)[: wire.SHORT_HEADER], wire.header(size)[wire.SHORT_HEADER :]
    assert (size > 2**31 - 1) == wire.is_long(head)
    if wire.is_long(head):
        assert wire.LONG_HEADER == len(rest)
        head = rest
    assert size == wire.size_of(head)


def test_a_long_header_may_say_a_short_size():
    assert 5 == wire.size_of(struct.pack("!Q", 5))


@pytest.mark.parametrize("number", [-2, -(2**31)])
def test_other_negative_lengths_are_malformed(number):
    head = struct.pack("!i", number)
    assert not wire.is_long(head)
    with pytest.raises(OSError, match="malformed message header"):
        wire.size_of(head)
