"""A figure as SVG that becomes part of an HTML page: themed, self-contained, readable aloud.

For a file on disk use matplotlib's own `figure.savefig`; what is made here leans on its page, which
gives the font and, as CSS variables `--ink`, `--paper`…, the colours of `ziffern.figures.style`.
"""

from __future__ import annotations

import html
import io
import re

import matplotlib
from matplotlib.figure import Figure

from ziffern.figures.style import LIGHT


def inline_svg(figure: Figure, *, name: str, alt: str) -> str:
    """Return `figure` as one `<svg>` element for an HTML page.

    Text stays text in the page's font. Nothing refers to the network.

    Args:
        figure: the figure to draw.
        name: unique in the page (letters, digits, hyphens); keeps the ids of several figures apart.
        alt: what the figure tells, for those who do not see it; any text, it is escaped.
    """
    buffer = io.StringIO()
    # the only way to choose text over paths; restored right after, so nothing global changes
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=nothing)
    width, height = figure.get_size_inches()
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<g ") : drawing.rindex("</svg>")]
    for key, colour in LIGHT.items():
        drawing = re.sub(f"{colour}(?![0-9a-f])", f"var(--{key},{colour})", drawing)
    # matplotlib numbers its groups alike in every figure: keep only ids that are referred to
    wanted = set(re.findall(r"url\(#([\w-]+)\)|href=\"#([\w-]+)\"", drawing))
    kept = {first or second for first, second in wanted}
    drawing = re.sub(
        r' id="([\w.-]+)"',
        lambda match: match.group(0) if match.group(1) in kept else "",
        drawing,
    )
    drawing = drawing.replace("xlink:href=", "href=")
    drawing = re.sub(r"font-family: [^;\"]*;? ?", "", drawing)
    drawing = re.sub(r"\s*\n\s*", " ", drawing)
    return (
        f'<svg class="drawing" role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="0 0 {72 * width:g} {72 * height:g}" style="width:{96 * width:g}px">'
        f"{drawing}</svg>"
    )
