"""A tiny training that every listener test can drive."""

from collections.abc import Callable, Sequence

import pytest

torch = pytest.importorskip("torch")

from ziffern.history import EpochRow  # noqa: E402
from ziffern.recipe import Recipe, parse  # noqa: E402
from ziffern.training.events import Listener, Outcome, TrainingState  # noqa: E402
from ziffern.training.network import TorchNetwork  # noqa: E402

RECIPE = """
title = "Tiny"
layers = '''
Conv2D(2, 3, strides=4, activation='relu')
BatchNormalization()
Flatten()
Dropout(0.5)
Dense(10, activation='softmax')
'''
[augment]
rotation = 10.0
[optimizer]
name = "sgd"
learning_rate = 0.1
[train]
epochs = 3
batch_size = 4
seed = 7
"""


@pytest.fixture
def recipe() -> Recipe:
    return parse(RECIPE, name="tiny")


@pytest.fixture
def state(recipe: Recipe) -> TrainingState:
    """Before a training of 3 epochs of 5 batches of 4 images."""
    network = TorchNetwork(recipe.network)
    network.load_weights(recipe.network.initial_weights(seed=0))
    return TrainingState(
        recipe=recipe,
        network=network,
        epochs=3,
        batches_per_epoch=5,
        total_steps=15,
        batch_size=4,
        train_size=20,
        learning_rate=0.1,
    )


Drive = Callable[..., None]


@pytest.fixture
def drive() -> Drive:
    """Call the listeners as the engine does, for the validation figures given."""

    def driving(
        state: TrainingState,
        listeners: Sequence[Listener],
        validation: Sequence[tuple[float | None, float | None]],
        outcome: Outcome = "finished",
        after_batch: Callable[[], None] = lambda: None,
    ) -> None:
        def tell(event: str) -> None:
            for listener in listeners:
                getattr(listener, f"on_{event}")(state)

        tell("train_begin")
        for loss, accuracy in validation:
            state.epoch += 1
            state.images_seen, state.epoch_seconds = 0, 0.0
            state.loss_sum, state.correct = torch.zeros(()), torch.zeros(())
            tell("epoch_begin")
            for batch in range(1, state.batches_per_epoch + 1):
                state.batch, state.step = batch, state.step + 1
                state.images_seen += state.batch_size
                state.epoch_seconds += 0.01
                state.seconds += 0.01
                state.loss_sum += 2.0 / state.epoch
                state.correct += 3.0
                tell("batch_end")
                after_batch()
            row = EpochRow(
                epoch=state.epoch,
                loss=state.loss,
                accuracy=state.accuracy,
                validation_loss=loss,
                validation_accuracy=accuracy,
                learning_rate=state.learning_rate,
                seconds=state.epoch_seconds,
                images_per_second=state.images_per_second,
            )
            state.history.append(row)
            tell("epoch_end")
        state.outcome = outcome
        tell("train_end")

    return driving
