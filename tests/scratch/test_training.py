import itertools

import numpy as np
import pytest
import torch
from small_training import digits, make_engine, small_recipe

from ziffern import datasets
from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.errors import InputError, WorkError
from ziffern.scratch.training import Training, batches, check, clipped, epoch_order, lacking
from ziffern.training.batches import epoch_seed
from ziffern.training.data import prepare

DENSE = """
title = "Small, dense"
layers = '''
Flatten()
Dense(24, activation='sigmoid')
Dense(10, activation='softmax')
'''
[optimizer]
name = "rmsprop"
learning_rate = 0.01
[schedule]
name = "exponential"
rate = 0.7
[train]
epochs = 3
batch_size = 53
seed = 3
"""
CONVOLUTION = """
title = "Small, with everything"
layers = '''
Conv2D(4, 3, strides=2, use_bias=False, kernel_regularizer=l2(0.001))
BatchNormalization()
Activation('relu')
MaxPooling2D(2)
Flatten()
Dense(10, activation='softmax')
'''
[optimizer]
name = "adam"
learning_rate = 0.01
weight_decay = 0.01
[train]
epochs = 3
batch_size = 40
label_smoothing = 0.1
clip_norm = 0.5
clip_value = 0.1
"""


def make_training(recipe, validation=True):
    held_out = Part(*digits(100, 1)) if validation else None
    return Training(recipe, Part(*digits(320)), held_out, Contract())


@pytest.mark.parametrize("text", [DENSE, CONVOLUTION])
def test_it_trains_as_the_engine_does(text):
    """The same start, batches, rates and updates: after three epochs only rounding differs."""
    recipe = recipes.parse(text)
    training, engine = make_training(recipe), make_engine(recipe)
    rows = list(training.fit())
    engine.fit()
    assert rows == training.history
    for ours, theirs in zip(rows, engine.state.history, strict=True):
        assert ours.keys() == theirs.keys()
        for key in ("loss", "validation_loss", "learning_rate", "epoch"):
            assert ours[key] == pytest.approx(theirs[key], rel=2e-3), key
        for key in ("accuracy", "validation_accuracy"):
            assert ours[key] == pytest.approx(theirs[key], abs=0.011), key
    for name, array in engine.network.weights().items():
        np.testing.assert_allclose(training.finished[name], array, rtol=0.1, atol=0.01)


def test_a_dense_net_learns_the_sample():
    recipe = recipes.load("codelab-05-decay", {"train.epochs": 3})
    data = prepare(recipe, datasets.load("mnist"))
    rows = list(Training(recipe, data.training, data.validation, data.contract).fit())
    assert rows[-1]["validation_accuracy"] > 0.9
    assert rows[-1]["loss"] < rows[0]["loss"]


def test_dropout_follows_the_seed():
    changes = {"train.epochs": 1, "augment.rotation": 0, "augment.shift": 0}
    recipe = small_recipe().changed(changes)
    ends = []
    for seed in (3, 3, 4):
        training = make_training(recipe.changed({"train.seed": seed}), validation=False)
        assert next(training.fit())["validation_accuracy"] is None
        ends.append(training.finished["dense/kernel"])
    assert (ends[0] == ends[1]).all()
    assert (ends[0] != ends[2]).any()


@pytest.mark.parametrize("count", [1, 2, 7, 320, 5000])
def test_the_order_of_an_epoch_is_that_of_the_engine(count):
    for seed, epoch in itertools.product((0, 3, 2**32 - 1), (1, 9)):
        generator = torch.Generator().manual_seed(epoch_seed(seed, epoch))
        expected = torch.randperm(count, generator=generator)
        assert (epoch_order(count, seed, epoch) == expected.numpy()).all()


def test_batches_are_cut_as_by_the_engine():
    def sizes(count, size):
        return [len(batch) for batch in batches(np.arange(count), size)]

    assert sizes(320, 100) == [100, 100, 100, 20]
    assert sizes(301, 100) == [100, 100, 101]
    assert sizes(100, 100) == [100]
    assert sizes(1, 1) == [1]
    engine = make_engine(small_recipe(train__batch_size=29))
    assert sizes(320, 29) == [len(labels) for _, labels in engine.training.epoch(1)]
    assert sizes(320, 29)[-1] == 30


def test_somebody_may_watch():
    seen = []
    training = make_training(recipes.parse(DENSE, changes={"train.epochs": 1}))
    rows = training.fit(lambda now: seen.append((now.epoch, now.batch, now.step, now.images_seen)))
    next(rows)
    assert training.batches_per_epoch == 7
    assert seen == [(1, k, k, min(53 * k, 320)) for k in range(1, 8)]
    with pytest.raises(StopIteration):
        next(rows)


def test_finished_weights_are_those_of_the_last_whole_epoch():
    training = make_training(recipes.parse(DENSE))

    def stop(now):
        if now.epoch == 2 and now.batch == 3:
            raise KeyboardInterrupt

    rows = training.fit(stop)
    next(rows)
    kept = {name: array.copy() for name, array in training.finished.items()}
    with pytest.raises(KeyboardInterrupt):
        next(rows)
    assert (training.epoch, training.batch, len(training.history)) == (2, 3, 1)
    for name, array in kept.items():
        assert (training.finished[name] == array).all()
    assert (training.network.weights["dense/kernel"] != kept["dense/kernel"]).any()


def test_what_diverges_says_so():
    recipe = recipes.parse(DENSE, changes={"optimizer": {"name": "sgd", "learning_rate": 1e38}})
    with pytest.raises(WorkError, match=r"diverged in epoch 1, batch \d+: .* try --set optimizer"):
        list(make_training(recipe).fit())


def test_gradients_are_clipped_as_by_pytorch():
    gradients = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    shorter = clipped(gradients, norm=1.0)
    assert shorter["a"].tolist() == pytest.approx([0.6, 0.0], rel=1e-6)
    assert shorter["b"].item() == pytest.approx(0.8, rel=1e-6)
    assert clipped(gradients, norm=100.0)["b"].item() == 4
    assert clipped(gradients, value=0.5)["a"].tolist() == [0.5, 0]


def test_what_is_lacking_is_named_in_one_line():
    text = """
title = "Too much"
layers = '''
Reshape((28, 28))
LSTM(8)
Dense(10, activation='softmax')
'''
[augment]
rotation = 5
[optimizer]
name = "muon"
[train]
epochs = 1
ema = 0.9
background_class = true
[train.focus]
share = 0.5
[train.early_stopping]
patience = 3
[predict]
shifts = 4
"""
    recipe = recipes.parse(text, name="much")
    with pytest.raises(InputError) as error:
        check(recipe)
    assert str(error.value) == (
        "much cannot be trained in plain NumPy, which lacks the layer LSTM, the optimiser muon, "
        "augmentation (leave out [augment]), early stopping (leave out [train.early_stopping]), "
        "a focus on hard pictures (leave out [train.focus]), "
        "averaged weights (leave out train.ema), "
        "a background class (leave out train.background_class), "
        "answers averaged over copies (leave out [predict]); ziffern train much can"
    )
    with pytest.raises(InputError, match="cannot be trained in plain NumPy"):
        make_training(recipe)
    with pytest.raises(InputError, match=r"lacks augmentation \(leave out \[augment\]\); ziffern"):
        check(recipes.load("drop-move-conv"))
    assert lacking(recipes.load("slides-dense")) == []
