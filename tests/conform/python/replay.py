"""Says to a broker what a recorded client said, and compares the answers with the recorded ones.

replay.py HOST:PORT FILE

The frames were recorded by record.py between the client and Apache Kafka 3.9.2, the last that served it. The broker
must be fresh and advertise the address that the recorded one advertised, 127.0.0.1:19092. Answers are compared byte
by byte, but for what may differ between brokers that are both right:
  ApiVersions    must be no error, and must offer every version that the recorded client goes on to use;
  CreateTopics   was not the client's but the script's, and must succeed; the script then asks until the broker
                 knows the topic, which Apache Kafka does a moment later;
  Fetch          how much one answer carries, and how the codec packed it: the messages inside are compared;
  Produce        the order of topics and partitions;
  Metadata       the same, and the cluster id.
"""

import gzip
import os
import struct
import sys

from checks import check, done, equal, that
from wire import Connection, Reader, unpack

PRODUCE, FETCH, METADATA, API_VERSIONS, CREATE_TOPICS = 0, 1, 3, 18, 19


class Sent:
    """What is known of a request that waits for its answer."""

    def __init__(self, frame):
        self.key, self.version, self.correlation = struct.unpack_from(">hhi", frame)
        self.of_the_script = frame[8:13] == b"\0\x03raw"
        # Produce begins with acks, and without any there is no answer.
        start = 8 + 2 + max(struct.unpack_from(">h", frame, 8)[0], 0)
        self.answered = self.key != PRODUCE or struct.unpack_from(">h", frame, start)[0] != 0


def replay(file):
    with gzip.open(file, "rt") as lines:
        frames = [line.split() for line in lines]
    used = {}
    for _, direction, digits in frames:
        if direction == ">":
            sent = Sent(bytes.fromhex(digits))
            used.setdefault(sent.key, set()).add(sent.version)
    connections, waiting, compared = {}, {}, 0
    for number, direction, digits in frames:
        frame = bytes.fromhex(digits)
        if number not in connections:
            connections[number], waiting[number] = Connection(sys.argv[1]), []
        if direction == ">":
            connections[number].send_frame(frame)
            waiting[number] += [sent for sent in [Sent(frame)] if sent.answered]
        else:
            compare(waiting[number].pop(0), frame, connections[number].read_frame(), used)
            compared += 1
    that("the recording holds answers", compared > 20)


def compare(sent, expected, actual, used):
    equal("correlation id", sent.correlation, struct.unpack_from(">i", actual)[0])
    if sent.key == API_VERSIONS:
        offers(Reader(actual[4:]), used)
    elif sent.key == CREATE_TOPICS:
        equal("error of CreateTopics", b"\0\0", actual[-4:-2])
    elif sent.of_the_script:
        pass
    elif sent.key == FETCH:
        same_messages(fetched(sent.version, expected), fetched(sent.version, actual))
    elif sent.key == PRODUCE:
        equal("Produce", produced(sent.version, Reader(expected)), produced(sent.version, Reader(actual)))
    elif sent.key == METADATA:
        equal("Metadata", metadata(sent.version, Reader(expected)), metadata(sent.version, Reader(actual)))
    else:
        equal(f"answer to API {sent.key} version {sent.version}", expected.hex(), actual.hex())


def offers(answer, used):
    equal("error of ApiVersions", 0, answer.take("h"))
    ranges = {}
    for _ in range(answer.take("i")):
        key, lowest, highest = answer.take("hhh")
        ranges[key] = (lowest, highest)
    for key, versions in used.items():
        for version in versions:
            lowest, highest = ranges[key]
            that(f"version {version} of API {key} is offered", lowest <= version <= highest)


def produced(version, answer):
    """Everything in a Produce answer of version 0 to 2."""
    def topic():
        return (answer.text(), sorted(answer.take("ihqq" if version >= 2 else "ihq") for _ in range(answer.take("i"))))

    answer.take("i")
    found = [sorted(topic() for _ in range(answer.take("i"))), answer.take("i") if version >= 1 else None]
    equal("bytes left over", len(answer.data), answer.at)
    return found


def metadata(version, answer):
    """Everything in a Metadata answer of version 0 to 5 but the cluster id."""
    def array(item):
        return sorted(item() for _ in range(answer.take("i")))

    def nullable():
        length = answer.take("h")
        return None if length < 0 else answer.bytes(length)

    def broker():
        return (answer.take("i"), answer.text(), answer.take("i"), nullable() if version >= 1 else None)

    def partition():
        head, lists = answer.take("hii"), range(3 if version >= 5 else 2)
        return (head, [array(lambda: answer.take("i")) for _ in lists])

    def topic():
        head = (answer.take("h"), answer.text(), answer.take("b") if version >= 1 else None)
        return (head, array(partition))

    answer.take("i")
    found = [answer.take("i") if version >= 3 else None, array(broker)]
    if version >= 2:
        that("the cluster has an id", nullable())
    found += [answer.take("i") if version >= 1 else None, array(topic)]
    equal("bytes left over", len(answer.data), answer.at)
    return found


def fetched(version, frame):
    """[(topic, partition, error, high watermark, messages)] of a Fetch answer of version 0 to 3."""
    answer, found = Reader(frame), []
    answer.take("i")
    if version >= 1:
        equal("throttle time", 0, answer.take("i"))
    for _ in range(answer.take("i")):
        topic = answer.text()
        for _ in range(answer.take("i")):
            partition, error, watermark = answer.take("ihq")
            found.append((topic, partition, error, watermark, unpack(answer.blob() or b"")))
    return found


def same_messages(expected, actual):
    equal("partitions of a Fetch", [part[:4] for part in expected], [part[:4] for part in actual])
    for wanted, got in zip(expected, actual):
        common = min(len(wanted[4]), len(got[4]))
        that("messages where there are any", common > 0 or not wanted[4] and not got[4])
        equal("messages of a Fetch", wanted[4][:common], got[4][:common])


name = os.path.basename(sys.argv[2]).replace(".txt.gz", "")
check(f"the answers to {name} are Apache Kafka's", lambda: replay(sys.argv[2]))
done()
