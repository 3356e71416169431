"""Take the pictures of the page that the READMEs show: `python photograph.py PAGE DIRECTORY`, with PAGE an index.html.

A program of its own, run by hand when the page looks different; needs what the tests of the page need.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from conformance.tests.chromium import chromium, look

SIZE = (1300, 720)
PHONE = (390, 760)


def take(driver: Any, page: str, folder: Path) -> None:
    """Take all pictures."""

    def shot(name: str, place: str) -> None:
        driver.get("about:blank")
        driver.get(page + place)
        driver.save_screenshot(str(folder / f"{name}.png"))

    look(driver, "light", *SIZE)
    shot("scores", "")
    shot("implementation", "#implementation=billiard")
    shot("versions", "#versions")
    look(driver, "light", 1440, SIZE[1])
    driver.get(page + "?subject=process&verdict=bad")
    driver.execute_script("document.getElementById('matrix-title').scrollIntoView()")
    driver.save_screenshot(str(folder / "matrix.png"))
    look(driver, "dark", *SIZE)
    shot("requirement", "#requirement=process.start.daemonic-parent")
    driver.get(page + "?differs=method&verdict=bad")
    driver.find_element("css selector", "#rows button").click()
    dialog = driver.find_element("id", "evidence")
    # Its end tells how to see it again.
    driver.execute_script("document.activeElement.blur(); arguments[0].scrollTo(0, arguments[0].scrollHeight)", dialog)
    driver.save_screenshot(str(folder / "evidence.png"))
    look(driver, "dark", *PHONE)
    shot("phone", "")


if __name__ == "__main__":
    with contextlib.contextmanager(chromium)() as browser:
        take(browser, Path(sys.argv[1]).absolute().as_uri(), Path(sys.argv[2]))
