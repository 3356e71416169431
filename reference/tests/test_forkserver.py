"""The fork server: its protocol without I/O, who can make it work, and what it survives."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import warnings

import pytest
from deeds_of_children import kill_myself, leave, leave_when_told, tell_descriptors

from reference import fork_protocol, forkserver, get_context, preload, resource_tracker
from reference.errors import AuthenticationError
from reference.fork_protocol import (
    ENDED,
    KEY_LENGTH,
    decode_report,
    decode_request,
    encode_report,
    encode_request,
)

KEY = bytes(range(KEY_LENGTH))
OTHER_KEY = bytes(KEY_LENGTH)
context = get_context("forkserver")
server = forkserver._forkserver


@pytest.fixture
def _fresh_server():
    server._stop()
    yield
    forkserver.set_forkserver_preload(["__main__"])
    server._stop()


def started(target, *args):
    process = context.Process(target=target, args=args)
    process.start()
    return process


def ended(process):
    process.join(60)
    return process.exitcode


# The protocol.


def test_a_request_carries_its_work_or_says_that_it_is_streamed():
    assert b"work" == decode_request(KEY, encode_request(KEY, b"work"))
    assert b"" == decode_request(KEY, encode_request(KEY, b""))
    assert decode_request(KEY, encode_request(KEY, None)) is None


@pytest.mark.parametrize("message", [b"", KEY[:-1], encode_request(OTHER_KEY, b"work"), b"\x80\x04N."])
def test_a_request_without_the_key_is_refused(message):
    with pytest.raises(AuthenticationError):
        decode_request(KEY, message)


@pytest.mark.parametrize("message", [KEY, KEY + b"?"])
def test_an_unknown_kind_of_request_is_refused(message):
    with pytest.raises(ValueError, match="unknown kind"):
        decode_request(KEY, message)


def test_reports_keep_negative_codes():
    assert (ENDED, 4711, -15) == decode_report(encode_report(ENDED, 4711, -15))


@pytest.mark.parametrize("report", [b"", encode_report(ENDED)[:-1]])
def test_no_report_means_that_the_server_died(report):
    with pytest.raises(EOFError):
        decode_report(report)


def test_a_request_and_its_descriptors_fit_one_message():
    assert forkserver.LARGEST_INLINE == 64 * 1024 - len(encode_request(KEY, b""))
    assert 253 == forkserver.MAXFDS_TO_SEND + len(fork_protocol.FIXED) + 1


# The server.


@pytest.mark.usefixtures("_fresh_server")
def test_a_request_with_the_wrong_key_starts_nothing():
    server.ensure_running()
    right, server._forkserver_authkey = server._forkserver_authkey, OTHER_KEY
    try:
        with pytest.raises(AuthenticationError):
            started(leave, 0)
    finally:
        server._forkserver_authkey = right
    assert 3 == ended(started(leave, 3)), "after a refused request the server still serves"


def test_work_that_is_too_big_for_a_request_is_streamed():
    process = started(len, b"x" * (4 * forkserver.LARGEST_INLINE))
    assert 0 == ended(process)


def test_two_hundred_children_that_end_at_once_are_all_reported():
    gate, tell = context.Pipe(duplex=False)
    children = [started(leave_when_told, gate, 7) for _ in range(200)]
    tell.close()
    codes = [ended(child) for child in children]
    assert 200 == codes.count(7), {code: codes.count(code) for code in codes}


def test_children_have_no_descriptors_of_their_siblings():
    results, tell = context.Pipe(duplex=False)
    gate, open_gate = context.Pipe(duplex=False)
    first = started(tell_descriptors, tell)
    siblings = [started(leave_when_told, gate, 0) for _ in range(10)]
    last = started(tell_descriptors, tell)
    assert results.recv() == results.recv(), "descriptors of a child before and after ten siblings were started"
    open_gate.close()
    assert [0] * 12 == [ended(child) for child in (first, *siblings, last)]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
def test_the_signal_that_ended_a_child_is_its_exit_code(signum):
    assert -signum == ended(started(kill_myself, signum))


def test_a_server_killed_between_two_starts_is_replaced_fifty_times():
    codes = []
    for _ in range(50):
        codes.append(ended(started(leave, 3)))
        os.kill(server._forkserver_pid, signal.SIGKILL)
    assert 50 == codes.count(3), codes


def test_children_of_a_killed_server_are_reported_with_255():
    gate, open_gate = context.Pipe(duplex=False)
    children = [started(leave_when_told, gate, 0) for _ in range(5)]
    os.kill(server._forkserver_pid, signal.SIGKILL)
    assert [255] * 5 == [ended(child) for child in children]
    open_gate.close()


def test_a_tracker_killed_between_two_starts_is_replaced_twenty_times():
    codes = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for _ in range(20):
            codes.append(ended(started(leave, 3)))
            tracker = resource_tracker._resource_tracker._pid
            os.kill(tracker, signal.SIGKILL)
            os.waitpid(tracker, 0)
        resource_tracker.ensure_running()
    assert 20 == codes.count(3), codes


def test_the_server_ignores_interrupts():
    server.ensure_running()
    pid = server._forkserver_pid
    for _ in range(100):
        os.kill(pid, signal.SIGINT)
    assert 0 == ended(started(leave, 0))
    assert pid == server._forkserver_pid


def test_nothing_is_left_of_a_family_that_was_killed_whole(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal\n"
        "import reference\n"
        "def child(locks):\n"
        "    mine = context.Lock()\n"
        "    os.write(1, mine._semlock.name.encode() + b'\\n')\n"
        "    signal.pause()\n"
        "if __name__ == '__main__':\n"
        "    context = reference.get_context('forkserver')\n"
        "    locks = [context.Lock() for _ in range(10)]\n"
        "    children = [context.Process(target=child, args=(locks,)) for _ in range(5)]\n"
        "    os.write(1, ''.join(lock._semlock.name + '\\n' for lock in locks).encode())\n"
        "    [child.start() for child in children]\n"
        "    signal.pause()\n"
        "else:\n"
        "    context = reference.get_context('forkserver')\n"
    )
    family = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    names = [family.stdout.readline().strip() for _ in range(15)]
    files = ["/dev/shm/sem." + name.lstrip("/") for name in names]
    assert all(map(os.path.exists, files)), (
        "a name for each of the ten locks of the program and the five of its children"
    )
    tracker = [pid for pid in processes_of(family.pid) if "resource_tracker" in command_of(pid)]
    for pid in processes_of(family.pid):
        if pid not in tracker:
            os.kill(pid, signal.SIGKILL)
    _, said = family.communicate(timeout=60)  # until the tracker, which writes there too, has ended
    assert "There appear to be 15 leaked semaphore objects" in said
    assert not any(map(os.path.exists, files))


def processes_of(session):
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and session_of(int(name)) == session]


def session_of(pid):
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(pid)


def command_of(pid):
    with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
        return file.read()


# Preloading.


@pytest.mark.usefixtures("_fresh_server")
def test_a_server_that_fails_to_preload_starts_nothing(capfd):
    forkserver.set_forkserver_preload(["no_such_module"], on_error="fail")
    for _ in range(2):
        with pytest.raises((EOFError, ConnectionError)) as caught:
            started(leave, 0)
        told = [*getattr(caught.value, "__notes__", ()), *caught.value.args]
        assert any("Forkserver process may have crashed" in str(part) for part in told)
    assert 2 == capfd.readouterr().err.count("ModuleNotFoundError: No module named 'no_such_module'")


@pytest.mark.parametrize("names", [[1], ["os", None]])
def test_names_to_preload_must_be_strings(names):
    with pytest.raises(TypeError, match="must be a list of strings"):
        forkserver.set_forkserver_preload(names)


def test_unknown_policies_are_refused():
    with pytest.raises(ValueError, match="on_error must be 'ignore', 'warn', or 'fail'"):
        forkserver.set_forkserver_preload([], on_error="explode")


def test_preload_failures_are_judged_by_the_policy():
    preload.preload(["os", "no_such_module"], {}, "ignore")
    with pytest.warns(ImportWarning, match="Failed to preload module 'no_such_module'"):
        preload.preload(["os", "no_such_module"], {}, "warn")
    with pytest.raises(ModuleNotFoundError):
        preload.preload(["os", "no_such_module"], {}, "fail")


@pytest.mark.parametrize(
    "source", ["raise RuntimeError('half-way')", "import sys; sys.exit(3)", "import no_such_module"]
)
def test_a_main_module_that_fails_leaves_no_half_of_itself(tmp_path, source):
    script = tmp_path / "script.py"
    script.write_text(source)
    main = {"init_main_from_path": str(script)}
    former = sys.modules["__main__"]
    preload.preload(["__main__"], main, "ignore")
    with pytest.warns(ImportWarning, match="Failed to preload __main__ from"):
        preload.preload(["__main__"], main, "warn")
    with pytest.raises((RuntimeError, SystemExit, ImportError)):
        preload.preload(["__main__"], main, "fail")
    assert former is sys.modules["__main__"]
    assert "__mp_main__" not in sys.modules


def test_no_main_is_preloaded_unless_it_is_named():
    preload.preload(["os"], {"init_main_from_path": "/no/such/file"}, "fail")


# What is left behind.


def test_every_descriptor_of_a_start_is_released():
    assert 0 == ended(started(leave, 0))
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(20):
        process = started(leave, 0)
        assert 0 == ended(process)
        process.close()
    assert before == sorted(os.listdir("/proc/self/fd"))


def test_the_server_ends_with_its_program():
    program = (
        "from reference import forkserver; forkserver.ensure_running();"
        "print(forkserver._forkserver._forkserver_pid, flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not done.stderr
    deadline = time.monotonic() + 60
    while session_of(int(done.stdout)) is not None:
        assert time.monotonic() < deadline, "the server still runs"
