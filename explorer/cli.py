"""The command line. Heavy imports stay inside the functions, so that ``--help`` is immediate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

from explorer import __version__
from explorer.commands import options
from explorer.commands.calling import EXPLORE, PROGRAM, TextOrCommand, answer
from explorer.commands.screen import in_terminal, need_screen
from explorer.errors import InputError

CAPTION_MODEL = "caption-photos"
SCENE_MODEL = "caption-scenes"
TOUR = "tour"
LANGUAGES = ("en", "zh-TW")


@click.group(cls=TextOrCommand, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@options.model
@options.provider
@click.option("--resume", is_flag=True, help="Go on with the last session where it was.")
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def cli(ctx: click.Context, model: str, provider: str, resume: bool) -> None:
    """See attention, step by step.

    Without a command, opens the explorer on TEXT, or on an example; on a picture, where TEXT is a file or scene:N.
    """
    # What is given before a command holds for it too.
    given = {
        name: value
        for name, value in (("model", model), ("provider", provider))
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    ctx.default_map = dict.fromkeys(cli.commands, given)
    if resume and (ctx.invoked_subcommand is not None or "model" in given):
        raise InputError("--resume goes on with the last session, on its model and text; leave TEXT and --model out")
    if ctx.invoked_subcommand is not None:
        return
    if not given and not resume and in_terminal():
        from explorer.tui.first_run import claim_first_run

        if claim_first_run():
            _welcome(ctx)
            return
    explore(None, model, provider, resume=resume)


def _welcome(ctx: click.Context) -> None:
    """Ask what to begin with, and do what its command does without any option."""
    from explorer.commands.first_run import ask

    begin = ask(tour=TOUR in cli.commands)
    if begin is None:
        return
    if begin.what == EXPLORE:
        explore(None, options.DEFAULT_MODEL, options.DEFAULT_PROVIDER)
        return
    ctx.invoke(cli.commands[begin.what], **({"name": begin.demo} if begin.demo else {}))


@cli.command(EXPLORE, hidden=True)
@click.argument("text", nargs=-1, required=True)
@options.model
@options.provider
@click.pass_context
def explore_command(ctx: click.Context, text: tuple[str, ...], model: str, provider: str) -> None:
    """Open the explorer on TEXT."""
    joined = " ".join(text)
    given = ctx.get_parameter_source("model") is not ParameterSource.DEFAULT
    explore(joined, model if given else _model_for(joined), provider)


@cli.command()
@click.argument("text", nargs=-1)
@click.option("--input", "input_path", metavar="FILE", help="Read one sentence a line from FILE, - for standard input.")
@options.model
@options.alignment
@options.attention
@click.option("--window", type=float, metavar="D", help="D of local attention, in source tokens on each side.")
@options.temperature
@options.seed
@options.layer
@options.head
@options.aggregate
@click.option(
    "--all-heads", is_flag=True, help="Every head of a Transformer: JSON with all weights, figures as a wall."
)
@click.option("--max-length", type=int, metavar="N", help="Greatest number of target tokens.")
@click.option("--force", metavar="TEXT", help="Begin every target with TEXT.")
@options.beam
@options.n_best
@options.length_penalty
@options.several
@options.form
@options.output
@options.figure
@options.provider
def decode(text: tuple[str, ...], **options: Any) -> None:
    """Decode each TEXT (quote it: one sentence an argument), each line of FILE, or of standard input.

    Translations come in the order of the sentences. A blank line is an error that names it.
    """
    from explorer.commands.decode import DecodeOptions, run

    run(text, DecodeOptions(**options))


@cli.command()
@click.argument("images", nargs=-1, required=True, metavar="IMAGE…")
@click.option("--model", default=CAPTION_MODEL, show_default=True, help="Name, or path of a bundle.")
@options.alignment
@options.attention
@click.option("--window", type=float, metavar="D", help="D of local attention, in rows and columns of cells.")
@options.temperature
@options.seed
@click.option("--max-length", type=int, metavar="N", help="Greatest number of tokens of a caption.")
@click.option("--force", metavar="TEXT", help="Begin every caption with TEXT.")
@options.beam
@options.n_best
@options.length_penalty
@options.several
@options.form
@options.output
@options.figure
@options.provider
def caption(images: tuple[str, ...], **options: Any) -> None:
    """Caption each IMAGE: a file of any format that Pillow reads, or scene:N for a drawn scene.

    A picture is turned upright, laid on white where it is transparent, and cropped around its centre to a square.
    Captions come in the order of the pictures.
    """
    from explorer.commands.caption import run
    from explorer.commands.decoding import DecodingOptions

    run(images, DecodingOptions(**options))


@cli.command()
@click.argument("file")
@options.model
@options.alignment
@options.attention
@options.layer
@options.head
@options.aggregate
@click.option("--format", "form", default="pharaoh", show_default=True, metavar="pharaoh|json")
@options.provider
def align(file: str, **options: Any) -> None:
    """Link the words of each pair of FILE (source TAB target, words separated by blanks; - for standard input).

    The target is force-decoded, and each target word is linked to the source word of greatest weight; words are
    counted from 0. By default under the alignment function and attention type, or by the head, of the model's best
    alignment error rate.
    """
    from explorer.commands.align import AlignOptions, run

    run(file, AlignOptions(**options))


@cli.command("open")
@click.argument("file")
@click.option("--format", "form", metavar="text|json|svg|html|png|pdf|npz", help="Write instead of opening the viewer.")
@options.output
@options.figure
@click.option("--from", "kind", metavar="FORM", help="Form of FILE, where its content does not tell.")
@click.option("--source", metavar="FILE", help="Source tokens of an npy, source sentences of Marian's output.")
@click.option("--target", metavar="FILE", help="Target tokens of an npy, target sentences of Marian's output.")
@click.option("--pairs", metavar="FILE", help="Sentences of Pharaoh links: source TAB target, a pair a line.")
@click.option("--sentence", type=int, metavar="N", help="This sentence of FILE, counted from 1.")
@options.layer
@options.head
@click.option("--aggregate", metavar="mean|max", help="Show several heads as one: of --layer, or of all layers.")
def open_command(file: str, **options: Any) -> None:
    """Look at attention that another program wrote to FILE; no model is needed.

    \b
    FORM     what FILE holds
    npz      weights, source_tokens, target_tokens
    npy      weights; tokens in NAME.source.txt and NAME.target.txt beside it
    json     the names of npz; one object, an array, or an object a line
    marian   `translation ||| alignment`, soft or hard; sources in NAME.source.txt
    nematus  --output_alignment, as text or with --json
    pharaoh  links `0-0 1-2`; sentences in NAME.tsv, or links in its third column

    Weights are (tgt, src), (heads, tgt, src) or (layers, heads, tgt, src), from 0 to 1. JSON and npz are written in the
    shape of FILE, or as the one map that --layer, --head and --aggregate name.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from explorer.commands.opening import OpenOptions, run

    run(file, OpenOptions(**options))


