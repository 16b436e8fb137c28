"""How close a training step comes to what the machine could do, and where the rest goes.

    python benchmarks/floor.py flagship [--steps 40]

Four tables on one page:

- the machine: its rate of matrix products (torch.mm) in bfloat16 and float32, of copying memory;
- the floor of a step: multiply-adds of the layer records, twice as many operations, three times
  (forward, gradient of the weights, gradient of the input; the first layer needs none of its
  input), at the matrix rate; and the maps that have to be read and written at the rate of copying;
- the convolutions alone, as the step computes them (shapes and types taken from it, channels last):
  forward, gradient of the weights, gradient of the input, each with the rate it reaches;
- the whole step, measured, and its parts by torch.profiler.

Everything runs on this process's threads on the CPU. The profiler's own cost is taken out: its
parts are shares, and the shares are of the step without it.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile, record_function

from ziffern import datasets
from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.device import default_precision
from ziffern.layers import Network
from ziffern.training.batches import TrainingBatches
from ziffern.training.engine import Engine
from ziffern.training.events import Listener, TrainingState

BATCH = "floor::batch"
VIEWS = ("Flatten", "Reshape", "Input")

# What a part of the step is known by: the first match on the way from the outermost operation in.
PARTS = (
    (f"^{BATCH}$", "batch: gather, augment, scale"),
    (r"^Optimizer\.(step|zero_grad)#|_foreach_lerp", "optimiser, averaging"),
    ("Convolution|conv2d|mkldnn_conv", "convolution"),
    ("Addmm|MmBackward|TBackward|aten::(linear|addmm|mm|matmul)$", "dense"),
    ("BatchNorm|batch_norm|^aten::(lerp_|pow)$", "batch normalisation"),
    (
        "MaxPool|AvgPool|PositiveMaximum|largest_of_four|Amax|MeanBackward|"
        "aten::(max_pool2d|avg_pool2d|amax|mean)$",
        "pooling, with its relu",
    ),
    ("NllLoss|LogSoftmax|cross_entropy|SoftmaxBackward", "loss"),
    (
        "Relu|Threshold|Gelu|Silu|Sigmoid|Tanh|Elu|Softplus|"
        "aten::(relu_?|relu6|gelu|silu|sigmoid|tanh|elu|hardtanh|leaky_relu)$",
        "activation",
    ),
    ("Dropout|dropout|bernoulli", "dropout"),
    ("ToCopy|aten::(to|_to_copy|copy_|contiguous|clone)$", "casts and copies"),
    ("Pad|aten::(pad|constant_pad_nd)$", "padding"),
)
REST = "Python and the rest"


@dataclass
class Product:
    """A convolution or dense layer at work: its module, one input and the gradient it gets."""

    name: str
    module: nn.Conv2d | nn.Linear
    needs_input_gradient: bool
    input: Tensor
    gradient: Tensor | None = None

    def take(self, gradient: Tensor) -> None:
        """Keep the gradient of the output."""
        self.gradient = gradient.detach()


def timed(work: Callable[[], Any], least: float = 0.3) -> float:
    """Return the median seconds of a call, over at least 5 calls and `least` seconds."""
    work()
    times: list[float] = []
    while len(times) < 5 or sum(times) < least:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times)


def matrix_rate(kind: torch.dtype, size: int = 2048) -> float:
    """Return operations a second of the product of two square matrices."""
    a, b = torch.randn(2, size, size).to(kind).unbind()
    out = torch.empty(size, size, dtype=kind)
    return float(2 * size**3 / timed(lambda: torch.mm(a, b, out=out), 1.0))


def copy_rate(size: int = 2**28) -> float:
    """Return bytes a second of copying, read and written ones both counted; beyond any cache."""
    a = torch.ones(size // 4)
    b = torch.empty_like(a)
    return 2 * size / timed(lambda: b.copy_(a), 1.0)


def flat(network: Network) -> Iterator[Any]:
    """Yield all stages, those inside residual blocks as well."""
    for stage in network.stages:
        branches = getattr(stage.layer, "branches", None)
        if branches is None:
            yield stage
        else:
            for branch in branches(stage.input_shape).values():
                yield from flat(branch)


def operations(network: Network) -> int:
    """Return operations of a training step for one picture."""
    stages = [stage for stage in flat(network) if stage.multiply_adds]
    whole = 6 * sum(int(stage.multiply_adds) for stage in stages)
    return whole - 2 * int(stages[0].multiply_adds)


def traffic(network: Network, size: int) -> int:
    """Return the bytes of maps that a step reads and writes for one picture, `size` bytes a number.

    Forward a layer reads its input and writes its output; backward it reads its input and the
    gradient of its output and writes that of its input. Layers that only view are free.
    """
    return sum(
        size * (3 * math.prod(stage.input_shape) + 2 * math.prod(stage.output_shape))
        for stage in flat(network)
        if stage.kind not in VIEWS
    )


class Watched(TrainingBatches):
    """The batches of a training, each made in sight of the profiler."""

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch."""
        batches = super().epoch(epoch)
        for _ in range(self.steps(epoch)):
            with record_function(BATCH):
                batch = next(batches)
            yield batch


