"""The training set in memory on the device, shuffled, varied and scaled batch by batch.

There is no DataLoader: a set of 60,000 small pictures is 47 MB as bytes, so it lies on the device
and a batch is one gather. The order of an epoch and its augmentation depend on the run's seed and
the epoch alone, with a focus on hard pictures also on what they last cost (`losses`, kept with the
checkpoint); that is why a resumed run goes on exactly as an uninterrupted one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ziffern.classes import NO_DIGIT
from ziffern.contract import Contract
from ziffern.recipe import Recipe
from ziffern.training.augment import augment, enlarge


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of one epoch's order, augmentation and dropout."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)


class Pictures:
    """Labelled pictures on a device: uint8 (N, 28, 28) and int64 (N,)."""

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        contract: Contract,
        device: torch.device,
    ) -> None:
        self.images = torch.from_numpy(np.ascontiguousarray(images)).to(device)
        self.labels = torch.from_numpy(np.ascontiguousarray(labels, np.int64)).to(device)
        self.device = device
        # the contract's scaling as factor and offset of a grey value
        levels = np.zeros((2, contract.size, contract.size), np.uint8)
        levels[1] = 1
        zero, one = contract.scaled(levels)[:, 0, 0, 0]
        self.offset, self.factor = float(zero), float(one - zero)

    def __len__(self) -> int:
        return len(self.labels)

    def scaled(self, images: Tensor) -> Tensor:
        """Turn grey values (N, 28, 28) into the network's input, float32 (N, 28, 28, 1)."""
        numbers = images.unsqueeze(-1).to(torch.float32).mul_(self.factor)
        return numbers.add_(self.offset) if self.offset else numbers

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield scaled batches in the order of the set, the last one as small as it comes."""
        for start in range(0, len(self), batch_size):
            part = slice(start, start + batch_size)
            yield self.scaled(self.images[part]), self.labels[part]


class TrainingBatches(Pictures):
    """Batches for training: each epoch in a new order, varied by the augmentation.

    has_nondigits: whether there are pictures of no digit among them.
    losses: of each picture when it was last seen, float32 (N,); None without a focus. Whoever
        trains tells them with `learnt`.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        contract: Contract,
        device: torch.device,
        recipe: Recipe,
    ) -> None:
        super().__init__(images, labels, contract, device)
        self.has_nondigits = bool((labels == NO_DIGIT).any())
        self.augmentation = recipe.augmentation
        if self.augmentation.enlarge:
            self.images, self.labels = enlarge(self.images, self.labels, self.augmentation.enlarge)
        self.batch_size, self.seed = recipe.train.batch_size, recipe.train.seed
        self.focus = recipe.train.focus
        self.losses: Tensor | None = None
        if self.focus is not None:
            self.losses = torch.zeros(len(self), device=device)
        self._chosen: Tensor | None = None

    def pictures(self, epoch: int) -> int:
        """Return how many pictures an epoch (from 1) goes through."""
        if self.focus is None or epoch == 1:
            return len(self)
        return min(max(round(self.focus.share * len(self)), self.batch_size), len(self))

    def steps(self, epoch: int) -> int:
        """Return how many batches an epoch (from 1) has."""
        return len(self._bounds(epoch)) - 1

    def learnt(self, losses: Tensor) -> None:
        """Take what each picture of the batch given out last has cost, (B,)."""
        if self.losses is not None and self._chosen is not None:
            self.losses[self._chosen] = losses

    def _bounds(self, epoch: int) -> list[int]:
        """Return where batches begin and end. A last batch of one sample joins the one before it:

        batch normalisation has no spread to divide by in a batch of one.
        """
        count = self.pictures(epoch)
        edges = [*range(0, count, self.batch_size), count]
        if len(edges) > 2 and edges[-1] - edges[-2] == 1:
            del edges[-2]
        return edges

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch (from 1)."""
        generator = torch.Generator(self.device).manual_seed(epoch_seed(self.seed, epoch))
        order = torch.randperm(len(self), generator=generator, device=self.device)
        if self.focus is not None and epoch > 1:
            order = self._focused(order, epoch, generator)
        for start, end in itertools.pairwise(self._bounds(epoch)):
            self._chosen = chosen = order[start:end]
            images = self.images[chosen]
            if self.augmentation.distorts:
                images = augment(images.unsqueeze(1), self.augmentation, generator).squeeze(1)
            yield self.scaled(images), self.labels[chosen]

    def _focused(self, order: Tensor, epoch: int, generator: torch.Generator) -> Tensor:
        """Return the pictures of an epoch: the hardest and the first others of `order`, mixed."""
        assert self.focus is not None
        assert self.losses is not None
        count = self.pictures(epoch)
        hardest = self.losses.topk(round(self.focus.hardest * count)).indices
        others = torch.ones(len(self), dtype=torch.bool, device=self.device)
        others[hardest] = False
        drawn = order[others[order]][: count - len(hardest)]
        mixed = torch.randperm(count, generator=generator, device=self.device)
        return torch.cat([hardest, drawn])[mixed]
