"""What the very first run asks, on the screen and in a real terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from explorer.cli import cli
from explorer.commands.demo import shipped_demos
from explorer.commands.first_run import ask
from explorer.tui import launch
from explorer.tui.first_run import MARKER, claim_first_run, own_folder
from explorer.tui.recording import state_folder
from explorer.tui.welcome import DEMO, EXPLORE, TOUR, Begin, WelcomeApp
from tests.terminal import DEAF, Terminal

COMMAND = [sys.executable, "-m", "explorer"]
DEMOS = (("heads", "what heads look at"), ("mistake", "where it looked"))
SIZES = [(80, 24), (120, 40), (200, 60)]
QUESTION = "Where do you want to begin?"


def begins_at_once(screen: str) -> bool:
    return "▌" in screen and "▸ additive" in screen


# --- once ---------------------------------------------------------------------------------------------------------


def test_the_first_run_is_claimed_once() -> None:
    assert claim_first_run()
    assert not claim_first_run()
    assert (own_folder() / MARKER).is_file()


def test_who_has_sessions_is_not_here_for_the_first_time() -> None:
    state_folder().mkdir(parents=True)
    assert not claim_first_run()
    state_folder().rmdir()
    assert not claim_first_run()


def test_where_nothing_can_be_written_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert not claim_first_run()
    assert not claim_first_run()


def test_without_a_home_no_folder_is_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: Path("~/.local/state/attn-explore"))
    assert not claim_first_run()
    assert list(tmp_path.iterdir()) == []


# --- the question -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "begin"),
    [
        (["e"], Begin(EXPLORE)),
        (["escape"], Begin(EXPLORE)),
        (["enter"], Begin(EXPLORE)),
        (["t"], Begin(TOUR)),
        (["down", "enter"], Begin(TOUR)),
        (["d", "enter"], Begin(DEMO, "heads")),
        (["d", "down", "enter"], Begin(DEMO, "mistake")),
        (["down", "down", "enter", "down", "enter"], Begin(DEMO, "mistake")),
        (["d", "escape", "t"], Begin(TOUR)),
        (["d", "t", "e", "escape", "escape"], Begin(EXPLORE)),
        (["q"], None),
    ],
    ids=str,
)
async def test_keys_choose(keys: Sequence[str], begin: Begin | None) -> None:
    app = WelcomeApp(lambda: DEMOS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
    assert app.return_value == begin


async def test_a_tour_that_there_is_not_is_not_offered() -> None:
    app = WelcomeApp(lambda: DEMOS, tour=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "down", "enter", "enter")
    assert app.return_value == Begin(DEMO, "heads")


def test_the_demos_are_those_that_can_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[tuple[str, str]]] = []

    def welcome(demos: Callable[[], Sequence[tuple[str, str]]], *, tour: bool) -> Begin | None:
        asked.append(demos())
        return None

    monkeypatch.setattr(launch, "run_welcome", welcome)
    assert ask(tour=True) is None
    assert [name for name, _ in asked[0]] == list(shipped_demos())
    monkeypatch.setattr("explorer.runtime.catalog.shipped_bundles", lambda: {"transformer-en-fr": Path()})
    ask(tour=True)
    assert [name for name, _ in asked[1]] == ["heads"]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("keys", [[], ["d", "down"]], ids=["question", "demos"])
def test_pictures(snap_compare: Callable[..., bool], size: tuple[int, int], keys: list[str]) -> None:
    assert snap_compare(WelcomeApp(lambda: DEMOS), press=keys, terminal_size=size)


# --- the whole program --------------------------------------------------------------------------------------------


def test_the_first_run_asks_and_the_second_explores() -> None:
    with Terminal(COMMAND) as terminal:
        terminal.wait_for(lambda screen: QUESTION in screen)
        terminal.press("\x1b")
        terminal.wait_for(begins_at_once)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert terminal.modes == terminal.modes_before
    with Terminal(COMMAND) as terminal:
        assert QUESTION not in terminal.wait_for(begins_at_once)


def test_a_closed_terminal_ends_the_question_where_no_signal_reaches_it() -> None:
    with Terminal([*DEAF, *COMMAND]) as terminal:
        terminal.wait_for(lambda screen: QUESTION in screen)
        terminal.hang_up()
        assert terminal.process.wait(20) == -signal.SIGHUP


def test_a_demo_is_picked_and_played() -> None:
    with Terminal(COMMAND) as terminal:
        terminal.wait_for(lambda screen: QUESTION in screen)
        terminal.press("d")
        terminal.wait_for(lambda screen: "alignment-tour" in screen and "soft-to-hard" in screen)
        terminal.press("\r")
        opening = shipped_demos()["alignment-tour"].actions[1].caption.split(".")[0]
        terminal.wait_for(lambda screen: opening[:60] in " ".join(screen.split()))


@pytest.mark.skipif("tour" not in cli.commands, reason="there is no tour")
def test_the_tour_is_begun() -> None:
    with Terminal(COMMAND) as terminal:
        terminal.wait_for(lambda screen: QUESTION in screen)
        terminal.press("t")
        terminal.wait_for(lambda screen: QUESTION not in screen and len(screen.split()) > 20)
        assert terminal.process.poll() is None


@pytest.mark.parametrize(
    "arguments", [["a black dog."], ["--provider", "cpu"], ["--model", "translate-en-fr"]], ids=str
)
def test_who_says_what_to_do_is_not_asked(arguments: list[str]) -> None:
    with Terminal([*COMMAND, *arguments]) as terminal:
        assert QUESTION not in terminal.wait_for(begins_at_once)
    assert not (own_folder() / MARKER).exists()


def test_a_state_folder_that_is_a_file_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Terminal(COMMAND, XDG_STATE_HOME=str(tmp_path / "file")) as terminal:
        terminal.wait_for(begins_at_once)


def test_a_pipe_is_not_asked() -> None:
    with Terminal(["sh", "-c", f"{sys.executable} -m explorer | cat"]) as terminal:
        terminal.wait_for_exit()
        assert "the explorer needs a terminal" in " ".join(terminal.text.split())
    assert not (own_folder() / MARKER).exists()
