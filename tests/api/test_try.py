import json
from tests.api.town import *


def test_a(town, report):
    c = town.clerk
    print(town.position, report.reference)

    def send(data, ct="application/json"):
        r = c.send(report.recommendation + "/assurances", data, ct)
        print(r.status_code, r.headers.get("Content-Type"), r.text[:200])

    send(b'{"of":"cumbria-constabulary","of":"cumbria-pfcc","question":"x","occurred_on":null}')
    send(b'{"of":"cumbria-constabulary","question":1e400,"occurred_on":null}')
    send(b'{"of":"cumbria-constabulary","question":NaN,"occurred_on":null}')
    send(b'{"of":"cumbria-constabulary","question":9007199254740992,"occurred_on":null}')
    send(b'{"of":"cumbria-constabulary","question":"\xff","occurred_on":null}')
    send(b"[" * 100000)
    send(b'{"of":"cumbria-constabulary","question":"\\u0000","occurred_on":null}')
    send(b'{"of":"cumbria-constabulary","question":"\\ud800","occurred_on":null}')
    send(b"")
    send(b"null")
    send(b'{"of":"cumbria-constabulary","question":"ok","occurred_on":null}', "text/plain")
    for p in [
        "/api/reports/a%00b",
        "/api/reports?body=%00",
        "/api/recommendations?q=%00",
        "/api/entries?type=%00",
        "/api/entries/%00",
        "/api/reports?known_at=%00",
        "/api/reports?effective_on=9999-12-31",
        "/api/reports?min_position=99999999",
        "/api/reports?known_at=0",
        "/api/reports?known_at=2025-W20-5",
    ]:
        r = c.get(p)
        print(r.status_code, p, r.headers.get("Content-Type"), r.text[:200])
    r = c.client.put("/api/reports")
    print(r.status_code, r.headers, r.text)
    r = c.get("/openapi.json")
    __import__("pathlib").Path("/tmp/openapi.json").write_text(json.dumps(r.json, indent=1))
