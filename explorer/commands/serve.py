"""``attn-explore serve``: the explorer in a browser, each page a process of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import socket
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

import explorer
from explorer.commands.extras import need_package
from explorer.errors import InputError
from explorer.runtime.labels import printable

MISSING = "a page is served by textual-serve, which is not installed: pip install 'attn-explore[web]'"
TOUR = "tour"
NOT_FOR_CMD = frozenset('%!^&|<>"\r\n')
"""What the shell of Windows reads in an argument, however it is quoted."""


@dataclass(frozen=True)
class ServeOptions:
    """The options, as given.

    Attributes:
        model: Name or folder; None where none was given.
        provider: "auto", "cpu" or "cuda"; None where none was given.
        tour: The tour in the place of the explorer.
        host: Name or address to listen on.
        port: Its port; 0 for any that is free.
    """

    model: str | None
    provider: str | None
    tour: bool
    host: str
    port: int


def run(text: Sequence[str], options: ServeOptions, commands: Collection[str]) -> None:
    """Serve the explorer, or the tour, until Ctrl-C.

    Args:
        text: Words of the first source; of the tour: its arguments.
        options: What was asked for.
        commands: The commands of this program, which a text must not be taken for.

    Raises:
        ExplorerError: It cannot be served; nothing was started then.
    """
    need_package("textual_serve", MISSING)
    command = shell_line(arguments_for(text, options, commands))
    if options.model is not None:
        from explorer.runtime.card_reader import read_card
        from explorer.runtime.catalog import find_bundle

        read_card(find_bundle(options.model))
    from explorer.commands.web import BrowserServer, is_loopback

    with listening_on(options.host, options.port) as listening, drawn_in_blocks():
        port = listening.getsockname()[1]
        if not is_loopback(options.host):
            click.echo(
                f"attn-explore: whoever reaches {printable(options.host)}:{port} can use the explorer as you, read "
                "pictures and write files; there is no password and no encryption",
                err=True,
            )

        def ready() -> None:
            click.echo(f"attn-explore is at {address(options.host, port)} · Ctrl-C ends it")

        BrowserServer(command, options.host, port).run(listening, ready)


@contextlib.contextmanager
def drawn_in_blocks() -> Iterator[None]:
    """Have programs that are started meanwhile draw half blocks: this terminal is not what a page draws in."""
    from explorer.tui.graphics import SETTING

    before = os.environ.get(SETTING)
    os.environ[SETTING] = "blocks"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SETTING]
        else:
            os.environ[SETTING] = before


def arguments_for(text: Sequence[str], options: ServeOptions, commands: Collection[str]) -> list[str]:
    """Return the arguments of this program for a page.

    Raises:
        InputError: They do not go together.
    """
    source = " ".join(text)
    given = [] if options.provider is None else ["--provider", options.provider]
    if options.tour:
        if options.model is not None:
            raise InputError("--tour goes through models of its own; leave --model out")
        return [TOUR, *given, *text]
    if options.model is not None:
        given = ["--model", options.model, *given]
    if not source.strip():
        return given
    # A text that is the name of a command is not that command; a blank makes the difference, and no token.
    return [*given, "--", f" {source}" if source in commands else source]


def shell_line(arguments: Sequence[str]) -> str:
    """Return the line of a shell that runs this very program, as it runs now, with some arguments.

    Raises:
        InputError: There is no way to write an argument.
    """
    # A folder called explorer, where this is run, must not be taken for this program; unless it is it.
    trusted = Path(explorer.__file__).resolve().parents[1] == Path.cwd()
    command = [sys.executable, *([] if trusted else ["-P"]), "-m", "explorer", *arguments]
    if os.name != "nt":
        return f"exec {shlex.join(command)}"
    import subprocess

    if any(NOT_FOR_CMD & set(argument) for argument in command):
        raise InputError('on Windows, what is served can have none of % ! ^ & | < > "')
    return subprocess.list2cmdline(command)


def listening_on(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        InputError: The host is not known or not this machine's, or the port is taken or not allowed.
    """
    shown = printable(host)
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise InputError(f"--host {shown}: not the name or the address of a machine") from error
    try:
        return socket.create_server(place[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = "give another one by --port, or 0 for any that is free"
            raise InputError(f"port {port} of {shown} is in use; {advice}") from error
        raise InputError(f"{shown}, port {port}: {os.strerror(error.errno or 0)}") from error


def address(host: str, port: int) -> str:
    """Return what is typed into a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{printable(name)}:{port}"
