"""Whole programs whose children begin afresh: where they find things, with which options, frozen or not."""

import sys
import textwrap

import pytest
import whole_programs


@pytest.fixture(params=["spawn", "forkserver"])
def method(request):
    return request.param


def test_the_child_finds_the_package_after_a_change_of_directory(tmp_path, method):
    (tmp_path / "elsewhere").mkdir()
    program = """
        import os, sys
        if __name__ == "__main__":
            os.chdir(sys.argv[2])
            sys.path[0] = "."
        import reference

        def child():
            print(os.path.basename(os.getcwd()), sys.path[0], flush=True)

        if __name__ == "__main__":
            os.environ.pop("PYTHONPATH", None)
            os.chdir(sys.argv[3])
            process = reference.get_context(sys.argv[1]).Process(target=child)
            process.start()
            process.join()
            print(process.exitcode)
    """
    done = whole_programs.run(
        tmp_path, program, method, whole_programs.ROOT, str(tmp_path / "elsewhere"), env={"PYTHONPATH": ""}
    )
    assert "elsewhere .\n0\n" == whole_programs.output(done)


def test_a_module_in_the_current_directory_takes_no_part(tmp_path, method):
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("reference", "multiprocessing", "random", "copyreg", "signal", "socket", "runpy"):
        (trap / f"{name}.py").write_text("import os; os.write(2, b'hijacked'); os._exit(9)")
    program = """
        import os, sys
        import reference

        if __name__ == "__main__":
            os.chdir("trap")
            process = reference.get_context(sys.argv[1]).Process(target=len, args=((),))
            process.start()
            process.join()
            print(process.exitcode)
    """
    assert "0\n" == whole_programs.output(whole_programs.run(tmp_path, program, method))


def test_options_reach_the_children(tmp_path, method):
    program = """
        import sys
        import reference

        def child():
            print(sys.flags.optimize, sys.warnoptions, sys._xoptions, flush=True)

        if __name__ == "__main__":
            child()
            process = reference.get_context(sys.argv[1]).Process(target=child)
            process.start()
            process.join()
    """
    options = ("-O", "-W", "error::UserWarning", "-X", "faulthandler")
    first, second = whole_programs.output(whole_programs.run(tmp_path, program, method, options=options)).splitlines()
    assert first == second
    assert first.startswith("1 ['error::UserWarning']")


FROZEN = """\
    #!{}
    import os, sys
    os.environ["DEPTH"] = os.environ.get("DEPTH", "") + "+"
    if len(os.environ["DEPTH"]) > 6:
        os._exit(99)  # it starts itself again and again
    sys.frozen, sys.executable = True, os.path.abspath(sys.argv[0])
    import reference

    def child(lock):
        with lock:
            print("worked", flush=True)

    if __name__ == "__main__":
        reference.freeze_support()
        context = reference.get_context(sys.argv[1])
        process = context.Process(target=child, args=(context.Lock(),))
        process.start()
        process.join()
        print(process.exitcode)
"""


def test_a_frozen_program_runs_its_children_and_helpers_itself(tmp_path, method):
    program = tmp_path / "program"
    program.write_text(textwrap.dedent(FROZEN).format(sys.executable))
    program.chmod(0o755)
    done = whole_programs.start([str(program), method], tmp_path, limit=20)
    assert "worked\n0\n" == whole_programs.output(done)
