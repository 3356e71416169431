"""What a child is told, and what it makes of it."""

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from reference import process, spawn, start_method

KEYS = {"log_to_stderr", "authkey", "name", "sys_path", "sys_argv", "orig_dir", "dir", "start_method"}


@pytest.fixture
def main(monkeypatch):
    """Lets a test put another main module in place."""

    def put(**attributes):
        module = ModuleType("__main__")
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, "__main__", module)
        return module

    return put


def test_preparation_data_name_what_a_child_needs(main):
    main(__file__="/some/script.py")
    data = spawn.get_preparation_data("child")
    assert KEYS <= set(data) <= KEYS | {"init_main_from_path", "log_level"}
    assert ("child", os.getcwd(), sys.argv) == (data["name"], data["dir"], data["sys_argv"])


def test_an_empty_entry_of_the_path_becomes_the_original_directory(main, monkeypatch):
    monkeypatch.setattr(sys, "path", ["/a", "", "/b"])
    monkeypatch.setattr(process, "ORIGINAL_DIR", "/start")
    assert ["/a", "/start", "/b"] == spawn.get_preparation_data("child")["sys_path"]


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        (
            {"__spec__": SimpleNamespace(name="pkg.mod"), "__file__": "/x/pkg/mod.py"},
            {"init_main_from_name": "pkg.mod"},
        ),
        ({"__spec__": None, "__file__": "/x/../y/script"}, {"init_main_from_path": "/y/script"}),
        ({"__spec__": None, "__file__": "script"}, {"init_main_from_path": "/start/script"}),
        ({"__spec__": None}, {}),
        ({}, {}),
    ],
)
def test_how_the_main_module_is_to_be_found(main, monkeypatch, attributes, found):
    monkeypatch.setattr(process, "ORIGINAL_DIR", "/start")
    main(**attributes)
    assert found == spawn._how_to_find_main()


def test_a_program_without_its_original_directory_can_start_children(main, monkeypatch):
    monkeypatch.setattr(process, "ORIGINAL_DIR", None)
    main(__file__="script")
    assert {"init_main_from_path": "script"} == spawn._how_to_find_main()


def test_while_the_main_module_is_imported_nothing_starts(monkeypatch):
    monkeypatch.setattr(process.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(RuntimeError, match="__main__"):
        spawn.get_preparation_data("child")


def test_any_part_of_the_preparation_data_will_do(monkeypatch):
    spawn.prepare({})
    before = start_method.get()
    monkeypatch.setattr(process.current_process(), "_name", "before")
    try:
        spawn.prepare({"name": "child", "start_method": "spawn"})
        assert ("child", "spawn") == (process.current_process().name, start_method.get())
    finally:
        start_method.set(before)


def test_only_the_command_line_of_a_child_leads_to_a_child():
    with pytest.raises(AssertionError, match="command line"):
        spawn.spawn_main(0)
    assert spawn.freeze_support() is None


def test_a_child_whose_parent_died_before_it_spoke_just_ends():
    reading, writing = os.pipe()
    os.close(writing)
    assert 1 == spawn._main(reading, None)
