"""The one family of errors that a user of attn-explore can meet."""

from __future__ import annotations


class ExplorerError(Exception):
    """Something the user gave or asked for cannot be used.

    The message is one complete line that names what is wrong and what to do. The command line prints it after
    ``attn-explore: `` and exits with status 2; the interface shows it as a notification and keeps what it had.
    """


class BundleError(ExplorerError):
    """A bundle is missing, changed, malformed or of another format version."""


class ProviderError(ExplorerError):
    """The execution provider that was asked for cannot run a session here."""


class InputError(ExplorerError):
    """Text, a file or an option value that cannot be used."""
