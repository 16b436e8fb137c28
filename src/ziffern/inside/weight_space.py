"""The loss as a function of all trainable weights of a network, which are one long vector.

    space = WeightSpace(model, images, labels)
    space.loss(space.centre + 0.1 * space.filter_direction(random))

The loss is the mean cross-entropy in nats over some pictures, without penalties and dropout; with a
background class where the model has one. The moving statistics of batch normalisation are
constants, those of the trained model wherever the weights go, unless the statistics of the pictures
themselves are asked for. Nothing here changes the model.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.differentiable import Images, batches, network_inputs, without_cudnn
from ziffern.layers import Weights
from ziffern.training import modules
from ziffern.training.loss import losses
from ziffern.training.network import TorchNetwork


class WeightSpace:
    """All trainable weights of a model, (P,), and the loss of `images`, uint8 (N, 28, 28), there.

    `centre` are the trained weights. With `batch_statistics` batch normalisation uses those of the
    pictures, as in training, so that weights far from the trained ones do what they did then.

    Raises:
        InputError: pictures of another form, none, or not a label of the model for each.
    """

    def __init__(
        self,
        model: Model,
        images: Images,
        labels: NDArray[np.integer],
        *,
        batch_statistics: bool = False,
    ) -> None:
        classes = len(model.class_names)
        if len(images) == 0 or labels.shape != (len(images),):
            raise InputError(f"{len(images)} pictures do not fit labels of shape {labels.shape}")
        if labels.min() < 0 or labels.max() >= classes:
            raise InputError(
                f"labels from {labels.min()} to {labels.max()} do not fit {classes} classes"
            )
        self.inputs = network_inputs(model, images)
        self.labels = torch.from_numpy(np.asarray(labels, np.int64)).to(model.device)
        self._network = _trained(model, model.saved.weights)
        self._model = model
        for module in self._network.modules():
            if isinstance(module, modules.BatchNormalization):
                module.train(batch_statistics)
        self._parameters = _trainable(self._network)
        self.centre = joined(self._parameters)

    def __len__(self) -> int:
        return len(self.centre)

    def vector(self, weights: Weights) -> Tensor:
        """Return weights by Keras's names as a point (P,); their moving statistics are left out."""
        return joined(_trainable(_trained(self._model, weights)))

    def loss(self, point: Tensor) -> float:
        """Return the mean cross-entropy at a point (P,), in nats."""
        self._move_to(point)
        total = 0.0
        with torch.inference_mode():
            for rows in batches(len(self.inputs)):
                total += self._sum(rows).item()
        return total / len(self.inputs)

    @without_cudnn
    def curvature(self, direction: Tensor) -> Tensor:
        """Return the Hessian of the loss at the trained weights, times a direction (P,).

        Exact, by differentiating twice, without the matrix (Pearlmutter 1994, "Fast exact
        multiplication by the Hessian").
        """
        self._move_to(self.centre)
        along = self._split(direction)
        total = torch.zeros_like(self.centre)
        for rows in batches(len(self.inputs)):
            slopes = torch.autograd.grad(self._sum(rows), self._parameters, create_graph=True)
            slope = torch.stack([(a * b).sum() for a, b in zip(slopes, along, strict=True)]).sum()
            total += joined(
                list(torch.autograd.grad(slope, self._parameters, materialize_grads=True))
            )
        return total / len(self.inputs)

    def filter_direction(self, random: torch.Generator) -> Tensor:
        """Draw a direction (P,) in which each filter is as long as the network's own.

        A filter is all that leads to one output: the kernel of one map, one column of a Dense
        layer's matrix. Biases, and what scales and shifts behind a normalisation, stay as they are
        (Li et al. 2018, "Visualizing the loss landscape of neural nets", section 4).
        """
        parts = []
        for own in self._parameters:
            part = torch.randn(own.shape, generator=random).to(own.device)
            if own.dim() < 2:
                part.zero_()
            else:
                part *= _filter_lengths(own) / _filter_lengths(part)
            parts.append(part)
        return joined(parts)

    def _sum(self, rows: slice) -> Tensor:
        logits = self._network(self.inputs[rows])
        background = self._model.background_class
        found = losses(logits, self.labels[rows], nondigits=False, background_class=background)
        return found.sum()

    def _move_to(self, point: Tensor) -> None:
        with torch.no_grad():
            for own, part in zip(self._parameters, self._split(point), strict=True):
                own.copy_(part)

    def _split(self, vector: Tensor) -> list[Tensor]:
        parts = torch.split(vector, [own.numel() for own in self._parameters])
        return [part.view(own.shape) for part, own in zip(parts, self._parameters, strict=True)]


def _trained(model: Model, weights: Weights) -> TorchNetwork:
    network = TorchNetwork(model.network)
    network.load_weights(weights)
    return network.to(model.device).eval()


def _trainable(network: TorchNetwork) -> list[torch.nn.Parameter]:
    return [each for each in network.parameters() if each.requires_grad]


def _filter_lengths(weights: Tensor) -> Tensor:
    """Return the length of each filter, the first dimension, in a shape that divides `weights`."""
    lengths: Tensor = torch.linalg.vector_norm(weights.detach().flatten(1), dim=1)
    return lengths.view(-1, *[1] * (weights.dim() - 1))


def joined(parts: list[torch.nn.Parameter] | list[Tensor]) -> Tensor:
    """Return tensors as one vector, apart from any graph."""
    return torch.cat([part.detach().reshape(-1) for part in parts])
