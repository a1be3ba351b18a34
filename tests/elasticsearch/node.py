"""The test node: built once a user, started once a test session, shared by all its processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "node"
READY_SECONDS = 90
END_SECONDS = 15
HEAP = "512m"


class NodeError(Exception):
    """The node could not be built or started; the message says by which command and where its log is."""


def missing_tools() -> list[str]:
    """What is needed to build and run the node and isn't installed."""
    return [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]


@lru_cache(maxsize=1)
def built() -> Path:
    """The folder with the node's jars and classes, downloaded and compiled if they aren't there yet."""
    sources = [HERE / "pom.xml", *sorted((HERE / "java").glob("*.java"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = Path(platformdirs.user_cache_dir("jargonwatch")) / f"test-node-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent) as making:
                _build(Path(making))
                Path(making).rename(folder)
                Path(making).mkdir()  # for the temporary folder to have something to remove
    return folder


def _build(folder: Path) -> None:
    jars = [
        *("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"),
        f"-DoutputDirectory={folder / 'lib'}",
    ]
    _call(jars)
    sources = [str(path) for path in sorted((HERE / "java").glob("*.java"))]
    options = ["--release", "17", "-proc:none", "-nowarn", "-Xlint:-classfile", "-cp", f"{folder / 'lib'}/*"]
    _call(["javac", *options, "-d", str(folder / "classes"), *sources])


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NodeError(f"{' '.join(command[:5])} … failed:\n{done.stdout}{done.stderr}")


class Node:
    """A started node. It ends by itself when every process that holds it has let go of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._hold = os.open(home / "hold", os.O_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{(self.home / 'port').read_text()}"

    @property
    def pid(self) -> int:
        return int((self.home / "pid").read_text())

    def answers(self) -> bool:
        try:
            with urlopen(self.url, timeout=10):
                return True
        except (OSError, URLError):
            return False

    def release(self) -> None:
        """Let go of the node; the last who does so ends it."""
        os.close(self._hold)


def shared_node(folder: Path) -> Node:
    """The node whose home is in a folder that several processes share, started by the first who asks."""
    with _locked(folder / "node.lock"):
        homes = sorted(folder.glob("node-*"))
        if homes:
            node = Node(homes[-1])
            if node.answers():
                return node
            node.release()
        return start(folder / f"node-{len(homes)}")


def start(home: Path, *, heap: str = HEAP) -> Node:
    """Start a node in a new home folder, on a free port, and wait until it answers."""
    (home / "config").mkdir(parents=True)
    os.mkfifo(home / "hold")
    node = Node(home)
    java = ["java", f"-Xms{heap}", f"-Xmx{heap}", "-cp", f"{built() / 'classes'}:{built() / 'lib'}/*"]
    with (home / "node.log").open("ab") as log:
        process = subprocess.Popen(
            [*java, "org.elasticsearch.node.TestNode", str(home), "0"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    (home / "pid").write_text(str(process.pid))
    deadline = time.monotonic() + READY_SECONDS
    while not (home / "port").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            node.release()
            raise NodeError(f"the test node did not start; see {home / 'node.log'}")
        time.sleep(0.1)
    return node


def tidy(folder: Path) -> None:
    """Remove the shared folder once the nodes in it have ended and removed their homes."""
    deadline = time.monotonic() + END_SECONDS
    while any(folder.glob("node-*/")) and time.monotonic() < deadline:
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
