"""The wire as bytes, of the age of message formats 0 and 1, with the standard library alone (Python 3.6 and newer)."""

import gzip
import socket
import struct
import time
import zlib

from checks import equal, that


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def blob(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def message(magic, key, value, timestamp=-1, attributes=0):
    body = struct.pack(">bb", magic, attributes)
    if magic == 1:
        body += struct.pack(">q", timestamp)
    body += blob(key) + blob(value)
    return struct.pack(">I", zlib.crc32(body)) + body


def message_set(messages, offsets=None):
    out = b""
    for i, one in enumerate(messages):
        out += struct.pack(">qi", offsets[i] if offsets else 0, len(one)) + one
    return out


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def text(self):
        return self.bytes(self.take("h")).decode()

    def bytes(self, length):
        piece = self.data[self.at:self.at + length]
        self.at += length
        return piece

    def blob(self):
        length = self.take("i")
        return None if length < 0 else self.bytes(length)


class Connection:
    def __init__(self, bootstrap):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.correlation = 0

    def send(self, key, version, body):
        self.correlation += 1
        self.send_frame(struct.pack(">hhi", key, version, self.correlation) + text("raw") + body)

    def ask(self, key, version, body):
        self.send(key, version, body)
        answer = Reader(self.read_frame())
        equal("correlation id", self.correlation, answer.take("i"))
        return answer

    def send_frame(self, frame):
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)

    def read_frame(self):
        return self.read(struct.unpack(">i", self.read(4))[0])

    def read(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            that("the broker keeps the connection open", piece)
            data += piece
        return data


def create_topic(bootstrap, name, partitions=1):
    """CreateTopics 2, which no client of that age has, and a wait until the broker leads all partitions."""
    connection = Connection(bootstrap)
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ihii", partitions, 1, 0, 0) + struct.pack(">ib", 20000, 0)
    answer = connection.ask(19, 2, body)
    equal("throttle time, topics", (0, 1), answer.take("ii"))
    equal("topic and error", (name, 0), (answer.text(), answer.take("h")))
    body = struct.pack(">ii", -1, 1) + text(name) + struct.pack(">i", partitions)
    body += b"".join(struct.pack(">iq", p, -1) for p in range(partitions))
    for _ in range(200):
        answer = connection.ask(2, 1, body)  # ListOffsets of the ends
        answer.take("i"), answer.text()
        found = [answer.take("ihqq") for _ in range(answer.take("i"))]
        if all(error == 0 for _, error, _, _ in found):
            break
        time.sleep(0.05)
    connection.socket.close()


def unpack(records):
    """(offset, magic, timestamp, key, value) of each whole message, inner ones of compressed sets included."""
    out, reader = [], Reader(records)
    while len(records) - reader.at >= 12:
        offset, size = reader.take("qi")
        if len(records) - reader.at < size:
            break
        one = Reader(reader.bytes(size))
        crc = one.take("I")
        equal("crc", zlib.crc32(one.data[4:]), crc)
        magic, attributes = one.take("bb")
        timestamp = one.take("q") if magic == 1 else None
        key, value = one.blob(), one.blob()
        if attributes & 7 == 0:
            out.append((offset, magic, timestamp, key, value))
            continue
        equal("codec", 1, attributes & 7)
        inner = unpack(gzip.decompress(value))
        # Format 1 numbers the inner messages from 0 and the wrapper bears the last offset; format 0 is absolute.
        base = offset - inner[-1][0] if magic == 1 else 0
        out.extend((base + o, m, t, k, v) for o, m, t, k, v in inner)
    return out
