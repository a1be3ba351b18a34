"""`compose.yaml`: it cannot be started where the tests run, so that what can be read of it is checked."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
LASTING = [name for name, service in SERVICES.items() if service.get("restart") == "unless-stopped"]


def test_the_lasting_services_are_the_desk():
    assert LASTING == ["elasticsearch", "kibana", "jargonwatch"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_official_and_pinned(name):
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"(docker\.elastic\.co|docker\.io/library)/[\w/]+:\d[\w.-]+", image)


def test_elasticsearch_and_kibana_are_of_one_version():
    versions = {
        service["image"].rpartition(":")[2] for service in SERVICES.values() if "elastic" in service["image"]
    }
    assert len(versions) == 1


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_has_a_health_check_and_a_memory_limit(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert re.fullmatch(r"\d+g", SERVICES[name]["mem_limit"])


def test_half_of_the_memory_of_elasticsearch_is_heap():
    assert SERVICES["elasticsearch"]["mem_limit"] == "2g"
    assert SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"] == "-Xms1g -Xmx1g"


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_named_ones_or_files_of_this_folder(name):
    for volume in SERVICES[name].get("volumes", []):
        source = volume.removeprefix("${WORKSPACE:?write the folder of a workspace into .env}").split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists()
        else:
            assert source in {"", *COMPOSE["volumes"]}


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_loopback_and_secrets_come_from_outside(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    for variable, value in SERVICES[name].get("environment", {}).items():
        if (
            re.search("PASSWORD|KEY$", variable)
            and "ssl.key" not in value
            and not variable.endswith("ssl.key")
        ):
            assert re.fullmatch(r"\$\{\w+:\?write it into \.env\}", value), variable


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_become_so(name):
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        if wanted["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert other not in LASTING


@pytest.mark.parametrize("name", [name for name in SERVICES if "command" in SERVICES[name]])
def test_scripts_are_sound_shell(name):
    script = SERVICES[name]["command"][0].replace("$$", "$")
    subprocess.run([SERVICES[name]["entrypoint"][0], "-n"], input=script, text=True, check=True)


def test_every_variable_is_among_those_that_the_page_writes_into_env():
    page = (ROOT / "docs" / "elasticsearch.md").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert all(re.search(rf"\b{name}\b", page) for name in wanted)
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_role_covers_the_indices_and_no_more():
    role = json.loads((ROOT / "docs" / "elasticsearch-role.json").read_text(encoding="utf-8"))
    assert set(role["cluster"]) == {"monitor", "manage_index_templates", "manage_ilm"}
    (indices,) = role["indices"]
    assert indices["names"] == ["jw-*"]
    assert "all" not in indices["privileges"]
