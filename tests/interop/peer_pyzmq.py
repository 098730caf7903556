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
from zmq.auth.thread import ThreadAuthenticator
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
    "handshakeInterval": zmq.HANDSHAKE_IVL,
    "plainServer": zmq.PLAIN_SERVER,
    "plainUsername": zmq.PLAIN_USERNAME,
    "plainPassword": zmq.PLAIN_PASSWORD,
    "curveServer": zmq.CURVE_SERVER,
    "curvePublicKey": zmq.CURVE_PUBLICKEY,
    "curveSecretKey": zmq.CURVE_SECRETKEY,
    "curveServerKey": zmq.CURVE_SERVERKEY,
    "zapDomain": zmq.ZAP_DOMAIN,
    "zapEnforceDomain": zmq.ZAP_ENFORCE_DOMAIN,
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

ZAP = "inproc://zeromq.zap.01"

contexts = {}
sockets = []
monitors = {}
handlers = []
authenticators = []


async def hello():
    return zmq.zmq_version()


async def open_(type, options, context=""):
    socket = context_of(context).socket(TYPES[type])
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


async def story(sock, timeout):
    """All events up to the first handshake that succeeded, or the first connection that ended."""
    told = []

    async def tell():
        while True:
            found = parse_monitor_message(await monitors[sock].recv_multipart())
            told.append({"type": EVENTS.get(found["event"], "unknown"), "value": found["value"]})
            if told[-1]["type"] in ("handshake", "disconnect"):
                return told

    try:
        return await asyncio.wait_for(tell(), timeout / 1000)
    except asyncio.TimeoutError:
        raise TimeoutError(f"after {told}")


async def receiveProperties(sock, names, timeout):
    """One message of short parts, and what zmq_msg_gets says of its first."""
    frames = await asyncio.wait_for(sockets[sock].recv_multipart(copy=False), timeout / 1000)
    properties = {}
    for name in names:
        try:
            properties[name] = frames[0].get(name)
        except zmq.ZMQError:
            properties[name] = None
    return {"parts": [encode(frame.bytes) for frame in frames], "properties": properties}


async def keyPair():
    public, secret = zmq.curve_keypair()
    return {"publicKey": public.decode(), "secretKey": secret.decode(), "again": zmq.curve_public(secret).decode()}


async def handle(context, script):
    """A ZAP handler by a script; see `Script` in `security.ts`."""
    socket = context_of(context).socket(TYPES[script.get("type", "Reply")])
    socket.linger = 0
    socket.bind(ZAP)
    requests = []
    handlers.append(requests)

    async def serve():
        if script.get("ends") == "unread":
            await socket.poll()
            socket.close()
            return
        while True:
            message = await socket.recv_multipart()
            start = message.index(b"") + 1 if script.get("type") == "Router" else 0
            version, number, *rest = message[start:]
            requests.append([encode(version), *map(encode, rest)])
            if script.get("ends") == "read":
                socket.close()
                return
            reply = [
                script.get("version", "1.0").encode(),
                script["id"].encode() if "id" in script else number,
                script.get("status", "200").encode(),
                script.get("text", "").encode(),
                script.get("userId", "").encode(),
                decode(script.get("metadata", "")),
                *[b""] * script.get("extra", 0),
            ]
            await socket.send_multipart(message[:start] + reply)

    serving.add(asyncio.create_task(serve()))
    return len(handlers) - 1


async def requests(handler):
    return handlers[handler]


async def authenticator(context, rules):
    """pyzmq's own authenticator, in a thread."""
    thread = ThreadAuthenticator(zmq.Context.shadow(context_of(context).underlying))
    authenticators.append(thread)
    thread.start()
    if "deny" in rules:
        thread.deny(*rules["deny"])
    for domain, passwords in rules.get("passwords", {}).items():
        thread.configure_plain(domain=domain, passwords=passwords)
    if "keys" in rules:
        thread.configure_curve_callback("*", Keys(rules["keys"]))
    return len(authenticators) - 1


class Keys:
    def __init__(self, keys):
        self.keys = [key.encode() for key in keys]

    def callback(self, domain, key):
        return key in self.keys


async def close(sock):
    sockets[sock].close()


COMMANDS = {"open": open_, **{f.__name__: f for f in (
    hello, bind, unbind, connect, disconnect, send, receive, subscribe, unsubscribe, pump, drain, echo, monitor,
    event, story, receiveProperties, keyPair, handle, requests, authenticator, close,
)}}


serving = set()


def context_of(name):
    if name not in contexts:
        contexts[name] = zmq.asyncio.Context()
    return contexts[name]


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
