"""docker-py's Unix socket adapter, with two things put right that show in a monitor that asks every second."""

import socket

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool


class _Connection(UnixHTTPConnection):
    def connect(self) -> None:
        """Connect, or close the socket: docker-py 7.2 leaves it to the garbage collector."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.unix_socket)
        except BaseException:
            connection.close()
            raise
        self.sock = connection


class _Pool(UnixHTTPConnectionPool):
    def __init__(self, path: str, timeout: int) -> None:
        super().__init__("engine", path, timeout, maxsize=1)
        self._seconds = timeout

    def _new_conn(self) -> _Connection:  # type: ignore[override]  # the stubs miss that it is urllib3's connection
        return _Connection(self.base_url, self.socket_path, self._seconds)


class UnixAdapter(UnixHTTPAdapter):
    """Speaks HTTP over one Unix socket, on one connection that is kept.

    docker-py 7.2 keeps a pool for each whole URL, so with requests from 2.32.2 on hardly any
    connection is used twice, and idle ones pile up.
    """

    def __init__(self, path: str, timeout: int) -> None:
        super().__init__(f"http+unix://{path}", timeout)
        self._pool = _Pool(path, timeout)

    def get_connection(self, url: str | bytes, proxies: object = None) -> _Pool:
        """Give the one pool there is."""
        del url, proxies
        return self._pool

    def close(self) -> None:
        """Close the connection."""
        super().close()
        self._pool.close()
