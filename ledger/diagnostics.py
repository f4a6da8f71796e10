"""Log lines: JSON on standard error, or plainly where somebody looks on."""

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
"""The facts that every line written meanwhile carries, such as its request."""


def warning(event: str, **facts: Any) -> None:
    """Say what went wrong and is being dealt with."""
    _logger().warning(event, **about.get(), **facts)


def error(event: str, **facts: Any) -> None:
    """Say what somebody has to look at; with `exc_info` an exception."""
    _logger().error(event, **about.get(), **facts)


def _logger() -> Any:
    """Return a logger, made anew for each line, so that it writes to the standard error of that
    moment: a test that runs a command in its process replaces it.

    Lines are rare, and most commands write none. So structlog is imported with the first line: its
    import takes longer than many commands run.
    """
    import structlog

    plain = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer()
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
