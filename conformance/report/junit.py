"""JUnit's XML, which most services that run tests can show."""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as ET

from conformance.outcome import Verdict
from conformance.store import Record, Row

_ILLEGAL = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"}


def junit_xml(record: Record) -> str:
    """The record as XML: a suite for each target, interpreter and start method."""
    root = ET.Element("testsuites", name="multiprocessing conformance")

    def suite_of(row: Row) -> tuple[str, str, str, str]:
        return (row.target, row.implementation, row.python, row.method)

    for name, rows in groupby(sorted(record.rows, key=suite_of), key=suite_of):
        suite = ET.SubElement(root, "testsuite", name=" ".join(name))
        cells = list(rows)
        for row in cells:
            _case(suite, row)
        suite.set("tests", str(len(cells)))
        suite.set("failures", str(len(suite.findall("*/failure"))))
        suite.set("errors", str(len(suite.findall("*/error"))))
        suite.set("skipped", str(len(suite.findall("*/skipped"))))
        suite.set("time", f"{sum(row.outcome.duration for row in cells):.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, row: Row) -> None:
    module, _, function = row.spec.partition("::")
    case = ET.SubElement(suite, "testcase", classname=module.removesuffix(".py"), name=function)
    case.set("time", f"{row.outcome.duration:.3f}")
    if row.verdict is Verdict.PASS and row.as_expected:
        return
    kind = "skipped" if row.as_expected or row.verdict is Verdict.NOTRUN else "failure"
    if row.verdict is Verdict.ERROR:
        kind = "error"
    outcome = row.outcome
    wanted, got = outcome.expected or "it to pass", outcome.got or row.verdict
    told = f"{row.verdict}: {row.requirement}: expected {wanted}, got {got}"
    entry = ET.SubElement(case, kind, message=told.translate(_ILLEGAL), type=str(row.verdict))
    entry.text = "\n".join(filter(None, (outcome.message, outcome.traceback, row.command))).translate(_ILLEGAL)
