"""One round: writers write, a fault comes and goes, writers go on; then everything is compared."""

import json
import random
import time
from dataclasses import dataclass

from bench.faults.check import Verdict, check
from bench.faults.history import History
from bench.faults.load import CLIENT, REPORT, Followers, Writers, log, sealed
from bench.faults.site import Site
from bench.faults.table import Fault
from tests.processes import until

_PATIENCE_SECONDS = 300
"""How long the service may take to be ready, and an audit to end, on a busy machine."""


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    fault: Fault
    verdict: Verdict
    gap: float
    """The longest time between two acknowledgements, in seconds."""
    history: History
    log: list[tuple[int, str]]
    missing: list[str]
    """Acknowledged acts that an older database lacked until the signed entries came back."""

    @property
    def lost(self) -> list[str]:
        """Return the acts that must not be lost and are. If a database takes over that lacks some,
        acts without their receipt may be gone for good, and no others."""
        one = self.verdict
        return [act for act in one.lost if not self.fault.loses or act not in one.unsealed]

    @property
    def holds(self) -> bool:
        """Return whether all is as it must be under this fault."""
        fault = self.fault
        if fault.longest is not None and self.gap > fault.longest:
            return False
        seen = bool(self.missing) or not fault.loses
        return self.verdict.holds_but_for_lost and not self.lost and seen


def run(site: Site, followers: Followers, fault: Fault, number: int, seed: str) -> Row:
    """Inflict a fault under load, and judge what came of it."""
    history = History()
    writers = Writers(site, history, f"r{number}", random.Random(f"{seed}-{number}"))
    with fault.around(site, writers) as inflict:
        began = int(site.ask("/api/entries?limit=1")["as_of"]["position"])
        followers.forget()
        writers.start()
        try:
            writers.more()
            time.sleep(writers.chance.uniform(0, 0.5))  # the fault comes at any moment of a write
            history.note_fault(fault.name)
            inflict()
            history.note_fault(f"{fault.name}: over")
            writers.more()
        finally:
            writers.stop()
    until(site.is_ready, _PATIENCE_SECONDS)
    writers.settle()
    if fault.audited:
        audit(site)
    entries = log(site, began)
    last = entries[-1][0]
    size = sealed(site, last)
    # Where acts are lost the client ends: the log went back.
    counted = [name for name in followers.files if name != CLIENT or not fault.loses]
    followers.reach(dict.fromkeys(counted, last))
    acts = [(position, act) for position, _, act in entries if act]
    came = {name: [one for one in followers.came[name] if one > began] for name in counted}
    came["projector"] = _in_the_read_models(site, entries)
    came["sealer"] = [position for position, _, _ in entries if position <= size]
    verdict = check(history, acts, came)
    return Row(fault, verdict, history.longest_gap(), history, acts, writers.missing)


def audit(site: Site, seconds: float = _PATIENCE_SECONDS) -> str:
    """Audit the log, and return what that says in a line. Whatever it finds ends the run, but that
    texts are gone where a database without them took over."""
    done = site.deployed.run("keeper", "answerable", "audit", "--json", seconds=seconds)
    if not done.stdout.startswith("{"):
        raise SystemExit(f"the audit failed: {done.stdout}{done.stderr}")
    gone = 0
    for check_ in json.loads(done.stdout)["checks"]:
        kinds = {one["kind"] for one in check_["findings"]}
        if kinds and not (site.texts_gone and kinds == {"text-missing"}):
            raise SystemExit(f"the audit found: {check_}")
        gone += check_["found"]
    return f"audit: nothing found but {gone} texts gone" if gone else "audit: nothing found"


def _in_the_read_models(site: Site, entries: list[tuple[int, str, str]]) -> list[int]:
    """Return the positions of the streams whose row has come as far as the log."""
    last = entries[-1][0]
    site.ask(f"/api/recommendations?report={REPORT}&min_position={last}")
    versions: dict[str, int] = {}
    for _, stream, _act in entries:
        if stream.startswith("recommendation/") and stream not in versions:
            _, report, number, body = stream.split("/")
            answer = site.ask(f"/api/recommendations/{report}/{number}/{body}")
            versions[stream] = int(answer["version"] == site.version(stream))
    return [position for position, stream, _ in entries if versions.get(stream, 1)]
