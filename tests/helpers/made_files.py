"""Files with pages, made in memory: pictures, a PDF by hand, and damage to them."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ziffern import datasets

PAPER, INK = (250, 250, 240), (20, 30, 120)
PASSWORD = (
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32
) + b"> >> /ID [<00> <00>]"


def seven(size: tuple[int, int] = (60, 80)) -> Image.Image:
    """A blue 7 on yellowish paper."""
    width, height = size
    image = Image.new("RGB", size, PAPER)
    corners = [(width // 5, height // 5), (3 * width // 4, height // 5), (2 * width // 5, height)]
    ImageDraw.Draw(image).line(corners, fill=INK, width=width // 8, joint="curve")
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture in one of Pillow's formats."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pdf(*sizes: tuple[float, float], trailer: bytes = b"") -> bytes:
    """Write a PDF with one page a size (in points), each with a blue bar along its upper edge."""
    pages = b" ".join(b"%d 0 R" % (3 + 2 * number) for number in range(len(sizes)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(sizes), pages),
    ]
    for number, (width, height) in enumerate(sizes):
        bar = b"0 0 1 rg 0 %f %f %f re f" % (0.9 * height, width, 0.1 * height)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %f %f] /Contents %d 0 R >>"
            % (width, height, 4 + 2 * number),
            b"<< /Length %d >> stream\n%b\nendstream" % (len(bar), bar),
        ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R %b >>\n"
        b"startxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, trailer, len(content))
    )


def line_of_digits(digits: str, *, height: int = 60) -> Image.Image:
    """Digits of the MNIST sample, beside each other in dark ink on yellowish paper.

    Of each digit the picture nearest to the mean of its class is taken, which any model reads.
    """
    pictures = [
        Image.fromarray(typical(int(digit))).resize((height, height), Image.Resampling.BICUBIC)
        for digit in digits
    ]
    sheet = Image.new("RGB", (height * (len(digits) + 2), 3 * height), PAPER)
    for place, picture in enumerate(pictures, 1):
        sheet.paste(INK, (place * height, height), picture)
    return sheet


@cache
def typical(digit: int) -> npt.NDArray[np.uint8]:
    """The digit of the sample's training part that is nearest to the mean of its class."""
    train = datasets.load("mnist").train
    images = train.images[train.labels == digit]
    distances = ((images - images.mean(axis=0)) ** 2).sum(axis=(1, 2))
    nearest: npt.NDArray[np.uint8] = images[distances.argmin()]
    return nearest
