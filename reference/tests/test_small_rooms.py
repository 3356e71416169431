"""Logging, standard streams, threads, the private directory: rooms too small for a file of tests each."""

import io
import logging
import os
import sys
import tempfile
import threading

import pytest
import whole_programs

from reference import fork_aware, lifecycle, log, logger, process, standard_streams, temp_dir, threads, util


@pytest.fixture
def package_logger():
    it = logger.get_logger()
    before = it.handlers[:], it.level, log.to_stderr
    yield it
    it.handlers[:], log.to_stderr = before[0], before[2]
    it.setLevel(before[1])


def test_nobody_is_told_anything_before_somebody_asks(monkeypatch):
    monkeypatch.setattr(log, "package_logger", None)
    for say in (log.sub_debug, log.debug, log.info, log.sub_warning, log.warn):
        say("%d", "not even formatted")


def test_the_logger_is_quiet_and_always_the_same(tmp_path):
    program = """
        import reference
        from reference import util
        it = reference.get_logger()
        print(it is util._logger is reference.get_context("fork").get_logger())
        print(it.name, it.level, it.handlers, it.propagate)
    """
    assert "True\nmultiprocessing 0 [] False\n" == whole_programs.output(whole_programs.run(tmp_path, program))


def test_records_name_their_level_the_process_and_the_caller(package_logger, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(process.current_process(), "_name", "ours")
    assert package_logger is logger.log_to_stderr("DEBUG")
    package_logger.handlers[-1].setFormatter(
        logging.Formatter(logger.DEFAULT_LOGGING_FORMAT + " %(filename)s %(funcName)s")
    )
    util.info("told %s", "so")
    util.sub_debug("too low")
    here = f"{os.path.basename(__file__)} test_records_name_their_level_the_process_and_the_caller"
    assert f"[INFO/ours] told so {here}\n" == stream.getvalue()
    assert util._log_to_stderr


def test_streams_that_are_gone_are_passed_over(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed, object()):
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        standard_streams.flush()
        standard_streams.write_stderr("lost")


def test_data_that_cannot_be_written_is_an_error(monkeypatch):
    class Full(io.StringIO):
        def flush(self):
            raise OSError("no space")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OSError, match="no space"):
        standard_streams.flush()


