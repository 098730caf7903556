"""The far ends of a device on pyzmq, made for volume: a process plays one role, as fast as Python can.

One JSON command a line in, one answer a line out, as `peer.ts` speaks it. Each command runs in a thread of its
own, so that a role can be asked how far it is. A role stops at each count of `pauses` until `release`.
"""

import base64
import json
import os
import struct
import sys
import threading
import time

import zmq

NUMBERS = struct.Struct(">II")

context = zmq.Context()
sockets = []  # Those that a role opened: they stay open when it is over.
gate = threading.Event()
stopped = threading.Event()
opened = threading.Event()
finished = threading.Event()
state = {"count": 0, "address": None, "result": None, "error": None}


# Roles. Each opens its socket, says so, and returns what it saw.


def clients(address, clients, rounds, name, patience=30000, pauses=()):
    """So many REQ at once: in each round all of them ask, then all of them wait for their own answer.

    One that waits longer than its patience is closed and asks again with a new socket, as RFC 28 leaves to the
    program ("lazy pirate"). A request is who asks and its number; a reply is the request and the service's name.
    """
    askers = [client_of(address, patience) for _ in range(clients)]
    tally = {"answered": 0, "wrong": 0, "lost": [], "services": {}}
    ready()
    for number in range(rounds):
        hold(pauses, tally["answered"])
        requests = [name.encode() + NUMBERS.pack(client, number) for client in range(clients)]
        for client in range(clients):
            askers[client].send(requests[client])
        for client in range(clients):
            while True:
                try:
                    echoed, service = askers[client].recv_multipart()
                    break
                except zmq.Again:
                    tally["lost"].append([client, number])
                    askers[client].close()
                    askers[client] = client_of(address, patience)
                    askers[client].send(requests[client])
            tally["wrong"] += echoed != requests[client]
            tally["services"][service.decode()] = tally["services"].get(service.decode(), 0) + 1
            tally["answered"] += 1
        tell(tally["answered"])
    return tally


def service(address, name, hang=None):
    """A REP that sends back the request and its own name; it may hang for good over its n-th request."""
    socket = connected(zmq.REP, address)
    ready()
    served = 0
    for request in received(socket):
        served += 1
        tell(served)
        if served == hang:
            threading.Event().wait()
        socket.send_multipart([*request, name.encode()])
    return served


def publisher(address, topics, count, pauses=()):
    """Probes until it is released, for subscriptions need their time; then numbered messages, topic by topic."""
    socket = connected(zmq.PUB, address)
    topics = [topic.encode() for topic in topics]
    ready()
    while not gate.is_set():
        for topic in topics:
            socket.send_multipart([topic, b"probe"])
        time.sleep(0.005)
    gate.clear()
    for number in range(count):
        hold(pauses, number)
        body = number.to_bytes(4, "big")
        for topic in topics:
            socket.send_multipart([topic, body])
    for topic in topics:
        socket.send_multipart([topic, b"last"])
    stopped.wait()


def subscriber(address, topics, awaits=None):
    """Counts what comes of each topic, until the publisher's last of all that it awaits."""
    socket = context.socket(zmq.SUB)
    sockets.append(socket)
    socket.set_hwm(0)
    for topic in topics:
        socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
    socket.connect(address)
    ready()
    seen = {topic: {"probes": 0, "count": 0, "first": None, "last": None, "gaps": 0} for topic in topics}
    other = 0
    waiting = set(awaits or topics)
    total = 0
    for topic, body in received(socket):
        tally = seen.get(topic.decode())
        if tally is None:
            other += 1
        elif body == b"probe":
            tally["probes"] += 1
        elif body == b"last":
            waiting.discard(topic.decode())
            if not waiting:
                break
        else:
            number = int.from_bytes(body, "big")
            if tally["first"] is None:
                tally["first"] = number
            else:
                tally["gaps"] += number != tally["last"] + 1
            tally["last"] = number
            tally["count"] += 1
        total += 1
        if total % 100 == 0 or total < 100:
            tell(total)
    return {"topics": seen, "other": other}


