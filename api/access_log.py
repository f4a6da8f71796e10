"""gunicorn's access log, in which nobody who asks writes more than a part of one line."""

from typing import Any

from gunicorn.glogging import Logger

from ledger.verify.options import shown


class AccessLog(Logger):
    """Whatever a request says of itself, the name in its password among it, is spelt out where it
    could begin a line or command a terminal."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        found: dict[str, Any] = {**super().atoms(resp, req, environ, request_time)}
        return {name: shown(one) if isinstance(one, str) else one for name, one in found.items()}
