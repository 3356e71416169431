"""Launchers and what they stand on: programs started with just some descriptors, ends noticed and collected."""

import gc
import os
import signal
import sys
import threading

import pytest
import whole_programs

from reference import popen_fork, popen_spawn_posix
from reference._platform import _lifeline, _posix
from reference.waiting import wait


def run_python(text, pass_fds=()):
    return _posix.launch(sys.executable, [sys.executable, "-S", "-c", text], pass_fds)


class Watched(popen_fork.Popen):
    """A launcher whose child is an interpreter that does as told."""

    def __init__(self, text, others=()):
        self.text, self.others = text, others
        super().__init__(None)

    def _launch(self, process_obj):
        lifeline = _lifeline.Lifeline()
        self._adopt(run_python(self.text, [*lifeline.for_child, *self.others]), lifeline)


@pytest.fixture(params=["handles", "pipes"])
def way(request, monkeypatch):
    """With process handles where the system has them, and without."""
    if request.param == "pipes":
        monkeypatch.setattr(_posix, "HAVE_PIDFD", False)
    elif not _posix.HAVE_PIDFD:
        pytest.skip("no process handles here")


def test_a_program_gets_just_the_descriptors_that_it_is_given():
    given, other = os.pipe()
    os.set_inheritable(other, True)
    try:
        pid = run_python(f"import os; os.fstat({given})\ntry: os.fstat({other})\nexcept OSError: os._exit(7)", [given])
        assert 7 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(given)
        os.close(other)


def test_what_cannot_be_executed_is_an_error_here():
    with pytest.raises(FileNotFoundError, match="nosuch"):
        _posix.launch("/nosuch", ["/nosuch"], ())
    with pytest.raises(PermissionError):
        _posix.launch("/", ["/"], ())


def test_descriptors_for_children_are_no_standard_streams(tmp_path):
    program = """
        import os
        for fd in (0, 2):
            os.close(fd)
        from reference._platform import _posix
        ends = _posix.pipe()
        print(min(ends) > 2, [fd for fd in (0, 2) if os.path.exists(f"/proc/self/fd/{fd}")])
    """
    done = whole_programs.run(tmp_path, program)
    assert "True []\n" == done.stdout


def test_an_exit_code_is_collected_once(way):
    child = Watched("import os; os._exit(3)")
    assert 3 == child.wait(60)
    assert (3, 3, 3) == (child.poll(), child.wait(), child.wait(0))
    with pytest.raises(ChildProcessError):
        os.waitpid(child.pid, 0)
    child.close()


def test_a_signal_is_told_as_a_negative_number(way):
    child = Watched("import time; time.sleep(600)")
    assert (None, None, None, None) == (child.poll(), child.wait(0), child.wait(-1), child.wait(0.01))
    child.terminate()
    assert -signal.SIGTERM == child.wait()
    child.kill()
    child.interrupt()
    child.close()


def test_a_status_that_others_took_is_lost(way):
    child = Watched("pass")
    os.waitpid(child.pid, 0)
    assert (None, None, True) == (child.poll(), child.wait(60), child.lost)
    child.terminate()
    child.close()


def test_a_child_that_is_gone_before_it_is_adopted(way):
    lifeline = _lifeline.Lifeline()
    pid = run_python("pass", lifeline.for_child)
    os.waitpid(pid, 0)
    sentinel, handle, held = lifeline.in_parent(pid)
    assert handle is None
    assert sentinel in held
    assert b"" == os.read(sentinel, 1)
    for fd in held:
        os.close(fd)


def test_descriptors_are_released_once_and_by_their_process_alone(way):
    child = Watched("pass")
    child.wait()
    sentinel = child.sentinel
    pid = os.fork()
    if pid == 0:
        # There the number may mean another file by now: it must stay open, also when the copy dies.
        try:
            child.close()
            del child
            os.fstat(sentinel)
            os._exit(0)
        finally:
            os._exit(1)
    assert 0 == os.waitpid(pid, 0)[1]
    child.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(sentinel)
    os.dup2(1, sentinel)
    child.close()
    os.close(sentinel)


