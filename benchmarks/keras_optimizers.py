"""Golden values of Keras's optimisers, schedules and losses (a part of keras_golden.py).

Format of keras_optimizers.npz. Every name is "case/what"; texts are 0-d unicode arrays
(`str(array)`).

An optimiser, found by the names that end in "/settings". Its weights are "matrix" (5, 4) and
"vector" (4,), for Muon also "wide" (3, 6) and "conv" (2, 2, 2, 3), all updated by one optimiser:
    case/settings             JSON of the arguments that are not Keras's defaults, and the name:
                              {"optimizer": "SGD", "learning_rate": 0.01, "momentum": 0.9}
    case/learning_rates       only where the rate changes: the rate of each of the five steps, (5,)
    case/WEIGHT/g             the five gradients, stacked: (5, *shape)
    case/WEIGHT/w0, w1, w5    the weight before, after one and after five steps
    case/WEIGHT/average5      where use_ema: the moving average of the weight after five steps

A schedule of the rate by step, found by "/schedule":
    case/schedule             JSON of class and arguments: {"schedule": "ExponentialDecay", …}
    case/steps, case/rates    the rate at each step, counted from 0

A callback that watches the validation loss, found by "/callback":
    case/callback             JSON of class and arguments: {"callback": "ReduceLROnPlateau", …}
    case/losses               the validation loss of each epoch
    case/rates                ReduceLROnPlateau: the rate after each epoch; the first is 0.01
    case/epochs, case/best    EarlyStopping: epochs trained; epoch of the weights kept (from 1)

Cross-entropy, found by "/label_smoothing" (logits are of ten classes):
    case/label_smoothing, case/logits, case/labels   what is given; labels are class numbers
    case/losses, case/loss    of each sample, and their mean
    case/gradient             of the mean with respect to the logits
"""

import json

import keras
import numpy as np
import tensorflow as tf

SHAPES = {"matrix": (5, 4), "vector": (4,)}
MUON_SHAPES = SHAPES | {"wide": (3, 6), "conv": (2, 2, 2, 3)}
STEPS = 5

# case → (class, arguments); a list of rates is set step by step
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "sgd_momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd_momentum_rates": ("SGD", {"learning_rate": [0.1, 0.1, 0.05, 0.2, 0.01], "momentum": 0.9}),
    "sgd_weight_decay": ("SGD", {"learning_rate": 0.1, "weight_decay": 0.1}),
    "sgd_clip_norm": ("SGD", {"learning_rate": 0.1, "clipnorm": 1.0}),
    "sgd_clip_value": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.5}),
    "sgd_clip_global_norm": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 1.0}),
    "sgd_ema": ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.9}),
    "adagrad": ("Adagrad", {}),
    "adagrad_settings": (
        "Adagrad",
        {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 0.01},
    ),
    "adadelta": ("Adadelta", {}),
    "adadelta_settings": ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 0.001}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_epsilon": ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "epsilon": 0.1}),
    "rmsprop_momentum": ("RMSprop", {"momentum": 0.9}),
    "rmsprop_momentum_rates": (
        "RMSprop",
        {"learning_rate": [0.01, 0.01, 0.005, 0.02, 0.001], "momentum": 0.9},
    ),
    "rmsprop_centered": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "centered": True}),
    "adam": ("Adam", {}),
    "adam_epsilon": (
        "Adam",
        {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 0.1},
    ),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    "adam_rates": ("Adam", {"learning_rate": [0.01, 0.01, 0.005, 0.02, 0.001]}),
    "adamw": ("AdamW", {}),
    "adamw_decay": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
    "ftrl": ("Ftrl", {}),
    "ftrl_penalties": (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.05,
            "l2_regularization_strength": 0.1,
        },
    ),
    "ftrl_all": (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.2,
            "l1_regularization_strength": 0.01,
            "l2_regularization_strength": 0.02,
            "l2_shrinkage_regularization_strength": 0.03,
            "beta": 0.1,
        },
    ),
    "muon": ("Muon", {}),
    "muon_settings": (
        "Muon",
        {
            "learning_rate": 0.02,
            "momentum": 0.9,
            "nesterov": False,
            "weight_decay": 0.1,
            "adam_weight_decay": None,
            "adam_lr_ratio": 0.1,
        },
    ),
    "muon_unscaled": ("Muon", {"learning_rate": 0.02, "rms_rate": None, "ns_steps": 6}),
}
SCHEDULES = {
    "schedule_exponential": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 10, "decay_rate": 0.6},
    ),
    "schedule_staircase": (
        "ExponentialDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 10,
            "decay_rate": 0.6,
            "staircase": True,
        },
    ),
    "schedule_inverse_time": (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 1, "decay_rate": 0.1},
    ),
    "schedule_cosine": (
        "CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 20, "alpha": 0.1},
    ),
    "schedule_cosine_warmup": (
        "CosineDecay",
        {
            "initial_learning_rate": 0.0,
            "decay_steps": 20,
            "warmup_target": 0.01,
            "warmup_steps": 5,
        },
    ),
}
SCHEDULE_STEPS = np.arange(0, 32)

