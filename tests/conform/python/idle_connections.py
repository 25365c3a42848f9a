"""Opens many connections to a broker, lets each ask for ApiVersions once, and then holds them.

idle_connections.py HOST:PORT COUNT; prints READY when all of them have been answered.
"""

import resource
import socket
import sys
import time

REQUEST = bytes([0, 0, 0, 12, 0, 18, 0, 0, 0, 0, 0, 7, 0, 2]) + b"cf"


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    count = int(sys.argv[2])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    for _ in range(count):
        connection = socket.create_connection((host, int(port)), timeout=20)
        connection.sendall(REQUEST)
        held.append(connection)
    for connection in held:
        read(connection, int.from_bytes(read(connection, 4), "big"))
    print("READY", flush=True)
    time.sleep(3600)


def read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("the broker closed an idle connection")
        data += piece
    return data


main()
