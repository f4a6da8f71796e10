"""The machines of this ledger: a recommendation, a response, a report, a meeting, and the rest.

Each lists the tries that need words of their own, or another hand; every other act that is
declared on its stream is added as its schema gives it.
"""

from tests.states.meeting import CAPTURE, MEETING
from tests.states.recommendation import RECOMMENDATION
from tests.states.report import REPORT
from tests.states.response import RESPONSE
from tests.states.service import ACCOUNT, BODY, KEEPING, KEY, RULE

MACHINES = (RECOMMENDATION, RESPONSE, REPORT, MEETING, CAPTURE, ACCOUNT, BODY, KEEPING, RULE, KEY)
