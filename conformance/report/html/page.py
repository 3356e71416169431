"""Write the page: the template filled with data, style and script, in one file."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import conformance
from conformance.catalogue import Catalogue
from conformance.report.html.data import page_data
from conformance.store import Record

_FOLDER = Path(__file__).parent


def write_page(record: Record, catalogue: Catalogue, folder: Path) -> Path:
    """Write index.html into `folder`, which is made if need be; returns its path.

    Raises:
        OSError: it cannot be written.
    """
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    text = environment.get_template("page.html").render(
        version=conformance.__version__,
        data=_as_script(json.dumps(page_data(record, catalogue), separators=(",", ":"))),
        style=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),
        script=Markup((_FOLDER / "page.js").read_text(encoding="utf-8")),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def _as_script(text: str) -> Markup:
    """JSON that may stand in a script element: nothing in it ends the element."""
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
