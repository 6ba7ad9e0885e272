"""The tree of branches: pick one to go on from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from explorer.render.branches import BranchLine, branch_lines
from explorer.render.formulas import title_of
from explorer.render.summary import edit_count, removed_heads
from explorer.runtime.bookmark import Bookmark
from explorer.runtime.branches import is_beginning, tree


class BranchesScreen(ModalScreen[int | None]):
    """Draws every run of the source as a tree; returns the number of the one that is chosen, or None."""

    BINDINGS = [Binding("escape,q,B", "dismiss(None)", "close")]

    def __init__(self, branches: Sequence[Bookmark], present: Bookmark) -> None:
        """Create the screen.

        Args:
            branches: All branches, the present run's among them.
            present: The present moment.
        """
        super().__init__()
        self._branches = branches
        self._present = present
        self._lines = branch_lines(tree([branch.steps for branch in branches]))

    def compose(self) -> ComposeResult:
        """One line a piece; only those that end a branch can be chosen."""
        options = [Option(self._told(line), disabled=line.branch is None) for line in self._lines]
        listed = OptionList(*options, id="branches", markup=False)
        count = len(self._branches)
        listed.border_title = f"{count} branches" if count != 1 else "1 branch"
        listed.border_subtitle = "enter goes there · f forces another · esc closes"
        yield listed

    def on_mount(self) -> None:
        """Begin at the present run."""
        listed = self.query_one(OptionList)
        here = [place for place, line in enumerate(self._lines) if self._is_here(line)]
        listed.highlighted = here[0] if here else None
        listed.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the number of the chosen branch; at the end of the present run one is there already."""
        number = self._lines[event.option_index].branch
        if number is not None:
            branch = self._branches[number]
            self.dismiss(None if branch.tokens == self._present.tokens else number)

    def _is_here(self, line: BranchLine) -> bool:
        return line.branch is not None and is_beginning(self._present.tokens, self._branches[line.branch].tokens)

    def _told(self, line: BranchLine) -> Text:
        """Return a line: its tokens, and at the end of a branch how probable it is and what it ran under."""
        here = self._is_here(line)
        text = Text(("▸ " if here else "  ") + line.stem, "dim" if not here else "bold", no_wrap=True)
        text.append(line.text, "bold" if here else "none")
        if line.branch is None:
            return text
        branch = self._branches[line.branch]
        controls, now = branch.controls, self._present.controls
        facts = [f"ln p {sum(step.log_prob for step in branch.steps):.1f}".replace("-", "−")]
        if here:
            facts.append(f"here, {self._present.visible} of {len(branch.steps)}")
        elif controls != now:  # it was left under other switches, to which choosing it goes back
            if (controls.alignment, controls.attention) != (now.alignment, now.attention):
                facts += [title_of(controls.alignment), title_of(controls.attention)]
            facts += [fact for fact in (removed_heads(controls), edit_count(controls)) if fact]
        return text.append("   " + " · ".join(facts), "dim")
