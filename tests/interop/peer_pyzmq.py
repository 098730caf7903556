"""The peer of the interop tests on pyzmq: one JSON command a line in, one answer a line out.

The protocol is that of `peer.ts`; `peer_zeromq.cjs` speaks it too. Options have zeromq.js's names.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys

import zmq
import zmq.asyncio
from zmq.utils.monitor import parse_monitor_message

LONG = 1024

TYPES = {
    "Pair": zmq.PAIR, "Publisher": zmq.PUB, "Subscriber": zmq.SUB, "Request": zmq.REQ, "Reply": zmq.REP,
    "Dealer": zmq.DEALER, "Router": zmq.ROUTER, "Pull": zmq.PULL, "Push": zmq.PUSH,
    "XPublisher": zmq.XPUB, "XSubscriber": zmq.XSUB, "Stream": zmq.STREAM,
}

OPTIONS = {
    "linger": zmq.LINGER,
    "sendHighWaterMark": zmq.SNDHWM,
    "receiveHighWaterMark": zmq.RCVHWM,
    "receiveBufferSize": zmq.RCVBUF,
    "sendBufferSize": zmq.SNDBUF,
    "routingId": zmq.ROUTING_ID,
    "mandatory": zmq.ROUTER_MANDATORY,
    "heartbeatInterval": zmq.HEARTBEAT_IVL,
    "heartbeatTimeout": zmq.HEARTBEAT_TIMEOUT,
    "heartbeatTimeToLive": zmq.HEARTBEAT_TTL,
    "reconnectInterval": zmq.RECONNECT_IVL,
    "maxMessageSize": zmq.MAXMSGSIZE,
    "immediate": zmq.IMMEDIATE,
    "conflate": zmq.CONFLATE,
}

EVENTS = {
    zmq.EVENT_ACCEPTED: "accept",
    zmq.EVENT_CONNECTED: "connect",
    zmq.EVENT_CONNECT_DELAYED: "connect:delay",
    zmq.EVENT_CONNECT_RETRIED: "connect:retry",
    zmq.EVENT_LISTENING: "bind",
    zmq.EVENT_BIND_FAILED: "bind:error",
    zmq.EVENT_CLOSED: "close",
    zmq.EVENT_DISCONNECTED: "disconnect",
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "handshake",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "handshake:error:protocol",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "handshake:error:auth",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "handshake:error:other",
    zmq.EVENT_MONITOR_STOPPED: "end",
}

context = zmq.asyncio.Context()
sockets = []
monitors = {}


async def hello():
    return zmq.zmq_version()


async def open_(type, options):
    socket = context.socket(TYPES[type])
    for name, value in options.items():
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, bool):
            value = int(value)
        socket.setsockopt(OPTIONS[name], value)
    sockets.append(socket)
    return len(sockets) - 1


async def bind(sock, address):
    sockets[sock].bind(address)
    return sockets[sock].getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()


async def unbind(sock, address):
    sockets[sock].unbind(address)


async def connect(sock, address):
    sockets[sock].connect(address)


async def disconnect(sock, address):
    sockets[sock].disconnect(address)


async def send(sock, parts):
    await sockets[sock].send_multipart([decode(part) for part in parts])


async def receive(sock, timeout):
    parts = await asyncio.wait_for(sockets[sock].recv_multipart(), timeout / 1000)
    return [encode(part) for part in parts]


async def subscribe(sock, topics):
    for topic in topics:
        sockets[sock].setsockopt(zmq.SUBSCRIBE, decode(topic))


async def unsubscribe(sock, topics):
    for topic in topics:
        sockets[sock].setsockopt(zmq.UNSUBSCRIBE, decode(topic))


async def pump(sock, count, size):
    padding = bytes(size - 4)
    for number in range(count):
        await sockets[sock].send(number.to_bytes(4, "big") + padding)


async def drain(sock, count, timeout):
    tally = {"count": 0, "first": -1, "last": -1, "ascending": True, "doubles": 0}
    seen = set()
    while tally["count"] < count:
        try:
            parts = await asyncio.wait_for(sockets[sock].recv_multipart(), timeout / 1000)
        except asyncio.TimeoutError:
            break
        number = int.from_bytes(parts[-1][:4], "big")
        if tally["count"] == 0:
            tally["first"] = number
        elif number <= tally["last"]:
            tally["ascending"] = False
        tally["count"] += 1
        tally["doubles"] += number in seen
        seen.add(number)
        tally["last"] = number
    return tally


async def echo(sock, count):
    for _ in range(count):
        await sockets[sock].send_multipart(await sockets[sock].recv_multipart())


async def monitor(sock):
    monitors[sock] = sockets[sock].get_monitor_socket()


async def event(sock, type, timeout):
    async def wanted():
        while True:
            found = parse_monitor_message(await monitors[sock].recv_multipart())
            if EVENTS.get(found["event"]) == type:
                return {"type": type, "address": found["endpoint"].decode()}
    return await asyncio.wait_for(wanted(), timeout / 1000)


async def close(sock):
    sockets[sock].close()


COMMANDS = {"open": open_, **{f.__name__: f for f in (
    hello, bind, unbind, connect, disconnect, send, receive, subscribe, unsubscribe, pump, drain, echo, monitor,
    event, close,
)}}


def decode(part):
    if isinstance(part, str):
        return base64.b64decode(part)
    block = bytes((part["seed"] + index) % 251 for index in range(251))
    return (block * (part["size"] // 251 + 1))[:part["size"]]


def encode(part):
    if len(part) <= LONG:
        return base64.b64encode(part).decode()
    return {"size": len(part), "sha256": hashlib.sha256(part).hexdigest()}


async def answer(line):
    command = json.loads(line)
    number = command.pop("id")
    try:
        reply = {"id": number, "result": await COMMANDS[command.pop("op")](**command)}
    except Exception as error:  # Whatever it is, the test must hear of it.
        reply = {"id": number, "error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


async def main():
    reader = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.create_task(answer(line))
        running.add(task)
        task.add_done_callback(running.discard)
    os._exit(0)


asyncio.run(main())
