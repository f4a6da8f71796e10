"""Settings: all faults at once, a sentence each, and no secret in any of them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from ledger.settings import SECRETS, Settings, SettingsError, load
from tests import settings_page

URL = "postgresql://clerk:hunter2@db.example/answerable"
LONG = "0123456789abcdef" * 2


def given(**variables: str) -> dict[str, str]:
    return {f"ANSWERABLE_{name}": text for name, text in variables.items()}


def faults(**variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(given(**variables))
    return caught.value.faults


def test_nothing_needs_to_be_set():
    settings = load({"PATH": "/bin", "PORT": "1"})

    assert settings == Settings()
    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data == Path("data")
    assert settings.origin == "localhost/answerable"


def test_every_setting_can_be_given(tmp_path):
    texts = {
        "DATABASE_URL": URL,
        "MIGRATE_DATABASE_URL": URL,
        "SEALER_DATABASE_URL": URL.replace("clerk", "sealer"),
        "READ_DATABASE_URL": URL.replace("clerk", "reader"),
        "DATA": str(tmp_path / "data"),
        "PG_BIN": str(tmp_path),
        "ORIGIN": "log.example/answerable",
        "PUBLIC_URL": "https://answerable.example",
        "SIGNING_KEY_FILE": str(tmp_path / "key"),
        "WITNESSES": str(tmp_path / "witnesses.policy"),
        "STAMP_AUTHORITY": "https://stamps.example/tsr",
        "STAMP_ROOTS": str(tmp_path / "roots.pem"),
        "CHECKPOINTS_TO": "dir:/mnt/far, git:/srv/far, s3://bucket/log",
        "SECRET_KEY": LONG,
        "HOST": "0.0.0.0",
        "PORT": "80",
        "WEB_PROCESSES": "3",
        "WEB_THREADS": "16",
        "WEB_CONNECTIONS": "7",
        "WEB_STREAMS": "0",
        "STREAM_HEARTBEAT": "9",
        "STREAMS_OF_A_CLIENT": "4",
        "PROXIES": "1",
        "REQUESTS_OF_AN_ADDRESS": "120",
        "REQUESTS_OF_A_TOKEN": "1200",
        "METRICS_TOKEN": "hunter4" * 5,
        "RECEIPT_WAIT": "5",
        "FOLLOW_WAIT": "0",
        "WEBHOOK_HOSTS": "receiver.internal,10.0.0.8",
        "NATS_URL": "nats://one.internal:4222, tls://two.internal",
        "NATS_STREAM": "log-2",
        "NATS_REPLICAS": "1",
        "NATS_MONITORS": "http://one.internal:8222, https://two.internal",
        "NATS_CREDENTIALS": str(tmp_path / "relay.creds"),
        "NATS_CA": str(tmp_path / "ca.pem"),
        "NATS_CERTIFICATE": str(tmp_path / "relay.pem"),
        "NATS_KEY": str(tmp_path / "relay.key"),
        "OIDC_ISSUER": "https://idp.example/realm",
        "OIDC_CLIENT_ID": "answerable",
        "OIDC_CLIENT_SECRET": "hunter3",
        "OIDC_SCOPE": "openid groups",
        "OIDC_ACCOUNTS": str(tmp_path / "accounts.toml"),
        "OIDC_ACCOUNT_CLAIM": "account",
        "TOKEN_DAYS": "90",
        "SESSION_IDLE": "30",
        "SESSION_HOURS": "8",
    }

    files = "accounts.toml relay.creds ca.pem relay.pem relay.key witnesses.policy roots.pem"
    for name in files.split():
        (tmp_path / name).write_text("")

    settings = load(given(**texts))

    named = {each.name.upper(): str(getattr(settings, each.name)) for each in fields(settings)}
    assert named == texts


def test_the_page_of_settings_is_what_the_declarations_say():
    assert settings_page.PAGE.read_text("utf-8") == settings_page.settings_page(), "run `make docs`"


def test_an_empty_variable_counts_as_not_set():
    assert load(given(DATABASE_URL="", PORT=" ", SECRET_KEY="")) == Settings()


def test_all_faults_are_told_at_once_each_in_a_sentence():
    found = faults(
        DATABASE_URL="mysql://x/y",
        PORT="eighty",
        WEB_THREADS="0",
        SECRET_KEY="short",
        ORIGIN="two words",
        PUBLIC_URL="answerable.example",
        PG_BIN="/nowhere",
        CHECKPOINTS_TO="dir:/mnt/far,s3://clerk:hunter2@bucket",
        COLOUR="blue",
    )

    named = {sentence.split()[0].removeprefix("ANSWERABLE_") for sentence in found}
    wrong = (
        "DATABASE_URL PORT WEB_THREADS SECRET_KEY ORIGIN PUBLIC_URL PG_BIN CHECKPOINTS_TO COLOUR"
    )
    assert named == {*wrong.split()}
    assert all(re.fullmatch(r"ANSWERABLE_\w+ .*\.", sentence) for sentence in found), found


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8_0", "80.5", "0x50", "²"])
def test_a_port_is_a_whole_number_from_1_to_65535(port):
    assert faults(PORT=port) == ["ANSWERABLE_PORT must be a whole number from 1 to 65535."]


def test_a_setting_that_is_not_known_is_refused_with_the_likely_name():
    assert faults(DATABSE_URL=URL) == [
        "ANSWERABLE_DATABSE_URL isn't a setting; ANSWERABLE_DATABASE_URL is."
    ]


def test_a_replica_to_read_from_needs_the_database_to_record_in():
    (said,) = faults(READ_DATABASE_URL=URL)

    assert said.startswith("ANSWERABLE_READ_DATABASE_URL needs ANSWERABLE_DATABASE_URL beside it")


@pytest.mark.parametrize(
    "broker", ["broker:4222", "https://broker", "nats://", "nats://broker:0", "nats://a,,nats://b"]
)
def test_a_broker_that_is_none_is_refused(broker):
    assert faults(NATS_URL=broker) == [
        "ANSWERABLE_NATS_URL must be a URL that begins with nats://."
    ]


def test_settings_of_a_broker_need_the_broker_and_a_certificate_its_key(tmp_path):
    (tmp_path / "relay.pem").write_text("")

    said = faults(NATS_CERTIFICATE=str(tmp_path / "relay.pem"), NATS_STREAM="a.b")

    assert said == [
        "ANSWERABLE_NATS_STREAM must be 1 to 64 letters, digits, _ and -.",
        "ANSWERABLE_NATS_CERTIFICATE needs ANSWERABLE_NATS_KEY beside it: set that too.",
        "ANSWERABLE_NATS_CERTIFICATE needs ANSWERABLE_NATS_URL beside it: set that too.",
    ]
    assert faults(NATS_URL="nats://a", NATS_REPLICAS="6") == [
        "ANSWERABLE_NATS_REPLICAS must be a whole number from 1 to 5."
    ]


def test_a_second_url_needs_the_first():
    assert faults(MIGRATE_DATABASE_URL=URL) == [
        "ANSWERABLE_MIGRATE_DATABASE_URL needs ANSWERABLE_DATABASE_URL beside it: set that too."
    ]


def test_no_secret_is_shown():
    settings = load(given(DATABASE_URL=URL, SECRET_KEY=LONG, NATS_URL="nats://a:hunter2@b"))

    assert "hunter2" not in repr(settings)
    assert LONG not in repr(settings)
    told = faults(DATABASE_URL="postgresql://clerk:hunter2@[::", SECRET_KEY="hunter2")
    assert "hunter2" not in " ".join(told)


def test_an_origin_given_as_an_address_names_both_the_log_and_the_site():
    settings = load(given(ORIGIN="https://answerable.example/"))

    assert settings.origin == "answerable.example"
    assert settings.public_url == "https://answerable.example"


@pytest.mark.parametrize("origin", ["a b", "a+b", "https://", "a\tb", "a?b", "/"])
def test_an_origin_is_a_name_that_a_signed_note_can_carry(origin):
    assert faults(ORIGIN=origin) == [
        "ANSWERABLE_ORIGIN must be a host and a path without spaces, such as example.org/log."
    ]


@pytest.mark.parametrize("url", ["https://", "https://[x", "ftp://x", "https://x:99999", "//x"])
def test_an_address_that_is_none_is_refused(url):
    assert faults(PUBLIC_URL=url) == [
        "ANSWERABLE_PUBLIC_URL must be a URL that begins with https://."
    ]


@pytest.mark.parametrize(
    "url",
    ["https://a:b@x.example", "https://a@x.example", "https://x.example/\u202ey", "https://x/?a"],
)
def test_an_address_that_is_cited_is_what_it_looks_like(url):
    assert faults(PUBLIC_URL=url) == [
        "ANSWERABLE_PUBLIC_URL must be an address alone, without a name, a password, ? and #."
    ]


ISSUER = {"OIDC_ISSUER": "https://idp.example", "OIDC_CLIENT_ID": "answerable"}


def test_a_provider_of_sign_in_needs_what_it_is_called_by_and_whose_account_is_whose():
    client, accounts = faults(OIDC_ISSUER="https://idp.example")
    assert client.startswith("ANSWERABLE_OIDC_ISSUER needs ANSWERABLE_OIDC_CLIENT_ID beside it")
    assert "needs ANSWERABLE_OIDC_ACCOUNTS (a file) or ANSWERABLE_OIDC_ACCOUNT_CLAIM" in accounts
    assert load(given(**ISSUER, OIDC_ACCOUNT_CLAIM="account")).oidc_client_id == "answerable"
    (said,) = faults(OIDC_CLIENT_SECRET="hunter3")
    assert said.startswith("ANSWERABLE_OIDC_CLIENT_SECRET needs ANSWERABLE_OIDC_ISSUER")


def test_a_provider_elsewhere_is_asked_by_https():
    for host in ("idp.example", "10.0.0.7", "127.0.0.1.idp.example"):
        asked = ISSUER | {"OIDC_ISSUER": f"http://{host}", "OIDC_ACCOUNT_CLAIM": "account"}
        (said,) = faults(**asked)
        assert said.startswith("ANSWERABLE_OIDC_ISSUER must begin with https://")
    here = ISSUER | {"OIDC_ISSUER": "http://127.0.0.1:9000", "OIDC_ACCOUNT_CLAIM": "account"}
    assert load(given(**here)).oidc_issuer == "http://127.0.0.1:9000"


def test_a_secret_may_be_in_a_file(tmp_path):
    place = tmp_path / "secret"
    place.write_text(f"{LONG}\n")

    assert load(given(SECRET_KEY_FILE=str(place))).secret_key == LONG
    for name in SECRETS:
        if name not in ("sealer_database_url", "oidc_client_secret"):  # these need another beside
            place.write_text(
                {"nats_url": "nats://broker:4222"}.get(name, URL if "url" in name else LONG)
            )
            needs = ("migrate_database_url", "read_database_url")
            beside = {"DATABASE_URL": URL} if name in needs else {}
            read = load(given(**{f"{name.upper()}_FILE": str(place)}, **beside))
            assert getattr(read, name) == place.read_text(), name


def test_a_secret_whose_file_cannot_be_read_is_refused(tmp_path):
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.write_text(" \n")

    (said,) = faults(SECRET_KEY_FILE=str(missing))
    assert said.startswith("ANSWERABLE_SECRET_KEY_FILE must name a file that can be read, and ")
    assert said.endswith(f"{missing} can't be: No such file or directory.")
    assert faults(SECRET_KEY_FILE=str(empty)) == [
        f"ANSWERABLE_SECRET_KEY_FILE names {empty}, which is empty: put the secret into it."
    ]
    assert faults(SECRET_KEY=LONG, SECRET_KEY_FILE=str(empty)) == [
        "ANSWERABLE_SECRET_KEY and ANSWERABLE_SECRET_KEY_FILE are both set: leave one of them out."
    ]


def test_only_a_secret_is_read_from_a_file():
    (said,) = faults(ORIGIN_FILE="/run/origin")
    assert said.startswith("ANSWERABLE_ORIGIN_FILE isn't a setting")
