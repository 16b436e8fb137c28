"""The PyTorch interpreter gives what Keras gives, for every layer type (golden values)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from ziffern.errors import RunError
from ziffern.layers import VOCABULARY, Network, ParseError, parse_layers
from ziffern.training.modules.pooling import PositiveMaximum
from ziffern.training.network import BUILDERS, TorchNetwork

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "keras_layers.npz", allow_pickle=False)
CASES = sorted(name.removesuffix("/layer") for name in GOLDEN.files if name.endswith("/layer"))
# what Keras has and our vocabulary leaves out, on purpose
NOT_OURS = {
    "elu_layer",  # write Activation('elu')
    "relu_layer",
    "leaky_relu_layer",
    "softmax_layer",
    "layernorm_axes",  # other axes than the last
    "gru_reset_before",  # the cell of before 2019
    "lstm_relu",  # other gates than Keras's own
}


def build(text: str, shape: tuple[int, ...], *, as_written: bool = True) -> TorchNetwork:
    records = [layer for _, layer in parse_layers(text)]
    return TorchNetwork(Network(records, shape), as_written=as_written)


def test_every_layer_of_the_vocabulary_has_a_builder() -> None:
    assert set(BUILDERS) == set(VOCABULARY.values())


@pytest.mark.parametrize("case", [case for case in CASES if case not in NOT_OURS])
def test_same_outputs_as_keras(case: str) -> None:
    data = GOLDEN[f"{case}/input"].astype(np.float32)
    network = build(str(GOLDEN[f"{case}/layer"]), data.shape[1:])
    prefix = f"{case}/weight/"
    stage = network.network.stages[0]
    weights = {
        f"{stage.name}/{name.removeprefix(prefix)}": GOLDEN[name]
        for name in GOLDEN.files
        if name.startswith(prefix)
    }
    network.load_weights(weights)
    network.eval()
    with torch.no_grad():
        output = network(torch.from_numpy(data)).numpy()
    expected = GOLDEN[f"{case}/output"]
    assert network.network.output_shape == expected.shape[1:]
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-5)
    assert network.network.parameters == int(GOLDEN[f"{case}/parameters"])
    for name, array in network.weights().items():
        np.testing.assert_array_equal(array, weights[name])


@pytest.mark.parametrize("case", [case for case in CASES if f"{case}/training_output" in GOLDEN])
def test_batch_normalization_trains_as_keras_does(case: str) -> None:
    data = GOLDEN[f"{case}/input"].astype(np.float32)
    network = build(str(GOLDEN[f"{case}/layer"]), data.shape[1:])
    prefix = f"{case}/weight/"
    name = network.network.stages[0].name
    network.load_weights(
        {
            f"{name}/{key.removeprefix(prefix)}": GOLDEN[key]
            for key in GOLDEN.files
            if key.startswith(prefix)
        }
    )
    network.train()
    with torch.no_grad():
        output = network(torch.from_numpy(data)).numpy()
    np.testing.assert_allclose(output, GOLDEN[f"{case}/training_output"], rtol=1e-5, atol=1e-5)
    after = network.weights()
    for key in ("moving_mean", "moving_variance"):
        np.testing.assert_allclose(
            after[f"{name}/{key}"], GOLDEN[f"{case}/after/{key}"], rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("case", sorted(NOT_OURS))
def test_what_is_left_out_is_refused(case: str) -> None:
    with pytest.raises(ParseError):
        parse_layers(str(GOLDEN[f"{case}/layer"]))


def test_a_final_softmax_is_folded_into_logits() -> None:
    for text in (
        "Flatten()\nDense(10, activation='softmax')",
        "Flatten()\nDense(10)\nActivation('softmax')",
    ):
        records = Network([layer for _, layer in parse_layers(text)])
        network = TorchNetwork(records)
        network.load_weights(records.initial_weights(0))
        logits = network(torch.rand(4, 28, 28, 1))
        assert logits.min() < 0
        assert not torch.allclose(logits.sum(1), torch.ones(4))


def test_residual_block_adds_its_input() -> None:
    text = "Residual([Conv2D(1, 3, padding='same', kernel_initializer='zeros')])"
    network = build(text, (5, 5, 1))
    network.load_weights(network.network.initial_weights(0))
    data = torch.rand(2, 5, 5, 1)
    torch.testing.assert_close(network(data), data)
    assert list(network.weights()) == ["residual/body/conv2d/kernel", "residual/body/conv2d/bias"]


def test_relu_never_changes_the_input() -> None:
    network = build("Activation('relu')", (4,))
    data = torch.tensor([[-1.0, 2.0, -3.0, 4.0]])
    network(data)
    assert data[0, 0] == -1


@pytest.mark.parametrize(
    "case", [name.split("/")[0] for name in GOLDEN.files if name.endswith("/penalty")]
)
def test_penalty_is_that_of_keras(case: str) -> None:
    kernel = GOLDEN[f"{case}/weight/kernel"]
    given = json.loads(str(GOLDEN[f"{case}/regularizer"]))
    arguments = ", ".join(f"{key}={value}" for key, value in given.items() if key != "name")
    text = f"Dense({kernel.shape[1]}, kernel_regularizer={given['name']}({arguments}))"
    network = build(text, kernel.shape[:1])
    network.load_weights({"dense/kernel": kernel, "dense/bias": np.zeros(kernel.shape[1])})
    penalty = network.penalty()
    assert penalty is not None
    np.testing.assert_allclose(penalty.item(), GOLDEN[f"{case}/penalty"], rtol=1e-5)


def test_weights_of_another_network_are_refused() -> None:
    network = build("Dense(3)", (4,))
    with pytest.raises(RunError, match=r"dense/bias is missing.*dense/kernel has shape \(3, 4\)"):
        network.load_weights({"dense/kernel": np.zeros((3, 4))})


@pytest.mark.parametrize("shape", [(6, 5, 4), (120,), (10, 12)])
@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(shape: tuple[int, ...], rate: float) -> None:
    network = build(f"Dropout({rate})", shape).train()
    torch.manual_seed(1)
    data = torch.ones(400, *shape)
    output = network(data)
    dropped = (output == 0).float().mean().item()
    assert dropped == pytest.approx(rate, abs=4 * (rate * (1 - rate) / output.numel()) ** 0.5)
    assert output.max().item() == pytest.approx(1 / (1 - rate), rel=1e-4)
    # each value by itself: neighbours do not fall together
    flat = (output == 0).float().flatten() - dropped
    correlation = (flat[1:] * flat[:-1]).mean().item()
    assert abs(correlation) < 5 * rate * (1 - rate) / output.numel() ** 0.5
    torch.manual_seed(1)
    torch.testing.assert_close(network(data), output)
    assert torch.equal(network.eval()(data), data)


def test_dropout_passes_the_gradient_of_what_it_kept() -> None:
    network = build("Dropout(0.5)", (8,)).train()
    data = torch.ones(50, 8, requires_grad=True)
    output = network(data)
    torch.autograd.backward(output.sum())
    torch.testing.assert_close(data.grad, output.detach())


def test_relu_behind_pooling_gives_the_same_values_and_gradients() -> None:
    text = "Conv2D(3, 3, activation='relu')\nMaxPooling2D(2)"
    network = build(text, (8, 8, 2), as_written=False)
    network.load_weights(network.network.initial_weights(0))
    data = torch.randn(4, 8, 8, 2, generator=torch.Generator().manual_seed(0))
    torch.autograd.backward(network(data).sum())
    kernel = network.tensors()["conv2d/kernel"]
    assert kernel.grad is not None
    moved, kernel.grad = kernel.grad.clone(), None
    plain = torch.relu(
        torch.conv2d(data.permute(0, 3, 1, 2), kernel, network.tensors()["conv2d/bias"])
    )
    expected = torch.max_pool2d(plain, 2)
    torch.testing.assert_close(network(data).permute(0, 3, 1, 2), expected)
    kernel.grad = None
    torch.autograd.backward(expected.sum())
    torch.testing.assert_close(kernel.grad, moved)


@pytest.mark.parametrize("pooling", ["MaxPooling2D(2)", "GlobalMaxPooling2D()"])
def test_a_relu_of_its_own_goes_behind_pooling_as_well(pooling: str) -> None:
    text = f"BatchNormalization()\nActivation('relu')\n{pooling}"
    results = []
    for as_written in (True, False):
        network = build(text, (8, 8, 2), as_written=as_written).train()
        network.load_weights(network.network.initial_weights(0))
        data = torch.randn(4, 8, 8, 2, generator=torch.Generator().manual_seed(0))
        output = network(data.requires_grad_())
        torch.autograd.backward(output.square().sum())
        results.append((output, data.grad))
        assert (network.stages[1].function is functional.relu) == as_written
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("shape", [(8, 8, 32), (7, 9, 5), (3, 2, 1), (2, 2, 3)])
def test_pooling_in_bfloat16_gives_the_same_values_and_gradients(shape: tuple[int, ...]) -> None:
    """Windows without a tie in bfloat16: where two are largest, each way of choosing is right."""
    text = f"Conv2D({shape[2]}, 1, activation='relu')\nMaxPooling2D(2)"
    network = build(text, shape, as_written=False).train()
    data = torch.randn(6, *shape, generator=torch.Generator().manual_seed(0)).bfloat16().float()
    data.requires_grad_()
    identity = np.eye(shape[2], dtype=np.float32)[None, None]
    network.load_weights({"conv2d/kernel": identity, "conv2d/bias": np.zeros(shape[2], np.float32)})
    with torch.autocast("cpu", torch.bfloat16):
        output = network(data)
    flow = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    flow = flow.bfloat16().float()
    torch.autograd.backward(output, flow)
    assert data.grad is not None
    found = data.grad.clone()
    data.grad.zero_()
    plain = torch.max_pool2d(torch.relu(data).permute(0, 3, 1, 2), 2)
    torch.testing.assert_close(output, plain.permute(0, 2, 3, 1))
    torch.autograd.backward(plain, flow.permute(0, 3, 1, 2))
    windows = torch.relu(data.detach()).permute(0, 3, 1, 2).unfold(2, 2, 2).unfold(3, 2, 2)
    top = windows.flatten(-2).topk(2).values
    clear = ((top[..., 0] > top[..., 1]) | (top[..., 0] == 0)).permute(0, 2, 3, 1)
    assert clear.float().mean() > 0.8
    clear = clear.repeat_interleave(2, 1).repeat_interleave(2, 2)
    height, width = clear.shape[1:3]
    torch.testing.assert_close(
        found[:, :height, :width][clear], data.grad[:, :height, :width][clear]
    )
    assert not found[:, height:].any()
    assert not found[:, :, width:].any()


def test_bfloat16_pooling_sends_each_gradient_to_one_place() -> None:
    maps = torch.ones(1, 1, 4, 4, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
    maps = maps.requires_grad_()
    torch.autograd.backward(PositiveMaximum.apply(maps * 1).sum())  # type: ignore[no-untyped-call]
    assert maps.grad is not None
    expected = torch.tensor([[1.0, 0], [0, 0]]).repeat(2, 2)
    assert torch.equal(maps.grad.float()[0, 0], expected)


@pytest.mark.parametrize("shape", [(8, 8, 3), (7, 9, 2), (3, 2, 1)])
def test_pooling_without_gradients_gives_the_same_values(shape: tuple[int, ...]) -> None:
    network = build("MaxPooling2D(2)", shape)
    data = torch.randn(5, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        fast = network(data)
    assert torch.equal(fast, network(data))


def test_layers_may_bear_the_names_of_methods() -> None:
    network = build("Dense(3, name='train')\nDense(2, name='forward')", (4,))
    network.load_weights(network.network.initial_weights(0))
    assert list(network.weights())[::2] == ["train/kernel", "forward/kernel"]
    assert network(torch.zeros(1, 4)).shape == (1, 2)
