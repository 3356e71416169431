"""Deliberately broken implementations, by which the suite proves that it notices what it should.

None is stored: each is a copy of an implementation as it is found, with one small edit, made when it is needed
and removed afterwards. `faults/` holds the edits, one table a fault; `fault` reads them, `overlay` makes the
copies, `prove` runs the specs on them, `matrix` prints what came of it.
"""
