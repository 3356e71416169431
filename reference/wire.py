"""How a message is framed on a byte stream: sans-IO, bytes in and numbers out.

A message is its length, four bytes, signed, most significant first, and then its payload. A length above
2 GiB - 1 does not fit: four bytes that say -1 come first, and then the length as eight unsigned bytes.
The stdlib frames alike, so that both can be at the ends of one pipe.

Knows neither handles nor pickles. Called by `connection`, and by whoever joins messages to one write.
"""

from __future__ import annotations

__all__ = ["LARGEST_SHORT", "LONG_HEADER", "SHORT_HEADER", "header", "is_long", "size_of"]

SHORT_HEADER = 4
LONG_HEADER = 8  # bytes that follow the mark
LARGEST_SHORT = 0x7FFF_FFFF
_MARK = b"\xff\xff\xff\xff"


def header(size: int) -> bytes:
    """What goes before a payload of `size` bytes."""
    if size <= LARGEST_SHORT:
        return size.to_bytes(SHORT_HEADER, "big")
    return _MARK + size.to_bytes(LONG_HEADER, "big")


def is_long(head: bytes | bytearray) -> bool:
    """Whether `LONG_HEADER` bytes with the true length follow the four bytes `head`."""
    return head == _MARK


def size_of(head: bytes | bytearray) -> int:
    """The length that a header says: its four bytes, or the eight after the mark.

    Raises:
        OSError: four bytes that no header begins with; the stream is not, or no longer, one of messages.
    """
    size = int.from_bytes(head, "big")
    if size > LARGEST_SHORT and len(head) == SHORT_HEADER:
        raise OSError(f"malformed message header {head!r}: the stream is out of step")
    return size
