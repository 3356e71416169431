"""How a message is framed on a byte stream: sans-IO, bytes in and numbers out.

A message is its length, four bytes, signed, most significant first, and then its payload. A length above
2 GiB - 1 does not fit: four bytes that say -1 come first, and then the length as eight unsigned bytes.
The stdlib frames alike, so that both can be at the ends of one pipe.

Knows neither handles nor pickles. Called by `connection`, `queues` and whoever batches messages.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections.abc` cost a child milliseconds
    from collections.abc import Callable

SHORT_HEADER = 4
LONG_HEADER = 8  # what follows the mark
LARGEST_SHORT = 0x7FFF_FFFF
_LONG_MARK = 0xFFFF_FFFF  # -1, read as unsigned


def header(size: int) -> bytes:
    """What goes before a payload of `size` bytes."""
    if size <= LARGEST_SHORT:
        return size.to_bytes(SHORT_HEADER, "big")
    return _LONG_MARK.to_bytes(SHORT_HEADER, "big") + size.to_bytes(LONG_HEADER, "big")


def size_of(head: bytes, read: Callable[[int], bytes]) -> int:
    """The length of the message that begins with the four bytes `head`.

    read: called once, for a long header only, with the number of further bytes that are needed.
    Raises:
        OSError: no header begins so; the stream is not, or no longer, one of messages.
    """
    size = int.from_bytes(head, "big")
    if size <= LARGEST_SHORT:
        return size
    if size != _LONG_MARK:
        raise OSError(f"malformed message header {head!r}: the stream is out of step")
    return int.from_bytes(read(LONG_HEADER), "big")
