"""Fault: each child starts another one, without end."""

from multiprocessing import *  # noqa: F403

from _base import contexts


class Rabbit:
    def run(self):
        child = type(self)()
        child.start()
        child.join()


get_context, _classes = contexts(__name__, Rabbit)
globals().update(_classes)
