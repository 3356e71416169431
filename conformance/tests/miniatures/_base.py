"""What the miniatures share: the stdlib's contexts with another Process class, under every start method."""

import multiprocessing
import os


def contexts(module, mixin):
    """A `get_context` for the module named `module`, whose processes have the `mixin` first among their bases.

    Returns it with the classes, which the module must hold under their names: they are pickled.
    """
    made, classes = {}, {}
    for method in multiprocessing.get_all_start_methods():
        plain = multiprocessing.get_context(method)
        name = mixin.__name__ + method.title()
        classes[name] = type(name, (mixin, plain.Process), {"__module__": module, "__qualname__": name})
        made[method] = type("Context", (type(plain),), {"Process": classes[name]})()
    return lambda method=None: made[method or multiprocessing.get_start_method()], classes


def outlive():
    """Become a daemon, the old way: a second fork, a session of one's own, no open descriptors."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            return True
        os._exit(0)
    return False
