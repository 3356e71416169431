"""Fault: importing it ends the interpreter."""

import os

os._exit(3)
