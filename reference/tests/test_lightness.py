"""What is loaded by a bare import, and by a child that does nothing: every name here is paid for in each child."""

import ast
import subprocess
import sys

import pytest
import whole_programs

# What the interpreter's own start and its `site` have loaded anyway differs by version and installation.
BARE = {
    "__future__",
    "__mp_main__",
    "_weakrefset",
    "atexit",
    "itertools",
    "reference",
    "reference._platform",
    "reference.authkey",
    "reference.children",
    "reference.context",
    "reference.errors",
    "reference.lifecycle",
    "reference.log",
    "reference.process",
    "reference.rooms",
    "reference.spawning",
    "reference.standard_streams",
    "reference.start_method",
    "reference.start_methods",
    "reference.threads",
    "types",
}
CHILD = BARE | {
    "_collections",
    "_compat_pickle",
    "_functools",
    "_operator",
    "_pickle",
    "collections",
    "collections.abc",
    "copyreg",
    "functools",
    "keyword",
    "operator",
    "reference._platform._posix_birth",
    "reference._platform.birth",
    "reference.inherited",
    "reference.interpreter",
    "reference.main_module",
    "reference.spawn",
    "reprlib",
}
# Whose loading another module of the list brings along, in some version.
BY_OTHERS = {"_py_warnings", "_contextvars", "_types", "io"}


def loaded_beyond(program, directory):
    """The modules that `program` prints, but for those that an interpreter has which does nothing."""
    text = "import sys; print(sorted(sys.modules))"
    idle = subprocess.check_output([sys.executable, "-c", text], text=True)
    done = whole_programs.run(directory, program)
    return set(ast.literal_eval(whole_programs.output(done))) - set(ast.literal_eval(idle)) - BY_OTHERS


def test_a_bare_import(tmp_path):
    assert set() == loaded_beyond("import reference, sys; print(sorted(sys.modules))", tmp_path) - BARE


@pytest.mark.parametrize("method", ["spawn"])
def test_a_bare_child(tmp_path, method):
    program = f"""
        import sys

        def show():
            print(sorted(sys.modules))

        if __name__ == "__main__":
            import reference
            child = reference.get_context({method!r}).Process(target=show)
            child.start()
            child.join()
    """
    assert set() == loaded_beyond(program, tmp_path) - CHILD


def test_what_is_loaded_on_first_use_is_found_as_an_attribute(tmp_path):
    done = whole_programs.run(tmp_path, "import reference; print(reference.util.__name__, reference.reducer.__name__)")
    assert "reference.util reference.reduction\n" == whole_programs.output(done)


def test_an_unknown_attribute_is_named(tmp_path):
    done = whole_programs.run(tmp_path, "import reference; reference.pfool")
    assert "module 'reference' has no attribute 'pfool'" in done.stderr


def test_every_public_name_resolves(tmp_path):
    done = whole_programs.run(tmp_path, "from reference import *; print(Process.__name__, reducer.__name__)")
    assert "Process reference.reduction\n" == whole_programs.output(done)
