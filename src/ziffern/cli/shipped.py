"""`ziffern models`: the models that ship with Ziffern, and their cards."""

from __future__ import annotations

from typing import Any

from ziffern.cli import output
from ziffern.cli.options import Json


def models(name: str | None = None, /, *, json: Json = False) -> None:
    """List the models that ship with Ziffern, or show the card of one.

    Parameters
    ----------
    name:
        A shipped model's name; all are listed if none is given.
    """
    from ziffern import shipped

    if name is not None:
        if json:
            output.emit_json(shipped.card(name))
        else:
            print(shipped.text(name), end="")
        return
    cards = [shipped.card(each) for each in shipped.names()]
    if json:
        output.emit_json({"models": [_short(card) for card in cards]})
        return
    if not cards:
        print("no models ship with this version; train one with: ziffern train quick")
        return
    output.table(
        ["model", "accuracy", "seeds", "parameters>", "ONNX>", "averaging>"],
        [
            [
                card["name"],
                output.interval(card),
                "{mean:.2%} ± {sd:.2%} (n = {n})".format_map(card["seeds"]),
                f"{card['parameters']:,}",
                f"{card['bytes']['model.onnx'] / 1000:,.0f} kB",
                card["averaging"],
            ]
            for card in cards
        ],
        droppable=["averaging>", "ONNX>", "seeds"],
    )
    output.note(f"\nnext: ziffern models {cards[0]['name']}")


def _short(card: dict[str, Any]) -> dict[str, Any]:
    keys = "name", "accuracy", "wilson95", "n", "parameters", "multiply_adds", "averaging", "bytes"
    seeds = {key: card["seeds"][key] for key in ("n", "mean", "sd", "interval95")}
    return {**{key: card[key] for key in keys}, "seeds": seeds}
