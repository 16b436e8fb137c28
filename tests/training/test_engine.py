"""The loop: what it learns, that it repeats itself, how it stops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_training import make_engine, small_recipe

from ziffern.layers import Weights
from ziffern.training.engine import DivergedError, Engine
from ziffern.training.events import Listener, TrainingState
from ziffern.training.listeners import EarlyStopping


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_it_learns() -> None:
    engine = make_engine(small_recipe(train__epochs=8))
    assert engine.fit() == "finished"
    first, last = engine.state.history[0], engine.state.history[-1]
    assert last["loss"] < first["loss"] / 2
    assert last["validation_accuracy"] is not None
    assert last["validation_accuracy"] > 0.9


def test_same_seed_same_weights_other_seed_others() -> None:
    results = []
    for seed in (3, 3, 4):
        engine = make_engine(small_recipe(train__seed=seed, train__epochs=2))
        engine.fit()
        results.append(engine.result())
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


class InterruptAt(Listener):
    """Presses Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int, batch: int) -> None:
        self.place = (epoch, batch)

    def on_batch_end(self, state: TrainingState) -> None:
        if (state.epoch, state.batch) == self.place:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}},
        {"optimizer": {"name": "muon", "learning_rate": 0.01}},
        {"train__ema": 0.9, "optimizer": {"name": "rmsprop", "momentum": 0.5}},
        {"schedule": {"name": "reduce_lr_on_plateau", "patience": 0, "min_delta": 1.0}},
        {"train__focus": {"share": 0.5}},
        {"train__early_stopping": {"patience": 3, "monitor": "validation_accuracy"}},
    ],
    ids=["adam", "sgd", "muon", "ema", "plateau", "focus", "best"],
)
def test_resumed_ends_like_uninterrupted(changes: dict) -> None:
    whole = make_engine(small_recipe(**changes))
    whole.fit()

    class Keep(Listener):
        def __init__(self, engine: Engine) -> None:
            self.engine = engine

        def on_epoch_end(self, state: TrainingState) -> None:
            tensors, facts = self.engine.snapshot()
            self.kept = {k: v.clone() for k, v in tensors.items()}, facts, list(state.history)

    broken = make_engine(small_recipe(**changes))
    keep = Keep(broken)
    assert broken.fit([keep, InterruptAt(3, 4)]) == "interrupted"
    resumed = make_engine(small_recipe(**changes))
    resumed.restore(*keep.kept)
    assert resumed.state.epoch == 2
    resumed.fit()
    assert same(resumed.result(), whole.result())
    assert [row["loss"] for row in resumed.state.history] == [
        row["loss"] for row in whole.state.history
    ]
    assert resumed.state.step == whole.state.step


def test_divergence_names_epoch_batch_and_cause() -> None:
    engine = make_engine(small_recipe(optimizer={"name": "sgd", "learning_rate": 1e30}))
    with pytest.raises(
        DivergedError, match=r"epoch 1, batch \d+: the loss became (nan|inf).*learning rate 1e\+30"
    ):
        engine.fit()
    assert engine.state.outcome == "diverged"


def test_divergence_with_raw_grey_values_suggests_scaling() -> None:
    recipe = small_recipe(optimizer={"name": "sgd", "learning_rate": 1e30}, data__scale="raw")
    with pytest.raises(DivergedError, match=r"data\.scale=unit"):
        make_engine(recipe).fit()


def test_average_of_weights_is_the_result() -> None:
    engine = make_engine(small_recipe(train__ema=0.99, train__epochs=2))
    engine.fit()
    assert not same(engine.result(), engine.network.weights())
    plain = make_engine(small_recipe(train__epochs=2))
    plain.fit()
    assert same(plain.result(), engine.network.weights())  # averaging does not touch training


def test_best_epoch_is_restored() -> None:
    class Spoil(Listener):
        """Ruins the network after epoch 2."""

        def on_epoch_begin(self, state: TrainingState) -> None:
            if state.epoch == 3:
                with torch.no_grad():
                    for parameter in state.network.parameters():
                        parameter.mul_(-3)

    recipe = small_recipe(
        train__early_stopping={"patience": 1},
        optimizer={"name": "sgd", "learning_rate": 0.01},
        layers="Flatten()\nDense(10)",
    )
    engine = make_engine(recipe)
    outcome = engine.fit([EarlyStopping(patience=1), Spoil()])
    assert outcome == "stopped early"
    assert engine.state.epoch == 3
    assert engine.result_epoch == 2
    assert engine.state.kept is not None
    assert engine.state.kept["epoch"] == 2
    engine.network.load_weights(engine.result())
    assert engine.evaluate()[0] == pytest.approx(engine.state.history[1]["validation_loss"])


