"""``attn-explore replay``: a session in, played in the interface, or drawn without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from explorer.commands.files import one_of
from explorer.commands.output import text_console, writing
from explorer.commands.screen import need_screen
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.compared import Compared
from explorer.render.copies import can_copy
from explorer.render.storyboard import Frame, print_storyboard, storyboard_html, storyboard_svg
from explorer.runtime.bundle import open_bundle
from explorer.runtime.labels import printable
from explorer.runtime.session_file import Session, read_session
from explorer.tui.models import OpenModels
from explorer.tui.playback import Moment, Playback
from explorer.tui.recording import Recorder

FORMATS = ("text", "svg", "html", "cast")
SLOWEST, FASTEST = 0.05, 100.0


@dataclass(frozen=True)
class ReplayOptions:
    """The options, as given.

    Attributes:
        headless: Draw without a terminal.
        form: Of what is drawn; None where it was not given.
        step: The moment that is drawn, counted from 1; None for the last one.
        every: Draw every moment.
        output: The file; None for standard output.
        speed: How much faster than it was recorded.
        provider: "auto", "cpu" or "cuda".
    """

    headless: bool
    form: str | None
    step: int | None
    every: bool
    output: str | None
    speed: float
    provider: str


def run(file: str, options: ReplayOptions) -> None:
    """Play a session file.

    Raises:
        ExplorerError: Anything that cannot be used; nothing was written then.
    """
    play(read_session(file), printable(file), options)


def play(session: Session, place: str, options: ReplayOptions, *, captioned: bool = False) -> None:
    """Play a session in the interface, or draw it.

    Args:
        session: The session.
        place: What errors call it.
        options: How.
        captioned: Whether the moments with a caption are drawn, unless the options choose others.

    Raises:
        ExplorerError: Anything that cannot be used; nothing was written then.
    """
    _check(options)
    if options.headless:
        _draw(session, place, options, captioned)
        return
    need_screen("playing a session", "without one add --headless")
    from explorer.tui.launch import run_replay

    run_replay(session, place, options.provider, options.speed)


def _check(options: ReplayOptions) -> None:
    if not SLOWEST <= options.speed <= FASTEST:
        raise InputError(f"--speed {options.speed:g} is out of range; it goes from {SLOWEST:g} to {FASTEST:g}")
    if options.form is not None:
        one_of("format", options.form, FORMATS)
    if options.headless:
        if options.every and options.step is not None:
            raise InputError("give either --step or --every, not both")
        if options.form == "cast" and options.step is not None:
            raise InputError("a cast is a recording of every step; leave --step out")
        return
    given = {"--format": options.form, "--step": options.step, "--every": options.every, "--output": options.output}
    for name, value in given.items():
        if value:
            raise InputError(f"{name} needs --headless")


def _draw(session: Session, place: str, options: ReplayOptions, captioned: bool) -> None:
    with ended_by_interrupt():
        models = OpenModels(open_bundle(session.model, options.provider), recorder=Recorder())
    playback = Playback(session, models.named, place)
    length = playback.length
    if options.step is not None and not 1 <= options.step <= length:
        raise InputError(f"--step {options.step}: {place} has steps 1 to {length}")
    moments = []
    while not playback.ended:
        moments.append(playback.advance())
        for remark in moments[-1].remarks:
            click.echo(f"attn-explore: {printable(remark)}", err=True)
    title = session.title or place
    form = options.form or "text"
    if form == "cast":
        from explorer.tui.cast import cast_of
        from explorer.tui.player import Player

        player = Player(session, models.named, models.recorder, place=place, speed=options.speed, steered=True)
        content = cast_of(player, models, title)
    else:
        frames = [_frame(moment, length) for moment in _wanted(moments, options, captioned)]
        if form == "text":
            with writing(options.output) as out:
                print_storyboard(text_console(out), frames, copies=can_copy(moments[-1].opened.bundle.card.languages))
            return
        content = storyboard_svg(frames, title=title) if form == "svg" else storyboard_html(frames, title=title)
    with writing(options.output) as out:
        out.write(content)


def _wanted(moments: Sequence[Moment], options: ReplayOptions, captioned: bool) -> Sequence[Moment]:
    if options.step is not None:
        return moments[options.step - 1 : options.step]
    if options.every:
        return moments
    return [moment for moment in moments if moment.action.caption] if captioned else moments[-1:]


def _frame(moment: Moment, length: int) -> Frame:
    place, trace = f"{moment.number}/{length}", moment.opened.snapshot.trace
    if moment.compared is None:
        return Frame(place, moment.action.caption, trace)
    left, right = (side.snapshot.trace for side in moment.compared.sides)
    return Frame(place, moment.action.caption, trace, Compared(left, right))
