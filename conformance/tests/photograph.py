"""Take the pictures of the page that the READMEs show: `python photograph.py PAGE DIRECTORY`, with PAGE an index.html.

A program of its own, run by hand when the page looks different; needs what the tests of the page need.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from selenium import webdriver

WIDTH, HEIGHT = 1300, 720
PHONE = (390, 760)


def browser() -> Any:
    """Chromium without a screen."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def look(driver: Any, scheme: str, width: int, height: int) -> None:
    """Have the page drawn in a colour scheme, at a size."""
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def main() -> None:
    """Take all pictures."""
    page, folder = Path(sys.argv[1]).absolute().as_uri(), Path(sys.argv[2])
    driver = browser()
    try:
        look(driver, "light", WIDTH, HEIGHT)
        driver.get(page)
        driver.save_screenshot(str(folder / "scores.png"))
        driver.get(page + "?subject=process&verdict=bad")
        driver.execute_script("document.getElementById('matrix-title').scrollIntoView()")
        driver.save_screenshot(str(folder / "matrix.png"))
        look(driver, "dark", WIDTH, HEIGHT)
        driver.get(page + "?differs=method&verdict=bad")
        driver.find_element("css selector", "#rows button").click()
        dialog = driver.find_element("id", "evidence")
        # Its end tells how to see it again.
        driver.execute_script(
            "document.activeElement.blur(); arguments[0].scrollTo(0, arguments[0].scrollHeight)", dialog
        )
        driver.save_screenshot(str(folder / "evidence.png"))
        look(driver, "dark", *PHONE)
        driver.get(page)
        driver.save_screenshot(str(folder / "phone.png"))
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