@pytest.fixture
def empty_stdin(monkeypatch):
    monkeypatch.setattr(standard_streams, "_empty", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret"))
    standard_streams.replace_stdin()
    made = sys.stdin
    yield made
    if made.buffer.raw._fd is not None:
        os.close(made.buffer.raw._fd)


def test_stdin_is_closed_and_replaced(monkeypatch):
    former = io.StringIO("secret")
    monkeypatch.setattr(sys, "stdin", former)
    standard_streams.replace_stdin()
    assert former.closed
    assert "" == sys.stdin.read()


def test_stdin_that_cannot_be_closed_is_replaced(monkeypatch):
    class Stuck(io.StringIO):
        def close(self):
            raise OSError("stuck")

    monkeypatch.setattr(sys, "stdin", Stuck("secret"))
    standard_streams.replace_stdin()
    assert "" == sys.stdin.read()


def test_without_stdin_there_is_none_in_the_child(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    standard_streams.replace_stdin()
    assert sys.stdin is None


def test_the_empty_stdin_opens_the_null_device_for_whoever_wants_a_descriptor(empty_stdin):
    assert "" == empty_stdin.read() == empty_stdin.readline()
    assert b"" == empty_stdin.buffer.read()
    assert [] == list(empty_stdin)
    assert empty_stdin.readable()
    assert not empty_stdin.writable()
    assert not empty_stdin.isatty()
    assert ("utf-8", os.devnull) == (empty_stdin.encoding, empty_stdin.name)
    assert os.path.samestat(os.stat(os.devnull), os.fstat(empty_stdin.fileno()))
    assert empty_stdin.fileno() == empty_stdin.fileno()


def test_a_grandchild_keeps_the_empty_stdin_unless_it_was_closed(empty_stdin):
    standard_streams.replace_stdin()
    assert empty_stdin is sys.stdin
    assert not empty_stdin.closed
    empty_stdin.close()
    standard_streams.replace_stdin()
    assert "" == sys.stdin.read()


def test_the_private_directory_is_one_and_comes_again_after_its_removal():
    first = temp_dir.get_temp_dir()
    assert first == temp_dir.get_temp_dir() == util.get_temp_dir()
    assert 0o700 == os.stat(first).st_mode & 0o777
    lifecycle._run_finalizers(temp_dir._EXIT_PRIORITY)
    assert not os.path.exists(first)
    second = temp_dir.get_temp_dir()
    assert os.path.isdir(second)
    temp_dir._remove(second)


def test_a_path_too_long_for_sockets_is_not_used(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    assert temp_dir.base_directory(str(long)) in temp_dir._SYSTEM_DIRECTORIES
    assert "/short" == temp_dir.base_directory("/short")
    monkeypatch.setattr(temp_dir, "_SYSTEM_DIRECTORIES", ("/nosuch",))
    assert str(long) == temp_dir.base_directory(str(long))


def test_the_private_directory_is_removed_at_exit_and_not_shared_with_a_forked_child(tmp_path):
    program = """
        import os
        import reference
        from reference import util

        def child(mine):
            print(mine == util.get_temp_dir(), flush=True)

        if __name__ == "__main__":
            mine = util.get_temp_dir()
            process = reference.get_context("fork").Process(target=child, args=(mine,))
            process.start()
            process.join()
            print(os.path.isdir(mine))
    """
    with tempfile.TemporaryDirectory() as short:
        done = whole_programs.run(tmp_path, program, env={"TMPDIR": short})
        assert "False\nTrue\n" == whole_programs.output(done)
        assert [] == os.listdir(short)


def test_a_thread_lock_is_free_after_a_fork():
    lock = fork_aware.ForkAwareThreadLock()
    with lock:
        assert not lock.acquire(False)
        lifecycle._run_after_forkers()
        assert lock.acquire(False)


def test_thread_local_data_are_gone_after_a_fork():
    local = fork_aware.ForkAwareLocal()
    local.here = 1
    lifecycle._run_after_forkers()
    assert not hasattr(local, "here")
    assert (fork_aware.ForkAwareLocal, ()) == local.__reduce__()


def test_several_threads_are_warned_of_on_every_version(monkeypatch):
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    monkeypatch.setattr(threads, "SYSTEM_WARNS_OF_FORK", False)
    try:
        with pytest.warns(DeprecationWarning, match="multi-threaded, use of fork"):
            threads.warn_of_fork()
        monkeypatch.setattr(threads, "SYSTEM_WARNS_OF_FORK", True)
        threads.warn_of_fork()
    finally:
        done.set()
        thread.join()


def test_a_thread_that_threading_did_not_make_becomes_the_main_thread(monkeypatch):
    class Stand:
        class _DummyThread:
            _tstate_lock = None
            locked = False

            def _set_tstate_lock(self):
                self.locked = True

            def _set_native_id(self):
                self.numbered = True

        class _MainThread(_DummyThread):
            pass

        _HAVE_THREAD_NATIVE_ID = True
        _dangling = ()

    main = Stand._DummyThread()
    Stand.main_thread = staticmethod(lambda: main)
    monkeypatch.setattr(threads, "_threading", lambda: Stand)
    threads.settle_after_fork()
    assert (Stand._MainThread, "MainThread", False, True, True) == (
        type(main),
        main._name,
        main._daemonic,
        main.locked,
        main.numbered,
    )


def test_sockets_without_a_file_are_known_by_their_address():
    assert util.is_abstract_socket_namespace("\0x")
    assert util.is_abstract_socket_namespace(b"\0x")
    assert not util.is_abstract_socket_namespace("/x")
    assert not util.is_abstract_socket_namespace("")
    with pytest.raises(TypeError, match="int"):
        util.is_abstract_socket_namespace(7)


def test_util_has_no_other_names():
    assert util._exiting is False
    with pytest.raises(AttributeError, match="nosuch"):
        util.nosuch  # noqa: B018 - the access itself is tried
