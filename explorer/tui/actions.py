"""What a stepper can be asked for: methods that tell a listener what they were called with, and can be called by name.

No Textual here.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

Listener = Callable[["Actor", str, Mapping[str, object]], None]
"""Told after an action: who did it, what, and with which arguments by name."""
Given = ParamSpec("Given")
Result = TypeVar("Result")
AnyActor = TypeVar("AnyActor", bound="Actor")

_MARK = "_is_action"


class Actor:
    """Something whose actions can be listened to.

    Attributes:
        listener: Who is told of them; None where nobody is.
    """

    listener: Listener | None = None


def action(
    method: Callable[Concatenate[AnyActor, Given], Result],
) -> Callable[Concatenate[AnyActor, Given], Result]:
    """Make a method an action: its listener is told of every call that succeeds.

    An action that is done by means of another one is told of as one.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def done(actor: AnyActor, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        listener = actor.listener
        if listener is None:
            return method(actor, *args, **kwargs)
        actor.listener = None
        try:
            result = method(actor, *args, **kwargs)
        finally:
            actor.listener = listener
        _, *given = signature.bind(actor, *args, **kwargs).arguments.items()
        listener(actor, method.__name__, dict(given))
        return result

    setattr(done, _MARK, True)
    return done


def actions_of(kind: type[Actor]) -> dict[str, dict[str, Any]]:
    """Return the actions of a class by name, each with the types of its arguments by name."""
    found: dict[str, dict[str, Any]] = {}
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if getattr(method, _MARK, False):
            hints = typing.get_type_hints(method)
            found[name] = {argument: hint for argument, hint in hints.items() if argument != "return"}
    return found
