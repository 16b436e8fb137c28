"""Plain PyTorch as a peer: the network and the loop of its own MNIST example.

    PEER/bin/python benchmarks/peer_pytorch.py train pytorch-mnist float32 FOLDER

As https://github.com/pytorch/examples/tree/main/mnist has it: two convolutions and two dense
layers, Adadelta 1.0 with StepLR 0.7, batches of 64 from a DataLoader, 14 epochs, pixels in
standard deviations of MNIST. The digits are tensors already, where the example reads pictures one
by one through torchvision: that is in the peer's favour.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import peer


class Net(nn.Module):
    """The example's network: (N, 1, 28, 28) → logarithms of probabilities (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Answer a batch."""
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        x = self.dropout1(functional.max_pool2d(x, 2))
        x = functional.relu(self.fc1(torch.flatten(x, 1)))
        return functional.log_softmax(self.fc2(self.dropout2(x)), dim=1)


class PyTorch(peer.Peer):
    """The example's network and loop."""

    packages = ("torch",)
    batch_size = 64
    epochs = 14

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        super().__init__(network, variant, folder, seed)
        torch.manual_seed(seed)
        self.net = Net()

    def train(
        self,
        images: peer.Pixels,
        labels: peer.Labels,
        epochs: int,
        after_epoch: peer.AfterEpoch,
        validation: tuple[peer.Pixels, peer.Labels] | None,
    ) -> None:
        digits = TensorDataset(self.prepared(images), torch.from_numpy(labels))
        loader = DataLoader(digits, batch_size=self.batch_size, shuffle=True)
        optimizer = torch.optim.Adadelta(self.net.parameters(), lr=1.0)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
        for _ in range(epochs):
            started = time.perf_counter()
            self.net.train()
            for data, target in loader:
                optimizer.zero_grad()
                loss = functional.nll_loss(self.net(data), target)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            scheduler.step()
            after_epoch(time.perf_counter() - started)

    def prepared(self, images: peer.Pixels) -> Tensor:
        scaled = torch.from_numpy(images).unsqueeze(1).float().div_(255)
        return scaled.sub_(0.1307).div_(0.3081)

    def answer(self, prepared: Any) -> np.ndarray:
        self.net.eval()
        with torch.no_grad():
            return np.asarray(self.net(prepared))

    def save(self, folder: Path) -> None:
        torch.save(self.net.state_dict(), folder / "mnist_cnn.pt")

    def load(self, folder: Path) -> None:
        self.net.load_state_dict(torch.load(folder / "mnist_cnn.pt", weights_only=True))
        self.net.eval()


if __name__ == "__main__":
    assert __doc__
    peer.run(PyTorch, __doc__)
