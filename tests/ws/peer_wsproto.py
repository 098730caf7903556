"""The peer of tests/ws/peers_test.ts on wsproto: one JSON command a line in, one answer a line out.

The commands are those of `peers.ts`; `peer_ws.cjs` speaks them too.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, RejectConnection, Request, TextMessage,
)
from wsproto.extensions import PerMessageDeflate

LONG = 1024

connections = []
accepted = {}  # By the port.


class Connection:
    """One connection: wsproto makes and reads all frames, but for those of `raw`."""

    def __init__(self, reader, writer, kind):
        self.reader = reader
        self.writer = writer
        self.ws = WSConnection(kind)
        self.events = asyncio.Queue()
        self.opened = asyncio.get_running_loop().create_future()
        self.protocols = []
        self.deflate = False
        self.facts = {"connection": len(connections), "protocol": "", "extensions": ""}
        self.message = b""
        self.closing = False
        connections.append(self)

    async def run(self):
        while data := await self.hear():
            self.ws.receive_data(data)
            for event in self.ws.events():
                self.take(event)
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before the answer"))
        self.writer.close()

    async def hear(self):
        try:
            return await self.reader.read(1 << 16)
        except OSError:
            return b""

    def take(self, event):
        if isinstance(event, Request):
            chosen = next((each for each in self.protocols if each in event.subprotocols), None)
            self.facts.update(offered=event.subprotocols, protocol=chosen or "")
            extensions = [PerMessageDeflate()] if self.deflate else []
            self.write(AcceptConnection(subprotocol=chosen, extensions=extensions))
            self.facts["extensions"] = ", ".join(each.name for each in extensions if each.enabled())
            self.accepted.put_nowait(self.facts)
        elif isinstance(event, AcceptConnection):
            self.facts["protocol"] = event.subprotocol or ""
            self.facts["extensions"] = ", ".join(each.name for each in event.extensions)
            self.opened.set_result(self.facts)
        elif isinstance(event, RejectConnection):
            self.opened.set_exception(ConnectionError(f"answered {event.status_code}"))
        elif isinstance(event, (BytesMessage, TextMessage)):
            self.message += event.data if isinstance(event, BytesMessage) else event.data.encode()
            if event.message_finished:
                kind = "message" if isinstance(event, BytesMessage) else "text"
                self.tell(type=kind, data=encode(self.message))
                self.message = b""
        elif isinstance(event, Ping):
            self.tell(type="ping", data=encode(event.payload))
            if self.ws.state is ConnectionState.OPEN:
                self.write(event.response())
        elif isinstance(event, Pong):
            self.tell(type="pong", data=encode(event.payload))
        elif isinstance(event, CloseConnection):
            if self.ws.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
                # What wsproto finds wrong with our frames.
                self.tell(type="error", text=f"{int(event.code)}: {event.reason}")
                return
            if self.ws.state is ConnectionState.REMOTE_CLOSING:
                self.write(event.response())
            self.tell(type="close", code=int(event.code), reason=event.reason or "")

    def tell(self, **event):
        self.events.put_nowait(event)

    def write(self, event):
        self.writer.write(self.ws.send(event))


async def listen(protocols, deflate):
    async def take(reader, writer):
        connection = Connection(reader, writer, ConnectionType.SERVER)
        connection.protocols, connection.deflate, connection.accepted = protocols, deflate, queue
        await connection.run()

    queue = asyncio.Queue()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    accepted[port] = queue
    return port


async def accept(port):
    return await accepted[port].get()


async def dial(url, protocols, deflate):
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    connection = Connection(reader, writer, ConnectionType.CLIENT)
    extensions = [PerMessageDeflate()] if deflate else []
    connection.write(
        Request(host=parts.netloc, target=parts.path, subprotocols=protocols, extensions=extensions)
    )
    connection.task = asyncio.create_task(connection.run())
    return await connection.opened


async def send(connection, data, text=False, fragments=(), ping=None):
    here = connections[connection]
    rest = base64.b64decode(data)
    kind = (lambda part, last: TextMessage(part.decode(), message_finished=last)) if text else (
        lambda part, last: BytesMessage(part, message_finished=last))
    for size in fragments:
        here.write(kind(rest[:size], False))
        rest = rest[size:]
        if ping is not None:
            here.write(Ping(base64.b64decode(ping)))
    here.write(kind(rest, True))
    await here.writer.drain()


async def ping(connection, data):
    connections[connection].write(Ping(base64.b64decode(data)))


async def pong(connection, data):
    connections[connection].write(Pong(base64.b64decode(data)))


async def close(connection, code, reason=None):
    connections[connection].write(CloseConnection(code, reason))


async def raw(connection, data, piece):
    here = connections[connection]
    octets = base64.b64decode(data)
    for at in range(0, len(octets), piece):
        here.writer.write(octets[at:at + piece])
        await asyncio.sleep(0)


async def next_events(connection, count):
    return [await connections[connection].events.get() for _ in range(count)]


async def hello():
    return None


COMMANDS = {
    "hello": hello, "listen": listen, "accept": accept, "dial": dial, "send": send, "ping": ping,
    "pong": pong, "close": close, "raw": raw, "next": next_events,
}


def encode(data):
    if len(data) <= LONG:
        return base64.b64encode(data).decode()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


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