def pusher(address, name, count, size=32, marks=1000, pauses=()):
    """Numbered messages, the pusher's own number before them."""
    socket = connected(zmq.PUSH, address, marks)
    padding = bytes(size - NUMBERS.size)
    ready()
    for number in range(count):
        hold(pauses, number)
        while not stopped.is_set():
            try:
                socket.send(NUMBERS.pack(name, number) + padding)
                break
            except zmq.Again:
                pass
        if number % 100 == 99 or number < 100:
            tell(number + 1)
    tell(count)
    stopped.wait()
    return count


def puller(address, marks=1000, pauses=()):
    """Which numbers of which pusher came: a bit each."""
    socket = connected(zmq.PULL, address, marks)
    ready()
    pushers = {}
    total = 0
    hold(pauses, 0)
    for message in received(socket):
        name, number = NUMBERS.unpack_from(message[0])
        found = pushers.get(name)
        if found is None:
            found = pushers[name] = {"bits": bytearray(), "last": -1, "disorder": 0, "doubles": 0}
        bits = found["bits"]
        octet, bit = number >> 3, 1 << (number & 7)
        if octet >= len(bits):
            bits.extend(bytes(octet + 1024 - len(bits)))
        found["doubles"] += bits[octet] & bit != 0
        found["disorder"] += number <= found["last"]
        found["last"] = number
        bits[octet] |= bit
        total += 1
        tell(total)
        hold(pauses, total)
    for found in pushers.values():
        found["bits"] = base64.b64encode(found["bits"]).decode()
    return pushers


# What roles are made of.


def client_of(address, patience):
    socket = connected(zmq.REQ, address)
    socket.setsockopt(zmq.SNDTIMEO, -1)
    socket.setsockopt(zmq.RCVTIMEO, patience)
    return socket


def connected(type, address, marks=0):
    socket = context.socket(type)
    sockets.append(socket)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, 20)
    socket.setsockopt(zmq.SNDTIMEO, 100)
    socket.setsockopt(zmq.RCVTIMEO, 100)
    socket.set_hwm(marks)
    socket.connect(address)
    return socket


def received(socket):
    """All that comes, until there is nothing more after `stop`."""
    while True:
        try:
            yield socket.recv_multipart()
        except zmq.Again:
            if stopped.is_set() and not socket.poll(300):
                return


def ready():
    opened.set()


def tell(count):
    state["count"] = count


def hold(pauses, count):
    while pauses and count >= pauses[0]:
        pauses.pop(0)
        tell(count)
        gate.wait()
        gate.clear()


# Commands.

ROLES = {f.__name__: f for f in (clients, service, publisher, subscriber, pusher, puller)}


def hello():
    return zmq.zmq_version()


def start(role, arguments):
    def play():
        try:
            state["result"] = ROLES[role](**arguments)
        except Exception as error:  # Whatever it is, the test must hear of it.
            state["error"] = f"{type(error).__name__}: {error}"
        opened.set()
        finished.set()

    threading.Thread(target=play, daemon=True).start()
    opened.wait()


def count():
    if state["error"]:
        raise RuntimeError(state["error"])
    return state["count"]


def reached(at, timeout):
    end = time.monotonic() + timeout / 1000
    while count() < at:
        if time.monotonic() > end:
            raise TimeoutError(f"{state['count']} of {at}")
        if finished.is_set() and state["count"] < at:
            raise RuntimeError(f"over at {state['count']} of {at}")
        time.sleep(0.005)
    return state["count"]


def release():
    gate.set()


def stop():
    stopped.set()


def result(timeout):
    if not finished.wait(timeout / 1000):
        raise TimeoutError(f"at {state['count']}")
    if state["error"]:
        raise RuntimeError(state["error"])
    return state["result"]


COMMANDS = {f.__name__: f for f in (hello, start, count, reached, release, stop, result)}


def answer(command):
    number = command.pop("id")
    try:
        reply = {"id": number, "result": COMMANDS[command.pop("op")](**command)}
    except Exception as error:
        reply = {"id": number, "error": f"{type(error).__name__}: {error}"}
    os.write(1, (json.dumps(reply) + "\n").encode())


for line in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
os._exit(0)
