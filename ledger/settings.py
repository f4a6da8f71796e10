"""The settings: the variables ANSWERABLE_*, read once by an entry point."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError

from ledger.errors import AnswerableError

PREFIX = "ANSWERABLE_"
SECRET_CHARACTERS = 32
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""The names of this machine that no other machine reaches."""


class SettingsError(AnswerableError):
    """Settings that can't be used; `faults` has a sentence for each, all at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Whole:
    """A check of a whole number between two others."""

    def __init__(self, most: int, *, least: int = 1) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> None:
        if not (text.isascii() and text.isdecimal() and self.least <= int(text) <= self.most):
            raise ValidationError(f"must be a whole number from {self.least} to {self.most}")


def _postgresql(text: str) -> None:
    # To check a log needs no database, and to import its library takes longer than the rest.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(text)
    except ProgrammingError:
        text = ""
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValidationError("must have the form postgresql://user:password@host:5432/database")


def _directory(path: Path) -> None:
    if not path.is_dir():
        raise ValidationError(f"must name a directory, and {path} isn't one")


def _file(path: Path) -> None:
    if not path.is_file():
        raise ValidationError(f"must name a file, and {path} isn't one")


def _openid(text: str) -> None:
    if "openid" not in text.split():
        raise ValidationError("must have the word openid among others, with spaces between")


def _log_name(text: str) -> None:
    """Refuse a log's name that is no key name of the note format: it has no space and no plus. The
    C2SP checkpoint wants it without a scheme."""
    name = _without_scheme(text)
    if not name or not name.isprintable() or any(c.isspace() or c in "+?#@" for c in name):
        raise ValidationError("must be a host and a path without spaces, such as example.org/log")


def _without_scheme(text: str) -> str:
    return text.removeprefix("https://").removeprefix("http://").rstrip("/")


def _url(*schemes: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValidationError(f"must be a URL that begins with {schemes[0]}://")

    return check


def _brokers(text: str) -> None:
    for one in text.split(","):
        _url("nats", "tls")(one.strip())


def _places(text: str) -> None:
    for one in filter(None, map(str.strip, text.split(","))):
        if not re.fullmatch(r"(dir|git):/.+|(s3|gs|az)://[^/@?#\s]+(/[^@?#\s]*)?", one):
            raise ValidationError(
                "must be places with commas between, each dir:/FOLDER, git:/FOLDER or "
                "s3://BUCKET/FOLDER (gs://, az://) without a password"
            )


def _monitors(text: str) -> None:
    for one in filter(None, map(str.strip, text.split(","))):
        _url("http", "https")(one)


def _stream(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValidationError("must be 1 to 64 letters, digits, _ and -")


def _cited(text: str) -> None:
    """Refuse an address that pages cannot cite: they add paths to it, and anybody reads it."""
    if not text.isprintable() or any(c.isspace() or c in "@?#\\" for c in text):
        raise ValidationError("must be an address alone, without a name, a password, ? and #")


def _hosts(text: str) -> None:
    for one in filter(None, map(str.strip, text.split(","))):
        if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", one):
            raise ValidationError(
                "must be hosts with commas between, without a port and without http://"
            )


def _long(text: str) -> None:
    if len(text) < SECRET_CHARACTERS:
        raise ValidationError(
            f"must have {SECRET_CHARACTERS} characters or more: make one by `openssl rand -hex 32`"
        )


@dataclass(frozen=True)
class Settings:
    """Each field is the variable of the same name in capitals, after ANSWERABLE_."""

    database_url: Annotated[str | None, _postgresql] = field(default=None, repr=False)
    """PostgreSQL 17 or newer; without it the embedded one of the data directory."""
    sealer_database_url: Annotated[str | None, _postgresql] = field(default=None, repr=False)
    """The same database by the sealer's own login, which may read entries and no text; `answerable
    worker --only sealer` needs no other. Else the sealer uses `database_url`."""
    read_database_url: Annotated[str | None, _postgresql] = field(default=None, repr=False)
    """A streaming replica that pages and reads of the API are answered from; else `database_url`
    is used."""
    migrate_database_url: Annotated[str | None, _postgresql] = field(default=None, repr=False)
    """The same database as a user who may migrate it, and make the logins of `database_url` and
    `sealer_database_url`; else `database_url` is used."""
    data: Path = Path("data")
    """The data directory: embedded database, keys, the sealer's notebook."""
    pg_bin: Annotated[Path | None, _directory] = None
    """Where `postgres`, `initdb` and `pg_ctl` are, for the embedded database."""
    origin: Annotated[str, _log_name] = "localhost/answerable"
    """The log's name, for ever: a host with a path, without a scheme."""
    public_url: Annotated[str | None, _url("https", "http"), _cited] = None
    """The address that people use, which pages cite; else that of `origin`, if it was given as
    one, else where the web server listens."""
    signing_key_file: Path | None = None
    """The signing key; else the one in the data directory."""
    witnesses: Annotated[Path | None, _file] = None
    """A policy (C2SP tlog-policy): `answerable witness` and `answerable key rotate` ask those in it
    that have an address."""
    stamp_authority: Annotated[str | None, _url("https", "http"), _cited] = None
    """The address of a time stamping authority (RFC 3161), which they ask too."""
    stamp_roots: Annotated[Path | None, _file] = None
    """The certificates (PEM) that the authority's chain ends in."""
    checkpoints_to: Annotated[str, _places] = ""
    """Places elsewhere to which they copy the newest checkpoint, with commas between:
    `dir:/mnt/far`; `git:/srv/far`, where it is committed and pushed to each remote;
    `s3://bucket/folder`, `gs://` or `az://`, with the extra `objects` and the provider's own
    variables (`AWS_ACCESS_KEY_ID`)."""
    secret_key: Annotated[str | None, _long] = field(default=None, repr=False)
    """Signs sessions and forms, and makes the secrets of webhooks; 32 characters or more, the same
    in all processes."""
    host: str = "127.0.0.1"
    """The address that the web server listens on."""
    port: Annotated[int, Whole(65535)] = 8000
    """The port of the web server, 1 to 65535."""
    web_processes: Annotated[int, Whole(64)] = 2
    """Processes of the web server, 1 to 64."""
    web_threads: Annotated[int, Whole(256)] = 8
    """Threads in each process of the web server, 1 to 256."""
    web_connections: Annotated[int | None, Whole(300, least=3)] = None
    """Connections to the database that each web process has at most, 3 to 300, and one more that
    listens; else two more than its threads. With fewer, requests wait for one another."""
    web_streams: Annotated[int, Whole(4000, least=0)] = 1000
    """Readers that each web process streams the log to at once, 0 to 4000; they hold no thread."""
    streams_of_a_client: Annotated[int, Whole(4000)] = 20
    """How many of these readers one client may be, 1 to 4000: an account, else an address."""
    proxies: Annotated[int, Whole(5, least=0)] = 0
    """Proxies that stand before the web server, 0 to 5, each of which adds to X-Forwarded-For: the
    client's address is so many from its end. 0: the client is who connects."""
    stream_heartbeat: Annotated[int, Whole(300)] = 15
    """Seconds between the signs of life of a stream that has nothing to say, 1 to 300; shorter
    than what proxies on the way wait for."""
    requests_of_an_address: Annotated[int | None, Whole(100_000)] = None
    """Requests a minute that each web process answers of one address that has no account, 1 to
    100000; as many as come, unless given."""
    requests_of_a_token: Annotated[int | None, Whole(100_000)] = None
    """Requests a minute of one token, or of who signed in for one account, in the same way."""
    metrics_token: Annotated[str | None, _long] = field(default=None, repr=False)
    """The bearer token with which a monitor reads /metrics, 32 characters or more; else it takes a
    token of an account with the scope `admin`."""
    receipt_wait: Annotated[int, Whole(30)] = 2
    """Seconds that the answer to a write waits for its receipt, 1 to 30."""
    follow_wait: Annotated[int, Whole(30, least=0)] = 2
    """Seconds that a list waits for the read models to have all that is recorded, 0 to 30."""
    webhook_hosts: Annotated[str, _hosts] = ""
    """Hosts, with commas between, that webhooks may be sent to although they lie inside a network:
    by any port, and by http too. None, unless given."""

    nats_url: Annotated[str | None, _brokers] = field(default=None, repr=False)
    """The broker that entries are relayed to (NATS JetStream), or the brokers of its cluster with
    commas between: nats://host:4222, or tls://, with `user:password@` or `token@` where it asks
    for that. None: entries are not relayed."""
    nats_stream: Annotated[str, _stream] = "answerable"
    """The name of the stream that entries are relayed to: 64 letters, digits, _ and - at most."""
    nats_replicas: Annotated[int, Whole(5)] = 3
    """How many brokers of a cluster keep the stream, 1 to 5. 1 is a single broker, for trials: a
    power cut takes its last messages."""
    nats_monitors: Annotated[str, _monitors] = ""
    """The monitoring address of each broker of a cluster, with commas between:
    http://broker-1:8222. The relay asks there, as it begins, whether the broker writes a message to
    its disk before it says that it has it (`sync_interval: always`)."""
    nats_credentials: Annotated[Path | None, _file] = None
    """A file of credentials (`.creds`), where the broker asks for them."""
    nats_ca: Annotated[Path | None, _file] = None
    """A file of certificates that the broker's is trusted by, instead of the machine's own."""
    nats_certificate: Annotated[Path | None, _file] = None
    """The relay's own certificate, where the broker asks for one."""
    nats_key: Annotated[Path | None, _file] = None
    """The key to the relay's certificate."""

    oidc_issuer: Annotated[str | None, _url("https", "http"), _cited] = None
    """The provider of sign-in (OpenID Connect), character by character as its
    `/.well-known/openid-configuration` has it: https, but on this machine."""
    oidc_client_id: str | None = None
    """The name that the provider gives this service."""
    oidc_client_secret: str | None = field(default=None, repr=False)
    """The secret that the provider gave this service, if it gave one; without, PKCE alone binds the
    code."""
    oidc_scope: Annotated[str, _openid] = "openid email profile"
    """The scopes that are asked for; others, where the provider needs more to send the claims."""
    oidc_accounts: Annotated[Path | None, _file] = None
    """A file (TOML) that says which claims are whose account (docs/record.md)."""
    oidc_account_claim: str | None = None
    """A claim whose value is the account's name, or a list of them, where the provider can send
    one; instead of a file, or with it."""
    token_days: Annotated[int | None, Whole(3650)] = None
    """Days that a bearer token lasts at most, 1 to 3650; as long as it is not revoked, unless
    given."""
    session_idle: Annotated[int, Whole(1440, least=5)] = 60
    """Minutes without activity after which a session ends, 5 to 1440."""
    session_hours: Annotated[int, Whole(24)] = 12
    """Hours after which a session ends in any case, 1 to 24."""

    @cached_property
    def address(self) -> str:
        """The address under which everything here is cited, whatever a request calls its host;
        without a slash at its end."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def must_name(self, log: str | None) -> None:
        """Refuse (SettingsError) a log that has another name: its first key bears it. None: it has
        no key, and so no name yet."""
        if log is not None and log != self.origin:
            sentence = (
                f"{PREFIX}ORIGIN is {self.origin}, and the log of this database is {log}: set "
                f"{PREFIX}ORIGIN={log}, or give {self.origin} a database of its own. Nothing was "
                "started: a log that changes its name is another one to whoever follows it."
            )
            raise SettingsError([sentence])

    @property
    def connections(self) -> int:
        """How many connections to the database the pool of each web process has at most."""
        return self.web_threads + 2 if self.web_connections is None else self.web_connections

    @property
    def inside(self) -> frozenset[str]:
        """The hosts inside a network that webhooks may be sent to."""
        named = (one.strip() for one in self.webhook_hosts.lower().split(","))
        return frozenset(filter(None, named))

    @property
    def brokers(self) -> tuple[str, ...]:
        """The brokers that entries are relayed to, any of which will do."""
        return tuple(filter(None, map(str.strip, (self.nats_url or "").split(","))))

    @property
    def monitors(self) -> tuple[str, ...]:
        """The monitoring addresses of the brokers."""
        return tuple(filter(None, map(str.strip, self.nats_monitors.split(","))))

    @property
    def places(self) -> tuple[str, ...]:
        """The places elsewhere that checkpoints are copied to."""
        return tuple(filter(None, map(str.strip, self.checkpoints_to.split(","))))

    @property
    def waits(self) -> int:
        """How many may wait at once for the read models or a seal: a quarter of the threads."""
        return max(1, self.web_threads // 4)


SECRETS = tuple(each.name for each in fields(Settings) if not each.repr)
"""The settings that are secret. Each may be in a file, which its name and `_FILE` names: a
credential of systemd or a secret of a container."""


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings; an empty variable counts as not set. Raises SettingsError."""
    env = _Given(environ)
    values = {name: _read(env, name.upper(), hint) for name, hint in _HINTS.items()}
    if faults := [*env.faults(), *_unknown(env.given), *_together(env.given)]:
        raise SettingsError(faults)
    if "://" in values["origin"]:
        values["public_url"] = values["public_url"] or values["origin"].rstrip("/")
        values["origin"] = _without_scheme(values["origin"])
    return Settings(**values)


