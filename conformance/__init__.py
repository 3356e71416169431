"""A conformance suite for implementations of Python's multiprocessing API.

This module stays empty of imports: the interpreter under test imports it in every cell.
"""

__version__ = "0.1.0"
