import json
import re

import numpy as np
import pytest
from small_training import digits

from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.scratch.narration import as_dict, narrate
from ziffern.scratch.step import learning_step

NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def step():
    images, labels = digits(1)
    recipe = recipes.load("codelab-02-sigmoid", {"optimizer.learning_rate": 0.1})
    return learning_step(recipe, images[0], int(labels[0]), Contract(), pictures=320)


def numbers(text):
    return [
        float(found.replace("−", "-")) for found in re.findall(r"= (−?[\d.]+(?:e−?\d+)?)", text)
    ]


def test_every_part_of_the_step_is_told_with_its_numbers(step):
    text = narrate(step, NAMES, title="training picture 0")
    assert text.startswith(
        "One learning step of codelab-02-sigmoid (seed 0) on training picture 0\n"
    )
    heads = [line for line in text.splitlines() if re.match(r"\d ", line)]
    assert [head[0] for head in heads] == list("1234567")
    true = NAMES[step.label]
    share = step.probabilities[step.label]
    assert f"E = −ln p({true}) = −ln {share:.4f} = {-np.log(share):.4f} nats" in text
    assert f"E: {step.loss:.4f} → {step.loss_after:.4f} nats" in text
    assert "Update by sgd, α = 0.1" in text
    for link in step.links:
        assert text.count(f"  {link.name} ") >= 2  # forward and backward
    for item in step.weights:
        assert len(re.findall(rf"^  {item.name} .*$", text, re.M)) >= 2  # gradient and update
    before, after = step.surface.losses
    assert f"These two alone bring E from {before:.4f} to {after:.4f} nats." in text


def test_the_formula_of_the_slides_is_told_and_adds_up(step):
    text = narrate(step, NAMES, title="x")
    error, output, slope, given, product, change = numbers(text[text.index("E_k = ") :])[:6]
    assert "Δw_jk = α · E_k · O_k·(1 − O_k) · O_j" in text
    assert slope == pytest.approx(output * (1 - output), rel=0.02)
    assert product == pytest.approx(error * slope * given, rel=0.02)
    assert change == pytest.approx(0.1 * product, rel=0.02)


def test_lines_fit_on_a_page(step):
    lines = narrate(step, NAMES, title="training picture 0").splitlines()
    assert max(map(len, lines)) <= 100
    assert not any(line.endswith(" ") for line in lines)
    assert " −0 " not in "\n".join(lines)


def test_other_activations_tell_their_slope():
    images, labels = digits(1)
    recipe = recipes.load("codelab-05-decay", {"train.label_smoothing": 0.1})
    found = learning_step(recipe, images[0], int(labels[0]), Contract(), pictures=320)
    text = narrate(found, NAMES, title="x")
    alone = "Flatten()\nDense(5)\nActivation('tanh')\nDense(10, activation='softmax')"
    found = learning_step(
        recipe.changed({"layers": alone}), images[0], int(labels[0]), Contract(), pictures=320
    )
    assert "its output f(z_k) by tanh" in narrate(found, NAMES, title="x")
    assert "of y = f(x) it is 1 for x > 0, else 0" in text
    assert "cross-entropy, with the recipe's label smoothing" in text
    assert "Update by adam" in text


def test_figures_for_other_programs(step):
    found = json.loads(json.dumps(as_dict(step)))
    assert found["label"] == step.label
    assert [item["name"] for item in found["layers"]] == [link.name for link in step.links]
    first = found["weights"][0]
    assert first["shape"] == [784, 200]
    assert first["gradient_norm"] == pytest.approx(np.linalg.norm(step.weights[0].gradient))
    steepest = first["steepest"]
    assert steepest["after"] - steepest["before"] == pytest.approx(-0.1 * steepest["gradient"])
    assert found["example"]["gradient"] == step.example.gradient
    assert found["surface"]["losses"] == list(step.surface.losses)