def test_descriptors_are_released_when_nobody_knows_the_child_any_more(way):
    child = Watched("pass")
    child.wait()
    sentinel = child.sentinel
    del child
    gc.collect()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(sentinel)


def test_many_threads_may_wait_and_all_learn_the_end(way):
    child = Watched("import time; time.sleep(0.3)")
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(child.wait())) for _ in range(4)]
    threads += [threading.Thread(target=lambda: seen.append(child.wait(60))) for _ in range(4)]
    for thread in threads:
        thread.start()
    while child.poll() is None:
        assert not child.lost
    for thread in threads:
        thread.join()
    assert [0] * 8 == seen
    child.close()


def test_the_sentinel_is_ready_after_the_end_and_not_before(way):
    gate, open_gate = os.pipe()
    child = Watched(f"import os; os.read({gate}, 1)", [gate])
    try:
        assert [] == wait([child.sentinel], 0)
    finally:
        os.close(open_gate)
        os.close(gate)
    assert [child.sentinel] == wait([child.sentinel], 60)
    assert 0 == child.wait()
    assert [child.sentinel] == wait([child.sentinel], 0)
    child.close()


def test_a_lifeline_that_is_not_used_leaves_nothing(way):
    before = os.listdir("/proc/self/fd")
    _lifeline.Lifeline().abandon()
    assert before == os.listdir("/proc/self/fd")


def test_a_system_that_refuses_handles_gets_pipes(monkeypatch):
    def refuse(pid):
        raise PermissionError(1, "filtered")

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    assert _posix.process_handle(os.getpid()) is None


def test_closing_all_descriptors_but_some(tmp_path):
    program = """
        import os
        from reference import util
        keep = os.dup(1)
        other = os.dup(1)
        util.close_all_fds_except([0, 1, 2, keep])
        os.fstat(keep)
        try:
            os.fstat(other)
        except OSError:
            print("closed")
    """
    assert "closed\n" == whole_programs.output(whole_programs.run(tmp_path, program))


def test_a_child_that_dies_before_it_reads_does_not_hold_up_the_start(tmp_path):
    program = """
        import reference

        if __name__ == "__main__":
            context = reference.get_context("spawn")
            context.set_executable("/bin/false")
            child = context.Process(target=len, args=(bytes(8 << 20),))
            child.start()
            child.join()
            print(child.exitcode)
    """
    assert "1\n" == whole_programs.output(whole_programs.run(tmp_path, program))


def test_an_interpreter_that_is_none_fails_the_start(tmp_path):
    program = """
        import os
        import reference

        if __name__ == "__main__":
            context = reference.get_context("spawn")
            lock = context.Lock()
            before = os.listdir("/proc/self/fd")
            context.set_executable("/nosuch")
            child = context.Process(target=len)
            try:
                child.start()
            except FileNotFoundError as error:
                print(error.filename, child.pid, reference.active_children(), before == os.listdir("/proc/self/fd"))
    """
    assert "/nosuch None [] True\n" == whole_programs.output(whole_programs.run(tmp_path, program))


def test_pickling_that_fails_leaves_nothing_running(tmp_path):
    program = """
        import reference
        from reference import spawning

        if __name__ == "__main__":
            child = reference.get_context("spawn").Process(target=len, args=(lambda: 0,))
            for _ in range(2):
                try:
                    child.start()
                except Exception as error:
                    print(type(error).__name__, child.pid, spawning.get_spawning_popen())
    """
    lines = whole_programs.output(whole_programs.run(tmp_path, program)).splitlines()
    assert 2 == len(lines)
    assert all(line.endswith("Error None None") for line in lines)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_lock_that_only_the_child_holds_lives(tmp_path, method):
    program = """
        import sys
        import reference

        def use(lock):
            with lock:
                print("used")

        if __name__ == "__main__":
            context = reference.get_context(sys.argv[1])
            child = context.Process(target=use, args=(context.Lock(),))
            child.start()
            child.join()
    """
    assert "used\n" == whole_programs.output(whole_programs.run(tmp_path, program, method))


def test_launchers_name_their_method():
    assert ("fork", "spawn") == (popen_fork.Popen.method, popen_spawn_posix.Popen.method)