@cli.command()
@click.argument("name", required=False, metavar="[NAME]")
@options.headless
@options.replay_format
@options.output
@options.speed
@options.provider
def demo(name: str | None, **options: Any) -> None:
    """Play a demo: attention at work, with captions. NAME is one of those that are listed without it, or a file.

    A demo is a session file with captions: save one of your own with S, and write what is to be said.
    """
    from explorer.commands.demo import run
    from explorer.commands.replay import ReplayOptions

    run(name, ReplayOptions(step=None, every=False, **options))


@cli.command()
@click.argument("file")
@options.headless
@options.replay_format
@click.option("--step", type=int, metavar="N", help="Draw step N, counted from 1, instead of the last one.")
@click.option("--every", is_flag=True, help="Draw every step.")
@options.output
@options.speed
@options.provider
def replay(file: str, **options: Any) -> None:
    """Play the session of FILE, saved by S in the explorer; or draw it without a terminal."""
    from explorer.commands.replay import ReplayOptions, run

    run(file, ReplayOptions(**options))


@cli.command()
@click.argument("text", nargs=-1)
@options.model
@options.provider
@click.option("--tour", is_flag=True, help="Serve the tour; TEXT is its chapter; its options go behind --.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any that is free.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Name or address to listen on; by default this machine alone.",
)
@click.pass_context
def serve(
    ctx: click.Context, text: tuple[str, ...], model: str, provider: str, tour: bool, port: int, host: str
) -> None:
    """Open the explorer on TEXT in a browser: serves a page, from this machine, until Ctrl-C.

    Each page is an explorer of its own, which ends with the page. Pictures are drawn as half blocks; sessions and
    figures are written here, not in the browser; a browser keeps some keys for itself (ctrl+n, ctrl+t, ctrl+w). Whoever
    can open the page can use the explorer as you: there is no password. Add ?fontsize=20 to the address for larger
    letters.
    """
    from explorer.commands.serve import ServeOptions, run

    def given(name: str, value: str) -> str | None:
        return None if ctx.get_parameter_source(name) is ParameterSource.DEFAULT else value

    asked = ServeOptions(given("model", model), given("provider", provider), tour, host, port)
    run(text, asked, tuple(cli.commands))


