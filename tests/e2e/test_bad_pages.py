"""Pages that cannot be read: a clear message with file and line, exit 1, nothing recorded."""

from pathlib import Path

import pytest

from tests.conftest import some

pytestmark = pytest.mark.long

SAMPLE = Path(__file__).parents[2] / "examples" / "kent-pcc-activism-and-impartiality.txt"
WITH_DAY = SAMPLE.with_name("devon-and-cornwall-pcc-serious-youth-violence.txt")


def _latin_1(good: str) -> bytes:
    return good.replace("police", "polic\u00e9", 1).encode("latin-1", "replace")


def _impossible_day(good: str) -> bytes:
    good = WITH_DAY.read_text(encoding="utf-8")
    first_day = next(word for word in good.split() if word.count("/") == 2)
    return good.replace(first_day, "05/13/2026", 1).encode()


BAD = {
    "scan.pdf": (lambda good: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "save it as"),
    "empty.txt": (lambda good: b"", "empty"),
    "huge.txt": (lambda good: b"x" * 50_000_000, "50"),
    "latin.txt": (_latin_1, "byte"),
    "recipe.txt": (lambda good: b"Leek soup\n\nTake two leeks.\n", "recipe.txt"),
    "american.txt": (_impossible_day, "05/13/2026"),
}


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(sorted(BAD), 3))
def test_a_bad_page_is_refused_with_a_sentence_and_records_nothing(service, tmp_path, name):
    make, says = BAD[name]
    path = tmp_path / name
    path.write_bytes(make(SAMPLE.read_text(encoding="utf-8")))
    before = service.position()

    done = service.command("import", str(path), "--body", "kent-pcc", "--yes", expect=1)

    assert name in done.stderr
    assert says in done.stderr
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
