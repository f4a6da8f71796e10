"""Pages that are not taken: a message with file and line, exit 1, nothing recorded. Each kind that
cannot be read is tried in tests/intake/test_refusals.py."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.long

SAMPLE = Path(__file__).parents[2] / "examples" / "kent-pcc-activism-and-impartiality.txt"


def test_a_page_that_cannot_be_read_is_refused_with_a_sentence_and_records_nothing(
    service, tmp_path
):
    path = tmp_path / "latin.txt"
    good = SAMPLE.read_text(encoding="utf-8")
    path.write_bytes(good.replace("police", "polic\u00e9", 1).encode("latin-1", "replace"))
    before = service.position()

    done = service.command("import", str(path), "--body", "kent-pcc", "--yes", expect=1)

    assert "latin.txt" in done.stderr
    assert "byte" in done.stderr
    assert "Traceback" not in done.stderr
    assert service.position() == before


def test_an_unknown_body_is_refused_with_a_sentence(service):
    done = service.command("import", str(SAMPLE), "--body", "atlantis-pcc", "--yes", expect=1)

    assert "“atlantis-pcc” is not in the register of bodies." in done.stderr


def test_without_yes_nothing_is_recorded(service, tmp_path):
    changed = SAMPLE.read_text(encoding="utf-8").replace("activism", "gardening").encode()
    path = tmp_path / "changed.txt"
    path.write_bytes(changed)
    before = service.position()

    done = service.command("import", str(path), "--body", "kent-pcc", expect=1)

    assert "--yes" in done.stderr
    assert service.position() == before


def test_a_dry_run_shows_each_proposal_with_its_line_and_records_nothing(service):
    before = service.position()

    done = service.command("import", str(SAMPLE), "--body", "kent-pcc", "--dry-run")

    assert "activism-and-impartiality.txt:" in done.stdout
    assert service.position() == before
