"""`python -m reference PROGRAM`: programs that know only `multiprocessing`, and get this package in all processes."""

import sys
import textwrap
import zipfile

import pytest
import whole_programs

METHODS = ["fork", "spawn", "forkserver"]

# What a process says of itself: whose classes it sees, and what it takes for its command line.
FAMILY = """
    import multiprocessing
    import multiprocessing.queues
    import sys

    def tell(queue):
        from multiprocessing import connection
        rooms = {connection.Connection.__module__, multiprocessing.queues.Queue.__module__}
        this = type(multiprocessing.current_process()).__name__
        queue.put((multiprocessing.__name__, sorted(rooms), sys.argv[1:], this))

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        queue = context.SimpleQueue()
        tell(queue)
        child = context.Process(target=tell, args=(queue,))
        child.start()
        child.join()
        while not queue.empty():
            print(queue.get())
        sys.exit(child.exitcode + 3)
"""
ROOMS = ["reference.connection", "reference.queues"]
CLASSES = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}


def dropin(directory, *arguments):
    return whole_programs.start([sys.executable, "-m", "reference", *arguments], directory)


def write(directory, name, source):
    path = directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(source))
    return str(path)


def check_family(done, method):
    assert (3, "") == (done.returncode, done.stderr), done.stderr
    arguments = [method, "--and", "more"]
    parent, child = done.stdout.splitlines()
    assert repr(("reference", ROOMS, arguments, "_MainProcess")) == parent
    assert repr(("reference", ROOMS, arguments, CLASSES[method])) == child


@pytest.mark.parametrize("method", METHODS)
def test_a_script_and_its_children(tmp_path, method):
    path = write(tmp_path, "family.py", FAMILY)
    check_family(dropin(tmp_path, path, method, "--and", "more"), method)


@pytest.mark.parametrize("method", METHODS)
def test_a_module_and_its_children(tmp_path, method):
    write(tmp_path, "family.py", FAMILY)
    check_family(dropin(tmp_path, "-m", "family", method, "--and", "more"), method)


def test_a_package_is_run_by_its_main_module(tmp_path):
    write(tmp_path, "family/__init__.py", "")
    write(tmp_path, "family/__main__.py", FAMILY)
    # By forking: children that begin afresh do not import the main module of a package again, in the stdlib neither.
    check_family(dropin(tmp_path, "-m", "family", "fork", "--and", "more"), "fork")


def test_code_in_the_command_line(tmp_path):
    # Its functions are to be found in a module: children cannot import code from a command line.
    write(tmp_path, "family.py", FAMILY.replace('__name__ == "__main__"', "True", 1).replace("if True:", "def main():"))
    check_family(dropin(tmp_path, "-c", "import family; family.main()", "spawn", "--and", "more"), "spawn")


def test_a_directory_and_a_zip_file(tmp_path):
    source = "import multiprocessing, helper, sys; print(multiprocessing.__name__, helper.word, sys.argv[1:], __file__)"
    write(tmp_path, "program/__main__.py", source)
    write(tmp_path, "program/helper.py", "word = 'beside'")
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        for name in ("__main__.py", "helper.py"):
            archive.write(tmp_path / "program" / name, name)
    for container in ("program", "program.zip"):
        path = str(tmp_path / container)
        said = whole_programs.output(dropin(tmp_path, path, "x"))
        assert ["reference", "beside", "['x']", f"{path}/__main__.py"] == said.split()


def test_what_the_package_does_not_offer_is_the_stdlibs_above_our_rooms(tmp_path):
    source = """
        from multiprocessing import dummy, get_context, managers, pool, shared_memory

        def square(number):
            return number * number

        if __name__ == "__main__":
            context = get_context("spawn")
            with context.Pool(1) as workers:
                print(type(workers) is pool.Pool, workers.map(square, [1, 2, 3]), context.Pool.__module__)
            with dummy.Pool(1) as workers:
                print(isinstance(workers, pool.ThreadPool), workers.map(square, [4]))
            with context.Manager() as manager:
                print(isinstance(manager, managers.SyncManager), manager.list([5]))
            block = shared_memory.SharedMemory(create=True, size=1)
            block.close()
            block.unlink()
            import multiprocessing
            print(multiprocessing.pool is pool, pool.__name__)
    """
    expected = ["True [1, 4, 9] reference.dropin", "True [16]", "True [5]", "True multiprocessing.pool"]
    said = whole_programs.output(dropin(tmp_path, write(tmp_path, "program.py", source)))
    assert expected == said.splitlines()


