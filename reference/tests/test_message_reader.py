"""A message as a file: fed from memory, read in pieces of every size."""

import io
import pickle

import pytest

from reference.message_reader import CHUNK, MessageReader

BIG = bytes(range(256)) * 1024  # four chunks


def reader(message, behind=b"the next message"):
    """A reader of `message`, and the source in which more follows."""
    source = io.BytesIO(message + behind)
    return MessageReader(source, len(message)), source


@pytest.mark.parametrize("step", [1, 7, 4096, CHUNK - 1, CHUNK, CHUNK + 1, len(BIG), len(BIG) + 1])
def test_reads_of_any_size_give_the_message_and_then_nothing(step):
    file, source = reader(BIG)
    pieces = []
    while piece := file.read(step):
        pieces.append(piece)
    assert BIG == b"".join(pieces)
    assert {step} >= {len(piece) for piece in pieces[:-1]}
    assert b"" == file.read(1)
    assert b"the next message" == source.read()


@pytest.mark.parametrize("before", [0, 1, 100, CHUNK])
@pytest.mark.parametrize("size", [0, 1, 5000, CHUNK, CHUNK * 3])
def test_readinto_goes_on_where_reads_ended(before, size):
    file, _ = reader(BIG)
    assert BIG[:before] == file.read(before)
    buffer = bytearray(size)
    wanted = BIG[before : before + size]
    assert len(wanted) == file.readinto(buffer)
    assert wanted == buffer[: len(wanted)]
    assert BIG[before + len(wanted) :][:10] == file.read(10)


def test_readinto_beyond_the_end_tells_how_much_there_was():
    file, source = reader(b"abc")
    buffer = bytearray(10)
    assert 3 == file.readinto(buffer)
    assert 0 == file.readinto(buffer)
    assert b"abc" == buffer[:3]
    assert b"the next message" == source.read()


def test_readline_ends_with_a_newline_or_the_message():
    file, _ = reader(b"first\nsecond")
    assert [b"first\n", b"second", b""] == [file.readline(), file.readline(), file.readline()]


@pytest.mark.parametrize("read", [0, 1, 100, CHUNK + 1])
def test_drain_leaves_the_source_at_the_next_message(read):
    file, source = reader(BIG)
    file.read(read)
    file.drain()
    assert b"" == file.read(1)
    assert b"the next message" == source.read()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_unpickler_reads_from_it_whatever_the_protocol(protocol):
    thing = [1, "text" * 30000, BIG, {"key": (None, 2.5)}, bytearray(BIG), list(range(3000))]
    file, source = reader(pickle.dumps(thing, protocol))
    assert thing == pickle.Unpickler(file).load()
    file.drain()
    assert b"the next message" == source.read()


@pytest.mark.parametrize("use", ["read", "read-big", "readinto", "drain"])
def test_an_end_inside_the_message_is_an_os_error_and_draining_gives_up(use):
    file = MessageReader(io.BytesIO(bytes(10)), CHUNK * 2)
    actions = {
        "read": lambda: file.read(20),
        "read-big": lambda: file.read(CHUNK * 2),
        "readinto": lambda: file.readinto(bytearray(20)),
        "drain": file.drain,
    }
    with pytest.raises(OSError, match="ended inside a message"):
        actions[use]()
    file.drain()


def test_draining_does_not_wait_after_a_read_that_was_cut_short():
    class Interrupted(io.BytesIO):
        def read(self, size):
            raise KeyboardInterrupt

    file = MessageReader(Interrupted(), CHUNK * 2)
    with pytest.raises(KeyboardInterrupt):
        file.read(1)
    file.drain()
