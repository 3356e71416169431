"""Fault: importing it never ends."""

import time

while True:
    time.sleep(60)
