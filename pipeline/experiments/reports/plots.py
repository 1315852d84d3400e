"""Drawings as PNG and SVG, without a display and without matplotlib's global state."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import UserError
from pipeline.experiments.whole_file import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ORANGE, SKY_BLUE, GREEN, BLUE, VERMILION = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00"
"""Told apart with any colour vision: Okabe & Ito, "Color Universal Design" (2008)."""

GREY = "#666666"
DOTS_PER_INCH = 160
STYLE = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "autoncf",  # the ids in an SVG are random without one
}


def require_matplotlib() -> None:
    """Tells the user what to install.

    Raises:
        UserError: if matplotlib is not there.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise UserError(
            "Plots need matplotlib, which is not installed; run `pip install 'autoncf[experiments]'`"
        ) from None


def write_figure(
    draw: Callable[["Figure"], None], size: tuple[float, float], folder: Path, name: str
) -> None:
    """Writes `name.png` and `name.svg`; the same drawing gives the same bytes.

    Args:
        draw: fills the empty figure, whose layout keeps texts from overlapping.
        size: width and height in inches.
        folder: of the two files.
        name: of the two files, without ending.

    Raises:
        UserError: if matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        for ending, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            drawing = io.BytesIO()
            figure.savefig(drawing, format=ending, metadata=metadata)
            write_whole(folder / f"{name}.{ending}", drawing.getvalue())
