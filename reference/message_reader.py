"""The file that an unpickler reads one message from while it still comes in.

So a big message needs no buffer of its own: what the unpickler asks for in one go, the data of a big bytes or
str object, is received straight to where the object keeps it. It never reads beyond the message.

Knows neither connections nor pickles; what it reads from is any `Source`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """A stream of bytes that has come to its end when it gives less than it is asked for."""

        def read(self, size: int, /) -> bytes:
            """The next `size` bytes."""

        def readinto(self, view: memoryview, /) -> int:
            """Fill `view` with the next bytes; returns how many there were."""


__all__ = ["CHUNK", "MessageReader"]


# Small reads are served from a chunk of this size, since an unpickler asks for single bytes.
CHUNK = 64 * 1024


class MessageReader:
    """The next `size` bytes of `source`, as a binary file.

    Raises (reading):
        OSError: the source ended inside the message.
    """

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._left = size  # what is still in the source
        self._chunk = b""
        self._position = 0  # in the chunk

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end of the message."""
        start = self._position
        self._position += size
        chunk = self._chunk
        if self._position <= len(chunk):
            return chunk[start : self._position]
        missing = self._position - len(chunk)
        if missing >= CHUNK:
            self._chunk, self._position = b"", 0
            return chunk[start:] + self._take(missing)
        self._chunk, self._position = self._take(CHUNK), missing
        return chunk[start:] + self._chunk[:missing]

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer`; returns the number of bytes, fewer than its size at the end of the message."""
        with memoryview(buffer) as view:
            done = min(len(self._chunk) - self._position, len(view))
            if done > 0:
                view[:done] = self._chunk[self._position : self._position + done]
                self._position += done
            else:
                done = 0
            wanted = min(len(view) - done, self._left)
            if wanted:
                left, self._left = self._left, 0  # see _take
                with view[done : done + wanted] as rest:
                    self._came(self._source.readinto(rest), wanted)
                self._left = left - wanted
            return done + wanted

    def readline(self) -> bytes:
        """The bytes up to the next newline, with it; or up to the end of the message."""
        line = bytearray()
        while (byte := self.read(1)) and byte != b"\n":
            line += byte
        return bytes(line + byte)

    def drain(self) -> None:
        """Read the rest of the message and forget it."""
        self._chunk, self._position = b"", 0
        while self._left:
            self._take(CHUNK)

    def _take(self, size: int) -> bytes:
        size = min(size, self._left)
        if not size:
            return b""
        # Whatever stops this read half-way (an error, an exception out of a signal handler), nobody
        # knows then where the message ends, and `drain` must not wait for a rest that may never come.
        left, self._left = self._left, 0
        data = self._source.read(size)
        self._came(len(data), size)
        self._left = left - size
        return data

    @staticmethod
    def _came(got: int, wanted: int) -> None:
        if got < wanted:
            raise OSError(f"the stream ended inside a message: {wanted} more bytes expected, {got} came")