def _read(env: Env, name: str, hint: Any) -> Any:
    """Return the value of a variable, as the type of its field says, and checked as it says."""
    default, checks = getattr(Settings, name.lower()), list(getattr(hint, "__metadata__", ()))
    kinds = get_args(hint)[:1] if checks else (hint,)
    types = {one for kind in kinds for one in get_args(kind) or (kind,)}
    if Path in types:
        return env.path(name, default, validate=checks or None)
    given = env.str(name, None, validate=checks or None)
    return default if given is None else int(given) if int in types else given


_HINTS = get_type_hints(Settings, include_extras=True)


class _Given(Env):
    """environs, over a mapping that is given instead of the environment of the process."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False, prefix=PREFIX)
        ours = {name: text.strip() for name, text in environ.items() if name.startswith(PREFIX)}
        self.given = {name: text for name, text in ours.items() if text}
        self._unread = [
            fault for name in SECRETS if (fault := self._read_secret(PREFIX + name.upper()))
        ]

    def _read_secret(self, name: str) -> str | None:
        """Read a secret from the file that `{name}_FILE` names, if it is set; a sentence if that
        cannot be done."""
        place = self.given.pop(f"{name}_FILE", None)
        if place is None:
            return None
        if name in self.given:
            return f"{name} and {name}_FILE are both set: leave one of them out."
        try:
            text = Path(place).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            return f"{name}_FILE must name a file that can be read, and {place} can't be: {why}."
        if not text:
            return f"{name}_FILE names {place}, which is empty: put the secret into it."
        self.given[name] = text
        return None

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self.given.get(env_key, default)

    def faults(self) -> list[str]:
        """Return a sentence for each value that can't be used."""
        try:
            self.seal()
        except EnvValidationError as error:
            messages: Mapping[str, list[str]] = error.error_messages  # type: ignore[assignment]
            said = [f"{name} {' and '.join(each)}." for name, each in messages.items()]
            return self._unread + said
        return self._unread


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = [PREFIX + each.name.upper() for each in fields(Settings)]
    known += [f"{PREFIX}{name.upper()}_FILE" for name in SECRETS]
    return [
        f"{name} isn't a setting"
        + (f"; {close[0]} is." if (close := get_close_matches(name, known, 1)) else ".")
        for name in sorted(given)
        if name not in known
    ]


