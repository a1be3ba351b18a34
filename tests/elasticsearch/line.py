"""A line to the cluster that can be cut, mended and held: faults of the way, on real sockets."""

from __future__ import annotations

import contextlib
import socket
import threading


class Line:
    """Passes on what comes to a loopback port. `url` stays the same however often it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._left: int | None = None
        self.held = threading.Event()
        """Set when the bytes given to `hold_after` have passed: nothing goes on any more."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._near = self._listener.getsockname()
        self._serve()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._near[1]}"

    def cut(self) -> None:
        """Refuse connections and break those that there are."""
        self._shut(self._listener)
        with self._lock:
            for each in self._open:
                self._shut(each)
            self._open.clear()

    def mend(self) -> None:
        self._left = None
        self._listener = socket.create_server(self._near)
        self._serve()

    def hold_after(self, count: int) -> None:
        """Let so many more bytes go to the cluster and then none, without a word."""
        self._left = count

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._far)
                with self._lock:
                    self._open |= {near, far}
                for source, sink, limited in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._pass, args=(source, sink, limited), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, limited: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if limited and self._left is not None:
                    self._left -= len(data)
                    if self._left < 0:
                        self.held.set()
                        continue
                sink.sendall(data)
        self._shut(source)
        self._shut(sink)

    @staticmethod
    def _shut(each: socket.socket) -> None:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