@pytest.mark.parametrize("method", METHODS)
def test_an_executor_of_the_stdlib(tmp_path, method):
    source = f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def name(_):
            return type(multiprocessing.current_process()).__module__

        if __name__ == "__main__":
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context({method!r})) as executor:
                print(list(executor.map(name, range(2))))
    """
    said = whole_programs.output(dropin(tmp_path, write(tmp_path, "program.py", source)))
    assert "['reference.context', 'reference.context']\n" == said


def test_a_fork_server_preloads_what_its_children_will_see(tmp_path):
    write(tmp_path, "preloaded.py", "import multiprocessing.connection as it; print(it.__name__, flush=True)")
    source = """
        import multiprocessing

        def nothing():
            import preloaded

        if __name__ == "__main__":
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["preloaded"], on_error="fail")
            child = context.Process(target=nothing)
            child.start()
            child.join()
            print(child.exitcode)
    """
    path = write(tmp_path, "program.py", source)
    assert "reference.connection\n0\n" == whole_programs.output(dropin(tmp_path, path))


@pytest.mark.parametrize(
    ("ending", "code"),
    [("sys.exit(7)", 7), ("sys.exit('why')", 1), ("1 / 0", 1), ("sys.exit()", 0), ("pass", 0)],
)
def test_the_exit_status_is_the_programs(tmp_path, ending, code):
    done = dropin(tmp_path, "-c", f"import sys; {ending}")
    assert code == done.returncode
    assert ("why" in ending, "1 / 0" in ending) == ("why" in done.stderr, "ZeroDivisionError" in done.stderr)


def test_the_program_finds_what_lies_beside_it_and_its_own_name(tmp_path):
    write(tmp_path, "elsewhere/helper.py", "word = 'beside'")
    path = write(tmp_path, "elsewhere/program.py", "import helper; print(helper.word, __name__, __file__, __package__)")
    said = whole_programs.output(dropin(tmp_path, path))
    assert ["beside", "__main__", path, "None"] == said.split()


def test_an_installed_stand_in_is_installed_once_and_forgets_the_other(tmp_path):
    source = """
        import multiprocessing as theirs
        import sys
        from reference import dropin

        print(dropin.installed())
        dropin.install()
        before = list(sys.meta_path)
        dropin.install()
        import multiprocessing
        print(dropin.installed(), before == sys.meta_path, theirs is multiprocessing, multiprocessing.__name__)
        try:
            import multiprocessing.nosuch
        except ModuleNotFoundError as error:
            print(error.name)
    """
    said = whole_programs.output(whole_programs.run(tmp_path, source))
    assert "False\nTrue True False reference\nmultiprocessing.nosuch\n" == said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "usage: python -m reference"),
        (["nosuch.py"], "can't open file 'nosuch.py': No such file or directory"),
        (["-m"], "argument expected for -m"),
        (["-c"], "argument expected for -c"),
        (["-m", "nosuch"], "no module named 'nosuch'"),
        (["-m", "nosuch.inner"], "no module named 'nosuch.inner'"),
        (["-m", "package"], "no module named 'package.__main__'"),
        (["-x", "program.py"], "unknown option '-x'"),
        (["empty"], "can't find '__main__' module in 'empty'"),
        (["broken.zip"], "can't find '__main__' module in 'broken.zip'"),
    ],
)
def test_misuse_is_told_in_one_line(tmp_path, arguments, why):
    write(tmp_path, "package/__init__.py", "")
    write(tmp_path, "broken.zip", "no archive")
    (tmp_path / "empty").mkdir()
    done = dropin(tmp_path, *arguments)
    assert (2, "") == (done.returncode, done.stdout)
    assert why in done.stderr
    assert 1 == len(done.stderr.splitlines()), done.stderr


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_no_misuse(tmp_path, option):
    assert whole_programs.output(dropin(tmp_path, option)).startswith("usage: python -m reference")


def test_an_error_of_the_program_is_not_taken_for_misuse(tmp_path):
    # Neither a module that the program lacks, nor its syntax.
    missing = dropin(tmp_path, "-c", "import nosuch")
    assert (1, True) == (missing.returncode, "ModuleNotFoundError: No module named 'nosuch'" in missing.stderr)
    wrong = dropin(tmp_path, write(tmp_path, "wrong.py", "1 +"))
    assert (1, True) == (wrong.returncode, "SyntaxError" in wrong.stderr)
