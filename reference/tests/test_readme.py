"""What README.md and CLIENTS.md say of the code is there to be found."""

import os
import re

import pytest

import reference

HOME = os.path.dirname(os.path.abspath(reference.__file__))


def text_of(name):
    path = os.path.join(HOME, name)
    if not os.path.exists(path):
        pytest.skip(f"installed without its {name}")
    with open(path) as file:
        return file.read()


@pytest.mark.parametrize("name", ["README.md", "CLIENTS.md"])
def test_every_link_leads_to_a_file(name):
    links = set(re.findall(r"\]\(([^)]+)\)", text_of(name)))
    assert links
    assert set() == {link for link in links if not os.path.exists(os.path.join(HOME, link))}


def test_every_name_given_with_a_file_is_in_it():
    pairs = re.findall(r"\[[\w/]+\.py\]\(([\w/]+\.py)\),? `(\w+)`", text_of("README.md"))
    assert len(pairs) > 10
    for path, name in pairs:
        with open(os.path.join(HOME, path)) as file:
            assert re.search(rf"\b{name}\b", file.read()), f"{path} has no {name}"


def test_every_client_has_a_row_in_the_table():
    with open(os.path.join(HOME, "tests", "clients", "clients.toml")) as file:
        names = re.findall(r'^name = "(.*)"$', file.read(), re.MULTILINE)
    assert len(names) > 10
    assert [] == [name for name in names if f"| {name} |" not in text_of("CLIENTS.md")]
