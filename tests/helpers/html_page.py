"""A page of HTML as a list of its elements, to ask what stands where."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "wbr"}


class Page(HTMLParser):
    """The page as a list of elements with attributes and text; fails on unbalanced tags."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.elements.append({"tag": tag, "text": "", **dict(attributes)})

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag
        if tag in {"th", "td", "dt", "dd"}:
            self.handle_data(" ")

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, kind=None):
        return [
            element
            for element in self.elements
            if element["tag"] == tag and (kind is None or kind in element.get("class", "").split())
        ]

    def text(self, tag, kind=None):
        return [" ".join(element["text"].split()) for element in self.all(tag, kind)]

    def section(self, name):
        return next(" ".join(e["text"].split()) for e in self.elements if e.get("id") == name)

    def within(self, name, tag, kind=None):
        """Return the elements of a section."""
        start = next(n for n, e in enumerate(self.elements) if e.get("id") == name)
        end = next(
            (n for n, e in enumerate(self.elements) if n > start and e["tag"] == "section"), None
        )
        chosen = self.elements[start + 1 : end]
        return [element for element in chosen if element in self.all(tag, kind)]

    def ids(self):
        return [element["id"] for element in self.elements if "id" in element]
