"""`audit`: everything that is stored, compared with the log."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from api.commands.context import (
    Context,
    database,
    needs_log,
    notebook_file,
    progress_bar,
    with_context,
)
from ledger.audit.findings import Check
from ledger.audit.run import Against, audit
from ledger.audit.signatures import given
from projections.read_models.audit import audit_read_models
from projections.read_models.tables import NAMES, NEXT, SCHEMA


@click.command("audit")
@click.option(
    "--since",
    "kept",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint of this log that somebody kept, a receipt, or a watcher's file. May be "
    "given again.",
)
@click.option(
    "--notebook",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The sealer's notebook, if it is not in the data directory.",
)
@with_context
def audit_command(here: Context, kept: tuple[Path, ...], notebook: Path | None) -> None:
    """Compare everything stored with the log, and name each disagreement.

    It changes nothing, and sees the log as it is when it starts. It needs ANSWERABLE_DATABASE_URL,
    and the sealer's data directory or a copy of the notebook. docs/audit.md explains each finding
    and what to do.
    """
    needs_log(here.settings)
    against = Against(
        origin=here.settings.origin,
        notebook=notebook or notebook_file(here.settings),
        checkpoints=[one for path in kept for one in given(path)],
        compared={f"{schema}.{name}" for schema in (SCHEMA, NEXT) for name in NAMES},
    )
    with database(here.settings) as place:
        checks = audit(place.url, against, progress_bar("audit"))
        checks.append(audit_read_models(place.url, progress_bar("read models")))
    found = sum(check.found for check in checks)
    here.answer(
        {"findings": found, "checks": [_plain(check) for check in checks]},
        "\n".join([line for check in checks for line in check.lines] + [_ending(checks, found)]),
    )
    if found:
        raise SystemExit(1)


def _plain(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "checked": check.checked,
        "not_checked": check.not_checked,
        "found": check.found,
        "findings": [asdict(one) for one in check.findings],
    }


def _ending(checks: Sequence[Check], found: int) -> str:
    if found:
        return f"{found:,} findings. What each means, and what to do: docs/audit.md."
    left = [check.name for check in checks if check.not_checked is not None]
    return "Nothing found." + (f" Not checked: {', '.join(left)}." if left else "")
