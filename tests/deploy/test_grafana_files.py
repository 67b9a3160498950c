"""Prometheus and Grafana: they ask who is there, for what is told; each panel says what it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from tests.contract.edges import client_of
from tests.deploy.docker_files import DOCKER, ROOT, mounted, services
from webhooks.settings import Settings
from webhooks.store.client import Client

GRAFANA = ROOT / "deploy" / "grafana"
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
#: what a family of each type shows
SHOWN = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def board(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def queries() -> Iterator[tuple[str, str]]:
    """Each query of each panel, with where it is."""
    for path in BOARDS:
        for panel in board(path)["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]


@pytest.fixture
def told(settings: Settings, client: Client) -> set[str]:
    """Every name that /metrics tells."""
    assert client.ping()
    with client_of(settings) as edge:
        page = edge.get("/metrics").text
    families = text_string_to_metric_families(page)
    return {family.name + end for family in families for end in SHOWN[family.type]}


def test_every_metric_that_is_asked_for_is_told(told: set[str]) -> None:
    asked = {
        name: where for where, query in queries() for name in re.findall(r"hookwork_\w+", query)
    }

    assert {where: name for name, where in asked.items() if name not in told} == {}
    assert len(asked) > 10


def test_what_any_edge_tells_for_all_is_not_added_up_over_edges() -> None:
    for where, query in queries():
        own = "hookwork_ack_seconds" in query
        assert own or "max without (instance)" in query, where


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_panel_says_what_it_shows_and_lies_beside_the_others(path: Path) -> None:
    panels = board(path)["panels"]

    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["title"]
        assert len(panel["description"]) > 30, panel["title"]
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24, panel["title"]
        assert not taken & cells, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_finds_its_source_wherever_it_is_brought(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = {variable["name"] for variable in board(path)["templating"]["list"]}

    assert set(re.findall(r'"type": "prometheus",\s+"uid": "([^"]+)"', text)) == {"${datasource}"}
    assert set(re.findall(r"\$\{?(\w+)", text)) <= {*names, "__rate_interval", "__all"}


def test_prometheus_asks_the_edge_and_grafana_asks_prometheus() -> None:
    (job,) = yaml(DOCKER / "prometheus.yml")["scrape_configs"]
    (source,) = yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]

    assert job["static_configs"] == [{"targets": [f"edge:{Settings.model_fields['port'].default}"]}]
    assert job.get("metrics_path", "/metrics") == "/metrics"
    assert source["url"] == "http://prometheus:9090"
    for asks, asked in (("prometheus", "edge"), ("grafana", "prometheus")):
        assert {*services()[asks]["networks"]} & {*services()[asked]["networks"]}, asks


def test_grafana_finds_source_and_dashboards_where_they_are_mounted() -> None:
    (provider,) = yaml(GRAFANA / "provisioning" / "dashboards" / "hookwork.yaml")["providers"]
    grafana = services()["grafana"]

    found = {place: (DOCKER / source).resolve() for place, source in mounted(grafana).items()}

    assert found["/etc/grafana/provisioning"] == GRAFANA / "provisioning"
    assert found[provider["options"]["path"]] == GRAFANA / "dashboards"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert found[str(home.parent)] / home.name in BOARDS


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("there is no promtool here (apt install prometheus): no query was parsed")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False)


def test_prometheus_takes_its_configuration() -> None:
    done = promtool("check", "config", "--syntax-only", str(DOCKER / "prometheus.yml"))

    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{n}", "expr": query.replace("$__rate_interval", "1m")}
        for n, (_, query) in enumerate(queries())
    ]
    # JSON is YAML.
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))

    done = promtool("check", "rules", str(tmp_path / "rules.yaml"))

    assert done.returncode == 0, done.stdout + done.stderr
