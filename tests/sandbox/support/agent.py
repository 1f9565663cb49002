"""Serves on every port of the test, and connects to others when told to on port 9000: a line of JSON comes in with
[protocol, address, port] of each target, a line goes out with whether each answered within a second. A refused connection
counts: it is the target's own kernel that refuses. What could not even be tried is answered with the reason, a text: nothing
follows from it about the network."""

import asyncio
import errno
import json

# What the kernel says of a target that does not answer.
SILENT = errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT

# A query that DNS servers answer too: kubernetes.default.svc.cluster.local, type A.
QUERY = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01"


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


class Ask(asyncio.DatagramProtocol):
    def __init__(self):
        self.answered = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        transport.sendto(QUERY)

    def datagram_received(self, data, address):
        if not self.answered.done():
            self.answered.set_result(True)


async def reach(protocol, address, port):
    loop = asyncio.get_running_loop()
    if protocol == "udp":
        transport, ask = await loop.create_datagram_endpoint(Ask, remote_addr=(address, port))
        try:
            await ask.answered
        finally:
            transport.close()
    else:
        _, writer = await asyncio.open_connection(address, port)
        writer.close()


async def attempt(target):
    try:
        await asyncio.wait_for(reach(*target), 1)
        return True
    except ConnectionRefusedError:
        return True
    except asyncio.TimeoutError:
        return False
    except OSError as error:
        return False if error.errno in SILENT else f"{target}: {error}"


async def control(reader, writer):
    targets = json.loads(await reader.readline())
    answers = await asyncio.gather(*map(attempt, targets))
    writer.write(json.dumps(answers).encode() + b"\n")
    writer.close()


async def echo(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def main():
    for port in 8080, 8081, 8082:
        await asyncio.start_server(echo, "0.0.0.0", port, backlog=200)
    await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=("0.0.0.0", 8080))
    server = await asyncio.start_server(control, "0.0.0.0", 9000, limit=2**20)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