def test_clipping_bounds_the_step() -> None:
    def moved(**changes: float) -> float:
        settings = {"name": "sgd", "learning_rate": 1.0}
        recipe = small_recipe(optimizer=settings, train__epochs=1, train__batch_size=320, **changes)
        engine = make_engine(recipe)
        before = [p.detach().clone() for p in engine.parameters]
        engine.fit()
        after = engine.parameters
        return sum(((a - b) ** 2).sum().item() for a, b in zip(after, before, strict=True)) ** 0.5

    assert moved() > 0.1
    assert moved(train__clip_norm=0.01) == pytest.approx(0.01, rel=1e-3)
    assert moved(train__clip_value=1e-5) < 1e-5 * 2000**0.5


def test_label_smoothing_and_penalty_are_in_the_training_loss() -> None:
    def first_loss(**changes: object) -> float:
        recipe = small_recipe(train__epochs=1, train__batch_size=320, **changes)
        engine = make_engine(recipe)
        engine.fit()
        return engine.state.history[0]["loss"]

    layers = small_recipe().layers
    penalised = layers.replace("Dense(10,", "Dense(10, kernel_regularizer=l2(1.0),")
    plain = first_loss()
    assert first_loss(train__label_smoothing=0.5) != plain
    assert first_loss(train__background_class=True) > plain  # a class more to choose from
    assert first_loss(layers=penalised) > plain + 1


def test_without_validation() -> None:
    engine = make_engine(validation=False)
    engine.fit()
    assert engine.state.history[-1]["validation_loss"] is None


def test_a_last_batch_of_one_joins_the_one_before() -> None:
    engine = make_engine(small_recipe(train__batch_size=29, train__epochs=1))  # 320 = 11·29 + 1
    sizes: list[int] = []

    class Count(Listener):
        def on_batch_end(self, state: TrainingState) -> None:
            sizes.append(state.images_seen - sum(sizes))

    engine.fit([Count()])
    assert sizes == [29] * 10 + [30]


def test_every_picture_once_an_epoch_in_another_order() -> None:
    batches = make_engine(small_recipe(augment={})).training
    orders = []
    for epoch in (1, 2):
        seen = torch.cat([images for images, _ in batches.epoch(epoch)])
        assert seen.shape == (320, 28, 28, 1)
        orders.append(seen.sum((1, 2, 3)))
    assert not torch.equal(orders[0], orders[1])
    torch.testing.assert_close(orders[0].sort().values, orders[1].sort().values)


def test_bfloat16_learns_too() -> None:
    engine = make_engine(small_recipe(train__epochs=8), precision="bfloat16")
    engine.fit()
    accuracy = engine.state.history[-1]["validation_accuracy"]
    assert accuracy is not None
    assert accuracy > 0.9


def test_listeners_hear_everything_in_order() -> None:
    heard: list[str] = []

    class Hear(Listener):
        def on_train_begin(self, state: TrainingState) -> None:
            heard.append("train begin")

        def on_epoch_begin(self, state: TrainingState) -> None:
            heard.append(f"epoch {state.epoch} begin")

        def on_batch_end(self, state: TrainingState) -> None:
            heard.append(f"batch {state.batch}")

        def on_epoch_end(self, state: TrainingState) -> None:
            assert state.history[-1]["epoch"] == state.epoch
            heard.append(f"epoch {state.epoch} end")

        def on_train_end(self, state: TrainingState) -> None:
            heard.append(f"train end: {state.outcome}")

    make_engine(small_recipe(train__epochs=1, train__batch_size=160)).fit([Hear()])
    assert heard == [
        "train begin",
        "epoch 1 begin",
        "batch 1",
        "batch 2",
        "epoch 1 end",
        "train end: finished",
    ]


def test_time_in_which_a_listener_holds_the_training_does_not_count() -> None:
    class Hold(Listener):
        def on_batch_end(self, state: TrainingState) -> None:
            if state.batch == 1:
                state.held_seconds += 1000

    engine = make_engine()
    engine.fit([Hold()])
    assert engine.state.seconds < 0  # a thousand seconds were said to be held, an epoch


def test_the_answers_to_the_validation_pictures_are_those_of_its_figures() -> None:
    engine = make_engine()
    engine.fit()
    assert engine.validation is not None
    right = engine.state.validation_logits.argmax(1) == engine.validation.labels
    assert right.double().mean().item() == engine.state.history[-1]["validation_accuracy"]
