"""A report as JUnit XML, for the test page of a CI server."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from eval.gate.baseline_comparison import Held
from eval.gate.gate import Gate
from eval.records import Report, Row
from eval.report.phrases import failure_lines

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report, held: Held) -> str:
    """One testcase a case, under its kind, with its reasons where it fails.

    A case that is worse than in the baseline is a failure. Any other that does not pass is skipped,
    with its reason, so that the page is red exactly when the gate does not hold. Without a gate
    whatever does not pass is a failure.
    """
    suite = ElementTree.Element("testsuite", {"name": f"eval {_xml(report.corpus)}"})
    for row in report.rows:
        attributes = {"name": _xml(row.id), "classname": f"eval.{row.group}"}
        case = ElementTree.SubElement(suite, "testcase", attributes)
        _outcome(case, report, row, held.gate)
    for phrase in held.other_falls:
        case = ElementTree.SubElement(suite, "testcase", {"name": "all", "classname": "eval.all"})
        ElementTree.SubElement(case, "failure", {"message": _xml(phrase)})
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(case: ElementTree.Element, report: Report, row: Row, gate: Gate | None) -> None:
    change = next((c for c in gate.regressions if c.id == row.id), None) if gate else None
    if row.passed and not change:
        return
    if gate and not change:
        message = f"fails, and is no regression: {row.reasons[0]}"
        ElementTree.SubElement(case, "skipped", {"message": _xml(message)})
        return
    message = "; ".join((change.verdict, *change.details)) if change else row.reasons[0]
    failure = ElementTree.SubElement(case, "failure", {"message": _xml(message)})
    lines = (row.question, *failure_lines(report, row), f"answer: {row.answer}")
    failure.text = _xml("\n".join(lines))


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
