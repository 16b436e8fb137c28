"""The report of a run: one self-contained HTML page from plain values and arrays.

    content = ReportContent(title="Marvin", run="20261121-190502-marvin-s0", …)
    html = write_report(content)

No run folder is read, no network loaded and no dataset opened here; who calls brings everything in
a `ReportContent`. The page needs no script and no connection, adapts to phones, print and dark
screens, and says in words what its pictures show.
"""

from ziffern.report.content import LayerRow, Printed, ReportContent
from ziffern.report.page import write_report

__all__ = ["LayerRow", "Printed", "ReportContent", "write_report"]
