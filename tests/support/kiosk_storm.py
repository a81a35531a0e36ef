# SPDX-License-Identifier: MIT
"""Thousands of kiosks that lose their streams at one moment and come back as browsers do."""

import asyncio

from poly_process import LOOPBACK

PAUSE = 1  # seconds, when an end of a stream came without another time
AT_ONCE = 200  # connections being made


class Storm:
    """Kiosks of one path. `settled` is how many have their state; `gave_up` has the status lines after which an EventSource
    does not come back; `put_off` the times that they were told to come again."""

    def __init__(self, port, path, event_sources, others=0):
        self._address = (LOOPBACK, port)
        self._kinds = [True] * event_sources + [False] * others
        self._path = path
        self.settled = 0
        self.gave_up = []
        self.put_off = []

    async def run(self, seconds):
        """Until all are settled or have given up, or the time is over; how long it took."""
        loop = asyncio.get_running_loop()
        limit, go = asyncio.Semaphore(AT_ONCE), asyncio.Event()
        self._connected, self._done = 0, asyncio.Event()
        tasks = [asyncio.create_task(self._live(is_source, limit, go)) for is_source in self._kinds]
        while self._connected < len(tasks):
            await asyncio.sleep(0.05)
        began = loop.time()
        go.set()  # all ask at the same moment
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        took = loop.time() - began
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return took

    async def _live(self, is_source, limit, go):
        async with limit:
            reader, writer = await asyncio.open_connection(*self._address)
        self._connected += 1
        await go.wait()
        while not await self._ask(reader, writer, is_source):
            async with limit:
                reader, writer = await asyncio.open_connection(*self._address)
        await asyncio.Event().wait()

    async def _ask(self, reader, writer, is_source):
        """Whether that was all: it has its state, or has given up. Else it has waited as it was told."""
        accept = "Accept: text/event-stream\r\n" if is_source else ""
        writer.write(f"GET {self._path} HTTP/1.0\r\nHost: kiosk\r\n{accept}\r\n".encode())
        status, pause = await reader.readline(), PAUSE
        if is_source and b" 200 " not in status:
            self._end(status)
            return True
        async for line in reader:
            if line.startswith(b"data:"):
                self._end()
                return True
            name, _, value = line.partition(b":")
            if name.lower() in (b"retry", b"retry-after"):
                pause = int(value) / (1000 if name == b"retry" else 1)
        writer.close()
        self.put_off.append((is_source, pause))
        await asyncio.sleep(pause)
        return False

    def _end(self, gave_up=None):
        if gave_up is None:
            self.settled += 1
        else:
            self.gave_up.append(gave_up)
        if self.settled + len(self.gave_up) == len(self._kinds):
            self._done.set()
