import numpy as np
import pytest

from ziffern import bench, datasets
from ziffern.scratch.training import Training

SMALL = ("--set", "train.epochs=2", "--set", "train.batch_size=100")
BARE = """
title = "Bare"
layers = '''
Flatten()
Dense(10, activation='softmax')
'''
[data]
validation = 0
[train]
epochs = 1
"""


def test_a_dense_net_is_trained_and_told(ziffern):
    found = ziffern("scratch", "train", "codelab-05-decay", *SMALL, "--seed", 4)
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0] == "recipe      codelab-05-decay, seed 4"
    assert lines[1].startswith("validation  accuracy ")
    assert "95 % interval" in lines[1]
    assert "of a sample" in lines[1]
    assert lines[2].startswith("training    2 epochs in ")
    assert len(lines) == 3
    assert found.said[0].startswith("codelab-05-decay, seed 4: 169,670 parameters")
    assert [line[:10] for line in found.said[1:]] == ["epoch 1/2:", "epoch 2/2:"]


def test_json_and_a_model_that_others_read(ziffern, in_tmp):
    found = ziffern(
        "scratch", "train", "codelab-05-decay", *SMALL, "--test", "--out", "kept", "--json"
    ).json
    assert found["status"] == "finished"
    assert found["epochs"] == len(found["history"]) == 2
    assert found["is_sample"]
    for split in ("validation", "test"):
        low, high = found[split]["wilson95"]
        assert low < found[split]["accuracy"] < high
        assert found[split]["correct"] == round(found[split]["accuracy"] * found[split]["n"])
    assert found["validation"]["accuracy"] == found["history"][-1]["validation_accuracy"]
    # PyTorch gives the same answers with these weights
    assert found["model"] == "kept"
    model = bench.load(in_tmp / "kept", precision="float32")
    test = datasets.load("mnist").test
    answers = model.predict(test.images).argmax(axis=1)
    assert (answers == test.labels).mean() == pytest.approx(found["test"]["accuracy"], abs=0.002)


def test_the_test_set_stays_sealed_unless_asked_for(ziffern, monkeypatch):
    opened = []
    whole = datasets.Dataset.test
    monkeypatch.setattr(
        datasets.Dataset, "test", property(lambda self: opened.append(1) or whole.fget(self))
    )
    quick = ("codelab-01-softmax", "--set", "train.epochs=1", "--json")
    assert ziffern("scratch", "train", *quick).json["test"] is None
    assert not opened
    assert ziffern("scratch", "train", *quick, "--test").json["test"]["n"] == 1000
    assert len(opened) == 1


def test_without_validation(ziffern, in_tmp):
    (in_tmp / "bare.toml").write_text(BARE)
    found = ziffern("scratch", "train", "bare.toml")
    assert "validation" not in found.out
    assert found.out.splitlines()[1].startswith("training  1 epoch in ")


def test_ctrl_c_says_where_it_stood_and_keeps_what_was_learnt(ziffern, in_tmp, monkeypatch):
    learn = Training.learn

    def until(self, *batch):
        if (self.epoch, self.batch) == (2, 3):
            raise KeyboardInterrupt
        learn(self, *batch)

    monkeypatch.setattr(Training, "learn", until)
    arguments = ("codelab-01-softmax", *SMALL, "--out", "kept", "--test")
    found = ziffern("scratch", "train", *arguments)
    assert found.code == 1
    assert found.said[-1] == (
        "ziffern: interrupted in epoch 2 of 2, batch 3 of 42; of the epochs 1 finished"
    )
    assert "test" not in found.out
    assert "training    1 epoch in " in found.out
    assert (in_tmp / "kept" / "model.json").exists()
    found = ziffern("scratch", "train", *arguments[:-3], "--json")
    assert found.json["status"] == "interrupted"


def test_ctrl_c_in_the_first_epoch_leaves_nothing(ziffern, in_tmp, monkeypatch):
    def at_once(self, *batch):
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "learn", at_once)
    found = ziffern("scratch", "train", "codelab-01-softmax", "--out", "kept")
    assert found.said[-1].endswith("; of the epochs none was finished")
    assert not (in_tmp / "kept").exists()


def test_what_diverges(ziffern):
    changes = ("--set", "optimizer.learning_rate=1e38", "--set", "train.epochs=1")
    found = ziffern("scratch", "train", "codelab-02-sigmoid", *changes)
    assert found.code == 1
    assert "the training diverged in epoch 1, batch" in found.said[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["quick"], "quick cannot be trained in plain NumPy, which lacks augmentation"),
        (["cheat-lstm"], "which lacks the layer LSTM; ziffern train cheat-lstm can"),
        (["marvn"], "unknown recipe 'marvn': did you mean 'marvin'?"),
        (["marvin", "--seed", "1.5"], "--seed '1.5': expected a whole number"),
        (["marvin", "--data-dir", "nowhere"], "nowhere does not exist"),
        (["marvin", "--set", "train.batch_size=10000"], "train.batch_size is 10000"),
        ([], "RECIPE is missing"),
    ],
)
def test_bad_input(ziffern, arguments, said):
    assert said in ziffern("scratch", "train", *arguments).mistake


def test_the_same_seed_gives_the_same_network(ziffern):
    ends = [
        ziffern("scratch", "train", "codelab-01-softmax", *SMALL, "--seed", seed, "--json").json
        for seed in (1, 1, 2)
    ]
    losses = [[row["loss"] for row in end["history"]] for end in ends]
    assert losses[0] == losses[1] != losses[2]
    assert np.isfinite(losses).all()
