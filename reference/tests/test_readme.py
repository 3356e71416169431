"""What README.md says of the code is there to be found."""

import os
import re

import pytest

import reference

HOME = os.path.dirname(os.path.abspath(reference.__file__))


def readme():
    path = os.path.join(HOME, "README.md")
    if not os.path.exists(path):
        pytest.skip("installed without its README")
    with open(path) as file:
        return file.read()


def test_every_link_leads_to_a_file():
    links = set(re.findall(r"\]\(([^)]+)\)", readme()))
    assert links
    assert set() == {link for link in links if not os.path.exists(os.path.join(HOME, link))}


def test_every_name_given_with_a_file_is_in_it():
    pairs = re.findall(r"\[[\w/]+\.py\]\(([\w/]+\.py)\),? `(\w+)`", readme())
    assert len(pairs) > 10
    for path, name in pairs:
        with open(os.path.join(HOME, path)) as file:
            assert re.search(rf"\b{name}\b", file.read()), f"{path} has no {name}"
