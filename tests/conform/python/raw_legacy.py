"""Produce 0-2, Fetch 0-3, ListOffsets 0 and Metadata 0 as bytes, with message sets of format 0 and 1.

Written from the format's description alone, without any client library: what a client of 2013-2016
puts on the wire. raw_legacy.py HOST:PORT
"""

import gzip
import struct
import sys
import uuid

from checks import check, done, equal, that
from wire import Connection, blob, create_topic, message, message_set, text, unpack

BOOTSTRAP = sys.argv[1]


def topic():
    name = "raw-" + uuid.uuid4().hex
    create_topic(BOOTSTRAP, name)
    return name


def produce(connection, version, name, records, acks=1):
    body = struct.pack(">hi", acks, 10000) + struct.pack(">i", 1) + text(name)
    body += struct.pack(">ii", 1, 0) + blob(records)
    if acks == 0:
        connection.send(0, version, body)
        return None
    for _ in range(50):
        answer = connection.ask(0, version, body)
        equal("topics", 1, answer.take("i"))
        equal("topic", name, answer.text())
        equal("partitions", 1, answer.take("i"))
        partition, error, offset = answer.take("ihq")
        equal("partition", 0, partition)
        if error not in (3, 6):  # the broker is a moment behind the controller
            break
    equal("error code", 0, error)
    if version >= 2:
        equal("log append time", -1, answer.take("q"))
    if version >= 1:
        equal("throttle time", 0, answer.take("i"))
    equal("bytes left over", len(answer.data), answer.at)
    return offset


def fetch(connection, version, name, offset, limit=1 << 20):
    body = struct.pack(">iii", -1, 100, 1)
    if version >= 3:
        body += struct.pack(">i", limit)
    body += struct.pack(">i", 1) + text(name) + struct.pack(">iiqi", 1, 0, offset, limit)
    answer = connection.ask(1, version, body)
    if version >= 1:
        equal("throttle time", 0, answer.take("i"))
    equal("topics", 1, answer.take("i"))
    equal("topic", name, answer.text())
    equal("partitions", 1, answer.take("i"))
    partition, error, watermark = answer.take("ihq")
    equal("partition and error", (0, 0), (partition, error))
    return watermark, answer.blob()


def round_trip(magic, produce_version, fetch_version):
    def body():
        name, connection = topic(), Connection(BOOTSTRAP)
        times = [1_600_000_000_000 + i for i in range(5)]
        messages = [message(magic, b"k%d" % i, b"v%d" % i, times[i]) for i in range(5)]
        equal("base offset", 0, produce(connection, produce_version, name, message_set(messages)))
        equal("second base offset", 5, produce(connection, produce_version, name, message_set(messages)))
        found = []
        while len(found) < 10:
            # A broker that converts down may cut the answer at the size of what is on its disk.
            watermark, records = fetch(connection, fetch_version, name, len(found))
            equal("high watermark", 10, watermark)
            part = [m for m in unpack(records) if m[0] >= len(found)]
            that(f"something from offset {len(found)} on", part)
            found.extend(part)
        equal("offsets", list(range(10)), [m[0] for m in found])
        equal("keys and values", [(b"k%d" % (i % 5), b"v%d" % (i % 5)) for i in range(10)], [(m[3], m[4]) for m in found])
        wanted = 0 if fetch_version < 2 else found[0][1]
        equal("magic", {wanted}, {m[1] for m in found})
        if magic == 1 and fetch_version >= 2:
            equal("timestamps", times + times, [m[2] for m in found])
    return body


def compressed(magic, produce_version, fetch_version):
    def body():
        name, connection = topic(), Connection(BOOTSTRAP)
        inner = [message(magic, b"k", b"value %d" % i, 1_600_000_000_000 + i) for i in range(20)]
        packed = gzip.compress(message_set(inner, list(range(20))))
        wrapper = message(magic, None, packed, 1_600_000_000_019, attributes=1)
        equal("base offset", 0, produce(connection, produce_version, name, message_set([wrapper], [19])))
        found = unpack(fetch(connection, fetch_version, name, 0)[1])
        equal("values", [b"value %d" % i for i in range(20)], [m[4] for m in found])
        equal("offsets", list(range(20)), [m[0] for m in found])
        later = unpack(fetch(connection, fetch_version, name, 12)[1])
        equal("last offset from the middle", 19, later[-1][0])
        that("offset 12 is there", 12 in [m[0] for m in later])
    return body


def no_acknowledgement():
    name, connection = topic(), Connection(BOOTSTRAP)
    produce(connection, 0, name, message_set([message(0, None, b"first")]))
    produce(connection, 0, name, message_set([message(0, None, b"second")]), acks=0)
    equal("base offset after it", 2, produce(connection, 0, name, message_set([message(0, None, b"third")])))


def bad_crc():
    name, connection = topic(), Connection(BOOTSTRAP)
    produce(connection, 0, name, message_set([message(0, None, b"good")]))
    broken = bytearray(message_set([message(0, None, b"bad")]))
    broken[-1] ^= 1
    body = struct.pack(">hi", 1, 10000) + struct.pack(">i", 1) + text(name) + struct.pack(">ii", 1, 0) + blob(bytes(broken))
    answer = connection.ask(0, 0, body)
    answer.take("i"), answer.text(), answer.take("i")
    equal("error code: CORRUPT_MESSAGE", 2, answer.take("ihq")[1])
    equal("the next base offset", 1, produce(connection, 0, name, message_set([message(0, None, b"good")])))


def old_offsets():
    name, connection = topic(), Connection(BOOTSTRAP)
    produce(connection, 0, name, message_set([message(0, None, b"v")] * 7))
    for time, expected in ((-1, [7]), (-2, [0])):
        body = struct.pack(">ii", -1, 1) + text(name) + struct.pack(">iiqi", 1, 0, time, 1)
        answer = connection.ask(2, 0, body)
        equal("topics", 1, answer.take("i"))
        answer.text(), answer.take("i")
        equal("partition and error", (0, 0), answer.take("ih"))
        count = answer.take("i")
        equal("offsets", expected, [answer.take("q") for _ in range(count)])


def old_metadata():
    name, connection = topic(), Connection(BOOTSTRAP)
    produce(connection, 0, name, message_set([message(0, None, b"v")]))
    answer = connection.ask(3, 0, struct.pack(">i", 1) + text(name))
    equal("brokers", 1, answer.take("i"))
    equal("node id", 1, answer.take("i"))
    that("an address", (answer.text(), answer.take("i")))
    equal("topics", 1, answer.take("i"))
    equal("error", 0, answer.take("h"))
    equal("name", name, answer.text())
    equal("partitions", 1, answer.take("i"))
    equal("error, partition, leader", (0, 0, 1), answer.take("hii"))


for magic, versions in ((0, (0, 1, 2)), (1, (2,))):
    for produce_version in versions:
        for fetch_version in (0, 1, 2, 3):
            pair = f"format {magic}, Produce {produce_version}, Fetch {fetch_version}"
            check(f"{pair}", round_trip(magic, produce_version, fetch_version))
            if fetch_version in (0, 2):
                check(f"{pair}, gzip", compressed(magic, produce_version, fetch_version))
check("Produce 0 without acknowledgement", no_acknowledgement)
check("Produce 0 with a wrong CRC", bad_crc)
check("ListOffsets 0", old_offsets)
check("Metadata 0", old_metadata)
done()
