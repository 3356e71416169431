"""The views of the page, in a real browser: of an implementation, of a requirement, by version, and durations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance import catalogue
from conformance.outcome import Outcome, Verdict
from conformance.report.html.data import page_data
from conformance.report.html.page import write_page
from conformance.reproduction import find
from conformance.store import Record, Row
from conformance.tests.chromium import chromium, look
from conformance.tests.test_page import FACTS, IDS, big, row

ISSUE = "https://github.com/celery/billiard/pull/187"
KNOWN = {"verdicts": ["FAIL"], "reason": "on purpose, for pools", "issue": ISSUE, "review": "2020-02-29"}
SPEC = find("test_event_is_unset_when_made")
OTHER = "other:one & two"
VIEWS = ("", "#implementation=stdlib", "#versions", "#durations", "#requirement=event.initial")


def known(row: Row, as_expected: bool) -> Row:
    return dataclasses.replace(row, deviation=KNOWN, as_expected=as_expected)


def of_event(target: str, python: str, method: str, outcome: Outcome) -> Row:
    """A cell of a spec that the suite has."""
    made = row(0, target, python, method, outcome.verdict)
    change = {"requirement": SPEC.spec.declaration.id, "subject": "event", "spec": SPEC.spec.name, "outcome": outcome}
    return dataclasses.replace(made, **change)


PASSED = Outcome(Verdict.PASS, 0.5)
FAILED = Outcome(Verdict.FAIL, 2.0, expected="False", got="<b>True</b> at 0x7f01", traceback="line\n" * 9)
ROWS = (
    *(row(number, "stdlib", python, "fork") for number in range(3) for python in ("3.9.0", "3.13.0")),
    row(3, "stdlib", "3.9.0", "fork", Verdict.FAIL, got="old"),
    row(3, "stdlib", "3.13.0", "fork"),
    known(row(0, OTHER, "3.13.0", "fork", Verdict.FAIL, got="x"), True),
    known(row(1, OTHER, "3.13.0", "fork"), False),
    row(2, OTHER, "3.13.0", "fork", Verdict.UNSUPPORTED, message=f"{OTHER} declares to lack Process.kill"),
    row(3, OTHER, "3.13.0", "fork", Verdict.HANG, got="the cell had not ended", stacks="a\n" * 40),
    of_event("stdlib", "3.13.0", "fork", PASSED),
    of_event(OTHER, "3.13.0", "fork", FAILED),
    of_event(OTHER, "3.13.0", "spawn", dataclasses.replace(FAILED, got="<b>True</b> at 0x7f02")),
)


def candidate(target: str, python: str, version: str = "4.2") -> dict[str, Any]:
    return {"target": target, "title": f"{target}, in words", "facts": {**FACTS, "python": python, "version": version}}


TARGETS = [candidate("stdlib", "3.9.0"), candidate("stdlib", "3.13.0"), candidate(OTHER, "3.13.0")]
RECORD = Record(({"targets": TARGETS, "started": "2026-11-26T05:06:21+00:00", "suite": "2"},), ROWS)
EARLIER = Record(
    ({"targets": [candidate(OTHER, "3.13.0", "4.1")], "started": "2026-06-01T05:06:21+00:00", "suite": "1"},),
    tuple(row(number, OTHER, "3.13.0", "fork", Verdict.FAIL, got="x") for number in range(3)),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(RECORD, catalogue.load(), tmp_path_factory.mktemp("page"), [EARLIER])


def visit(browser: Any, page: Path, fragment: str) -> Any:
    """Open the page anew at `fragment`; what is to be seen then."""
    browser.get("about:blank")
    browser.get(page.as_uri() + fragment)
    return browser.find_element("css selector", "#view" if fragment else "#overview")


def address(browser: Any, name: str, value: str) -> str:
    """The fragment by which the page itself links to a view."""
    fragment: str = browser.execute_script("return viewOf(...arguments)", name, value)
    return fragment


def cells(view: Any, heading: str) -> list[list[str]]:
    """The texts in the table of a chapter."""
    chapter = view.find_element("xpath", f".//section[starts-with(h2, '{heading}')]")
    return [
        [cell.text for cell in line.find_elements("css selector", "th, td")]
        for line in chapter.find_elements("css selector", "tbody tr")
    ]


def test_of_earlier_records_the_page_keeps_the_scores():
    runs = page_data(RECORD, catalogue.load(), [EARLIER])["runs"]
    told = [(run["started"][:10], run["version"], run["scores"]) for run in runs if run["target"] == OTHER]
    assert told[0] == ("2026-06-01", "4.1", {"MUST": [0, 3]})
    assert told[1] == ("2026-11-26", "4.2", {"MUST": [1, 4]})
    assert page_data(RECORD, catalogue.load())["runs"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_silent_and_as_wide_as_a_phone(browser: Any, page: Path, scheme: str):
    axe = pytest.importorskip("axe_core_python.selenium", reason="axe-core is not installed (group browser)")
    for fragment in (*VIEWS, "#implementation=other%3Aone+%26+two", "#requirement=nowhere"):
        look(browser, scheme)
        visit(browser, page, fragment)
        browser.execute_script("for (const one of document.querySelectorAll('#view details')) one.open = true")
        found = axe.Axe().run(browser)["violations"]
        assert found == [], (fragment, [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found])
        look(browser, scheme, 390, 800)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 390, fragment
        assert browser.get_log("browser") == []
    look(browser)


def test_every_link_leads_somewhere_and_nothing_is_loaded(browser: Any, page: Path):
    seen: set[str] = set()
    waiting = [""]
    while waiting:
        fragment = waiting.pop()
        visit(browser, page, fragment)
        headings = browser.find_elements("css selector", "h1")
        assert not any(heading.text.startswith("No such") for heading in headings), fragment
        script = "return [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"
        for link in browser.execute_script(script):
            if link in seen or link in ("#", "#matrix"):
                continue
            seen.add(link)
            if link.startswith("#"):
                waiting.append(link)
            elif link.startswith("?"):
                names = {option.get_attribute("name") for option in browser.find_elements("css selector", "#filters *")}
                assert set(parse_qs(link[1:])) <= names
            elif not urlsplit(link).scheme:
                assert (page.parent / link).is_file()
        assert browser.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)") == []
    assert {"#implementation=stdlib", "#requirement=event.initial", "badges/other-one-two-must.svg"} <= seen
    assert ISSUE in seen


def test_an_implementation_tells_what_it_does_otherwise_and_what_it_lacks(browser: Any, page: Path):
    visit(browser, page, "")
    view = visit(browser, page, address(browser, "implementation", OTHER))
    assert view.find_element("css selector", "h1").text == OTHER
    assert browser.title.startswith(OTHER)
    assert view.find_element("css selector", ".badges img").get_attribute("alt") == "multiprocessing: 1 of 4 MUST"
    assert [line[0].split("\n")[0] for line in cells(view, "Deviations not on record")] == [IDS[3].id, "event.initial"]
    (recorded,) = cells(view, "Deviations on record")
    assert recorded[0].split("\n") == [IDS[0].id, "MUST"]
    assert recorded[2:] == ["on purpose, for pools", "celery/billiard#187", "2020-02-29, which is past"]
    assert [line[0].split("\n")[0] for line in cells(view, "On record, but met")] == [IDS[1].id]
    assert cells(view, "Declared to be lacking") == [["Process.kill", "1", IDS[2].id]]
    assert cells(view, "Run on") == [["3.13.0", "4.2", "linux", "fork, spawn"]]
    assert [line[1] for line in cells(view, "Where the time goes")][:2] == ["4.00", "0.25"]


def test_scores_of_several_pythons_count_what_is_met_under_each(browser: Any, page: Path):
    view = visit(browser, page, "#implementation=stdlib")
    assert cells(view, "Scores")[0][:2] == ["process", "3/4"]
    view.find_element("css selector", "option[value='3.13.0']").click()
    assert cells(view, "Scores")[0][:2] == ["process", "4"]
    overview = visit(browser, page, "")
    assert overview.find_element("css selector", "#scores tbody td").text == "3/4"


def test_what_binds_nobody_is_scored_apart(browser: Any, tmp_path: Path):
    binding, beyond = (next(n for n, one in enumerate(IDS) if one.level == level) for level in ("MUST", "BEYOND"))
    failed = row(beyond, "stdlib", "3.13.0", "fork", Verdict.FAIL, as_expected=True)
    made = Record(({"targets": TARGETS},), (row(binding, "stdlib", "3.13.0", "fork"), failed))
    overview = visit(browser, write_page(made, catalogue.load(), tmp_path), "")
    line = "#scores tbody td"
    assert [cell.text for cell in overview.find_elements("css selector", line)] == ["1"]
    overview.find_element("css selector", "#levels option[value=BEYOND]").click()
    assert [cell.text for cell in overview.find_elements("css selector", line)] == ["0/1"]
    overview.find_element("css selector", "select[name=by] option[value=level]").click()
    assert [cell.text for cell in overview.find_elements("css selector", line)] == ["1", "0/1"]


def test_a_requirement_tells_its_text_and_every_verdict_with_its_evidence_once(browser: Any, page: Path):
    view = visit(browser, page, "#requirement=event.initial")
    demanded = catalogue.load()["event.initial"]
    for text in (demanded.statement, demanded.source, demanded.observable, SPEC.sentence, "the manual promises it"):
        assert text in view.text
    lines = [line.text for line in view.find_elements("css selector", "tbody tr")]
    assert lines == ["stdlib 3.13.0 ✓ PASS 0.50 s", f"{OTHER} 3.13.0 ✗ FAIL 2.00 s ✗ FAIL 2.00 s"]
    (story,) = view.find_elements("css selector", ".story")
    assert "3.13.0 under fork, spawn" in story.text
    assert "<b>True</b>" in story.text
    view.find_element("css selector", "td button").click()
    assert browser.find_element("id", "evidence").is_displayed()
    browser.execute_script("location.hash = 'implementation=stdlib'")
    assert not browser.find_element("id", "evidence").is_displayed()


def test_who_comes_back_finds_the_overview_as_it_was(browser: Any, page: Path):
    visit(browser, page, "?subject=event")
    link = browser.find_element("css selector", "#rows a[href='#requirement=event.initial']")
    link.send_keys("\n")
    assert browser.execute_script("return document.activeElement.textContent") == "event.initial"
    assert not browser.find_element("id", "overview").is_displayed()
    browser.back()
    assert link.is_displayed()
    assert browser.execute_script("return document.activeElement.getAttribute('href')") == "#requirement=event.initial"
    assert browser.current_url.endswith("?subject=event")


def test_charts_tell_the_same_as_their_tables(browser: Any, page: Path):
    view = visit(browser, page, "#versions")
    figures = view.find_elements("css selector", "figure")
    captions = [one.find_element("css selector", "figcaption").text for one in figures]
    assert captions == ["Specs not met, by Python", "Specs not met over time, Python 3.13.0"]
    drawn = [
        [text.get_attribute("textContent") for text in one.find_elements("css selector", "svg text")] for one in figures
    ]
    assert drawn == [["1", "3.9", "0", "3.13"], ["3", "4.1 2026-06-01", "3", "4.2 2026-11-26", "1", "4.2 2026-11-26"]]
    for one in figures:
        one.find_element("css selector", "summary").click()
    lines = [line.text for one in figures for line in one.find_elements("css selector", "tbody tr")]
    assert lines[0] == "fork, 3.9.0 3/4"
    assert lines[2] == "fork, 4.1 judged on 2026-06-01 by suite 1 0/3"


def test_durations_are_told_the_costliest_first(browser: Any, page: Path):
    view = visit(browser, page, "#durations")
    assert "5 specs took 7.50 seconds" in view.text
    costly = view.find_elements("css selector", "table")[1].find_elements("css selector", "tbody tr")
    assert costly[0].text.split("\n")[:3] == ["event.initial", "test_event_is_unset_when_made", "4.50"]


def test_views_of_a_big_page_open_at_once(browser: Any, tmp_path: Path):
    page = write_page(big(), catalogue.load(), tmp_path)
    visit(browser, page, "")
    for fragment in ("#implementation=target3", f"#requirement={IDS[7].id}", "#versions", "#durations", ""):
        script = """
            const start = performance.now();
            history.replaceState(null, "", location.pathname + arguments[0]);
            route({});
            document.body.getBoundingClientRect();
            return performance.now() - start;
        """
        # On a quiet machine below 100 ms; the bound is far from that, for machines that are not.
        assert browser.execute_script(script, fragment) < 5000, fragment
    assert browser.get_log("browser") == []
