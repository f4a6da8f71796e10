"""The stranger's files are as the stranger left them."""

import hashlib

from tests.strangers.truth import HERE


def test_no_byte_of_the_pages_the_sheets_or_the_truth_was_changed():
    lines = (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = [path for folder in ("pages", "sheets") for path in (HERE / folder).iterdir()]
    found = {
        str(path.relative_to(HERE)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in [*files, HERE / "truth.json"]
    }
    assert found == listed
