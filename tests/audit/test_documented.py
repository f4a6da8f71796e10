"""Every finding of an audit is documented, and nothing is that it does not find."""

import re
from pathlib import Path

from ledger.audit.findings import Kind
from ledger.verify.report import Fault

DOCUMENT = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")


def test_each_kind_of_finding_says_what_it_means_and_what_to_do():
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| [^|]+ \|$", DOCUMENT, re.MULTILINE)
    documented = [kind for row in rows for kind in re.findall(r"`([a-z-]+)`", row)]

    assert sorted(documented) == sorted([*Kind, *Fault])
