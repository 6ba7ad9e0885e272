"""``attn-explore replay``, ``demo`` and ``--resume``: in this process, and in a real terminal that is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from explorer.runtime.session_file import Action, Session, encoded, read_session
from tests.cli.conftest import Run
from tests.terminal import Terminal

TEXT = "a black dog jumps over a fence."
ACTIONS = (
    Action("open", 0.0, {"model": "translate-en-fr"}),
    Action("start", 0.0, {"text": TEXT}),
    Action("step", 1.0, caption="the article"),
    Action("step", 2.0),
    Action("replay", 3.0, {"controls": {"alignment": "dot"}}),
    Action("end", 3.5),
)
COMMAND = [sys.executable, "-m", "explorer"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.json"
    path.write_bytes(encoded(Session(1, ACTIONS, title="a dog")))
    return str(path)


# --- drawing without a terminal -----------------------------------------------------------------------------------


def test_the_last_step_is_drawn_as_text(run: Run, file: str) -> None:
    lines = run("replay", file, "--headless").out.splitlines()
    assert lines[0] == "5/5"
    assert lines[1] == "un chien noir saute par-dessus une clôture."
    assert lines[-2].startswith("translate-en-fr · dot · global")


def test_one_step_is_drawn_with_its_caption(run: Run, file: str) -> None:
    lines = run("replay", file, "--headless", "--step", "2").out.splitlines()
    assert lines[:2] == ["2/5  the article", "un"]


def test_every_step_is_drawn(run: Run, file: str) -> None:
    out = run("replay", file, "--headless", "--every").out
    assert [line for line in out.splitlines() if "/5" in line] == ["1/5", "2/5  the article", "3/5", "4/5", "5/5"]
    assert TEXT in out  # of the first step, before any token


COMPARED = (
    *ACTIONS[:2],
    Action("compare", 1.0, {"right": {"attention": "none"}}, caption="with attention, and without"),
    Action("compare.end", 2.0),
    Action("compare.switch", 3.0, {"side": "right", "controls": {"attention": "hard"}}, caption="no average any more"),
    Action("compare.take", 4.0, {"side": "right"}),
)


@pytest.fixture
def compared(tmp_path: Path) -> str:
    path = tmp_path / "compared.json"
    path.write_bytes(encoded(Session(1, COMPARED, title="two runs")))
    return str(path)


def test_two_runs_are_drawn_as_text_with_their_differences(run: Run, compared: str) -> None:
    lines = run("replay", compared, "--headless", "--step", "4").out.splitlines()
    assert lines[:2] == ["4/5  no average any more", "un chien noir saute par-dessus une clôture."]
    drawn = [line for line in lines if line.startswith(("translate-en-fr", "right − left"))]
    assert drawn[0].startswith("translate-en-fr · additive · global")
    assert drawn[1].startswith("translate-en-fr · additive · hard")
    assert drawn[2] == "right − left: (additive · hard) − (additive · global)"
    assert "Jensen-Shannon distance" in " ".join(lines[-2:])
    before = run("replay", compared, "--headless", "--step", "2").out.splitlines()
    assert before == ["2/5  with attention, and without", TEXT]  # no token is emitted yet
    after = run("replay", compared, "--headless").out
    assert "right − left" not in after
    assert "additive · hard" in after


@pytest.mark.parametrize("form", ["svg", "html"])
def test_two_runs_are_figures_of_a_page(run: Run, compared: str, form: str) -> None:
    outcome = run("replay", compared, "--headless", "--every", "--format", form)
    assert outcome.code == 0
    assert outcome.out.count("right − left") == 3  # of five moments
    assert outcome.out.count("no token is emitted yet") == 1
    if form == "svg":
        tree = ElementTree.fromstring(outcome.out)
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)) == 10
        nested = tree.findall("{http://www.w3.org/2000/svg}svg")
        assert all(float(figure.get("width", 0)) <= float(tree.get("width", 0)) for figure in nested)


@pytest.mark.parametrize("form", ["svg", "html"])
def test_figures_are_whole_documents(run: Run, file: str, tmp_path: Path, form: str) -> None:
    output = tmp_path / f"out.{form}"
    assert run("replay", file, "--headless", "--every", "--format", form, "--output", str(output)).code == 0
    text = output.read_text(encoding="utf-8")
    assert "2/5  the article" in text
    if form == "svg":
        tree = ElementTree.fromstring(text)
        nested = tree.findall("{http://www.w3.org/2000/svg}svg")
        assert len(nested) == 5
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)) == 10
        lowest = nested[-1]
        assert float(lowest.get("y", 0)) + float(lowest.get("height", 0)) <= float(tree.get("height", 0))
    else:
        assert text.count("<figure>") == 5
        assert "<script" not in text


def test_a_cast_is_played_back_to_the_same_screen(run: Run, file: str) -> None:
    outcome = run("replay", file, "--headless", "--format", "cast", "--speed", "2")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    header, events = lines[0], lines[1:]
    assert (header["version"], header["title"]) == (2, "a dog")
    assert [event[0] for event in events[:-1]] == [0.0, 0.5, 1.0, 1.5, 1.75]
    assert {event[1] for event in events} == {"o"}
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    shown = []
    for _, _, data in events:
        stream.feed(data)
        shown.append("\n".join(screen.display))
    assert " source  a black dog jumps" in shown[0]
    assert "▌" in shown[0].splitlines()[2]
    assert "2/5 ▶  the article" in shown[1]
    assert "▸ dot" in shown[3]
    assert "target  un chien noir saute par-dessus une clôture. END" in shown[4]


def test_a_cast_shows_the_comparison(run: Run, compared: str) -> None:
    lines = [json.loads(line) for line in run("replay", compared, "--headless", "--format", "cast").out.splitlines()]
    screen = pyte.Screen(lines[0]["width"], lines[0]["height"])
    stream = pyte.Stream(screen)
    shown = []
    for _, _, data in lines[1:]:
        stream.feed(data)
        shown.append("\n".join(screen.display))
    assert ["right − left" in each for each in shown[:5]] == [False, True, True, True, False]
    assert "2/5 ▶  with attention, and without" in shown[1]
    assert "un chien noir saute sur un terrain" in shown[2].replace(" .", "")  # without attention
    assert "▸ hard" in shown[4]  # the side that was taken


def test_a_model_that_changed_is_said_on_standard_error(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    opened = Action("open", 0.0, {"model": "translate-en-fr", "checksum": "f" * 16})
    path.write_bytes(encoded(Session(1, (opened, *ACTIONS[1:]))))
    outcome = run("replay", str(path), "--headless")
    assert outcome.code == 0
    assert outcome.err == (
        "attn-explore: translate-en-fr has changed since this was recorded: what it does may differ\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--step", "6", "--headless"], "has steps 1 to 5"),
        (["--step", "0", "--headless"], "has steps 1 to 5"),
        (["--step", "1", "--every", "--headless"], "either --step or --every"),
        (["--step", "1"], "--step needs --headless"),
        (["--format", "svg"], "--format needs --headless"),
        (["--format", "gif", "--headless"], "format 'gif' is not known"),
        (["--format", "cast", "--step", "1", "--headless"], "leave --step out"),
        (["--speed", "0"], "--speed 0 is out of range"),
        (["--speed", "nan"], "--speed nan is out of range"),
        ([], "needs a terminal; without one add --headless"),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together(
    refused: Callable[..., str], file: str, arguments: list[str], said: str
) -> None:
    assert said in refused("replay", file, *arguments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "damaged"),
        (b'{"format": 9, "actions": []}', "version 9"),
        (encoded(Session(1, (Action("open", 0.0, {"model": "nothing"}), ACTIONS[1]))), "model 'nothing' is not known"),
        (encoded(Session(1, (*ACTIONS, Action("fly", 9.0)))), "action 7: 'fly' is nothing that can be done"),
        (encoded(Session(1, (*ACTIONS[:2], Action("start", 9.0, {"text": " "})))), "action 3"),
    ],
    ids=["damaged", "newer", "no model", "no action", "no text"],
)
def test_a_session_that_cannot_be_played(
    refused: Callable[..., str], tmp_path: Path, content: bytes, said: str
) -> None:
    path, output = tmp_path / "x.json", tmp_path / "out.svg"
    path.write_bytes(content)
    assert said in refused("replay", str(path), "--headless", "--format", "svg", "--output", str(output))
    assert not output.exists()


# --- demos ------------------------------------------------------------------------------------------------------------


def test_demos_are_listed(run: Run) -> None:
    lines = run("demo").out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "alignment-tour",
        "bottleneck",
        "caption",
        "first-look",
        "heads",
        "local-window",
        "mistake",
        "reordering",
        "soft-to-hard",
    ]
    assert lines[7].endswith("  English says red dress, French robe rouge: attention crosses over")


def test_a_demo_is_drawn_with_its_captions(run: Run) -> None:
    out = run("demo", "reordering", "--headless").out
    assert "6/12  robe looks at dress" in out
    assert "4/12" not in out  # nothing is said there
    assert "la petite fille en robe rouge tient un ballon blanc." in out


def test_a_demo_of_ones_own(run: Run, file: str) -> None:
    lines = run("demo", file, "--headless").out.splitlines()
    assert lines[0] == "2/5  the article"
    assert len([line for line in lines if "/5" in line]) == 1


def test_a_demo_whose_model_is_not_there(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.commands.demo.shipped_bundles", dict)
    assert "demo caption: the model caption-scenes is not installed" in refused("demo", "caption", "--headless")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reordring"], "did you mean reordering?"),
        (["nothing-like-it"], "there is: alignment-tour"),
        (["./none.json"], "cannot be read: No such file"),
        (["--headless"], "--headless needs the name of a demo"),
        (["heads"], "needs a terminal"),
    ],
    ids=" ".join,
)
def test_demos_that_there_are_not(refused: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in refused("demo", *arguments)


# --- a real terminal --------------------------------------------------------------------------------------------------


def row_of(screen: str, beginning: str) -> str:
    return next((line for line in screen.splitlines() if line.strip().startswith(beginning)), "")


def emitted(screen: str) -> list[str]:
    return row_of(screen, "target").replace("▌", "").split()[1:]


def test_a_killed_process_loses_at_most_the_last_action(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "killed")}
    with Terminal([*COMMAND, TEXT], **state) as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.press("right", "right", "right", "4")
        terminal.wait_for(lambda screen: len(emitted(screen)) == 3 and "▸ general" in screen)
        os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait(10)
        before = emitted(terminal.text)
    (kept,) = (tmp_path / "killed" / "attn-explore" / "sessions").glob("*.json")
    done = [action.do for action in read_session(kept).actions]
    assert done in (["open", "start", *["step"] * 3], ["open", "start", *["step"] * 3, "replay"])
    with Terminal([*COMMAND, "--resume"], **state) as terminal:
        terminal.wait_for(lambda screen: emitted(screen) == before and TEXT in row_of(screen, "source"))
        if done[-1] == "replay":
            terminal.wait_for(lambda screen: "▸ general" in screen)
        terminal.press("right")
        terminal.wait_for(lambda screen: len(emitted(screen)) == 4)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
    (other,) = set((tmp_path / "killed" / "attn-explore" / "sessions").glob("*.json")) - {kept}
    assert [action.do for action in read_session(other).actions] == [*done, "step"]


def sides(screen: str) -> list[str]:
    """Return what stands above the two grids, and the targets below it."""
    lines = [line.strip() for line in screen.splitlines()]
    return [line.lstrip("▌ ") for line in lines if "dot" in line or "additive" in line or line.startswith("target")]


def test_a_process_that_is_killed_in_the_comparison_comes_back_into_it(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "killed")}
    with Terminal([*COMMAND, TEXT], **state) as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.press("right", "right")
        terminal.wait_for(lambda screen: len(emitted(screen)) == 2)
        terminal.press("c")
        terminal.wait_for(lambda screen: "compare" in screen and "general" in screen)
        terminal.press("5", "right", "L")
        terminal.wait_for(lambda screen: "dot" in screen and "locked" in screen and screen.count("noir") >= 2)
        terminal.press("right")
        terminal.wait_for(lambda screen: screen.count("saute") == 2 and "= 4/4" in screen)
        terminal.read_all()
        before = sides(terminal.text)
        os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait(10)
    (kept,) = (tmp_path / "killed" / "attn-explore" / "sessions").glob("*.json")
    names = [action.do for action in read_session(kept).actions][4:]
    whole = ["compare", "compare.switch", "compare.step", "compare.lock", "compare.step"]
    assert names in (whole, whole[:-1])
    with Terminal([*COMMAND, "--resume"], **state) as terminal:
        terminal.wait_for(lambda screen: "right − left" in screen and "locked" in screen)
        if names == whole:
            terminal.wait_for(lambda screen: sides(screen) == before)
        terminal.press("c")
        terminal.wait_for(lambda screen: "right − left" not in screen and len(emitted(screen)) == 2)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_there_is_nothing_to_resume() -> None:
    with Terminal([*COMMAND, "--resume"], width=200) as terminal:
        assert terminal.wait_for_exit() == 2
        assert "there is no session to resume" in terminal.text


@pytest.mark.parametrize("arguments", [["some text"], ["--model", "translate-de-en"], ["models"]], ids=" ".join)
def test_resuming_takes_neither_text_nor_model(refused: Callable[..., str], arguments: list[str]) -> None:
    assert "--resume goes on with the last session" in refused("--resume", *arguments)


def test_a_demo_plays_in_a_terminal() -> None:
    with Terminal([*COMMAND, "demo", "soft-to-hard", "--speed", "20"], width=80, height=24) as terminal:
        terminal.wait_for(lambda screen: "7/7" in screen and "Hard attention (Xu 2015)" in screen)
        assert b"1/7" in terminal.raw
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert "Traceback" not in terminal.text
