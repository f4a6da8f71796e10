"""What was known at the end of each quarter, worked out by hand like `figures.py`."""

from typing import Any

from tests.story.figures import TOTAL, coverage, days

ENDS = ("2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30")
"""The last day of each quarter."""

THEN: tuple[dict[str, Any], ...] = (
    {
        # As known at the end of 2024: seven reports, fraud is not recorded yet.
        "responses": 7,
        # In time: custody, custody-joint, peel-2024. Late: stores 1. Due: children, tomorrow.
        # Not due: calls (15 days left, one too many), rural.
        "verdicts": {"not_due": 2, "due": 1, "in_time": 3, "late": 1},
        # Of rural the publisher's page is held.
        "bases": {"stated": 6, "publisher": 1},
        "late": days(1, 1, 1) | {"at_least": 0},
        "overdue": days(0, None, None),
        # Six reports of eight, and two; explained 8 + 8 + 8 + 2, by the last day not stores' 8,
        # of the four whose last day is over: not children, calls, rural.
        "coverage": coverage((7, 0), (50, 26, 8), (26, 18), (1, 0, 0)),
        "improved_later": 0,
        "redactions": 0,
    },
    {
        # As known at the end of March: fraud and drones by their pages, and six more.
        "responses": 15,
        # In time: those three, fraud, borders. Late: stores 1, calls 6 (as entered then), roads
        # 8, children 14. Not shown: rural, drones. Due: firearms, 2 left. Not due:
        # children-again 24, complaint 36 (by hand: 6 May). No period: state.
        "verdicts": {
            "not_due": 2,
            "due": 1,
            "in_time": 5,
            "late": 4,
            "not_shown": 2,
            "no_period": 1,
        },
        "bases": {"stated": 14, "recorded": 1},
        # 1, 6, 8, 14: of four the second.
        "late": days(4, 6, 14) | {"at_least": 0},
        "overdue": days(0, None, None),
        # Two pages left out; twelve of eight and peel-2024. Explained: 26 and children 6, calls
        # 8, rural 8, roads 5, borders 8. By the last day without rural and state, and
        # without the three that are not over: 58; custody, custody-joint, borders 24, peel-2024 2.
        "coverage": coverage((13, 2), (98, 61, 8), (58, 26), (1, 0, 0)),
        # The five in time, and the two not shown; but for fraud and drones, which came at once.
        "improved_later": 0,
        "redactions": 0,
    },
    {
        # As known at the end of June: all but the last eight.
        "responses": 22,
        # In time: those five, shops, calls (corrected), complaint, vetting, crowds (the press
        # release). Late: stores 1, children-again 1, roads 8, children 14, firearms 28. Not
        # shown: rural, drones. Overdue: peel-2025, 12. Due: homes, 6 left (6 July, as entered
        # then). Not due: search, 16 left, and ports. No period: state.
        "verdicts": {
            "not_due": 2,
            "due": 1,
            "overdue": 1,
            "in_time": 10,
            "late": 5,
            "not_shown": 2,
            "no_period": 1,
        },
        # Recorded: rural. Publisher: ports.
        "bases": {"stated": 20, "recorded": 1, "publisher": 1},
        # 1, 1, 8, 14, 28.
        "late": days(5, 8, 28) | {"at_least": 0},
        "overdue": days(1, 12, 12),
        # Three pages left out; 116 of the commissioner's, 24 of the mayor's. Explained: 61 and
        # eight each of firearms, children-again, complaint, state, vetting, crowds. By the last
        # day without rural, state and the three that are not over: 100; the 26, and calls,
        # complaint, vetting, crowds.
        "coverage": coverage((19, 3), (140, 109, 8), (100, 58), (2, 0, 0)),
        # The ten in time and the two not shown, but for the three pages.
        "improved_later": 0,
        "redactions": 0,
    },
    {name: value for name, value in TOTAL.items() if name != "verdicts_by_basis"},
)
"""As known at the end of each quarter, on its last day."""

STANDING: tuple[dict[str, int], ...] = (
    # 7 reports of eight. Claimed: custody 1, 2, 3.
    {"open": 53, "claimed_complete": 3},
    # 15 of eight. Closed: custody 1, 2; closure of its 3 was refused. Claimed: custody-joint 8,
    # calls 4.
    {"open": 105, "claimed_complete": 12, "closed": 2, "refused": 1},
    # 22 of eight. Closed since: custody-joint 1 to 4, calls 1. Claimed: custody-joint 5 to 8,
    # calls 2 to 4, firearms 1, 2. Withdrawn: stores 8; superseded: stores 7.
    {
        "open": 157,
        "claimed_complete": 9,
        "closed": 7,
        "refused": 1,
        "withdrawn": 1,
        "superseded": 1,
    },
    # 30 of eight. Closed since: firearms 1; reopened: custody-joint 1, so 7 still. Claimed:
    # custody-joint 6 to 8 (closure of 5 is proposed), calls 2 to 4, firearms 2, homes 8,
    # custody 4.
    {
        "open": 212,
        "refused": 1,
        "claimed_complete": 16,
        "closure_proposed": 1,
        "closed": 7,
        "reopened": 1,
        "withdrawn": 1,
        "superseded": 1,
    },
)
OF_THE_MAYOR = {
    # Without what ended before 7 May: custody 1, 2, custody-joint 2 to 4, calls 1 (closed), stores
    # 7, 8; and without custody 3, 6, 7, 8, whose target passed before.
    "open": 209,
    "claimed_complete": 16,
    "closure_proposed": 1,
    "closed": 1,
    "reopened": 1,
}
TARGETS = {
    # Custody 3, 6, 7, 8 (31 March), stores 1 to 6 (30 June), shops 1 to 8 (30 June).
    "passed": 18,
    # Custody 5, moved to 31 October; roads 8 (31 December); night 8 (31 March 2026).
    "ahead": 17,
    # Custody 1, 2 (closed), 4 (claimed); stores 7, 8 (ended).
    "over": 5,
    # The other 25 reports of eight.
    "none": 200,
}
