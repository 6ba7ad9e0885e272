"""How the program is called, with a text or a command, and what it answers: a status, and a line on what failed."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections.abc import Sequence

import click

from explorer.commands.output import discard_output
from explorer.errors import ExplorerError
from explorer.runtime.labels import printable

PROGRAM = "attn-explore"
EXPLORE = "explore"
"""Name of the command that a text stands for."""
USER_ERROR = 2
INTERRUPTED = 130
LONGEST_MESSAGE = 900
"""Characters of an error."""


class TextOrCommand(click.Group):
    """A group whose first argument is either a command or a text for the interface."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take anything that is no command for the text to explore."""
        if args and args[0] in self.commands and args[0] != EXPLORE:
            return super().resolve_command(ctx, args)
        return super().resolve_command(ctx, [EXPLORE, *args])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Commands in the order of their use."""
        return ["decode", "caption", "align", "open", "tour", "demo", "replay", "serve", "scene", "models", "doctor"]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Both ways of calling."""
        formatter.write_usage(ctx.command_path, "[TEXT] [--model M] [--provider P]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]…", prefix="       ")

    def near(self, words: Sequence[str]) -> str | None:
        """Return the command that one of some words, the first that is near to any, was meant for."""
        names = [name for name in self.commands if name != EXPLORE]
        for word in words:
            near = difflib.get_close_matches(word, names, n=1, cutoff=0.75)
            if near:
                return f"{PROGRAM} {near[0]}"
        return None


def answer(group: TextOrCommand, arguments: list[str]) -> int:
    """Run a command line; turn what a user can cause into one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        # Not `group.main`: it would answer a closed pipe and Ctrl-C in its own way.
        with group.make_context(PROGRAM, arguments) as context:
            group.invoke(context)
        _flush()
    except click.exceptions.Exit as asked:
        return _flushed_or(asked.exit_code)
    except ExplorerError as error:
        return _complain(str(error))
    except click.ClickException as error:
        return _complain(_one_line(error, group, arguments))
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError as error:
        return _environment(error)
    return 0


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _flushed_or(code: int) -> int:
    """Return the exit status after ``--help`` and ``--version``, whose text may still meet a closed pipe."""
    try:
        _flush()
    except OSError as error:
        return _environment(error)
    return code


def _environment(error: OSError) -> int:
    """Answer what the system refuses: a closed pipe is quiet, its reader has what it wanted; a full disk is not."""
    discard_output()
    if isinstance(error, BrokenPipeError):
        return 0
    return _complain(f"{error.filename or 'standard output'}: {error.strerror or error}")


def _complain(message: str) -> int:
    line = printable(" ".join(message.split()))
    if len(line) > LONGEST_MESSAGE:  # a name given on the command line can be as long as anything
        line = f"{line[: LONGEST_MESSAGE * 2 // 3]} … {line[-LONGEST_MESSAGE // 3 :]}"
    with contextlib.suppress(OSError):
        click.echo(f"{PROGRAM}: {line}", err=True)
    return USER_ERROR


def _one_line(error: click.ClickException, group: TextOrCommand, arguments: list[str]) -> str:
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else PROGRAM
    if path.endswith(f" {EXPLORE}"):
        path = PROGRAM
        near = group.near([word for word in arguments if not word.startswith("-")])
        if near:
            return f"{message}; did you mean `{near}`?"
    mark = "" if message.endswith("?") else ";"  # click's own "Did you mean …?"
    return f"{message}{mark} `{path} --help` lists the options"
