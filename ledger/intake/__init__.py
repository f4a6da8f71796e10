"""Intake: reads pages and sheets, and drafts decisions that a person confirms."""
