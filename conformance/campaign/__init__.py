"""The matrix: a record of every target under every interpreter at hand, made once and kept while nothing changes."""