class Clock(Listener):
    """Notes the seconds from step to step, within an epoch."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._before: float | None = None

    def on_epoch_begin(self, state: TrainingState) -> None:
        """Forget the last step: what lies between epochs is no step."""
        self._before = None

    def on_batch_end(self, state: TrainingState) -> None:
        """Note a step."""
        now = time.perf_counter()
        if self._before is not None:
            self.seconds.append(now - self._before)
        self._before = now


def epoch_of(engine: Engine) -> list[float]:
    """Train for one more epoch and return the seconds of its steps."""
    clock = Clock()
    engine.state.epochs = engine.state.epoch + 1
    engine.fit([clock])
    return clock.seconds


def products(engine: Engine) -> list[Product]:
    """Return what each convolution and dense layer computes in a step."""
    found: dict[str, Product] = {}
    hooks: list[Any] = []

    def watch(name: str, module: nn.Conv2d | nn.Linear) -> None:
        def forward(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            if name in found:
                return
            took = inputs[0].detach().to(output.dtype)
            product = found[name] = Product(name, module, inputs[0].requires_grad, took)
            output.register_hook(product.take)  # type: ignore[no-untyped-call]

        hooks.append(module.register_forward_hook(forward))

    for name, module in engine.network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            watch(re.sub(r"stages\.|layer_|\.(conv|linear)$", "", name), module)
    epoch_of(engine)
    for hook in hooks:
        hook.remove()
    return list(found.values())


def product_times(product: Product) -> dict[str, tuple[float, float]]:
    """Return (seconds, operations) of forward, weights' gradient and input's gradient."""
    module, x, gradient = product.module, product.input, product.gradient
    assert gradient is not None
    weight = module.weight.detach().to(x.dtype)
    if isinstance(module, nn.Linear):
        rows, back = x.flatten(0, -2), gradient.flatten(0, -2)
        work = float(2 * x.numel() * weight.shape[0])
        found = {
            "forward": (timed(lambda: rows @ weight.T), work),
            "weights": (timed(lambda: back.T @ rows), work),
        }
        if product.needs_input_gradient:
            found["input"] = (timed(lambda: back @ weight), work)
        return found
    weight = weight.contiguous(memory_format=torch.channels_last)
    gradient = gradient.contiguous(memory_format=torch.channels_last)
    settings = (module.stride, module.padding, module.dilation, False, (0, 0), module.groups)
    work = float(2 * gradient.numel() * weight[0].numel())

    def backward(*mask: bool) -> Any:
        return torch.ops.aten.convolution_backward(gradient, x, weight, None, *settings, mask)

    found = {
        "forward": (timed(lambda: torch.ops.aten.convolution(x, weight, None, *settings)), work),
        "weights": (timed(lambda: backward(False, True, False)), work),
    }
    if product.needs_input_gradient:
        found["input"] = (timed(lambda: backward(True, False, False)), work)
    return found


def part_of(event: Any) -> str:
    """Return the part of the step that an operation of the profiler belongs to."""
    chain = []
    while event is not None:
        chain.append(event.name)
        event = event.cpu_parent
    for name in reversed(chain):
        for pattern, part in PARTS:
            if re.search(pattern, name):
                return part
    return REST


def parts(engine: Engine) -> dict[str, float]:
    """Return the share of each part in the time of an epoch, by the profiler."""
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        epoch_of(engine)
    found: dict[str, float] = defaultdict(float)
    for event in watched.events():
        found[part_of(event)] += event.self_cpu_time_total / 1e6
    found[REST] = 0.0
    whole = engine.state.history[-1]["seconds"]
    found[REST] = max(0.0, whole - sum(found.values()))
    return {part: seconds / whole for part, seconds in found.items()}


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--steps", type=int, default=40, help="to be measured, an epoch")
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("--data-dir")
    given = parser.parse_args()

    device = torch.device("cpu")
    recipe = recipes.load(given.recipe, {"schedule": {}, "train.focus": None})
    part = datasets.load("mnist", data_dir=given.data_dir).train
    count = given.steps * recipe.train.batch_size
    digits = np.resize(part.images, (count, 28, 28)), np.resize(part.labels, count)
    precision = default_precision(device) if given.precision == "auto" else given.precision
    batches = Watched(*digits, Contract(), device, recipe)
    engine = Engine(recipe, batches, None, precision=precision)
    batch, network = recipe.train.batch_size, recipe.network

    print(f"{given.recipe}: batch {batch}, {precision}, {torch.get_num_threads()} threads\n")
    bfloat16, float32 = matrix_rate(torch.bfloat16), matrix_rate(torch.float32)
    copying = copy_rate()
    print("| the machine | |\n|---|---|")
    print(f"| matrix product, bfloat16 | {bfloat16 / 1e12:.2f} TFLOP/s |")
    print(f"| matrix product, float32 | {float32 / 1e12:.2f} TFLOP/s |")
    print(f"| copying memory | {copying / 1e9:.1f} GB/s |\n", flush=True)

    epoch_of(engine)  # warms up
    step = median(epoch_of(engine))
    rate = bfloat16 if precision == "bfloat16" else float32
    work = batch * operations(network)
    moved = batch * traffic(network, 2 if precision == "bfloat16" else 4)

    rows = [(each.name, product_times(each)) for each in products(engine)]
    alone = sum(seconds for _, found in rows for seconds, _ in found.values())
    print("| of a step | | ms | share |\n|---|---|---|---|")
    for name, what, seconds in (
        ("products at the matrix rate", f"{work / 1e9:.2f} GFLOP", work / rate),
        ("maps at the rate of copying", f"{moved / 1e6:.0f} MB", moved / copying),
        ("products alone, as measured below", f"{work / alone / 1e12:.2f} TFLOP/s", alone),
        ("**the whole step**", f"{work / step / 1e12:.2f} TFLOP/s", step),
    ):
        print(f"| {name} | {what} | {1000 * seconds:.2f} | {seconds / step:.0%} |")
    print(f"\n{batch / step:,.0f} images/s\n", flush=True)

    print("| products alone | forward, ms | gradient of weights | gradient of input |")
    print("|---|---|---|---|")
    for name, found in rows:
        cells = [
            f"{1000 * found[kind][0]:.2f} ({found[kind][1] / found[kind][0] / 1e12:.2f} TFLOP/s)"
            if kind in found
            else "–"
            for kind in ("forward", "weights", "input")
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")

    print("\n| parts of the step | ms | share |\n|---|---|---|")
    shares = parts(engine)
    for name in sorted(shares, key=lambda name: -shares[name]):
        print(f"| {name} | {1000 * step * shares[name]:.2f} | {shares[name]:.1%} |")


if __name__ == "__main__":
    main()
