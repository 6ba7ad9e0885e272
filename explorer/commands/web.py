"""The server behind ``attn-explore serve``: textual-serve, kept to this machine and away from the network.

Imported only when it is asked for: textual-serve is an extra of this package.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

TITLE = "attn-explore"
PATIENCE_SECONDS = 3.0
"""What a process has to end in once its page is closed; then it is killed."""
SMALLEST_FONT, LARGEST_FONT, FONT = 6, 64, 16
"""Pixels, of ``?fontsize=N`` in the page's address."""
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_FOREIGN_STYLES = re.compile(r"<link\b[^>]*https?://[^>]*>")
_HEAD = """<head>
    <title>{title}</title>
    <style>
      @font-face {{
        font-family: "Roboto Mono";
        font-weight: 100 700;
        src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf");
      }}
    </style>"""
_TAIL = """  <script>
      // Keys belong to the explorer from the start, not from the first click on.
      addEventListener("load", () => document.querySelector(".xterm-helper-textarea")?.focus());
    </script>
  </body>"""
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may load: what this server has, and nothing else."""


def is_loopback(host: str) -> bool:
    """Return whether a host name can be reached from this machine alone."""
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class PageProcess(AppService):
    """The explorer of one page."""

    async def run(self) -> None:
        """Run the process; a page whose process ended, or never began, is told so."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """End the process; one that is busy, or blocked on a page that is gone, is killed."""
        process = self._process
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await super().stop()
                if process is not None:
                    await process.wait()
        except TimeoutError:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()


class BrowserServer(Server):
    """Serves the explorer to pages of this server: each page is a process of its own.

    Whoever holds a page's connection can do what the explorer can, read pictures and write figures among them. A
    browser lets *any* site connect to a server on this machine, so both the page and its connection are refused to
    whoever came by another name (DNS rebinding) or from another site.
    """

    def __init__(self, command: str, host: str, port: int) -> None:
        """Create the server.

        Args:
            command: What is run for each page, in the words of a shell.
            host: The name or address that is listened on.
            port: Of that address.
        """
        super().__init__(command, host=host, port=port, title=TITLE)
        self._names = LOCAL_NAMES | {host.lower()} if is_loopback(host) else None
        self._ready: Callable[[], None] = lambda: None
        self._connections: set[web.WebSocketResponse] = set()

    def run(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        """Serve until Ctrl-C or SIGTERM.

        Args:
            listening: What new connections come from.
            ready: Called once pages can be opened, and Ctrl-C ends it quietly.
        """
        self._ready = ready
        # What a process of a page says on its standard error is printed; the rest is of no use to anybody.
        logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
        web.run_app(
            self._make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=PATIENCE_SECONDS + 1
        )

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - textual-serve's signature
        """Say that pages can be opened, in the place of textual-serve's own words."""
        self._ready()

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - textual-serve's signature
        """Close every page, which ends its process."""
        for connection in tuple(self._connections):
            await connection.close(code=WSCloseCode.GOING_AWAY)

    async def handle_index(self, request: web.Request) -> web.Response:
        """Answer with the page: that of textual-serve, by whatever name and port it was asked for."""
        self._refuse_strangers(request)
        context = {
            "font_size": _font_size(request.query.get("fontsize", "")),
            "app_websocket_url": f"{'wss' if request.secure else 'ws'}://{request.host}/ws",
            "config": {"static": {"url": "/static/"}},
            "application": {"name": self.title},
        }
        page = _FOREIGN_STYLES.sub("", aiohttp_jinja2.render_string("app_index.html", request, context))
        page = page.replace("<head>", _HEAD.format(title=self.title), 1).replace("</body>", _TAIL, 1)
        headers = {"Content-Security-Policy": _POLICY.format(host=request.host), "X-Content-Type-Options": "nosniff"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the explorer for a page until either ends."""
        self._refuse_strangers(request)
        connection = web.WebSocketResponse(heartbeat=15)
        await connection.prepare(request)

        async def close() -> None:
            await connection.close()

        process = PageProcess(
            self.command,
            write_bytes=connection.send_bytes,
            write_str=connection.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        self._connections.add(connection)
        try:
            await process.start(_cells(request.query.get("width"), 80), _cells(request.query.get("height"), 24))
            await self._process_messages(connection, process)
        finally:
            self._connections.discard(connection)
            await process.stop()
        return connection

    def _refuse_strangers(self, request: web.Request) -> None:
        """Let nobody in by another name than this machine's own, or from another site's page.

        Raises:
            web.HTTPForbidden: It is somebody else.
        """
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
            raise web.HTTPForbidden(text="this server is for its own page alone\n")
        if self._names is not None and (urlsplit(f"//{request.host}").hostname or "") not in self._names:
            raise web.HTTPForbidden(text="this server is for this machine alone\n")


def _font_size(text: str) -> int:
    return min(max(SMALLEST_FONT, int(text)), LARGEST_FONT) if text.isascii() and text.isdigit() else FONT


def _cells(text: str | None, default: int) -> int:
    """Return a number of columns or rows that a page asks for."""
    return min(max(1, int(text)), 1000) if text is not None and text.isascii() and text.isdigit() else default
