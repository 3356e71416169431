"""The smoke tier: whether the target starts a process at all. Not a spec: it checks no requirement.

Run once for each candidate and start method, before anything else; when it does not come through,
every spec would fail for the same reason, and the run says so once: by `REQUIREMENT` alone, and NOTRUN for the rest.
"""

import os
import sys

from conformance.gates import Mailbox
from conformance.subject import Subject

RAN = "the child ran"
REQUIREMENT = "process.start.separate-process"
"""The requirement that is judged all the same: a target that starts nothing fails at least this one."""
PATIENCE = 8.0
DEADLINE = 10.0


def say(box: Mailbox) -> None:
    box.post(RAN)


def smoke_child_runs(mp: Subject) -> None:
    """A child process starts and runs its target."""
    box = Mailbox()
    mp.Process(target=say, args=(box,)).start()
    print(box.first(PATIENCE))
    sys.stdout.flush()
    # Not by the normal way out: a target that cannot join or end its children starts them all the same,
    # and each of its failures is for a spec to tell.
    os._exit(0)
