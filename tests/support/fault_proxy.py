# SPDX-License-Identifier: MIT
"""A TCP proxy that misbehaves as a test says, from one moment to the next."""

import asyncio
import collections
import socket
import struct
import threading
import time

LOOPBACK = "127.0.0.1"
CHUNK = 65536
IN_FLIGHT = 64  # chunks that a slow way may hold before its sender has to wait
ABORT = struct.pack("ii", 1, 0)


class Rules:
    """What becomes of what passes now."""

    def __init__(self):
        self.latency = 0.0  # seconds, each way
        self.bandwidth = None  # bytes a second, each way of each connection
        self.slice = None  # bytes of a piece, one piece a millisecond
        self.slow_close = 0.0  # seconds by which the end of a stream is late
        self.black_hole = False  # nothing passes, neither side is told


class Way:
    """One direction of a connection: read, held for its time, written."""

    def __init__(self, proxy, reader, writer, is_answer):
        self.proxy = proxy
        self.reader = reader
        self.writer = writer
        self.is_answer = is_answer
        self.held = collections.deque()
        self.changed = asyncio.Event()

    async def read(self):
        data = None
        while data != b"":
            data = await self.reader.read(CHUNK)
            if self.is_answer and data and self.proxy.takes_answer():
                raise ConnectionResetError
            late = self.proxy.rules.latency + (0 if data else self.proxy.rules.slow_close)
            self.held.append((time.monotonic() + late, data))
            self.changed.set()
            while len(self.held) >= IN_FLIGHT:
                await asyncio.sleep(0.005)

    async def write(self):
        while True:
            while not self.held:
                self.changed.clear()
                await self.changed.wait()
            due, data = self.held[0]
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.proxy.passage()
            self.held.popleft()
            if not data:
                self.writer.write_eof()
                return
            await self.send(data)

    async def send(self, data):
        """In pieces, as the rules of the moment say; the black hole may open between two."""
        while data:
            rules = self.proxy.rules
            size = min(rules.slice or CHUNK, max(1, int(rules.bandwidth / 20)) if rules.bandwidth else CHUNK)
            piece, data = data[:size], data[size:]
            await self.proxy.passage()
            self.writer.write(piece)
            await self.writer.drain()
            if rules.bandwidth:
                await asyncio.sleep(len(piece) / rules.bandwidth)
            elif rules.slice:
                await asyncio.sleep(0.001)


class FaultProxy:
    """Listens on a port of its own, `port`, for what listens on `target`. A context manager.

    `set(latency=…, bandwidth=…, slice=…, slow_close=…, black_hole=…)` rules what is under way, too. A black hole
    begins behind the kernel: whoever sends is told that it arrived, so that only time tells. Where lost packets
    matter, as for keepalives, a test wants a network namespace.
    """

    def __init__(self, target, host=LOOPBACK):
        self.target = target
        self.host = host
        self.port = None
        self.rules = Rules()
        self.accepted = 0
        self._answers_to_lose = 0
        self._connections = set()
        self._loop = asyncio.new_event_loop()
        self._open = None
        self._server = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    # --- the test's side ---

    def start(self):
        ready = threading.Event()
        self._loop.call_soon(lambda: self._loop.create_task(self._serve(ready)))
        self._thread.start()
        if not ready.wait(10):
            raise AssertionError("the proxy does not start")
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def set(self, **rules):
        """Changes these; the others stay as they are."""
        unknown = [name for name in rules if name not in vars(self.rules)]
        if unknown:
            raise TypeError(f"the proxy has no rule {unknown}")
        self._call(self._set, rules)

    def clear(self):
        """Passes everything on at once, from now on."""
        self.set(**vars(Rules()))

    def reset(self):
        """Resets all connections, on both sides; answers how many. New ones are taken."""
        return self._call(self._reset)

    def lose_answers(self, count=1):
        """The next answers come from the target and are lost: the connection is reset instead."""
        self._call(setattr, self, "_answers_to_lose", count)

    def answers_to_lose(self):
        """How many of them have not come yet."""
        return self._answers_to_lose

    def connections(self):
        return len(self._connections)

    # --- its own thread's ---

    def _call(self, function, *arguments):
        async def act():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._server.close()
            self._reset()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0.01))
            self._loop.close()

    async def _serve(self, ready):
        self._open = asyncio.Event()
        self._open.set()
        self._server = await asyncio.start_server(self._pass, self.host, 0, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        ready.set()

    def _set(self, rules):
        vars(self.rules).update(rules)
        if self.rules.black_hole:
            self._open.clear()
        else:
            self._open.set()

    def _reset(self):
        lost = list(self._connections)
        for connection in lost:
            abort(*connection)
        return len(lost)

    async def passage(self):
        """Waits while there is a black hole."""
        await self._open.wait()

    def takes_answer(self):
        if self._answers_to_lose > 0:
            self._answers_to_lose -= 1
            return True
        return False

    async def _pass(self, reader, writer):
        self.accepted += 1
        await self.passage()
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.target)
        except OSError:
            abort(writer)
            return
        connection = (writer, far_writer)
        self._connections.add(connection)
        ways = (Way(self, reader, far_writer, False), Way(self, far_reader, writer, True))
        tasks = [asyncio.ensure_future(task) for way in ways for task in (way.read(), way.write())]
        try:
            await asyncio.gather(*tasks)
            writer.close()
            far_writer.close()
        except OSError:
            abort(*connection)
        finally:
            for task in tasks:
                task.cancel()
            self._connections.discard(connection)


def abort(*writers):
    """Ends them with a reset."""
    for writer in writers:
        end = writer.get_extra_info("socket")
        if end is not None and end.fileno() >= 0:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        writer.transport.abort()
