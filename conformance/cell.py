"""Run one spec body against one target: the code that runs inside the interpreter under test.

Stdlib only, syntax of Python 3.8, no pytest.
"""

import sys

from conformance import asserts
from conformance.subject import Subject


def run(spec_module: str, function: str, target: str, method: str) -> None:
    """Call the spec `function` of `spec_module` with the subject it judges."""
    spec = getattr(asserts.load(spec_module), function)
    spec(Subject(target, method))


if __name__ == "__main__":
    run("conformance.specs." + sys.argv[3].split("::")[0], sys.argv[3].split("::")[1], sys.argv[1], sys.argv[2])
