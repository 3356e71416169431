"""Write the page: the template filled with data, style and scripts, in one file, and the badges beside it.

All that can be linked to, an implementation, a requirement, is a view of that one file, drawn from the same data and
named by the fragment of its address: `index.html#requirement=queue.get.timeout`. Thousands of files would each repeat
texts and style, load anew, and not survive being sent to somebody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import conformance
from conformance.catalogue import Catalogue
from conformance.report.badge import badges
from conformance.report.html.data import page_data
from conformance.store import Record

_FOLDER = Path(__file__).parent
_SCRIPTS = ("base", "scores", "evidence", "matrix", "charts", "durations", "versions", "implementation", "requirement")
"""In this order: each uses what those before it say. The last, `address`, begins to draw."""


def write_page(record: Record, catalogue: Catalogue, folder: Path, earlier: Sequence[Record] = ()) -> Path:
    """Write index.html and badges/ into `folder`, which is made if need be; returns the path of the page.

    earlier: records of the same made before, for the scores over time.
    Raises:
        OSError: it cannot be written.
    """
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    scripts = [_read(f"scripts/{name}.js") for name in (*_SCRIPTS, "address")]
    text = environment.get_template("page.html").render(
        version=conformance.__version__,
        data=_as_script(json.dumps(page_data(record, catalogue, earlier), separators=(",", ":"))),
        style=Markup(_read("page.css")),
        script=Markup('"use strict";\n' + "\n".join(scripts)),
    )
    (folder / "badges").mkdir(parents=True, exist_ok=True)
    for badge in (badge for its in badges(record).values() for badge in its):
        (folder / "badges" / f"{badge.stem}.svg").write_text(badge.svg, encoding="utf-8")
        (folder / "badges" / f"{badge.stem}.json").write_text(badge.json, encoding="utf-8")
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _as_script(text: str) -> Markup:
    """JSON that may stand in a script element: nothing in it ends the element."""
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
