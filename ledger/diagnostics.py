"""Log lines, our own and those of libraries: JSON, or plain text on a terminal."""

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


class Lines(logging.Formatter):
    """Formats the log records of a library as our own lines. A record's `facts` are its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        facts = record.__dict__.get("facts", {})
        line: Any = {"event": record.getMessage(), "logger": record.name, **about.get(), **facts}
        if record.exc_info:
            line["exc_info"] = record.exc_info
        for process in _processors():
            line = process(None, record.levelname.lower(), line)
        return str(line)


def take_warnings() -> None:
    """Write the warnings of libraries that have no log of their own, such as psycopg's pool, as our
    lines. Without this, Python writes them as plain text."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Lines())


def _processors() -> list[Any]:
    """Return the steps by which structlog makes a line of an event and its facts."""
    import structlog

    plain = sys.stderr.isatty()
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(),
    ]


def _logger() -> Any:
    """Return a logger, made anew for each line, so that it writes to the standard error of that
    moment: a test that runs a command in its process replaces it.

    Lines are rare, and most commands write none. So structlog is imported with the first line: its
    import takes longer than many commands run.
    """
    import structlog

    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
