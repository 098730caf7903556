"""An end of epgm:// on pyzmq: one JSON command a line in, one answer a line out, as `ends.ts` says.

One thread, for the sockets' sake: while it publishes or collects, it hears nothing else.
"""

import json
import os
import select
import sys
import time

import zmq

TYPES = {
    "Publisher": zmq.PUB, "XPublisher": zmq.XPUB, "Subscriber": zmq.SUB, "XSubscriber": zmq.XSUB,
}

OPTIONS = {
    "linger": zmq.LINGER,
    "sendHighWaterMark": zmq.SNDHWM,
    "receiveHighWaterMark": zmq.RCVHWM,
    "rate": zmq.RATE,
    "recoveryInterval": zmq.RECOVERY_IVL,
    "multicastHops": zmq.MULTICAST_HOPS,
    "multicastMaxTransportDataUnit": zmq.MULTICAST_MAXTPDU,
}

GREETING = b"hello"
GREETING_EVERY = 0.05
BLANK = b"."

context = zmq.Context()
sockets = []
greeting = set()


def hello():
    return zmq.zmq_version()


def open_(type, options, endpoints, topics, group):
    before = memberships(group)
    socket = context.socket(TYPES[type])
    for name, value in options.items():
        socket.setsockopt(OPTIONS[name], value)
    for topic in topics:
        if type == "XSubscriber":
            socket.send(b"\1" + topic.encode())
        elif type == "Subscriber":
            socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
    for endpoint in endpoints:
        socket.connect(endpoint)
    # The engine's thread joins after connect() has returned.
    while type in ("Subscriber", "XSubscriber") and memberships(group) == before:
        time.sleep(0.005)
    sockets.append(socket)
    return len(sockets) - 1


def close(sock):
    greeting.discard(sock)
    sockets[sock].close()


def greet(sock):
    greeting.add(sock)


def greeted(sock, timeout):
    while not (parts := receive(sock, timeout))[0].startswith(GREETING):
        raise RuntimeError(f"{parts[0][:20]!r} before a greeting")


def publish(sock, shape, source, first, count, size, pause):
    greeting.discard(sock)
    for number in range(first, first + count):
        sockets[sock].send_multipart(message(shape, source, number, size))
        if pause:
            time.sleep(pause / 1000)


def compare(sock, count, timeout):
    """Waits for all messages of the mixed shape, each exactly as it must be."""
    for number in range(count):
        parts = receive(sock, timeout, skip=GREETING)
        if parts is None:
            return {"count": number, "wrong": f"nothing for {timeout} ms"}
        wanted = message("mixed", "", number, 0)
        if parts != wanted:
            return {"count": number, "wrong": f"{short(parts)} instead of {short(wanted)}"}
    return {"count": count}


def collect(sock, until, timeout):
    """Notes the numbers of numbered messages by source, until each source's last has come."""
    seen = {}
    missing = set(until)
    while missing:
        parts = receive(sock, timeout, skip=GREETING)
        if parts is None:
            break
        if len(parts) == 1:
            parts = parts[0].split()
        if len(parts) != 3:
            raise RuntimeError(f"not a whole message: {short(parts)}")
        source, number = parts[0].decode().split(".")[0], int(parts[1])
        runs = seen.setdefault(source, [])
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
        if number == until.get(source):
            missing.discard(source)
    return seen


def receive(sock, timeout, skip=None):
    while sockets[sock].poll(timeout):
        parts = sockets[sock].recv_multipart()
        if skip is None or not parts[0].startswith(skip):
            return parts
    if skip is None:
        raise RuntimeError(f"nothing for {timeout} ms")
    return None


def message(shape, source, number, size):
    """The same as in `messages.ts`."""
    text = str(number).encode()
    if shape == "numbered":
        return [source.encode(), text, BLANK * size]
    if shape == "single":
        return [source.encode() + b" " + text + b" " + BLANK * size]
    if number % 1000 == 999:
        return [text + BLANK * (100000 - len(text))]
    if number % 10 == 3:
        return [b""]
    if number % 10 == 5:
        return [text, b"", BLANK * (number % 300)]
    if number % 10 == 7:
        return [text, b"", text, BLANK * 253, BLANK * 254, b""]
    return [text + BLANK * (number * 37 % 200)]


def short(parts):
    return [part[:12].decode(errors="replace") + f"({len(part)})" for part in parts]


def memberships(group):
    """How often sockets of this host have joined the group."""
    import socket
    if ":" in group:
        wanted = socket.inet_pton(socket.AF_INET6, group).hex()
        with open("/proc/self/net/igmp6") as lines:
            return sum(int(words[3]) for words in map(str.split, lines) if words[2] == wanted)
    wanted = socket.inet_aton(group)[::-1].hex().upper()
    with open("/proc/self/net/igmp") as lines:
        return sum(int(words[1]) for words in map(str.split, lines) if words[0] == wanted)


COMMANDS = {"open": open_, **{f.__name__: f for f in (hello, close, greet, greeted, publish, compare, collect)}}


def answer(line):
    command = json.loads(line)
    number = command.pop("id")
    try:
        reply = {"id": number, "result": COMMANDS[command.pop("op")](**command)}
    except Exception as error:  # Whatever it is, the test must hear of it.
        reply = {"id": number, "error": f"{type(error).__name__}: {error}"}
    os.write(1, (json.dumps(reply) + "\n").encode())


def main():
    rest = b""
    while True:
        while not select.select([0], [], [], GREETING_EVERY if greeting else None)[0]:
            for sock in greeting:
                sockets[sock].send(GREETING)
        chunk = os.read(0, 65536)
        if not chunk:
            os._exit(0)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            answer(line)


main()
