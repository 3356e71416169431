"""Contexts of this package in clients that build the stdlib's own queues, pipes and locks around them.

Each client is a program of its own: what the stdlib's package has been told must not remain in the test runner.
"""

import sys

import pytest
import whole_programs

METHODS = ["fork", "spawn", "forkserver"]
CLASSES = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
# On several Pythons forking warns of the threads that executors have.
QUIET = ("-W", "ignore::DeprecationWarning")

HEAD = """
    import multiprocessing
    import os
    import signal
    import sys
    from concurrent.futures import ProcessPoolExecutor, process

    import reference
    from reference import bridge

    def bridged():
        return bridge.get_context(sys.argv[1])
"""


def run(directory, method, source):
    done = whole_programs.run(directory, _joined(source), method, options=QUIET)
    return whole_programs.output(done).splitlines()


def _joined(source):
    return HEAD + "\n" + source


@pytest.mark.parametrize("method", METHODS)
def test_an_executor_does_its_work_in_our_processes(tmp_path, method):
    source = """
    def who(number):
        ours, theirs = reference.current_process(), multiprocessing.current_process()
        return number * number, type(ours).__module__, type(ours).__name__, theirs.name == ours.name

    if __name__ == "__main__":
        with ProcessPoolExecutor(2, mp_context=bridged()) as executor:
            for answer in sorted(executor.map(who, range(3))):
                print(answer)
    """
    expected = [(square, "reference.bridge", CLASSES[method], True) for square in (0, 1, 4)]
    assert [str(answer) for answer in expected] == run(tmp_path, method, source)


@pytest.mark.parametrize("method", METHODS)
def test_an_executor_with_initializer_errors_and_a_killed_worker(tmp_path, method):
    source = """
    def begin(word):
        global told
        told = word

    def work(kind):
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "raise":
            raise ZeroDivisionError(told)
        return told

    if __name__ == "__main__":
        with ProcessPoolExecutor(1, mp_context=bridged(), initializer=begin, initargs=("a word",)) as executor:
            print(executor.submit(work, "return").result())
            for wrong in (executor.submit(work, "raise"), executor.submit(work, lambda: None)):
                print(isinstance(wrong.exception(), process.BrokenProcessPool), "lambda" in repr(wrong.exception()))
            print(executor.submit(work, "return").result())
            print(type(executor.submit(work, "kill").exception()).__name__)
    """
    expected = ["a word", "False False", "False True", "a word", "BrokenProcessPool"]
    assert expected == run(tmp_path, method, source)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_is_replaced_after_its_tasks(tmp_path, method):
    source = """
    def where(_):
        return os.getpid()

    if __name__ == "__main__":
        if sys.version_info < (3, 11):
            print(2)
        else:
            with ProcessPoolExecutor(1, mp_context=bridged(), max_tasks_per_child=1) as executor:
                print(len(set(executor.map(where, range(2)))))
    """
    assert ["2"] == run(tmp_path, method, source)


@pytest.mark.parametrize("method", METHODS)
def test_the_stdlibs_objects_go_to_our_children(tmp_path, method):
    source = """
    def use(queue, lock, connection, value):
        with lock:
            for number in range(3):
                queue.put((number, lock.acquire(False)))
            value.value = 7
        connection.send(multiprocessing.parent_process().pid)

    if __name__ == "__main__":
        theirs = multiprocessing.get_context(sys.argv[1])
        queue, lock, value = theirs.Queue(), theirs.Lock(), theirs.Value("i")
        queue.put("the parent's feeder runs")
        receiver, sender = theirs.Pipe(duplex=False)
        child = bridged().Process(target=use, args=(queue, lock, sender, value))
        child.start()
        # Either process' feeder may be first.
        print(sorted((queue.get() for _ in range(4)), key=repr))
        print(receiver.recv() == os.getpid(), value.value)
        child.join()
        print(child.exitcode)
    """
    expected = ['["the parent\'s feeder runs", (0, False), (1, False), (2, False)]', "True 7", "0"]
    assert expected == run(tmp_path, method, source)


@pytest.mark.parametrize("method", METHODS)
def test_children_of_either_kind_in_our_children(tmp_path, method):
    source = """
    def inner(queue):
        queue.put((multiprocessing.current_process().name, reference.current_process().name))

    def outer(queue):
        for context in (multiprocessing.get_context(sys.argv[1]), bridged()):
            child = context.Process(target=inner, args=(queue,))
            child.start()
            child.join()

    def try_as_daemon(queue):
        try:
            outer(queue)
        except AssertionError as error:
            queue.put("daemonic" in str(error))

    if __name__ == "__main__":
        queue = multiprocessing.get_context(sys.argv[1]).Queue()
        for target, daemon in ((outer, False), (try_as_daemon, True)):
            child = bridged().Process(target=target, args=(queue,), daemon=daemon)
            child.start()
            child.join()
        while not queue.empty():
            print(queue.get())
    """
    name = CLASSES[method]
    theirs, ours, daemon = run(tmp_path, method, source)
    assert theirs.startswith(f"('{name}-1:1'")
    assert str((f"{name}-1:1", f"{name}-1:1")) == ours
    assert "True" == daemon


