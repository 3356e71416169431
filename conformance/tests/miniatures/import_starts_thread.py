"""Oddity, no fault: importing it starts a thread, so that a fork of the interpreter would be unsafe."""

import threading
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault

thread = threading.Thread(target=threading.Event().wait, daemon=True)
thread.start()
