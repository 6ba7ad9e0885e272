"""``attn-explore serve`` in a process of its own, and what talks to it: a page's connection, and a real browser."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pyte

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)
"""A browser that speaks the DevTools protocol; None where there is none."""
CAUGHT = """
Object.defineProperty(Object.prototype, "terminal", {
    configurable: true,
    set(value) {
        window.caught = value;
        Object.defineProperty(this, "terminal", {value, writable: true, configurable: true, enumerable: true});
    },
});
"""
"""Keeps xterm.js's terminal, which the page's script keeps to itself, where `SCREEN` finds it."""
SCREEN = """(() => {
    const buffer = window.caught?.buffer?.active;
    if (!buffer) return "";
    const rows = Array.from({length: window.caught.rows}, (_, row) => buffer.getLine(row).translateToString(true));
    return rows.join("\\n");
})()"""
KEY_CODES = {"ArrowRight": 39, "a": 65}


class Served:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def interrupt(self) -> tuple[int, str, str]:
        """Press Ctrl-C; return the exit status and what was said after the address."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextlib.contextmanager
def serving(*arguments: str, folder: Path) -> Iterator[Served]:
    """Serve on a free port, in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "http://" in said, said + process.communicate(timeout=60)[1]
        yield Served(process, next(word for word in said.split() if word.startswith("http://")))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


class Page:
    """A page's connection to the server, its screen read by a terminal emulator."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, width: int, height: int) -> None:
        self._socket = socket
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self.closed = False

    @property
    def text(self) -> str:
        """The screen, a line a line."""
        return "\n".join(self._screen.display)

    async def type(self, keys: str) -> None:
        """Send what a terminal sends for some keys."""
        await self._socket.send_json(["stdin", keys])

    async def wait_for(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> str:
        """Return the screen as soon as it is as wanted, or the server closed the connection."""
        deadline = time.monotonic() + seconds
        while not wanted(self.text) and not self.closed:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the screen never was as wanted:\n{self.text}")
            with contextlib.suppress(asyncio.TimeoutError):
                await self._read(await self._socket.receive(timeout=0.5))
        return self.text

    async def _read(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.BINARY:
            self._stream.feed(message.data)
        elif message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            self.closed = True


@contextlib.asynccontextmanager
async def page_of(address: str, width: int = 120, height: int = 40) -> AsyncIterator[Page]:
    """Connect as the page's script does."""
    socket_address = f"{address.replace('http', 'ws', 1)}/ws?width={width}&height={height}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(socket_address, origin=address) as socket,
    ):
        await socket.send_json(["resize", {"width": width, "height": height}])
        yield Page(socket, width, height)


class Browser:
    """A tab of a browser, driven by the DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.requested: list[str] = []

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol; note the requests that the tab makes meanwhile."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json(timeout=60)
            if answer.get("method") == "Network.requestWillBeSent":
                self.requested.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    async def open(self, address: str) -> None:
        """Go to a page, with what `screen` needs in it."""
        for domain in ("Page", "Network", "Runtime"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=CAUGHT)
        await self.call("Page.navigate", url=address)

    async def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        return (await self.call("Runtime.evaluate", expression=expression))["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key, wherever the page's focus is."""
        pressed = {"key": key, "windowsVirtualKeyCode": KEY_CODES[key]}
        text = {"text": key} if len(key) == 1 else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    async def wait_for(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> str:
        """Return the page's terminal as text as soon as it is as wanted."""
        deadline = time.monotonic() + seconds
        while not wanted(screen := str(await self.value(SCREEN) or "")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the page never was as wanted:\n{screen}")
            await asyncio.sleep(0.1)
        return screen

    async def picture(self) -> bytes:
        """Return the page as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@contextlib.asynccontextmanager
async def browser(folder: Path, width: int = 1280, height: int = 800) -> AsyncIterator[Browser]:
    """Start a browser without a window, its profile in a folder; give its first tab."""
    assert BROWSER is not None
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    place = [f"--user-data-dir={folder}", f"--window-size={width},{height}", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [BROWSER, *options, *quiet, *place, "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = await _port_of(folder / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tab = next(entry for entry in json.loads(await answer.text()) if entry["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Browser(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


async def _port_of(file: Path, process: subprocess.Popen[bytes], seconds: float = 60.0) -> int:
    """Return the port that a browser has written down."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(file.read_text(encoding="ascii").splitlines()[0])
        await asyncio.sleep(0.1)
    raise TimeoutError(f"the browser did not start; its exit status is {process.poll()}")
