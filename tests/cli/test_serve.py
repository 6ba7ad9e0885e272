"""``attn-explore serve``: what it refuses, what it runs for a page, and whom it lets in."""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import psutil
import pytest

from explorer.cli import cli
from explorer.commands.serve import ServeOptions, address, arguments_for, listening_on, shell_line
from explorer.commands.web import is_loopback
from explorer.errors import InputError
from tests.cli.conftest import Run
from tests.served import page_of, serving

TEXT = "a black dog jumps over a fence."
DEFAULTS = ServeOptions(model=None, provider=None, tour=False, host="127.0.0.1", port=0)
AWKWARD = [
    'it\'s a "dog"',
    "a;b",
    "$(touch no)",
    "`touch no`",
    "a\\b",
    "~",
    "*",
    "a\nb",
    "-x",
    "--model",
    "hôtel 犬",
    "",
]


def test_help_says_what_is_restricted(run: Run) -> None:
    said = " ".join(run("serve", "--help").out.split())
    for wanted in ("half blocks", "no password", "127.0.0.1", "--tour", "Ctrl-C"):
        assert wanted in said


# --- what is run --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", AWKWARD)
def test_a_shell_gives_every_argument_back(text: str) -> None:
    line = shell_line(["--model", text, "--", text])
    program, arguments = line.split(" -m explorer ")
    assert shlex.split(program)[:2] == ["exec", sys.executable]
    code = "import sys; sys.stdout.buffer.write('\\0'.join(sys.argv[1:]).encode())"
    command = f"exec {shlex.join([sys.executable, '-c', code])} {arguments}"
    done = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=30)
    assert done.stdout.decode().split("\0") == ["--model", text, "--", text]


def test_a_folder_that_is_called_explorer_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer" / "__init__.py").touch()
    (tmp_path / "explorer" / "__main__.py").write_text("print('another program')")
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(shell_line(["--version"]), shell=True, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.startswith("attn-explore, version ")


def test_what_was_given_is_passed_on() -> None:
    asked = ServeOptions(model="my model", provider="cpu", tour=False, host="", port=0)
    assert arguments_for((), DEFAULTS, ()) == []
    assert arguments_for(("a", "dog."), asked, ()) == ["--model", "my model", "--provider", "cpu", "--", "a dog."]
    assert arguments_for(("the-basics",), ServeOptions(None, "cpu", True, "", 0), ()) == [
        *("tour", "--provider", "cpu", "the-basics")
    ]


@pytest.mark.parametrize("text", ["models", "explore", "demo", "--help", "-h"])
def test_a_text_is_no_command(text: str) -> None:
    with cli.make_context("attn-explore", arguments_for((text,), DEFAULTS, tuple(cli.commands))) as context:
        words = [*context._protected_args, *context.args]
        name, _, left = cli.resolve_command(context, words)
    assert name == "explore"
    assert " ".join(left).strip() == text


# --- what is refused ----------------------------------------------------------------------------------------------


def test_a_missing_extra_is_one_line(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    assert refused("serve") == (
        "attn-explore: a page is served by textual-serve, which is not installed: pip install 'attn-explore[web]'\n"
    )


def test_a_port_in_use_is_one_line(refused: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is in use" in refused("serve", "--port", str(port))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "65536"], "65536 is not in the range"),
        (["--host", "no.such.host.invalid"], "not the name or the address of a machine"),
        (["--host", "203.0.113.7"], "203.0.113.7, port 8000: "),
        (["--model", "translate-en-fx"], "translate-en-fx"),
        (["--tour", "--model", "translate-en-fr"], "leave --model out"),
    ],
)
def test_what_cannot_be_served_is_one_line(refused: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in refused("serve", *arguments)


def test_a_port_is_free_again_at_once() -> None:
    with listening_on("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} of 127.0.0.1 is in use"):
            listening_on("127.0.0.1", port)
    listening_on("127.0.0.1", port).close()


def test_addresses_are_of_this_machine_or_not() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.7", "example.org", "")))
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address("::", 80) == "http://[::1]:80"
    assert address("::1", 81) == "http://[::1]:81"
    assert address("my.host", 8000) == "http://my.host:8000"


# --- a page -------------------------------------------------------------------------------------------------------


async def test_a_page_steps_and_switches_until_it_is_closed(tmp_path: Path) -> None:
    with serving(TEXT, folder=tmp_path) as served:
        async with page_of(served.address) as page:
            await page.wait_for(lambda screen: TEXT in screen and "▸ additive" in screen)
            await page.type("\x1b[C")
            await page.wait_for(lambda screen: "target  un ▌" in screen)
            await page.type("a")
            await page.wait_for(lambda screen: "▸ general" in screen and "target  un ▌" in screen)
            assert len(psutil.Process(served.process.pid).children()) == 1
        deadline = time.monotonic() + 15
        while psutil.Process(served.process.pid).children() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert psutil.Process(served.process.pid).children() == []
        assert served.interrupt() == (0, "", "")


async def test_an_interrupt_closes_the_pages(tmp_path: Path) -> None:
    with serving(TEXT, folder=tmp_path) as served:
        async with page_of(served.address) as page:
            await page.wait_for(lambda screen: "▌" in screen)
            (child,) = psutil.Process(served.process.pid).children()
            served.process.send_signal(2)
            await page.wait_for(lambda _: False)
            assert page.closed
        assert served.process.wait(15) == 0
        assert not child.is_running()
        assert served.interrupt() == (0, "", "")


async def test_the_page_of_an_explorer_that_cannot_start_is_closed(tmp_path: Path) -> None:
    with serving("a\x07b", folder=tmp_path) as served:
        async with page_of(served.address) as page:
            await page.wait_for(lambda _: False)
            assert page.closed
        code, out, err = served.interrupt()
    assert (code, err) == (0, "")
    assert set(out.splitlines()) == {"attn-explore: the text has the control character U+0007 at character 2"}


async def test_strangers_are_not_let_in(tmp_path: Path) -> None:
    other = {"Origin": "http://example.org"}
    asked = [("/", {"Host": "example.org"}), ("/ws", {"Host": "example.org"}), ("/ws", other), ("/", other), ("/", {})]
    with serving(folder=tmp_path) as served:
        async with aiohttp.ClientSession() as session:
            found = []
            for path, headers in asked:
                async with session.get(served.address + path, headers=headers) as answer:
                    found.append(answer.status)
        assert found == [403, 403, 403, 403, 200]
        assert psutil.Process(served.process.pid).children() == []


async def test_a_page_needs_nothing_but_its_server(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as served:
        async with aiohttp.ClientSession() as session, session.get(served.address) as answer:
            page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "textual.js" in page
    assert "//fonts." not in page
    assert "https:" not in page
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_another_host_is_warned_of(tmp_path: Path) -> None:
    with serving("--host", "0.0.0.0", folder=tmp_path) as served:
        port = served.address.rpartition(":")[2]
        code, out, err = served.interrupt()
    assert (code, out) == (0, "")
    assert err == (
        f"attn-explore: whoever reaches 0.0.0.0:{port} can use the explorer as you, read pictures and write files; "
        "there is no password and no encryption\n"
    )