LOSSES = np.array(
    [
        *(0.9, 0.5, 0.6, 0.5, 0.49995, 0.45, 0.46, 0.47, 0.44, 0.44, 0.44, 0.44),
        *(0.43, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.42, 0.6, 0.6, 0.6, 0.6),
    ]
)
CALLBACKS = {
    "plateau": ("ReduceLROnPlateau", {"factor": 0.5, "patience": 2}),
    "plateau_default_delta": ("ReduceLROnPlateau", {"patience": 3}),
    "plateau_cooldown": (
        "ReduceLROnPlateau",
        {"factor": 0.5, "patience": 2, "cooldown": 2, "min_delta": 0.0, "min_lr": 0.003},
    ),
    "stopping": ("EarlyStopping", {"patience": 3}),
    "stopping_patience_zero": ("EarlyStopping", {"patience": 0}),
    "stopping_delta": ("EarlyStopping", {"patience": 4, "min_delta": 0.05}),
}


def optimizer_case(name: str, arguments: dict) -> dict[str, object]:
    """The weights after one and five steps on gradients of mixed sizes."""
    random = np.random.default_rng(2)
    shapes = MUON_SHAPES if name == "Muon" else SHAPES
    arguments = dict(arguments)
    case: dict[str, object] = {}
    rates = arguments.get("learning_rate")
    if isinstance(rates, list):
        arguments["learning_rate"] = rates[0]
        case["learning_rates"] = np.array(rates, dtype=np.float32)
    case["settings"] = json.dumps({"optimizer": name} | arguments)
    optimizer = getattr(keras.optimizers, name)(**arguments)
    variables, gradients = [], []
    for weight, shape in shapes.items():
        start = random.normal(0, 1, shape).astype(np.float32)
        # sizes from 0.001 to 1, so that every epsilon tells
        size = 10.0 ** random.uniform(-3, 0, (STEPS, *shape))
        steps = (size * random.normal(0, 1, (STEPS, *shape))).astype(np.float32)
        variables.append(keras.Variable(start, name=weight))
        gradients.append(steps)
        case |= {f"{weight}/w0": start, f"{weight}/g": steps}
    for step in range(STEPS):
        if isinstance(rates, list):
            optimizer.learning_rate = rates[step]
        optimizer.apply([tf.constant(steps[step]) for steps in gradients], variables)
        if step in (0, STEPS - 1):
            case |= {f"{v.name}/w{step + 1}": v.numpy() for v in variables}
    if optimizer.use_ema:
        optimizer.finalize_variable_values(variables)
        case |= {f"{v.name}/average5": v.numpy() for v in variables}
    return case


def schedule_case(name: str, arguments: dict) -> dict[str, object]:
    schedule = getattr(keras.optimizers.schedules, name)(**arguments)
    return {
        "schedule": json.dumps({"schedule": name} | arguments),
        "steps": SCHEDULE_STEPS,
        "rates": np.array([float(schedule(step)) for step in SCHEDULE_STEPS]),
    }


class Bench:
    """As much of a model as the two callbacks look at; its weights are the number of the epoch."""

    def __init__(self) -> None:
        self.optimizer = keras.optimizers.SGD(0.01)
        self.stop_training = False
        self.epoch = 0

    def get_weights(self) -> int:
        """The weights as EarlyStopping keeps them."""
        return self.epoch

    def set_weights(self, epoch: int) -> None:
        """Go back to kept weights."""
        self.epoch = epoch


def callback_case(name: str, arguments: dict) -> dict[str, object]:
    stops = name == "EarlyStopping"
    extra = {"restore_best_weights": True} if stops else {}
    callback = getattr(keras.callbacks, name)(mode="min", **arguments, **extra)
    bench = Bench()
    callback.set_model(bench)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(LOSSES):
        bench.epoch = epoch + 1
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(bench.optimizer.learning_rate))
        if bench.stop_training:
            break
    case = {"callback": json.dumps({"callback": name} | arguments), "losses": LOSSES}
    if not stops:
        return case | {"rates": np.array(rates)}
    callback.on_train_end()
    return case | {"epochs": len(rates), "best": bench.epoch}


def loss_case(smoothing: float) -> dict[str, object]:
    random = np.random.default_rng(3)
    logits = tf.Variable(random.normal(0, 4, (6, 10)).astype(np.float32))
    labels = random.integers(0, 10, 6)
    settings = {"from_logits": True, "label_smoothing": smoothing}
    with tf.GradientTape() as tape:
        mean = keras.losses.CategoricalCrossentropy(**settings)(np.eye(10)[labels], logits)
    each = keras.losses.CategoricalCrossentropy(**settings, reduction=None)(
        np.eye(10)[labels], logits
    )
    return {
        "label_smoothing": smoothing,
        "logits": logits.numpy(),
        "labels": labels,
        "losses": each.numpy(),
        "loss": mean.numpy(),
        "gradient": tape.gradient(mean, logits).numpy(),
    }


def arrays() -> dict[str, np.ndarray]:
    """Everything that keras_optimizers.npz holds."""
    cases = {case: optimizer_case(*given) for case, given in OPTIMIZERS.items()}
    cases |= {case: schedule_case(*given) for case, given in SCHEDULES.items()}
    cases |= {case: callback_case(*given) for case, given in CALLBACKS.items()}
    cases |= {"loss": loss_case(0.0), "loss_smoothed": loss_case(0.1)}
    return {
        f"{case}/{what}": np.asarray(value)
        for case, values in cases.items()
        for what, value in values.items()
    }
