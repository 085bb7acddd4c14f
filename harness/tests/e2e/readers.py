# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers of reports: readers.py junit|kunit|kcidb|picture FILE [WORDS...]. Each prints what it read."""
import contextlib
import io
import json
import re
import struct
import sys
import zlib


def junit(path):
    """tests, failures, errors and skipped, as python3-junitparser counts them"""
    from junitparser import JUnitXml

    xml = JUnitXml.fromfile(path)
    cases = [case for suite in xml for case in suite]
    kinds = [type(result).__name__ for case in cases for result in case.result]
    counts = [len(cases)] + [kinds.count(kind) for kind in ("Failure", "Error", "Skipped")]
    assert [xml.tests, xml.failures, xml.errors] == counts[:3], "the file's own counts"
    return counts


def kunit(path, folder):
    """passed, failed, skipped and errors, as the kernel's tools/testing/kunit in FOLDER counts them"""
    sys.path.insert(0, folder)
    import kunit_parser

    with open(path, errors="backslashreplace") as file, contextlib.redirect_stdout(io.StringIO()):
        counts = kunit_parser.parse_run_tests(file.read().splitlines()).counts
    return [counts.passed, counts.failed, counts.skipped, counts.errors]


# Of KCIDB's schema 5.3: the properties that we write, and those that must be there.
KNOWN = {
    "checkouts": "id origin git_commit_hash comment start_time valid misc",
    "builds": "id origin checkout_id architecture status duration compiler log_excerpt misc",
    "tests": "id origin build_id path status comment duration environment log_excerpt misc",
    "issues": "id origin version comment culprit misc",
    "incidents": "id origin issue_id issue_version test_id present",
}
NEEDED = {
    "checkouts": [],
    "builds": ["checkout_id"],
    "tests": ["build_id"],
    "issues": ["version"],
    "incidents": ["issue_id", "issue_version"],
}
STATUS = ("FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP")
TYPES = {"duration": (int, float), "valid": bool, "present": bool, "version": int, "issue_version": int,
         "misc": dict, "environment": dict, "culprit": dict}


def no_null(value):
    assert value is not None, "null"
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        no_null(item)


def check_object(kind, item, origin):
    assert set(item) <= set(KNOWN[kind].split()), (kind, sorted(item))
    for field in NEEDED[kind] + ["id", "origin"]:
        assert field in item, (kind, field)
    for field, value in item.items():
        assert isinstance(value, TYPES.get(field, str)), (kind, field, value)
        if field == "id" or field.endswith("_id"):
            assert re.fullmatch("[a-z0-9_]+:.+", value) and value.startswith(origin + ":"), value
    assert item["origin"] == origin
    assert item.get("status", "PASS") in STATUS, item["status"]
    assert len(item.get("log_excerpt", "")) <= 16384
    assert re.fullmatch("[0-9a-f]{40}", item.get("git_commit_hash", "0" * 40))
    assert re.fullmatch(r"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*", item.get("path", "x"))


def kcidb(path, origin):
    """tests and issues, where all of it is as the schema says"""
    data = json.load(open(path))
    assert data.pop("version") == {"major": 5, "minor": 3}
    assert set(data) == set(KNOWN), sorted(data)
    no_null(data)
    ids = {kind: {item["id"] for item in data[kind]} for kind in KNOWN}
    for kind in KNOWN:
        assert len(ids[kind]) == len(data[kind]), kind
        for item in data[kind]:
            check_object(kind, item, origin)
            for field, of in (("checkout_id", "checkouts"), ("build_id", "builds"), ("issue_id", "issues"),
                              ("test_id", "tests")):
                assert field not in item or item[field] in ids[of], item
    return [len(data["tests"]), len(data["issues"])]


def picture(path):
    """width, and whether a PNG is light or dark in its corner"""
    data = open(path, "rb").read()
    width = struct.unpack(">I", data[16:20])[0]
    at, packed = 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    first = zlib.decompressobj().decompress(packed, 16)
    return [width, "light" if first[1] > 128 else "dark"]


if __name__ == "__main__":
    print(*{"junit": junit, "kunit": kunit, "kcidb": kcidb, "picture": picture}[sys.argv[1]](*sys.argv[2:]))
