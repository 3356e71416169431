"""C structures that specs share between processes.

Apart from the specs: picklers that take functions along by value find these by their names.
"""

import ctypes


class Point(ctypes.Structure):
    """Two numbers of different types."""

    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_double))
