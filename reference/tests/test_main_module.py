"""The parent's main module, run again: in this process, and in children of whole programs of every form."""

import os
import py_compile
import re
import sys
import textwrap
import zipfile
from types import ModuleType

import pytest
import whole_programs

from reference import main_module


@pytest.fixture
def restored(monkeypatch):
    """Puts the main module back afterwards."""
    for name in ("__main__", "__mp_main__"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name, ModuleType(name)))


def test_a_script_becomes_the_main_module_under_another_name(tmp_path, restored):
    path = tmp_path / "script"
    path.write_text("def f(): return __name__, __file__, __package__, __spec__\n")
    main_module.from_path(str(path))
    module = sys.modules["__main__"]
    assert module is sys.modules["__mp_main__"]
    assert ("__mp_main__", str(path), "", None) == module.f()
    assert vars(module) is module.f.__globals__
    main_module.from_path(str(path))
    assert module is sys.modules["__main__"], "run again although it was there"


def test_a_compiled_script_will_do(tmp_path, restored):
    source = tmp_path / "script.py"
    source.write_text("answer = 42")
    main_module.from_path(py_compile.compile(str(source), cfile=str(tmp_path / "script.pyc")))
    assert 42 == sys.modules["__mp_main__"].answer


def test_ipythons_script_is_left_alone(tmp_path, restored):
    before = sys.modules["__main__"]
    main_module.from_path(str(tmp_path / "ipython"))
    assert before is sys.modules["__main__"]


def test_a_module_becomes_the_main_module(tmp_path, restored, monkeypatch):
    package = tmp_path / "a_package"
    package.mkdir()
    (package / "__init__.py").write_text("here = 1")
    (package / "mod.py").write_text(
        "import sys\nfrom . import here\nname, package = __name__, __package__\nargv = list(sys.argv)"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["before", "argument"])
    main_module.from_name("a_package.mod")
    module = sys.modules["__main__"]
    assert ("__mp_main__", "a_package", 1) == (module.name, module.package, module.here)
    assert [str(package / "mod.py"), "argument"] == module.argv
    assert ["before", "argument"] == sys.argv
    main_module.from_name("a_package.mod")
    assert module is sys.modules["__main__"], "run again although it was there"


@pytest.mark.parametrize("name", ["__main__", "package.__main__"])
def test_what_does_its_work_without_a_guard_is_left_alone(name, restored):
    before = sys.modules["__main__"]
    main_module.from_name(name)
    assert before is sys.modules["__main__"]


@pytest.mark.parametrize("name", ["nosuchmodule", "itertools"])
def test_a_module_that_cannot_be_run_again_is_named(name, restored):
    with pytest.raises(ImportError, match=name):
        main_module.from_name(name)


GUARDED = """
    import sys
    import reference

    def child(value):
        main = sys.modules["__main__"]
        print("child", value, child.__module__, main is sys.modules["__mp_main__"], sys.argv[1:], flush=True)

    if __name__ == "__main__":
        process = reference.get_context(sys.argv[1]).Process(target=child, args=(7,))
        process.start()
        process.join()
        print(process.exitcode)
"""
SAID = "child 7 __mp_main__ True ['{}', 'more']\n0\n"


@pytest.fixture(params=["spawn", "forkserver"])
def method(request):
    return request.param


@pytest.mark.parametrize("name", ["script.py", "script"])
def test_children_of_a_script(tmp_path, method, name):
    done = whole_programs.run(tmp_path, GUARDED, method, "more", name=name)
    assert SAID.format(method) == whole_programs.output(done)


def test_children_of_a_module(tmp_path, method):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "mod.py").write_text(textwrap.dedent(GUARDED))
    done = whole_programs.start([sys.executable, "-m", "pkg.mod", method, "more"], tmp_path)
    assert SAID.format(method) == whole_programs.output(done)


UNGUARDED = """
    import sys
    import reference
    print("once", flush=True)
    import helper
    process = reference.get_context(sys.argv[1]).Process(target=helper.work)
    process.start()
    process.join()
    print(process.exitcode)
"""


@pytest.mark.parametrize("form", ["directory", "archive", "package"])
def test_a_main_module_that_works_without_a_guard_is_not_run_again(tmp_path, method, form):
    source = textwrap.dedent(UNGUARDED)
    (tmp_path / "helper.py").write_text("def work(): print('worked', flush=True)")
    where = tmp_path / "app"
    where.mkdir()
    (where / "__main__.py").write_text(source)
    command = [str(where)]
    if form == "archive":
        with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
            archive.writestr("__main__.py", source)
        command = [str(tmp_path / "app.zip")]
    elif form == "package":
        (where / "__init__.py").touch()
        command = ["-m", "app"]
    env = {"PYTHONPATH": os.pathsep.join([whole_programs.ROOT, str(tmp_path)])}
    done = whole_programs.start([sys.executable, *command, method], tmp_path, env=env)
    assert "once\nworked\n0\n" == whole_programs.output(done)


def test_an_unguarded_script_is_told_of_the_guard(tmp_path, method):
    (tmp_path / "helper.py").write_text("def work(): pass")
    done = whole_programs.run(tmp_path, UNGUARDED, method)
    assert {"once", "1"} == set(done.stdout.split())
    assert 'if __name__ == "__main__":' in done.stderr


def test_children_of_a_command(tmp_path, method):
    text = (
        f"import os, reference; p = reference.get_context({method!r}).Process(target=os.getcwd); p.start(); p.join();"
        " print(p.exitcode)"
    )
    assert "0\n" == whole_programs.output(whole_programs.start([sys.executable, "-c", text], tmp_path))


def test_a_target_of_an_interactive_session_cannot_be_found(tmp_path, method):
    text = textwrap.dedent(f"""
        import reference, os
        def f(): pass

        for target in os.getcwd, f:
            p = reference.get_context({method!r}).Process(target=target); p.start(); p.join(); print(p.exitcode)

    """)
    done = whole_programs.start([sys.executable, "-i", "-q"], tmp_path, stdin=text)
    # PyPy prompts on the standard output.
    assert ["0", "1"] == re.findall("[0-9]+", done.stdout)
    assert "AttributeError" in done.stderr