def _together(given: Mapping[str, str]) -> list[str]:
    """Return the settings that are missing beside those given."""
    faults = []
    if PREFIX + "READ_DATABASE_URL" in given and PREFIX + "DATABASE_URL" not in given:
        faults.append(
            f"{PREFIX}READ_DATABASE_URL needs {PREFIX}DATABASE_URL beside it, where acts are "
            "recorded."
        )
    if PREFIX + "MIGRATE_DATABASE_URL" in given and PREFIX + "DATABASE_URL" not in given:
        faults.append(
            f"{PREFIX}MIGRATE_DATABASE_URL needs {PREFIX}DATABASE_URL beside it: set that too."
        )
    if _same_user(given):
        faults.append(
            f"{PREFIX}SEALER_DATABASE_URL names the same user as {PREFIX}DATABASE_URL, who reads "
            "every text: give the sealer a user of its own, which `answerable migrate` makes."
        )
    for pair in (("NATS_CERTIFICATE", "NATS_KEY"), ("STAMP_AUTHORITY", "STAMP_ROOTS")):
        both = [PREFIX + name for name in pair]
        if len(there := [name for name in both if name in given]) == 1:
            other = both[there == both[:1]]
            faults.append(f"{there[0]} needs {other} beside it: set that too.")
    of_broker = [name for name in sorted(given) if name.startswith(PREFIX + "NATS_")]
    if of_broker and PREFIX + "NATS_URL" not in given:
        faults.append(f"{of_broker[0]} needs {PREFIX}NATS_URL beside it: set that too.")
    signs_in = {name for name in given if name.startswith(PREFIX + "OIDC_")}
    issuer = given.get(PREFIX + "OIDC_ISSUER")
    if signs_in and issuer is None:
        faults.append(f"{sorted(signs_in)[0]} needs {PREFIX}OIDC_ISSUER beside it: set that too.")
    if issuer is None:
        return faults
    if PREFIX + "OIDC_CLIENT_ID" not in given:
        faults.append(f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_CLIENT_ID beside it: set that too.")
    if not signs_in & {PREFIX + "OIDC_ACCOUNTS", PREFIX + "OIDC_ACCOUNT_CLAIM"}:
        faults.append(
            f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_ACCOUNTS (a file) or "
            f"{PREFIX}OIDC_ACCOUNT_CLAIM beside it: else nobody who signs in has an account."
        )
    if issuer.startswith("http://") and not _is_loopback(issuer):
        faults.append(
            f"{PREFIX}OIDC_ISSUER must begin with https://: a provider that is asked by http can "
            "be one in its place. http is for one on this machine (127.0.0.1)."
        )
    return faults


def _same_user(given: Mapping[str, str]) -> bool:
    """Return whether the sealer's URL and the service's name the same user."""
    names = (PREFIX + "SEALER_DATABASE_URL", PREFIX + "DATABASE_URL")
    if any(name not in given for name in names):
        return False
    from psycopg import ProgrammingError  # as for `_postgresql`
    from psycopg.conninfo import conninfo_to_dict

    try:
        sealer, service = (conninfo_to_dict(given[name]).get("user") for name in names)
    except ProgrammingError:  # another check reports a faulty URL
        return False
    return sealer is not None and sealer == service


def _is_loopback(url: str) -> bool:
    with suppress(ValueError):
        return urlsplit(url).hostname in LOOPBACK
    return False