@cli.command()
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Which scene.")
@click.option(
    "--output",
    metavar="FILE",
    help="Draw it to FILE (.png, .jpg, .webp or .bmp, whole or not at all), - for standard output.",
)
@click.option("--size", type=int, default=256, show_default=True, metavar="PIXELS", help="Of each side of the picture.")
def scene(seed: int, output: str | None, size: int) -> None:
    """Draw a scene of coloured shapes; print its caption, and where each shape lies in shares of the picture.

    A seed always gives the same scene, on every machine: one like those that caption-scenes was trained on.
    """
    from explorer.commands.scene import run

    run(seed, output, size)


@cli.command()
@click.argument("chapter", required=False)
@click.option("--list", "listed", is_flag=True, help="A line for each chapter.")
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="Default: that of the locale, else en.")
@click.option("--presenter", is_flag=True, help="For a projector: wide cells, no notes, a clock.")
@click.option(
    "--autoplay", type=click.FloatRange(min=1.0), metavar="SECONDS", help="Go on by itself, a step every so often."
)
@click.option("--export", metavar="DIR", help="Write it as self-contained HTML pages, one a chapter.")
@options.provider
def tour(chapter: str | None, **given: Any) -> None:
    """Take the lecture on attention, chapter by chapter, live on the models.

    CHAPTER is a number or a name; without one the tour goes on where it was left.
    """
    from explorer.commands.tour import TourOptions, run

    chosen = TourOptions(**given)
    if not chosen.listed and chosen.export is None:
        need_screen("the tour", f"`{PROGRAM} tour --export DIR` writes it as pages")
    run(chapter, chosen)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array with the whole cards.")
def models(as_json: bool) -> None:
    """List the models with their scores."""
    from explorer.commands.models import run

    run(as_json)


@cli.command()
@options.model
def doctor(model: str) -> None:
    """Say what works here: versions, providers, terminal, step time."""
    from explorer.commands.doctor import run

    run(model)


def _model_for(text: str) -> str:
    """Return the model that opens a text, or a picture by its name, where none was asked for."""
    from explorer.runtime.pictures import SCENE, names_picture

    if not names_picture(text):
        return options.DEFAULT_MODEL
    return SCENE_MODEL if text.startswith(SCENE) else CAPTION_MODEL


def explore(text: str | None, model: str, provider: str, *, resume: bool = False) -> None:
    """Open the interface, or go on with the last session in it.

    Raises:
        InputError: There is no terminal to draw it in.
    """
    near = cli.near([text or ""])
    need_screen("the explorer", f"did you mean `{near}`?" if near else f"without one use `{PROGRAM} decode TEXT`")
    from explorer.tui.launch import run_explorer, run_resumed

    if resume:
        run_resumed(provider)
        return
    run_explorer(text, model, provider)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, or 2 with one line on standard error."""
    sys.exit(run_quietly(list(sys.argv[1:] if arguments is None else arguments)))


def run_quietly(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return answer(cli, arguments)


if __name__ == "__main__":
    main()
