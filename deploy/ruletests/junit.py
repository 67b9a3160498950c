"""Results as JUnit XML, as Jenkins, GitLab and GitHub actions read it. Performs no I/O.

Source: https://github.com/testmoapp/junitxml, which describes what their readers agree on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from deploy.ruletests.report import Result

#: what XML 1.0 has no way to say
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(results: Sequence[Result]) -> bytes:
    """One suite for each test file, one case for each test. Times in seconds."""
    root = ET.Element("testsuites", {"name": "hookwork test", **_counts(results)})
    for path, group in groupby(results, key=lambda result: result.test.path):
        of_file = list(group)
        suite = ET.SubElement(root, "testsuite", {"name": _clean(path), **_counts(of_file)})
        for result in of_file:
            _case(suite, result)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _case(suite: ET.Element, result: Result) -> None:
    test = result.test
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "name": _clean(test.name),
            "classname": _clean(test.rule or test.path),
            "file": _clean(test.path),
            "line": str(test.line),
            "time": f"{result.seconds:.3f}",
        },
    )
    if result.failures:
        first = {"message": _clean(result.failures[0]), "type": "failure"}
        ET.SubElement(case, "failure", first).text = _clean(
            "\n".join([result.place, *result.failures])
        )


def _counts(results: Sequence[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(bool(result.failures) for result in results)),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
