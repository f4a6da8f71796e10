"""The acts: each a function of a decision that checks its rules and adds its entries.

They compose: a page that is imported publishes a report, raises its recommendations and states
a response in one decision, and so in one transaction.
"""
