"""The alert rules and the dashboard ask for figures that `/metrics` has, and lead to what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
RULES = YAML(typ="safe").load(PROMETHEUS / "alerts.yml")["groups"][0]["rules"]
NOT_ALWAYS = {"answerable_cosignature_age_seconds"}
"""Figures that are there only after something that this log does not have."""


@pytest.fixture
def told(site) -> set[str]:
    """The names of all figures that a monitor is told."""
    site.anybody.get("/api/reports/none-of-these")
    text = site.caller("admin").get("/metrics").text
    families = [*text_string_to_metric_families(text)]
    return {family.name for family in families} | {
        one.name for family in families for one in family.samples
    }


def asked() -> dict[str, set[str]]:
    """The names of the figures that each alert and each panel asks for."""
    panels = json.loads((PROMETHEUS / "dashboard.json").read_text())["panels"]
    expressions = {rule["alert"]: rule["expr"] for rule in RULES}
    expressions |= {
        panel["title"]: " ".join(one["expr"] for one in panel["targets"]) for panel in panels
    }
    return {
        name: set(re.findall(r"answerable_\w+", expression))
        for name, expression in expressions.items()
    }


def test_each_figure_that_is_asked_for_is_told(told):
    missing = {name: figures - told - NOT_ALWAYS for name, figures in asked().items()}

    assert {name: figures for name, figures in missing.items() if figures} == {}
    assert all(figures for name, figures in asked().items() if name != "NoAnswer")


def test_a_reason_against_readiness_is_a_figure_and_every_problem_is_counted(site):
    site.anybody.get("/api/reports/none-of-these")
    told = site.caller("admin").get("/metrics").text
    reasons = {one["name"] for one in site.anybody.get("/readyz").json["reasons"]}

    assert set(re.findall(r'answerable_not_ready\{reason="([^"]+)"\} 1.0', told)) == reasons
    assert reasons
    assert re.search(r'answerable_problems_total\{type="not-recorded"\} [1-9]', told)


def test_each_alert_leads_to_a_heading_of_the_documents():
    """Those without a heading of their own have a row below one for all, by their names."""
    for rule in RULES:
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        _, *parts = re.split(r"^#+ ", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
        below = {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-"): text
            for heading, _, text in (part.partition("\n") for part in parts)
        }
        assert anchor in below, rule["alert"]
        if anchor == "other-alerts-and-symptoms":
            assert f"| `{rule['alert']}`" in below[anchor]


def test_prometheus_itself_reads_the_rules():
    if shutil.which("promtool") is None:
        pytest.skip("not run: promtool is not installed")
    command = ["promtool", "check", "rules", str(PROMETHEUS / "alerts.yml")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
