"""How a cluster is reached: openly, by password, by API key, over TLS; and what is said when it isn't."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.cluster import cluster_settings, keeping, kibana_settings
from crawler.config import init_workspace, load_workspace
from crawler.errors import ConfigError
from pipelines.errors import StoreError
from pipelines.store.elasticsearch.connection import ClusterSettings, UnavailableError, connect, explained
from tests.elasticsearch.answering import answering

if TYPE_CHECKING:
    from pathlib import Path


def info(_) -> tuple[int, dict]:
    return 200, {"version": {"number": "8.19.0"}}


def ask(settings: ClusterSettings) -> None:
    client = connect(settings)
    with explained(client):
        client.info()


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({}, None),
        ({"api_key": "a2V5"}, "ApiKey a2V5"),
        ({"user": "ship", "password": "geheim"}, f"Basic {base64.b64encode(b'ship:geheim').decode()}"),
    ],
    ids=["no security", "API key", "password"],
)
def test_a_cluster_is_asked_with_the_credentials_that_are_given(given, header):
    with answering(info) as server:
        ask(ClusterSettings(server.url, **given))
        assert server.asked[0].headers.get("authorization") == header


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": "ship", "password": "x", "api_key": "y"}, "keep one of them"),
        ({"user": "ship"}, "belong together"),
        ({"password": "x"}, "belong together"),
    ],
)
def test_credentials_that_do_not_fit_together_are_refused(given, message):
    with pytest.raises(StoreError, match=message):
        connect(ClusterSettings("http://127.0.0.1:9200", **given))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for loopback that signs itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "ca.crt"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = tmp_path / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return pem, context


def test_a_cluster_with_a_certificate_of_its_own_is_trusted_by_its_ca_file_only(certificate):
    pem, context = certificate
    with answering(info, context) as server:
        ask(ClusterSettings(server.url, ca_file=pem))
        with pytest.raises(StoreError, match="certificate is not trusted; name its CA file"):
            ask(ClusterSettings(server.url))


def test_a_ca_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"nope\.crt: there is no such file"):
        connect(ClusterSettings("https://127.0.0.1:9200", ca_file=tmp_path / "nope.crt"))


def test_an_address_that_is_none_is_named():
    with pytest.raises(StoreError, match="localhost: not the address of a cluster"):
        connect(ClusterSettings("localhost"))


@pytest.mark.parametrize(
    ("status", "kind", "error", "message"),
    [
        (401, "security_exception", StoreError, "check the credentials"),
        (403, "security_exception", StoreError, "check the credentials and the role"),
        (403, "cluster_block_exception", UnavailableError, "read-only"),
        (429, "es_rejected_execution_exception", UnavailableError, "takes nothing now"),
        (503, "master_not_discovered_exception", UnavailableError, "takes nothing now"),
        (400, "parsing_exception", StoreError, "refuses"),
    ],
)
def test_what_a_cluster_answers_is_put_into_words(status, kind, error, message):
    with answering(lambda _: (status, {"error": {"type": kind, "reason": "so"}, "status": status})) as server:
        with pytest.raises(StoreError, match=message) as raised:
            ask(ClusterSettings(server.url))
        assert type(raised.value) is error
        assert str(raised.value).startswith(f"{server.url}: ")


CONFIG = """
elasticsearch = "https://es.example:9200"
elasticsearch_user = "ship"
elasticsearch_ca_file = "ca.crt"
elasticsearch_keep_days = 90
kibana = "https://kibana.example"
kibana_space = "desk"
"""


def test_addresses_come_from_the_workspace_and_secrets_from_the_environment(tmp_path, monkeypatch):
    for name in ("ELASTICSEARCH_API_KEY", "ELASTICSEARCH_PASSWORD", "KIBANA_API_KEY"):
        monkeypatch.delenv(f"JARGONWATCH_{name}", raising=False)
    workspace = init_workspace(tmp_path / "desk")
    with pytest.raises(ConfigError, match="no cluster is configured"):
        cluster_settings(workspace)
    with pytest.raises(ConfigError, match="no Kibana is configured"):
        kibana_settings(workspace)
    assert keeping(workspace).keep_days is None
    workspace.config_path.write_text(CONFIG, encoding="utf-8")
    workspace = load_workspace(tmp_path / "desk")
    monkeypatch.setenv("JARGONWATCH_ELASTICSEARCH_PASSWORD", "geheim")
    ca_file = workspace.root / "ca.crt"
    assert cluster_settings(workspace) == ClusterSettings(
        "https://es.example:9200", "ship", "geheim", ca_file=ca_file
    )
    assert keeping(workspace).keep_days == 90
    kibana = kibana_settings(workspace)
    assert (kibana.user, kibana.password, kibana.space, kibana.ca_file) == ("ship", "geheim", "desk", ca_file)
    monkeypatch.setenv("JARGONWATCH_KIBANA_API_KEY", "a2V5")
    assert (kibana_settings(workspace).api_key, kibana_settings(workspace).user) == ("a2V5", None)
