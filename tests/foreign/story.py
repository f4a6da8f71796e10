"""A story told by a client that openapi-python-client made: python story.py URL TOKEN. Its answers
are typed; it says what it saw, as a JSON object."""

import json
import sys
from uuid import uuid4

from answerable_api import AuthenticatedClient, Client
from answerable_api.api.entries import get_entry, list_entries
from answerable_api.api.recommendations import get_recommendation, receive_update
from answerable_api.api.reports import publish_report
from answerable_api.models import (
    Claim,
    ListedRecommendation,
    Means,
    OfficeSource,
    PublicSource,
    ReportKind,
    ReportPublished,
    ReportPublishedWritten,
    UpdateReceived,
    UpdateReceivedTrailEntry,
    UpdateReceivedWritten,
)

url, token = sys.argv[1:]
once = str(uuid4())
clerk = AuthenticatedClient(base_url=url, token=token)
anybody = Client(base_url=url)

report = publish_report.sync(
    client=clerk,
    body=ReportPublished(
        title=f"An inspection by a client that was made, {once}",
        kind=ReportKind.NATIONAL_THEMATIC,
        publisher="hmicfrs",
        published_on="2025-05-16",
        bodies=["cumbria-pfcc"],
        source=PublicSource(url="https://hmicfrs.example/made"),
        recommendations=[
            ListedRecommendation(
                number="2", text="Do it by the spring.", addressees=["cumbria-constabulary"]
            )
        ],
    ),
    idempotency_key=once,
)
assert isinstance(report, ReportPublishedWritten), report
reference = report.event.stream.removeprefix("report/")
where = (reference, "2", "cumbria-constabulary")
written = receive_update.sync(
    *where,
    client=clerk,
    body=UpdateReceived(
        occurred_on="2025-11-01",
        text="It goes on.",
        source=OfficeSource(url="https://force.example/update"),
        claim=Claim(as_stated="On track.", means=Means.ON_TRACK),
    ),
)
assert isinstance(written, UpdateReceivedWritten), written
stands = get_recommendation.sync(*where, client=anybody)
entry = get_entry.sync(written.event.id, client=clerk)
assert isinstance(entry, UpdateReceivedTrailEntry), entry
listed = list_entries.sync(client=anybody, after=written.position - 1)
refused = receive_update.sync(
    "no-such", "2", "x", client=clerk, body=UpdateReceived(occurred_on="2025-11-01", text="x")
)
sys.stdout.write(
    json.dumps(
        {
            "status": stands.status.value,
            "claim": stands.claim.means.value,
            "text": entry.texts["text"].text,
            "last": listed.items[-1].data.type_,
            "position": written.position,
            "refused": refused.type_.value,
        }
    )
)
