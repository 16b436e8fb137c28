"""How pages are filled in, and the look that they share; what they say is not known here."""

from __future__ import annotations

from importlib import resources

import jinja2

from ziffern.figures import style

LOOK = "look.css.j2"


def environment() -> jinja2.Environment:
    """Return what fills in a template of a page; the template may include `look.css.j2`."""
    look = resources.files("ziffern.report").joinpath(LOOK).read_text("utf-8")
    made = jinja2.Environment(
        loader=jinja2.DictLoader({LOOK: look}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(light=style.LIGHT, dark=style.DARK)
    return made
