import sys
from pathlib import Path
from typing import Any

import pytest

from ziffern.errors import WorkError
from ziffern.training.events import TrainingState
from ziffern.training.listeners.tensorboard import TensorBoard, settings

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard")


def read_back(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"histograms": 0, "scalars": 0})
    return events.Reload()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run" / "tb"


def test_scalars_come_back_epoch_by_epoch(folder: Path, state: TrainingState, drive: Any) -> None:
    drive(state, [TensorBoard(folder)], [(0.4, 0.9), (0.3, 0.95)])
    events = read_back(folder)

    def curve(tag: str) -> list[tuple[int, float]]:
        return [(event.step, pytest.approx(event.value)) for event in events.Scalars(tag)]

    assert curve("loss/train") == [(1, 0.5), (2, 0.25)]
    assert curve("loss/validation") == [(1, 0.4), (2, 0.3)]
    assert curve("accuracy/train") == [(1, 0.75), (2, 0.75)]
    assert curve("accuracy/validation") == [(1, 0.9), (2, 0.95)]
    assert curve("learning_rate") == [(1, 0.1), (2, 0.1)]
    assert len(curve("images_per_second")) == 2


def test_without_validation_there_are_no_validation_curves(
    folder: Path, state: TrainingState, drive: Any
) -> None:
    drive(state, [TensorBoard(folder)], [(None, None)])
    tags = read_back(folder).Tags()["scalars"]
    assert "loss/train" in tags
    assert not [tag for tag in tags if "validation" in tag]


def test_every_weight_tensor_has_a_histogram_an_epoch(
    folder: Path, state: TrainingState, drive: Any
) -> None:
    drive(state, [TensorBoard(folder)], [(0.4, 0.9), (0.3, 0.95)])
    events = read_back(folder)
    tensors = state.network.tensors()
    assert sorted(events.Tags()["histograms"]) == sorted(tensors)
    assert any(name.endswith("moving_variance") for name in tensors)
    for name, tensor in tensors.items():
        first, second = events.Histograms(name)
        assert (first.step, second.step) == (1, 2)
        assert first.histogram_value.num == tensor.numel()
        assert first.histogram_value.sum == pytest.approx(float(tensor.detach().sum()), abs=1e-4)


def test_weights_that_are_not_finite_do_not_stop_it(
    folder: Path, state: TrainingState, drive: Any
) -> None:
    name, tensor = next(iter(state.network.tensors().items()))
    with torch.no_grad():
        tensor.fill_(torch.nan)
    drive(state, [TensorBoard(folder)], [(float("nan"), 0.1)])
    assert name not in read_back(folder).Tags()["histograms"]


def test_the_graph_is_drawn_and_nothing_is_changed_by_it(
    folder: Path, state: TrainingState, capfd: pytest.CaptureFixture[str]
) -> None:
    state.example_input = torch.rand(2, 28, 28, 1)
    state.network.train()
    before = {name: tensor.clone() for name, tensor in state.network.state_dict().items()}
    randomness = torch.get_rng_state()
    listener = TensorBoard(folder)
    listener.on_train_begin(state)
    listener.on_train_end(state)

    assert read_back(folder).Tags()["graph"]
    assert "BatchNormalization" in str(read_back(folder).Graph())
    assert state.network.training
    assert torch.equal(torch.get_rng_state(), randomness)
    for name, tensor in state.network.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_cannot_be_traced_is_left_out(
    folder: Path,
    state: TrainingState,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    state.example_input = torch.rand(2, 5)
    listener = TensorBoard(folder)
    listener.on_train_begin(state)
    listener.on_train_end(state)
    assert caplog.messages[0].startswith("TensorBoard shows no graph: ")
    assert not read_back(folder).Tags()["graph"]
    assert capfd.readouterr().out == ""


def test_settings_and_results_are_written_for_comparison(
    folder: Path, state: TrainingState, drive: Any
) -> None:
    from tensorboard.plugins.hparams import plugin_data_pb2

    drive(state, [], [(0.2, 0.97), (0.3, 0.95)])
    state.kept = state.history[0]
    listener = TensorBoard(folder)
    listener.on_train_begin(state)
    listener.on_train_end(state)
    events = read_back(folder)
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    written = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert written["name"].string_value == "tiny"
    assert written["optimizer.learning_rate"].number_value == 0.1
    assert written["train.epochs"].number_value == 3
    assert "layers" not in written
    (result,) = events.Scalars("result/validation_accuracy")
    assert result.value == pytest.approx(0.97)


def test_settings_are_flat_and_simple(state: TrainingState) -> None:
    flat = settings(state)
    assert flat["data.dataset"] == "mnist"
    assert flat["augment.rotation"] == 10.0
    assert all(isinstance(value, (bool, int, float, str)) for value in flat.values())


def test_a_resumed_training_replaces_the_epochs_it_repeats(
    folder: Path, state: TrainingState, drive: Any
) -> None:
    drive(state, [TensorBoard(folder)], [(0.4, 0.9), (0.3, 0.95)])
    state.history, state.epoch = state.history[:1], 1
    drive(state, [TensorBoard(folder)], [(0.2, 0.96)])
    curve = read_back(folder).Scalars("loss/validation")
    assert [(event.step, pytest.approx(event.value)) for event in curve] == [(1, 0.4), (2, 0.2)]


def test_without_tensorboard_the_message_says_what_to_install(
    folder: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(WorkError, match=r"pip install 'ziffern\[train\]'"):
        TensorBoard(folder).on_train_begin(state)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, state: TrainingState) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(WorkError, match=r"cannot write .*run/tb: Not a directory"):
        TensorBoard(tmp_path / "run" / "tb").on_train_begin(state)


def test_a_full_disk_is_one_error_and_no_traceback(
    folder: Path, state: TrainingState, drive: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    resource = pytest.importorskip("resource")  # not on Windows
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    listener = TensorBoard(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(WorkError, match=r"cannot write .*run/tb: File too large"):
            drive(state, [listener], [(0.4, 0.9)] * 20)
        listener.on_train_end(state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert capfd.readouterr() == ("", "")


def test_events_without_a_beginning_are_ignored(folder: Path, state: TrainingState) -> None:
    """The engine ends a training also when a listener before this one failed to begin."""
    listener = TensorBoard(folder)
    listener.on_epoch_end(state)
    listener.on_train_end(state)
    assert not folder.exists()
