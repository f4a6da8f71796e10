"""`python -m ledger.verify` is `answerable verify`, without an installed service."""

import sys

from ledger.verify.verify import main

sys.exit(main(program="python -m ledger.verify"))
