"""The optimiser records: Keras's names and defaults, checked arguments."""

import json
from pathlib import Path

import pytest

from ziffern.errors import InputError
from ziffern.optimizers import OPTIMIZERS, Adam, build

SIGNATURES = Path(__file__).parent / "golden" / "keras_signatures.json"
# None in Keras, which TOML cannot write
NONE_AS = {"weight_decay": 0.0, "rms_rate": 0.0, "exclude_layers": ()}
ELSEWHERE = (
    *("clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum"),
    *("ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "name"),
    "exclude_embeddings",
)
OURS = {"muon": {"convolutions"}}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_arguments_and_defaults_are_those_of_keras(name: str) -> None:
    record = OPTIMIZERS[name]
    signature = json.loads(SIGNATURES.read_text())["optimizers"][record.__name__]
    expected = {
        argument: NONE_AS[argument] if default is None else default
        for argument, default in signature
        if argument not in ELSEWHERE
    }
    ours = {
        argument: default
        for argument, default in record.defaults().items()
        if argument not in OURS.get(name, ())
    }
    assert ours == expected


def test_build_by_name() -> None:
    assert build("adam", learning_rate=1, beta_1=0.5) == Adam(learning_rate=1.0, beta_1=0.5)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("adm", {}, "unknown optimizer 'adm': did you mean 'adam'"),
        ("Adam", {}, "did you mean 'adam'"),
        ("adam", {"lr": 1}, "optimizer 'adam': unknown argument 'lr'"),
        ("adam", {"beta1": 0.9}, "unknown argument 'beta1': did you mean 'beta_1'"),
        ("adam", {"beta_2": 1.0}, "beta_2=1.0: expected a number of at least 0 and below 1"),
        ("sgd", {"learning_rate": 0}, "learning_rate=0: expected a number above 0"),
        ("rmsprop", {"epsilon": 0.0}, "epsilon=0.0: expected a number above 0"),
        ("ftrl", {"learning_rate_power": 0.5}, "learning_rate_power=0.5: expected .* at most 0"),
    ],
)
def test_mistakes(name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(name, **arguments)
