"""Add golden rows for what events can say, and no row shows yet: python -m tests.golden.add

It changes and removes none: what was stored once is stored for ever.
"""

import json
import sys

from ledger.events import EVENTS
from ledger.events.entry import decode
from tests.golden.rows import file_of, missing, rows, values


def main() -> None:
    for event in EVENTS:
        if new := missing(event):
            found = rows(file_of(event))
            found += [{"state": s, "entry": values(decode(s.encode()))} for s in new]
            text = json.dumps(found, indent=1, ensure_ascii=False)
            file_of(event).write_text(text + "\n", "utf-8")
            sys.stdout.write(f"{file_of(event).name}: {len(new)} added\n")


if __name__ == "__main__":
    main()
