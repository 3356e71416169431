"""What tests of several rooms need."""

import pytest

from reference.connection import Pipe


@pytest.fixture
def ends():
    """The two ends of a pipe, the first to receive by."""
    receiver, sender = Pipe(False)
    with receiver, sender:
        yield receiver, sender