@pytest.mark.parametrize("method", METHODS)
def test_it_passes_for_one_of_the_stdlibs_contexts_and_has_the_rest_from_there(tmp_path, method):
    source = """
    def square(number):
        return number * number

    if __name__ == "__main__":
        context = bridged()
        assert isinstance(context, multiprocessing.context.BaseContext)
        assert isinstance(context, reference.context.BaseContext)
        assert context is context.get_context() is bridge.get_context(sys.argv[1])
        assert context.get_context("spawn") is bridge.get_context("spawn")
        print(context.get_start_method(), type(context.Queue()).__module__)
        with context.Pool(1) as pool:
            print(pool.map(square, [1, 2]), type(pool._pool[0]).__module__)
        with context.Manager() as manager:
            print(manager.list([3]))
    """
    expected = [f"{method} reference.queues", "[1, 4] reference.bridge", "[3]"]
    assert expected == run(tmp_path, method, source)


@pytest.mark.parametrize("method", METHODS)
def test_in_our_children_the_stdlib_has_the_key_of_its_family(tmp_path, method):
    source = """
    from multiprocessing.connection import Client, Listener

    def call(address, inner):
        key = multiprocessing.current_process().authkey
        with Client(address, authkey=key) as connection:
            connection.send(reference.current_process().authkey != key)
        if inner:
            start(address, False)

    def start(address, inner):
        child = bridged().Process(target=call, args=(address, inner))
        child.start()
        return child

    if __name__ == "__main__":
        # As its own children, whom the program tells no key: those of its resource sharer and its managers.
        with Listener(authkey=multiprocessing.current_process().authkey) as listener:
            child = start(listener.address, True)
            for _ in ("child", "grandchild"):
                with listener.accept() as connection:
                    print(connection.recv())
        child.join()
        print(child.exitcode)
    """
    assert ["True", "True", "0"] == run(tmp_path, method, source)


@pytest.mark.parametrize("method", METHODS)
def test_the_stdlibs_package_is_never_loaded_by_us(tmp_path, method):
    source = f"""
        import sys
        before = "multiprocessing" in sys.modules
        import reference
        from reference import bridge

        def work():
            sys.exit(3 + ("multiprocessing" in sys.modules))

        if __name__ == "__main__":
            context = bridge.get_context({method!r})
            child = context.Process(target=work)
            child.start()
            child.join()
            print(before, child.exitcode, "multiprocessing" in sys.modules, hasattr(context, "Pool"))
            import multiprocessing.context
            assert isinstance(bridge.get_context({method!r}), multiprocessing.context.BaseContext)
    """
    said = whole_programs.output(whole_programs.run(tmp_path, source))
    if said.startswith("True"):
        pytest.skip("what measures coverage loads it at the start of every process")
    assert "False 3 False False\n" == said


def test_where_the_package_stands_in_there_is_nothing_to_bridge(tmp_path):
    source = """
    def work():
        sys.exit(5)

    if __name__ == "__main__":
        context = bridged()
        print(isinstance(context, multiprocessing.context.BaseContext), multiprocessing.__name__)
        child = context.Process(target=work)
        child.start()
        child.join()
        print(child.exitcode)
    """
    path = tmp_path / "program.py"
    whole_programs.write(path, _joined(source))
    done = whole_programs.start([sys.executable, "-m", "reference", str(path), "spawn"], tmp_path)
    assert "True reference\n5\n" == whole_programs.output(done)


def test_after_a_failed_start_the_stdlib_is_pickling_for_nobody(tmp_path):
    source = """
    if __name__ == "__main__":
        child = bridged().Process(target=lambda: None)
        try:
            child.start()
        except Exception as error:
            print("lambda" in str(error))
        print(multiprocessing.context.get_spawning_popen())
        try:
            multiprocessing.reduction.ForkingPickler.dumps(multiprocessing.Lock())
        except RuntimeError as error:
            print("inheritance" in str(error))
    """
    assert ["True", "None", "True"] == run(tmp_path, "spawn", source)


def test_without_a_method_it_is_the_one_in_force(tmp_path):
    source = """
    reference.set_start_method("fork")
    print(bridge.get_context().get_start_method())
    try:
        bridge.get_context("nosuch")
    except ValueError as error:
        print(error)
    """
    assert ["fork", "cannot find context for 'nosuch'"] == run(tmp_path, "fork", source)
