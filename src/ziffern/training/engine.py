"""The training loop. It computes and emits events; printing, saving and stopping are listeners'.

    engine = Engine(recipe, training, validation, precision="bfloat16")
    engine.fit([Progress(), History(run)])

A training is a chain of epochs. Each epoch's order, augmentation and dropout follow from the seed
and its number, schedules and early stopping from the history, so that the state to keep between two
epochs is the weights, the optimiser's memory and the history: `snapshot` and `restore`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ziffern.device import keep_freed_memory
from ziffern.errors import WorkError
from ziffern.layers import Weights
from ziffern.memory import OutOfMemoryError, ran_out
from ziffern.recipe import Recipe
from ziffern.training import optimizers
from ziffern.training.batches import Pictures, TrainingBatches, epoch_seed
from ziffern.training.events import Listener, Outcome, TrainingState
from ziffern.training.listeners.stopping import Monitor, best_epoch
from ziffern.training.loss import correct, losses
from ziffern.training.network import TorchNetwork

EVALUATION_BATCH = 200
DEVICE_CHECKS_EVERY = 50  # batches; asking a GPU for a number makes it wait


class DivergedError(WorkError):
    """The loss is no longer a number."""


class Engine:
    """Trains one network on pictures that are already on the device."""

    def __init__(
        self,
        recipe: Recipe,
        training: TrainingBatches,
        validation: Pictures | None,
        *,
        precision: str = "float32",
    ) -> None:
        self.recipe, self.training, self.validation = recipe, training, validation
        self.device = training.device
        keep_freed_memory()
        self.precision = precision
        self.autocast = precision == "bfloat16"
        self.network = TorchNetwork(recipe.network)
        self.network.load_weights(recipe.network.initial_weights(recipe.train.seed))
        self.network.to(self.device)
        self.weights = [
            (name, tensor)
            for name, tensor in self.network.tensors().items()
            if isinstance(tensor, torch.nn.Parameter) and tensor.requires_grad
        ]
        self.parameters = [tensor for _, tensor in self.weights]
        self.optimizer = optimizers.build(recipe.optimizer_record, self.weights)
        self.average: list[Tensor] | None = None
        if recipe.train.ema is not None:
            self.average = [tensor.detach().clone() for tensor in self.parameters]
        self.best_weights: Weights | None = None
        self.state = TrainingState(
            recipe=recipe,
            network=self.network,
            epochs=recipe.train.epochs,
            batches_per_epoch=training.steps(1),
            total_steps=sum(training.steps(epoch) for epoch in range(1, recipe.train.epochs + 1)),
            batch_size=recipe.train.batch_size,
            train_size=len(training),
            example_input=training.scaled(training.images[:2]),
        )

    def fit(self, listeners: Sequence[Listener] = ()) -> Outcome:
        """Train from the current state to the last epoch; return how it ended.

        Raises:
            DivergedError: the loss became NaN or infinite; listeners have been told before.
            OutOfMemoryError: there was not enough; for listeners it is an interruption.
        """
        state = self.state
        error: WorkError | None = None
        state.outcome = None
        for listener in listeners:
            listener.on_train_begin(state)
        try:
            while state.epoch < state.epochs and state.stop_reason is None:
                self._epoch(listeners)
            state.outcome = "stopped early" if state.stop_reason else "finished"
        except KeyboardInterrupt:
            state.outcome = "interrupted"
        except DivergedError as diverged:
            state.outcome, error = "diverged", diverged
        except Exception as failure:
            if not ran_out(failure):
                raise
            # not chained: the step that failed, and its tensors, are let go
            state.outcome, error = "interrupted", self._too_little_memory()
        if state.history:
            state.kept = state.history[self.result_epoch - 1]
        for listener in listeners:
            listener.on_train_end(state)
        if error is not None:
            raise error
        return state.outcome

    def result(self) -> Weights:
        """Return the weights that the recipe asks for: best epoch, averaged, or last."""
        stopping = self.recipe.train.early_stopping
        if stopping is not None and stopping.restore_best and self.best_weights is not None:
            return self.best_weights
        return self.averaged_weights()

    @property
    def best_epoch(self) -> int | None:
        """The epoch (from 1) with the best validation figure, None without validation.

        It is the one that early stopping watches, else the validation loss.
        """
        return best_epoch(self.state.history, self._monitor) if self.validation else None

    @property
    def result_epoch(self) -> int:
        """The epoch (from 1) whose weights are the result; 0 before the first is finished."""
        stopping = self.recipe.train.early_stopping
        if stopping is not None and stopping.restore_best:
            return self.best_epoch or len(self.state.history)
        return len(self.state.history)

    @property
    def _monitor(self) -> Monitor:
        stopping = self.recipe.train.early_stopping
        return "validation_loss" if stopping is None else stopping.monitor

    def start_from(self, weights: Weights) -> None:
        """Start from given weights instead of random ones.

        Raises:
            RunError: they are of another network.
        """
        self.network.load_weights(weights)
        if self.average is not None:
            self.average = [tensor.detach().clone() for tensor in self.parameters]

    def averaged_weights(self) -> Weights:
        """Return the averaged weights where the recipe averages, else the current ones."""
        self._swap_average()
        weights = self.network.weights()
        self._swap_average()
        return weights

    def _epoch(self, listeners: Sequence[Listener]) -> None:
        state, network = self.state, self.network
        state.epoch += 1
        state.batch, state.images_seen, state.epoch_seconds, state.held_seconds = 0, 0, 0.0, 0.0
        state.batches_per_epoch = self.training.steps(state.epoch)
        # tensors that grow in place: they become numbers only when a listener asks
        self._loss_sum = state.loss_sum = torch.zeros((), device=self.device)
        self._correct = state.correct = torch.zeros((), device=self.device, dtype=torch.int64)
        # dropout draws from the global generators
        torch.manual_seed(epoch_seed(self.training.seed, -state.epoch & 0xFFFFFFFF))
        network.train()
        for listener in listeners:
            listener.on_epoch_begin(state)
        losses = torch.zeros(state.batches_per_epoch, device=self.device)
        before, started = state.seconds, time.perf_counter()
        for images, labels in self.training.epoch(state.epoch):
            loss = self._step(images, labels)
            losses[state.batch] = loss
            state.batch += 1
            state.step += 1
            state.images_seen += len(labels)
            if self.device.type == "cpu":  # a number costs nothing here
                suspicious = not math.isfinite(loss.item())
            else:
                suspicious = state.batch % DEVICE_CHECKS_EVERY == 0
            if suspicious:
                self._check(losses)
            state.epoch_seconds = time.perf_counter() - started - state.held_seconds
            state.seconds = before + state.epoch_seconds
            for listener in listeners:
                listener.on_batch_end(state)
        self._check(losses)
        state.epoch_seconds = time.perf_counter() - started - state.held_seconds
        state.seconds = before + state.epoch_seconds
        loss_value, accuracy = self.evaluate() if self.validation is not None else (None, None)
        state.history.append(
            {
                "epoch": state.epoch,
                "loss": state.loss,
                "accuracy": state.accuracy,
                "validation_loss": loss_value,
                "validation_accuracy": accuracy,
                "learning_rate": state.learning_rate,
                "seconds": state.epoch_seconds,
                "images_per_second": state.images_per_second,
            }
        )
        self._keep_best()
        for listener in listeners:
            listener.on_epoch_end(state)

    def _step(self, images: Tensor, labels: Tensor) -> Tensor:
        state, settings = self.state, self.recipe.train
        kind = {
            "nondigits": self.training.has_nondigits,
            "background_class": settings.background_class,
        }
        state.learning_rate = self.recipe.schedule_record.learning_rate(
            self.recipe.optimizer_record.learning_rate,
            step=state.step + 1,
            epoch=state.epoch,
            total_steps=state.total_steps,
            steps_per_epoch=round(state.total_steps / state.epochs),
            history=state.history,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = state.learning_rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            logits = self.network(images)
        if self.training.focus is not None:
            with torch.no_grad():
                self.training.learnt(losses(logits, labels, **kind))
        loss = losses(logits, labels, smoothing=settings.label_smoothing, **kind).mean()
        penalty = self.network.penalty()
        total = loss if penalty is None else loss + penalty
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        if settings.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, settings.clip_norm)
        if settings.clip_value is not None:
            torch.nn.utils.clip_grad_value_(self.parameters, settings.clip_value)
        self.optimizer.step()
        with torch.no_grad():
            if self.average is not None:
                self._update_average(settings.ema or 0.0)
            self._loss_sum.add_(total, alpha=len(labels))
            self._correct.add_(correct(logits, labels, **kind).sum())
        return total.detach()

    def _update_average(self, keep: float) -> None:
        """Move the averaged weights; early steps keep less, so that the start is forgotten."""
        assert self.average is not None
        keep = min(keep, (1 + self.state.step) / (10 + self.state.step))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1 - keep)

    def _swap_average(self) -> None:
        """Exchange the averaged and the trained weights; twice restores."""
        if self.average is None:
            return
        with torch.no_grad():
            for own, averaged in zip(self.parameters, self.average, strict=True):
                kept = own.clone()
                own.copy_(averaged)
                averaged.copy_(kept)

    def evaluate(self) -> tuple[float, float]:
        """Return mean loss (nats) and accuracy (0 to 1) on the validation pictures, in float32."""
        assert self.validation is not None
        self.network.eval()
        self._swap_average()
        # Apple's GPUs have no float64
        exact = torch.float32 if self.device.type == "mps" else torch.float64
        loss = torch.zeros((), device=self.device, dtype=exact)
        correct = torch.zeros((), device=self.device, dtype=torch.int64)
        background = self.recipe.train.background_class
        answers = []
        try:
            with torch.inference_mode():
                for images, labels in self.validation.in_order(EVALUATION_BATCH):
                    logits = self.network(images)
                    answers.append(logits)
                    loss += losses(
                        logits, labels, nondigits=False, background_class=background
                    ).sum()
                    correct += (logits.argmax(1) == labels).sum()
        finally:
            self._swap_average()
        self.state.validation_logits = torch.cat(answers)
        return loss.item() / len(self.validation), correct.item() / len(self.validation)

    def _keep_best(self) -> None:
        """Keep the weights of the best epoch so far."""
        if self.best_epoch == self.state.epoch:
            self.best_weights = self.averaged_weights()

    def _too_little_memory(self) -> OutOfMemoryError:
        state, size = self.state, self.recipe.train.batch_size
        where = f"out of memory in epoch {state.epoch}, batch {state.batch + 1}"
        if size == 1:
            return OutOfMemoryError(f"{where}; use a smaller network")
        return OutOfMemoryError(f"{where}; lower it with --set train.batch_size={size // 2}")

    def _check(self, losses: Tensor) -> None:
        """Stop at the first batch whose loss is not a finite number."""
        state = self.state
        done = losses[: state.batch]
        if bool(torch.isfinite(done).all()):
            return
        batch = int((~torch.isfinite(done)).nonzero()[0, 0])
        rate = state.learning_rate
        cause = (
            f"the learning rate {rate:g} is likely too high; "
            f"try --set optimizer.learning_rate={rate / 10:g} or --set train.clip_norm=1"
        )
        if self.recipe.data.scale == "raw":
            cause += ", or --set data.scale=unit (raw grey values go up to 255)"
        raise DivergedError(
            f"the training diverged in epoch {state.epoch}, batch {batch + 1}: the loss became "
            f"{float(done[batch]):g}; {cause}"
        )

    # What has to be kept between two epochs

    def snapshot(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return tensors by name, and plain facts, from which `restore` goes on exactly."""
        tensors = {f"network/{name}": tensor for name, tensor in self.network.tensors().items()}
        facts: dict[str, Any] = {"epoch": self.state.epoch, "step": self.state.step, "numbers": {}}
        facts["updates"] = [group["steps"] for group in self.optimizer.param_groups]
        if self.average is not None:
            tensors |= {f"average/{index}": item for index, item in enumerate(self.average)}
        if self.training.losses is not None:
            tensors["losses"] = self.training.losses
        if self.best_weights is not None:
            tensors |= {f"best/{k}": torch.from_numpy(v) for k, v in self.best_weights.items()}
        for index, memory in self.optimizer.state_dict()["state"].items():
            for key, value in memory.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{key}"] = value
                else:
                    facts["numbers"][f"{index}/{key}"] = value
        return {name: item.detach().cpu().contiguous() for name, item in tensors.items()}, facts

    def restore(
        self, tensors: dict[str, Tensor], facts: dict[str, Any], history: Sequence[Any]
    ) -> None:
        """Go back to a snapshot; `history` are the rows up to its epoch."""
        with torch.no_grad():
            for name, tensor in self.network.tensors().items():
                tensor.copy_(tensors[f"network/{name}"])
            for index, average in enumerate(self.average or []):
                average.copy_(tensors[f"average/{index}"])
            if self.training.losses is not None:
                self.training.losses.copy_(tensors["losses"])
        best = {k.removeprefix("best/"): v.numpy() for k, v in tensors.items() if "best/" in k[:5]}
        self.best_weights = best or None
        memory: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer/"):
                _, place, key = name.split("/", 2)
                memory.setdefault(int(place), {})[key] = tensor.clone()
        for name, number in facts["numbers"].items():
            place, key = name.split("/", 1)
            memory.setdefault(int(place), {})[key] = number
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": memory, "param_groups": groups})
        for group, updates in zip(self.optimizer.param_groups, facts["updates"], strict=True):
            group["steps"] = updates
        state = self.state
        state.epoch, state.step = facts["epoch"], facts["step"]
        state.history = list(history[: state.epoch])
        state.seconds = math.fsum(row["seconds"] for row in state.history)
