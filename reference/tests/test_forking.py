"""Signals around the fork of a child: held meanwhile, and received as before by parent and child thereafter."""

import os
import signal

import pytest
import whole_programs

import reference

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def mask():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.fixture
def blocked():
    former = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    yield former | {signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_SETMASK, former)


def send_mask(connection):
    connection.send(mask())


def test_parent_and_child_have_blocked_what_the_program_had(blocked):
    fork = reference.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=send_mask, args=(sender,))
    child.start()
    assert blocked == mask()
    assert blocked == receiver.recv()
    child.join()


def test_a_fork_that_fails_lets_signals_in(blocked, monkeypatch):
    def refuse():
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(BlockingIOError):
        reference.get_context("fork").Process().start()
    assert blocked == mask()


@pytest.mark.parametrize("moment", ["before", "after_in_parent", "after_in_child"])
def test_a_hook_that_forks_a_child_does_not_keep_signals_out(tmp_path, moment):
    program = f"""
        import os, signal
        import reference

        fork = reference.get_context("fork")
        begun = []

        def start_another():
            if not begun:
                begun.append(True)
                other = fork.Process()
                other.start()
                other.join()

        def tell():
            print(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), flush=True)

        if __name__ == "__main__":
            os.register_at_fork({moment}=start_another)
            child = fork.Process(target=tell)
            child.start()
            child.join()
            tell()
    """
    assert "0\n0\n" == whole_programs.output(whole_programs.run(tmp_path, program))
