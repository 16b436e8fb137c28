import re
import xml.etree.ElementTree as ET

import matplotlib

from ziffern.figures import style
from ziffern.figures.svg import inline_svg


def picture():
    figure = style.new_figure(3, 2)
    axes = figure.subplots()
    style.bare(axes, title="A <title> & more", x="epoch", y="y")
    axes.plot([1, 2], [1, 3], "o-", color=style.VALIDATION)
    return figure


def test_it_is_well_formed_and_says_what_it_shows():
    svg = inline_svg(picture(), name="one", alt='It says "<b>" & more')
    root = ET.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'It says "<b>" & more'
    assert root.get("viewBox") == "0 0 216 144"
    texts = ["".join(text.itertext()) for text in root.iter("text")]
    assert {"A <title> & more", "epoch", "y"} <= set(texts)


def test_colours_become_variables_with_the_light_colour_as_fallback():
    svg = inline_svg(picture(), name="one", alt="x")
    assert f"var(--validation,{style.VALIDATION})" in svg
    loose = set(re.findall(r"(?<!,)#[0-9a-f]{6}\b", svg))
    assert not loose


def test_nothing_is_fetched_and_the_page_chooses_the_font():
    svg = inline_svg(picture(), name="one", alt="x")
    assert "http" not in svg
    assert "font-family" not in svg
    assert "DejaVu" not in svg
    assert "<style" not in svg


def test_two_figures_in_a_page_share_no_ids_and_all_references_hold():
    svgs = [inline_svg(picture(), name=name, alt="x") for name in ("one", "two")]
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in svgs]
    assert ids[0]
    assert not ids[0] & ids[1]
    for found, svg in zip(ids, svgs, strict=True):
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) == found


def test_it_is_the_same_each_time_and_changes_no_setting():
    before = dict(matplotlib.rcParams)
    assert inline_svg(picture(), name="one", alt="x") == inline_svg(picture(), name="one", alt="x")
    assert dict(matplotlib.rcParams) == before
