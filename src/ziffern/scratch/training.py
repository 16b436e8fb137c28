"""The training loop: batch by batch forward, backward, update; nothing is left out or hidden.

    training = Training(recipe, data.training, data.validation, data.contract)
    for row in training.fit():           # one row of figures an epoch
        print(row["epoch"], row["loss"])

Everything that depends on chance follows the recipe's seed as in `ziffern.training`: the weights at
the start, the split, and the order of the pictures, so that without dropout both train on the same
batches from the same weights. What this loop lacks, such as augmentation and early stopping, is
named by `lacking`. It prints and writes nothing.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.errors import InputError, WorkError
from ziffern.history import EpochRow
from ziffern.layers import Weights
from ziffern.recipe import Recipe
from ziffern.scratch import optimizers
from ziffern.scratch.base import Array
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import BATCH, Network, unknown_layers

AfterBatch = Callable[["Training"], None]


def lacking(recipe: Recipe) -> list[str]:
    """Return what the recipe asks for and plain NumPy does not have here; empty if it has all."""
    found = [f"the layer {kind}" for kind in unknown_layers(recipe.network)]
    if type(recipe.optimizer_record) not in optimizers.OPTIMIZERS:
        found.append(f"the optimiser {recipe.optimizer_record.name}")
    if recipe.augmentation.distorts or recipe.augmentation.enlarge:
        found.append("augmentation (leave out [augment])")
    if recipe.train.early_stopping is not None:
        found.append("early stopping (leave out [train.early_stopping])")
    if recipe.train.focus is not None:
        found.append("a focus on hard pictures (leave out [train.focus])")
    if recipe.train.ema is not None:
        found.append("averaged weights (leave out train.ema)")
    if recipe.train.background_class:
        found.append("a background class (leave out train.background_class)")
    if recipe.predict.copies.pictures > 1:
        found.append("answers averaged over copies (leave out [predict])")
    if recipe.ensemble is not None:
        found.append("ensembles (leave out [ensemble])")
    return found


def check(recipe: Recipe) -> None:
    """Check that the recipe can be trained here.

    Raises:
        InputError: it asks for something that is not written out here; everything is named.
    """
    if missing := lacking(recipe):
        raise InputError(
            f"{recipe.name} cannot be trained in plain NumPy, which lacks {', '.join(missing)}; "
            f"ziffern train {recipe.name} can"
        )


class Training:
    """One training of a recipe: where it stands, and `fit` to go on to its end.

    Attributes:
        network: the network; its weights change with every batch.
        history: one row for each finished epoch.
        finished: the weights at the end of the last finished epoch.
        epoch, batch, step: what is being worked on, counted from 1; 0 before the first.
        images_seen, loss_sum, correct: sums over this epoch so far.
        learning_rate: the rate of the last step.
        epoch_seconds: of this epoch so far, without validation.

    Raises:
        InputError: the recipe asks for something that is not written out here.
    """

    def __init__(
        self, recipe: Recipe, training: Part, validation: Part | None, contract: Contract
    ) -> None:
        check(recipe)
        self.recipe, self.contract = recipe, contract
        self.training, self.validation = training, validation
        weights = recipe.network.initial_weights(recipe.train.seed)
        self.network = Network(recipe.network, weights)
        self.optimizer = optimizers.build(recipe.optimizer_record)
        self.batches_per_epoch = len(batches(np.arange(len(training)), recipe.train.batch_size))
        self.history: list[EpochRow] = []
        self.finished: Weights = weights
        self.epoch = self.batch = self.step = self.images_seen = self.correct = 0
        self.learning_rate = self.loss_sum = self.epoch_seconds = 0.0

    def fit(self, after_batch: AfterBatch | None = None) -> Iterator[EpochRow]:
        """Train to the recipe's last epoch; yield each epoch's figures. `after_batch` may watch.

        Raises:
            WorkError: the loss is no longer a number.
        """
        while self.epoch < self.recipe.train.epochs:
            self._train_an_epoch(after_batch)
            loss, accuracy = (None, None) if self.validation is None else self._validate()
            self.history.append(
                {
                    "epoch": self.epoch,
                    "loss": self.loss_sum / self.images_seen,
                    "accuracy": self.correct / self.images_seen,
                    "validation_loss": loss,
                    "validation_accuracy": accuracy,
                    "learning_rate": self.learning_rate,
                    "seconds": self.epoch_seconds,
                    "images_per_second": self.images_seen / self.epoch_seconds,
                }
            )
            self.finished = {name: array.copy() for name, array in self.network.weights.items()}
            yield self.history[-1]

    def _train_an_epoch(self, after_batch: AfterBatch | None) -> None:
        settings = self.recipe.train
        self.epoch += 1
        self.batch = self.images_seen = self.correct = 0
        self.loss_sum = self.epoch_seconds = 0.0
        self.network.draw_dropout_from(np.random.default_rng([settings.seed, self.epoch]))
        order = epoch_order(len(self.training), settings.seed, self.epoch)
        started = time.perf_counter()
        for chosen in batches(order, settings.batch_size):
            self.batch += 1
            self.step += 1
            self.learn(self.training.images[chosen], self.training.labels[chosen])
            self.epoch_seconds = time.perf_counter() - started
            if after_batch is not None:
                after_batch(self)

    def learn(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        """One learning step: forward, loss, backward, update.

        Raises:
            WorkError: the loss is not a number.
        """
        settings = self.recipe.train
        self.learning_rate = self.recipe.schedule_record.learning_rate(
            self.recipe.optimizer_record.learning_rate,
            step=self.step,
            epoch=self.epoch,
            total_steps=settings.epochs * self.batches_per_epoch,
            steps_per_epoch=self.batches_per_epoch,
            history=self.history,
        )
        with np.errstate(over="ignore", invalid="ignore"):  # the check below says it better
            logits = self.network.forward(self.contract.scaled(images), training=True)
            loss, error = cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
            loss += self.network.penalty
            if not math.isfinite(loss):
                raise self._diverged(loss)
            self.network.backward(error)
            gradients = clipped(
                self.network.gradients, norm=settings.clip_norm, value=settings.clip_value
            )
            self.optimizer.step(self.network.weights, gradients, self.learning_rate)
        self.images_seen += len(labels)
        self.loss_sum += loss * len(labels)
        self.correct += int((logits.argmax(axis=1) == labels).sum())

    def _validate(self) -> tuple[float, float]:
        """Return mean loss (nats) and accuracy (0 to 1) on the validation pictures."""
        assert self.validation is not None
        part, loss_sum, correct = self.validation, 0.0, 0
        for start in range(0, len(part), BATCH):
            labels = part.labels[start : start + BATCH]
            images = self.contract.scaled(part.images[start : start + BATCH])
            logits = self.network.forward(images)
            loss_sum += cross_entropy(logits, labels)[0] * len(labels)
            correct += int((logits.argmax(axis=1) == labels).sum())
        return loss_sum / len(part), correct / len(part)

    def _diverged(self, loss: float) -> WorkError:
        rate = self.learning_rate
        return WorkError(
            f"the training diverged in epoch {self.epoch}, batch {self.batch}: the loss became "
            f"{loss:g}; the learning rate {rate:g} is likely too high, try "
            f"--set optimizer.learning_rate={rate / 10:g}"
        )


def batches(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Cut an order into batches. A last batch of one picture joins the one before it:

    batch normalisation has no spread to divide by in a batch of one.
    """
    edges = [*range(0, len(order), size), len(order)]
    if len(edges) > 2 and edges[-1] - edges[-2] == 1:
        del edges[-2]
    return [order[start:end] for start, end in itertools.pairwise(edges)]


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return 0 … count − 1 in the order of an epoch (from 1), the same that PyTorch's engine takes.

    A shuffle as one shuffles cards (Fisher & Yates 1938): at each place one of the cards that are
    left is drawn. The random numbers are those of the Mersenne Twister (Matsumoto & Nishimura
    1998), which PyTorch draws from as well.
    """
    mixed = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1
    twister = np.random.RandomState(int(mixed) & 0xFFFFFFFF)
    left = count - np.arange(count - 1)
    ahead = twister.randint(0, 2**32, count - 1, dtype=np.uint32) % left
    cards = list(range(count))
    for place, distance in enumerate(ahead.tolist()):
        other = place + distance
        cards[place], cards[other] = cards[other], cards[place]
    return np.array(cards)


def clipped(
    gradients: dict[str, Array], *, norm: float | None = None, value: float | None = None
) -> dict[str, Array]:
    """Return gradients shortened to a largest `norm` of all together and a largest single value."""
    if norm is not None:
        length = math.sqrt(sum(float(np.square(g).sum()) for g in gradients.values()))
        factor = min(1.0, norm / (length + 1e-6))
        gradients = {name: factor * g for name, g in gradients.items()}
    if value is not None:
        gradients = {name: np.clip(g, -value, value) for name, g in gradients.items()}
    return gradients
