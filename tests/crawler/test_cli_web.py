"""`jargonwatch web` from the outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import requests

from crawler.config import init_workspace
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from crawler.cli import main; main()", "web", "--no-open"]


def workspace_with_store(folder: Path) -> Path:
    workspace = init_workspace(folder)
    workspace.data_dir.mkdir()
    open_store(workspace.store_path).close()
    return folder


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_pages_are_served_until_ctrl_c(tmp_path):
    folder = workspace_with_store(tmp_path / "desk")
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        url = re.match(r"http://127\.0\.0\.1:\d+/", line)[0]
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 200
        assert "Nothing has been crawled into this store yet" in answer.text
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert complaints == ""
    assert list((folder / "data" / "audit").iterdir())


def test_other_machines_need_a_token_or_it_does_not_start(tmp_path):
    folder = workspace_with_store(tmp_path / "desk")
    refused = run(folder, "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "set JARGONWATCH_WEB_TOKEN" in refused.stderr
    short = run(folder, "--host", "0.0.0.0", JARGONWATCH_WEB_TOKEN="short")
    assert short.returncode == 2
    assert "at least 24" in short.stderr


def test_a_workspace_without_a_store_is_told_what_to_do(tmp_path):
    init_workspace(tmp_path / "desk")
    refused = run(tmp_path / "desk", "--port", "0")
    assert refused.returncode == 1
    assert "there is no store yet; run a crawl first" in refused.stderr


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path):
    folder = workspace_with_store(tmp_path / "desk")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run(folder, "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert "choose another --port" in refused.stderr
    assert refused.stderr.count("\n") == 1
