"""Records what a client says to a broker, and what the broker answers, frame by frame.

record.py LISTEN_PORT BROKER_HOST:PORT FILE COMMAND...

The broker must advertise 127.0.0.1:LISTEN_PORT, so that the client does not go past the recorder. COMMAND is run
once the recorder listens; when it has ended, FILE holds a line per frame: number of the connection, `>` from the
client or `<` from the broker, and the frame without its length in hexadecimal digits.
"""

import gzip
import socket
import struct
import subprocess
import sys
import threading

PORT, FILE, COMMAND = int(sys.argv[1]), sys.argv[3], sys.argv[4:]
HOST, BROKER_PORT = sys.argv[2].rsplit(":", 1)
lines, lock = [], threading.Lock()


def read(source, count):
    data = b""
    while len(data) < count:
        piece = source.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def carry(source, target, number, direction):
    try:
        while True:
            size = read(source, 4)
            frame = size and read(source, struct.unpack(">i", size)[0])
            if frame is None:
                break
            with lock:
                lines.append(f"{number} {direction} {frame.hex()}")
            target.sendall(size + frame)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has closed while the other was talking


def accept(listener):
    number = 0
    while True:
        client, _ = listener.accept()
        broker = socket.create_connection((HOST, int(BROKER_PORT)))
        for pair in ((client, broker, ">"), (broker, client, "<")):
            threading.Thread(target=carry, args=(pair[0], pair[1], number, pair[2]), daemon=True).start()
        number += 1


listener = socket.create_server(("127.0.0.1", PORT))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
code = subprocess.run(COMMAND).returncode
with lock, gzip.GzipFile(FILE, "wb", mtime=0) as out:
    out.write(("\n".join(lines) + "\n").encode())
sys.exit(code)
