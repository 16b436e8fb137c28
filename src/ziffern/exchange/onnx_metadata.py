"""What an ONNX file of ours says about itself, so that the file alone is enough to use it.

Kept in the file's metadata, under the names and in the form of `model.json`: texts as they are,
everything else as JSON. Files of other programs have none of it.

    about = Metadata.of(model)
    Metadata.read(about.properties()) == about
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.layers import Network, parse_layers
from ziffern.modelfile import SavedModel, certainty_of, digest
from ziffern.states import Thresholds

MARK = "ziffern"  # the property that tells our files from others; its value is the format
FORMAT = "1"


@dataclass(frozen=True)
class Metadata:
    """A model without its weights."""

    name: str
    layers: tuple[str, ...]
    """As they were trained; in the graph some may be taken into others."""
    contract: Contract
    class_names: tuple[str, ...]
    weights: str
    """The digest of the weights that the graph was made from (`ziffern.modelfile.digest`)."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    copies: Copies = field(default_factory=Copies)
    temperature: float = 1.0
    thresholds: Thresholds = field(default_factory=Thresholds)
    background_class: bool = False

    @classmethod
    def of(cls, model: SavedModel) -> Self:
        """Describe a model."""
        return cls(
            model.name,
            model.layers,
            model.contract,
            model.class_names,
            digest(model.weights),
            model.facts,
            model.copies,
            model.temperature,
            model.thresholds,
            model.background_class,
        )

    @property
    def network(self) -> Network:
        """The layers with their shapes."""
        records = [layer for _, layer in parse_layers("\n".join(self.layers))]
        return Network(records, (self.contract.size, self.contract.size, 1))

    def properties(self) -> dict[str, str]:
        """Return names and values for the file."""
        return {
            MARK: FORMAT,
            "name": self.name,
            "layers": "\n".join(self.layers),
            "parameters": str(self.network.parameters),
            "contract": json.dumps(self.contract.to_dict()),
            "class_names": json.dumps(self.class_names, ensure_ascii=False),
            **{name: json.dumps(value) for name, value in self.copies.to_dict().items()},
            "temperature": json.dumps(self.temperature),
            "thresholds": json.dumps(self.thresholds.to_dict()),
            "background_class": json.dumps(self.background_class),
            "weights": self.weights,
            "facts": json.dumps(dict(self.facts), ensure_ascii=False, default=str),
        }

    @classmethod
    def read(cls, properties: Mapping[str, str]) -> Self | None:
        """Make a description from a file's properties; None where the file is another program's.

        Raises:
            RunError: the file is ours, and what it says cannot be.
        """
        if MARK not in properties:
            return None
        if properties[MARK] != FORMAT:
            raise RunError(
                f"format {properties[MARK]!r} of its metadata, this Ziffern reads {FORMAT}"
            )
        try:
            found = cls(
                properties["name"],
                tuple(properties["layers"].splitlines()),
                Contract.from_dict(dict(json.loads(properties["contract"]))),
                tuple(map(str, json.loads(properties["class_names"]))),
                properties["weights"],
                dict(json.loads(properties["facts"])),
                Copies.from_dict(
                    {
                        "shifts": json.loads(properties["shifts"]),
                        # files of older versions turn nothing
                        "rotation": json.loads(properties.get("rotation", "0")),
                    }
                ),
                *certainty_of(
                    {
                        name: json.loads(properties[name])
                        for name in ("temperature", "thresholds")
                        if name in properties  # files of older versions have neither
                    }
                ),
                json.loads(properties.get("background_class", "false")) is True,
            )
            classes = found.network.output_shape
        except KeyError as error:
            raise RunError(f"its metadata lack {error}") from error
        except (InputError, ValueError, TypeError) as error:
            raise RunError(f"its metadata are damaged: {error}") from error
        if classes != (len(found.class_names),):
            raise RunError(
                f"its metadata are damaged: layers that end in {classes}, "
                f"but {len(found.class_names)} classes"
            )
        return found
