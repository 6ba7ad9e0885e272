"""Sheets as PNG and PDF, by matplotlib: an extra of this package, imported only when it is asked for."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import InputError
from explorer.render.cells import clean
from explorer.render.figure import PIXELS_AN_INCH, POINTS_AN_INCH
from explorer.render.markup import INKS
from explorer.render.pictures import Overlay, overlaid
from explorer.render.sheet import (
    FONT_SIZE,
    HATCH_FILL,
    RAMP_FILL,
    Anchor,
    Box,
    Bracket,
    Cell,
    Diamond,
    Frame,
    Label,
    Look,
    Sheet,
)
from explorer.runtime.labels import code_point, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

MISSING = "PNG and PDF are drawn by matplotlib, which is not installed: pip install 'attn-explore[figures]'"
SCREEN_DPI = 192
"""Of a PNG as wide as its content: two dots a pixel."""
PAPER_DPI = 300
"""Of a PNG whose width was asked for."""
MOST_DOTS = 60_000
"""Of a PNG's side; what draws it takes no more than 65,535."""
PICTURE_DPI = 300
FAMILY = "DejaVu Sans"
"""The font that comes with matplotlib; a letter that it lacks is looked for in `FALLBACKS`."""
FALLBACKS = (
    *("Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR"),
    *("Source Han Sans", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Arial Unicode MS"),
    *("WenQuanYi Zen Hei", "IPAexGothic", "Droid Sans Fallback", "Noto Sans Arabic", "Noto Sans Devanagari"),
    *("Noto Sans Hebrew", "Noto Sans Thai", "Noto Emoji", "Symbola", "Unifont"),
)
_WEIGHTS = {Look.PLAIN: "normal", Look.HEADING: "bold", Look.FORCED: "bold"}
_ALIGNMENTS = {Anchor.START: "left", Anchor.MIDDLE: "center", Anchor.END: "right"}
_SETTINGS: Mapping[str, Any] = MappingProxyType({"pdf.fonttype": 42, "hatch.linewidth": 0.6, "text.usetex": False})
"""Of matplotlib. Fonts as TrueType: text in a PDF can be searched, copied and edited."""
_CORNER = 0.4477
"""What a circle's control points lack of its radius (4/3 · (√2 − 1), from 1)."""


def png_bytes(sheet: Sheet) -> bytes:
    """Return a sheet as PNG, at 300 dots an inch where its width was asked for, at 192 otherwise.

    Raises:
        InputError: matplotlib is not installed, no font here has a letter, or the picture would be too large.
    """
    dpi = PAPER_DPI if sheet.sized else SCREEN_DPI
    longest = max(sheet.width, sheet.height) / PIXELS_AN_INCH * dpi
    if longest > MOST_DOTS:
        raise InputError(f"a PNG of {longest:.0f} dots is too large; SVG and PDF have no limit, --width makes it fit")
    with _drawn(sheet) as figure:
        data = io.BytesIO()
        figure.savefig(data, format="png", dpi=dpi, metadata=_about(sheet))
    return data.getvalue()


def _about(sheet: Sheet) -> dict[str, str]:
    return {"Software": "attn-explore", "Title": clean(printable(sheet.heading))}


def pdf_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return sheets as the pages of a PDF, each of its sheet's size; text is text, in fonts that the file embeds.

    Raises:
        InputError: matplotlib is not installed, or no font here has a letter.
    """
    matplotlib = _matplotlib()
    from matplotlib.backends.backend_pdf import PdfPages

    data = io.BytesIO()
    title = "; ".join(sheet.heading for sheet in sheets)
    # Without dates the same figure is the same file.
    known = {"Title": clean(printable(title)), "Creator": "attn-explore", "CreationDate": None}
    # The fonts are written when the file is closed.
    with matplotlib.rc_context(_SETTINGS), PdfPages(data, metadata=known) as pages:
        for sheet in sheets:
            with _drawn(sheet) as figure:
                pages.savefig(figure)
    return data.getvalue()


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise InputError(MISSING) from error
    return matplotlib


@contextlib.contextmanager
def _drawn(sheet: Sheet) -> Iterator[Figure]:
    """Draw a sheet: one pair of axes over all of it, in its own pixels."""
    matplotlib = _matplotlib()
    from matplotlib.figure import Figure

    families = _families(sheet)
    with matplotlib.rc_context({**_SETTINGS, "font.family": families}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)  # `_families` has judged
        figure = Figure(figsize=(sheet.width / PIXELS_AN_INCH, sheet.height / PIXELS_AN_INCH))
        figure.set_facecolor(INKS[sheet.theme].page)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(0.0, sheet.width)
        axes.set_ylim(sheet.height, 0.0)
        _Plotter(axes, sheet).draw()
        yield figure


def _families(sheet: Sheet) -> list[str]:
    """Return the fonts that together have every letter of a sheet.

    Raises:
        InputError: There is a letter that none of those installed has.
    """
    from matplotlib import font_manager, ft2font

    labels = [mark.figure if isinstance(mark, Cell) else mark for mark in sheet.marks]
    missing = {letter for label in labels if isinstance(label, Label) for letter in clean(printable(label.text))}
    families: list[str] = []
    known = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    for family in (FAMILY, *FALLBACKS):
        if family not in known:
            continue
        has = {chr(number) for number in ft2font.FT2Font(known[family]).get_charmap()}
        if missing & has or family == FAMILY:
            families.append(family)
            missing -= has
        if not missing:
            return families
    letter = min(missing)
    raise InputError(
        f"no font installed here has {letter} ({code_point(letter)}), which PNG and PDF need; SVG and HTML leave it to "
        "the reader's fonts"
    )


class _Plotter:
    """Puts the marks of a sheet onto axes, in their order."""

    def __init__(self, axes: Axes, sheet: Sheet) -> None:
        self._axes = axes
        self._sheet = sheet
        self._ink = INKS[sheet.theme]
        self._boxes: list[Box] = []

    def draw(self) -> None:
        """Draw every mark; boxes beside each other as one collection, a thousand times as fast as one by one."""
        for mark in self._sheet.marks:
            match mark:
                case Box():
                    self._box(mark)
                case Cell():
                    self._box(mark.box)
                    if mark.figure is not None:
                        self._label(mark.figure)
                case Label():
                    self._label(mark)
                case Bracket():
                    self._bracket(mark)
                case Diamond():
                    self._diamond(mark)
                case Frame():
                    self._frame(mark)
        self._flush()

    @property
    def _order(self) -> int:
        return len(self._axes.get_children())

    def _box(self, box: Box) -> None:
        if box.fill == RAMP_FILL:
            self._ramp(box)
        elif box.fill == HATCH_FILL:
            self._hatch(box)
        else:
            self._boxes.append(box)

    def _flush(self) -> None:
        """Draw the boxes that wait; figures never lie under a later box, so texts need not wait for them."""
        from matplotlib.collections import PathCollection

        if not self._boxes:
            return
        paths = [_rounded(box) for box in self._boxes]
        colors = [box.fill for box in self._boxes]
        sharp = all(not box.radius for box in self._boxes)
        collection = PathCollection(paths, facecolors=colors, edgecolors="none", linewidths=0, antialiased=not sharp)
        collection.set_zorder(0)
        self._axes.add_collection(collection, autolim=False)
        self._boxes = []

    def _label(self, label: Label) -> None:
        size = (FONT_SIZE if label.size is None else label.size) / PIXELS_AN_INCH * POINTS_AN_INCH
        self._axes.text(
            label.x,
            label.y,
            clean(printable(label.text)),
            color=label.color,
            fontsize=size,
            fontweight=_WEIGHTS[label.look],
            fontstyle="italic" if label.look is Look.FORCED else "normal",
            horizontalalignment=_ALIGNMENTS[label.anchor],
            verticalalignment="baseline",
            rotation=label.turn,
            rotation_mode="anchor",
            parse_math=False,
            zorder=self._order,
        )

    def _points(self, pixels: float) -> float:
        return pixels / PIXELS_AN_INCH * POINTS_AN_INCH

    def _ramp(self, box: Box) -> None:
        from matplotlib.patches import Rectangle

        table = np.array(self._sheet.palette.table, dtype=np.uint8)[None]  # (1, 256, 3)
        extent = (box.x, box.x + box.width, box.y + box.height, box.y)
        self._axes.imshow(table, extent=extent, aspect="auto", interpolation="nearest", zorder=self._order)
        self._keep_limits()
        edge = box.stroke or "none"
        frame = Rectangle((box.x, box.y), box.width, box.height, facecolor="none", edgecolor=edge, linewidth=0.4)
        frame.set_zorder(self._order)
        self._axes.add_patch(frame)

    def _hatch(self, box: Box) -> None:
        from matplotlib.patches import Rectangle

        look = {"facecolor": "none", "edgecolor": self._ink.soft, "linewidth": 0.0, "hatch": "//////"}
        patch = Rectangle((box.x, box.y), box.width, box.height, **look)  # type: ignore[arg-type]
        patch.set_zorder(self._order)
        self._axes.add_patch(patch)

    def _bracket(self, mark: Bracket) -> None:
        for edge, inwards in ((mark.left, mark.reach), (mark.right, -mark.reach)):
            across = [edge + inwards, edge, edge, edge + inwards]
            down = [mark.top, mark.top, mark.top + mark.height, mark.top + mark.height]
            self._axes.plot(
                across, down, color=mark.color, linewidth=self._points(mark.stroke), zorder=self._order, scalex=False
            )
        self._keep_limits()

    def _diamond(self, mark: Diamond) -> None:
        from matplotlib.patches import Polygon

        x, y, side = mark.x, mark.y, mark.radius
        corners = np.array([(x, y), (x + side, y + side), (x, y + 2 * side), (x - side, y + side)])
        patch = Polygon(corners, closed=True, facecolor=mark.color, edgecolor="none", linewidth=0)
        patch.set_zorder(self._order)
        self._axes.add_patch(patch)

    def _frame(self, mark: Frame) -> None:
        """Draw a picture with its attention, in as many dots as its size on paper can use."""
        dots = PICTURE_DPI / PIXELS_AN_INCH
        height, width = max(1, round(mark.height * dots)), max(1, round(mark.width * dots))
        weights, overlay = np.zeros(mark.picture.rows * mark.picture.columns, dtype=np.float32), Overlay.NONE
        if mark.attended is not None:
            weights, overlay = mark.attended.weights, mark.attended.overlay
        image = overlaid(mark.picture, weights, height, width, overlay, self._sheet.palette)
        extent = (mark.x, mark.x + mark.width, mark.y + mark.height, mark.y)
        self._axes.imshow(image, extent=extent, aspect="auto", interpolation="nearest", zorder=self._order)
        self._keep_limits()

    def _keep_limits(self) -> None:
        self._axes.set_xlim(0.0, self._sheet.width)
        self._axes.set_ylim(self._sheet.height, 0.0)


def _rounded(box: Box) -> Path:
    """Return the outline of a box."""
    from matplotlib.path import Path

    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    radius = min(box.radius, box.width / 2, box.height / 2)
    if not radius:
        return Path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], closed=True)
    near = radius * _CORNER
    points = [(left + radius, top), (right - radius, top)]
    codes = [Path.MOVETO, Path.LINETO]
    corners = (
        ((right - near, top), (right, top + near), (right, top + radius), (right, bottom - radius)),
        ((right, bottom - near), (right - near, bottom), (right - radius, bottom), (left + radius, bottom)),
        ((left + near, bottom), (left, bottom - near), (left, bottom - radius), (left, top + radius)),
        ((left, top + near), (left + near, top), (left + radius, top), (left + radius, top)),
    )
    for corner in corners:
        points += corner
        codes += [Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO]
    return Path(points, codes)
