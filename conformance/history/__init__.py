"""Defects that implementations have had, or have: which requirement shows each, where, and where it is gone.

`record` reads defects.toml, `recheck` runs what it names once more, `command` prints it. An entry is there because
both sides were seen: the requirement not met by one implementation, and met by another.
"""
