"""`python -m ledger.replay` is `answerable replay`, without an installed service."""

import sys

from ledger.replay.replay import main

sys.exit(main())
