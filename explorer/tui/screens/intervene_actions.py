"""What a person does to a decoding beyond its switches: edits, branches, source words, the test of the attention."""

from __future__ import annotations

from explorer.tui.screens.branch_actions import BranchActions
from explorer.tui.screens.edit_actions import EditActions
from explorer.tui.screens.model_actions import ModelActions
from explorer.tui.screens.truth_actions import TruthActions
from explorer.tui.screens.word_actions import WordActions


class InterveneActions(EditActions, BranchActions, TruthActions, WordActions, ModelActions):
    """All of it."""
