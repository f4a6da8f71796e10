"""Logs as lines of JSON on standard error, or plainly where somebody looks on."""

import logging
import sys

import structlog


def configure() -> None:
    """Set structured logging up, once a process."""
    plain = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Asked for at each line: a test that runs a command in its process lends it another one.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
