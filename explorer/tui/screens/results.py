"""What every model reached, beside what papers report; and what some of them say to one source, decoded live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from explorer.render.results import Result, all_results
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle, shipped_bundles
from explorer.tui.measures import Value
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.over import OverExplorer
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.outputs import Outputs

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.screens.explorer import ExplorerScreen
    from explorer.tui.view import View

COLUMNS = ("system", "scored on", "figure", "", "without", "reached by, or where")
FEW = 4
"""Columns of a table beside live outputs."""
LIVE_FIGURE = "BLEU"
"""What a table beside live outputs has."""
HINTS = (
    ("↑↓", "move", "move(1)"),
    ("enter", "open the model", "open"),
    ("esc", "the explorer", "leave"),
    ("?", "help", "help"),
)
READING = (
    "Rows of models come from their cards: the best combination, or head, on each test set, and beside it the same "
    "model without attention. AER counts errors, so less is better. Dim rows are what the papers report, with the "
    "table where it stands: other data, other sizes of training, often another language pair. They say what was "
    "gained by attention there; they are no mark that a row above should be held against."
)


class ResultsScreen(OverExplorer):
    """One table over the explorer; enter opens a model on the explorer's source."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "results"
    reading = READING

    BINDINGS = [
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j", "move(1)", "down"),
        Binding("enter", "open", "open the model on the explorer's source"),
        Binding("question_mark", "help", "help"),
        Binding("escape,q", "leave", "back to the explorer"),
    ]

    _owner: ExplorerScreen

    def __init__(self, owner: ExplorerScreen, view: View, models: tuple[str, ...] = (), *, live: bool = False) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            view: Its view.
            models: The models that are shown; all of them, and the papers, where none is named.
            live: Whether each decodes the explorer's source.
        """
        super().__init__()
        self._owner = owner
        self._view = view
        self._models = models
        self._live = live
        self._rows = rows_of(models, live)
        self._said: dict[str, str] = {}

    @property
    def readings(self) -> Mapping[str, Value]:
        """The cursor's row; nothing before the table is there."""
        row = self._chosen
        if row is None:
            return {}
        return {"chosen": row.system if self._live else f"{row.system}, {row.data}: {row.value}"}

    @property
    def _chosen(self) -> Result | None:
        for table in self.query(DataTable):
            if 0 <= table.cursor_row < len(self._rows):
                return self._rows[table.cursor_row]
        return None

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        bundle = self._owner.bundle
        yield TitleBar("results", bundle.provider.name.upper(), id="title")
        yield from self.guests()
        yield DataTable(id="table", cursor_type="row", cell_padding=1)
        if self._live:
            yield Outputs(id="said")
        yield KeyBar(HINTS, id="keys")

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The whole table, and what was decoded."""
        table = Table(box=None, header_style="bold")
        for title in COLUMNS:
            table.add_column(title)
        for row in self._rows:
            table.add_row(*_cells(row))
        return (table, self.query_one(Outputs).printed) if self._live else (table,)

    def on_mount(self) -> None:
        """Fill the table, and decode where that is asked for."""
        self.query_one(TitleBar).view = self._view
        self._fill()
        table = self.query_one(DataTable)
        table.border_title = "best on each test set, from the cards" + (
            "" if self._models else " · dim: from the papers"
        )
        table.focus()
        if self._live:
            self.add_class("-live")
            self.query_one(Outputs).border_title = "on this source, decoded now"
            for model in self._models:
                self._owner.decode_with(model, self._view.snapshot.trace.source.text, self._decoded)

    def _fill(self) -> None:
        table = self.query_one(DataTable)
        shown = FEW if self._live else len(COLUMNS)
        table.add_columns(*COLUMNS[:shown])
        for row in self._rows:
            table.add_row(*_cells(row)[:shown])

    def _decoded(self, model: str, text: str) -> None:
        if self.is_attached:
            self._said[model] = text
            lines = tuple((name, self._said.get(name, "…")) for name in self._models)
            self.query_one(Outputs).lines_of_text = lines

    def action_move(self, by: int) -> None:
        """Move to another row."""
        table = self.query_one(DataTable)
        table.move_cursor(row=table.cursor_row + by)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Open the model of a row that enter or a click chose."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the model of the cursor's row."""
        row = self._chosen
        if row is None:
            return
        if row.paper:
            self.say(f"a paper's figure: {row.reached_by}")
            return
        self._owner.open_model(find_bundle(row.system))


def rows_of(models: tuple[str, ...], live: bool) -> tuple[Result, ...]:
    """Return the rows of some models, test set by test set, or of all of them with the papers'."""
    shipped = shipped_bundles()
    rows = all_results(read_card(shipped[name]) for name in models or shipped if name in shipped)
    if not models:
        return rows
    kept = [row for row in rows if not row.paper and (not live or row.figure == LIVE_FIGURE)]
    sets = list(dict.fromkeys(row.data for row in kept))
    return tuple(sorted(kept, key=lambda row: (sets.index(row.data), models.index(row.system))))


def _cells(row: Result) -> list[Text]:
    """Return a row of the table; what a paper says is dim."""
    cells = (row.system, row.data, row.figure, row.value, row.without, row.reached_by)
    return [Text(cell, "dim" if row.paper else "") for cell in cells]
