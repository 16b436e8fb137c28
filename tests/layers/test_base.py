"""What holds for every layer: Keras's arguments, checked values, a line that reads back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ziffern.errors import InputError
from ziffern.layers import (
    ACTIVATIONS,
    VOCABULARY,
    Layer,
    ShapeError,
    Weight,
    base,
    convolution,
    dense,
    parse_layers,
    recurrent,
    residual,
)
from ziffern.layers.base import arg, snake_case, spelled, whole
from ziffern.layers.initializers import Initializer
from ziffern.layers.regularizers import Regularizer

# Arguments of Keras that no record has, on purpose. Everywhere: pictures are channels last,
# nothing is constrained or penalised by its output, and the run's seed is the only one.
NOWHERE = {
    *("data_format", "dtype", "seed", "activity_regularizer"),
    *("kernel_constraint", "bias_constraint", "beta_constraint", "gamma_constraint"),
    *("depthwise_constraint", "pointwise_constraint", "recurrent_constraint"),
}
CELL = {
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "recurrent_dropout",
    "return_state",
    "stateful",
    "unroll",
}
LEFT_OUT: dict[str, set[str]] = {
    "Dense": {"lora_rank", "lora_alpha", "quantization_config"},
    "BatchNormalization": {
        "axis",  # always the channels
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "renorm",
        "renorm_clipping",
        "renorm_momentum",
        "synchronized",
    },
    "LayerNormalization": {"axis", "beta_regularizer", "gamma_regularizer"},
    "Dropout": {"noise_shape"},
    "SimpleRNN": CELL,
    "LSTM": CELL | {"recurrent_activation", "use_cudnn"},
    "GRU": CELL | {"recurrent_activation", "use_cudnn", "reset_after"},
}
# Where a default differs: Keras has none, 2 is what everybody writes.
OTHER_DEFAULT = {("AveragePooling2D", "pool_size")}
# Where the place differs: it cannot be reached by position in any line that people write.
OTHER_PLACE = {("LSTM", "unit_forget_bias")}
OURS = {"Residual", "Input"}


def normal(layer: str, argument: str, value: Any) -> Any:
    """Bring a default of Keras's, as JSON has it, into our normal form."""
    kind = VOCABULARY[layer].__dataclass_fields__[argument].metadata["kind"]
    return kind(tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("name", sorted(set(VOCABULARY) - OURS))
def test_arguments_and_defaults_are_those_of_keras(name: str, signatures: dict[str, Any]) -> None:
    theirs = {argument: rest for argument, *rest in signatures["layers"][name]}
    fields = {item.name: item for item in dataclasses.fields(VOCABULARY[name])}
    assert set(theirs) - set(fields) - {"name"} <= NOWHERE | LEFT_OUT.get(name, set())
    assert set(fields) - set(theirs) <= {"name"}
    assert not LEFT_OUT.get(name, set()) & set(fields), "no longer left out"
    for argument, item in fields.items():
        if argument == "name" or (name, argument) in OTHER_DEFAULT:
            continue
        if theirs[argument]:
            assert item.default == normal(name, argument, theirs[argument][0]), argument
        else:
            assert item.default is dataclasses.MISSING, argument
    ours = [key for key in fields if key != "name" and (name, key) not in OTHER_PLACE]
    assert ours == [key for key in theirs if key in ours]
    assert list(fields)[-1] == "name" or name == "LSTM"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Conv2D", "conv2d"),
        ("DepthwiseConv2D", "depthwise_conv2d"),
        ("SeparableConv2D", "separable_conv2d"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"),
        ("BatchNormalization", "batch_normalization"),
        ("SpatialDropout2D", "spatial_dropout2d"),
        ("ZeroPadding2D", "zero_padding2d"),
        ("LSTM", "lstm"),
        ("GRU", "gru"),
        ("SimpleRNN", "simple_rnn"),
    ],
)
def test_stems_are_those_of_keras(name: str, stem: str) -> None:
    assert snake_case(name) == stem


def test_stem_of_an_input_is_that_of_kerass_class() -> None:
    assert dense.Input((784,)).stem == "input_layer"


# A strategy for every kind of argument, so that whole lines can be made up.
INITIALIZERS = st.sampled_from(
    [
        *("zeros", "HeNormal", "glorot_normal", "orthogonal", "uniform"),
        Initializer("random_normal", (("stddev", 0.1),)),
        Initializer("random_uniform", (("minval", -1.0), ("maxval", 0.25))),
        Initializer("constant", (("value", 1e-7),)),
    ]
)
PENALTIES = st.floats(0, 10, allow_subnormal=False)
WHOLE = st.integers(1, 10**6)
PAIR = st.one_of(WHOLE, st.tuples(WHOLE, WHOLE))
SIDE = st.integers(0, 9)
SHAPE = st.lists(st.integers(1, 30), min_size=1, max_size=4).map(tuple)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    base.whole: WHOLE,
    base.boolean: st.booleans(),
    base.number: st.one_of(FINITE, st.integers(-(10**9), 10**9)),
    base.positive: st.floats(1e-9, 1e9),
    base.rate: st.floats(0, 1, exclude_max=True),
    base.momentum: st.floats(0, 1),
    base.pair: PAIR,
    base.optional_pair: st.none() | PAIR,
    base.padding: st.sampled_from(["valid", "same"]),
    base.activation: st.none() | st.sampled_from([*ACTIVATIONS, "swish"]),
    base.activation_name: st.sampled_from([*ACTIVATIONS, "swish"]),
    base.optional_name: st.none() | st.from_regex(r"[\w-]+", fullmatch=True),
    base.initializer: INITIALIZERS,
    base.optional_regularizer: st.none()
    | st.sampled_from(["l1", "l2"])
    | st.builds(Regularizer, PENALTIES, PENALTIES),
    recurrent.cell_activation: st.sampled_from(["tanh", "relu"]),
    convolution.sides: SIDE
    | st.tuples(SIDE, SIDE)
    | st.tuples(st.tuples(SIDE, SIDE), st.tuples(SIDE, SIDE)),
    dense.target_shape: SHAPE | st.just((-1, 3)) | st.integers(1, 9),
    dense.input_shape: SHAPE,
}


@st.composite
def any_layer(draw: st.DrawFn, names: tuple[str, ...] = tuple(VOCABULARY)) -> Layer:
    kind = VOCABULARY[draw(st.sampled_from(names))]
    inner = any_layer(tuple(set(VOCABULARY) - {"Residual"}))
    branch = st.lists(inner, max_size=2)
    values = VALUES | {
        residual.branch: branch,
        residual.filled_branch: st.lists(inner, min_size=1, max_size=2),
    }
    arguments = {
        item.name: draw(values[item.metadata["kind"]])
        for item in dataclasses.fields(kind)
        if item.default is dataclasses.MISSING or draw(st.booleans())
    }
    try:
        return kind(**arguments)
    except InputError:  # arguments that do not go together
        assume(False)
        raise


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_layer())
def test_every_layer_reads_back_from_its_line(layer: Layer) -> None:
    [(line, again)] = parse_layers(str(layer))
    assert line == 1
    assert again == layer
    assert hash(again) == hash(layer)
    assert str(again) == str(layer)


def test_a_line_says_only_what_differs_from_the_default() -> None:
    line = "Conv2D(32, (3, 5), strides=2, activation='relu', name='first')"
    [(_, layer)] = parse_layers(
        "Conv2D(filters=32, kernel_size=[3, 5], strides=(2, 2), padding='valid', groups=1, "
        "activation='relu', kernel_initializer='GlorotUniform', name='first')"
    )
    assert str(layer) == line
    # the shape (28, 28) is not the shape 28, sides are not a pair
    for line in ("Reshape((28, 28))", "Input((9, 9))", "ZeroPadding2D(padding=((1, 2), (1, 2)))"):
        assert str(parse_layers(line)[0][1]) == line


def test_all_wrong_arguments_of_a_layer_are_named() -> None:
    with pytest.raises(InputError) as caught:
        convolution.Conv2D(0, 3.5, strides=(1, 2, 3), padding="sane", use_bias=1)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "Conv2D: filters=0: expected a whole number of at least 1; "
        "kernel_size=3.5: expected a whole number of at least 1; "
        "strides=(1, 2, 3): expected one whole number or two, such as 3 or (3, 3); "
        "padding='sane': unknown name: did you mean 'same'?; "
        "use_bias=1: expected True or False"
    )


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (base.whole, [1, 10**9], [0, -1, 1.0, True, "1", None, float("nan"), (1,)]),
        (base.boolean, [True, False], [0, 1, "True", None]),
        (base.number, [0, -1.5, 10**18], [True, "1", None, float("nan"), float("inf"), 10**400]),
        (base.positive, [1e-9, 3], [0, -1, "x", float("nan")]),
        (base.rate, [0, 0.5, 0.999], [1, -0.1, 2, "0.5", float("nan")]),
        (base.momentum, [0, 1, 0.99], [1.01, -0.01, None]),
        (base.pair, [3, (3, 5), [3, 5]], [(3,), (1, 2, 3), 0, (0, 1), "33", None, True]),
        (base.optional_pair, [None, 2], [0, ()]),
        (base.padding, ["valid", "same"], ["SAME", "full", 1, None]),
        (base.activation, [None, "relu", "linear"], ["rleu", 3, "", ("relu",)]),
        (base.activation_name, ["relu", "linear"], [None, "unknown"]),
        (base.optional_name, [None, "a", "ü-1_b"], ["", "a/b", "a.b", "a b", 3, b"a"]),
    ],
)
def test_kinds(kind: Callable[[Any], Any], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert kind(kind(value)) == kind(value), "a normal form stays as it is"
    for value in bad:
        with pytest.raises(ValueError, match=r"expected|unknown"):
            kind(value)


def test_normal_forms() -> None:
    assert base.pair(3) == base.pair([3, 3]) == (3, 3)
    assert base.activation("linear") is None
    assert base.activation("swish") == "silu"
    assert base.activation("hard_swish") == "hard_silu"
    assert type(base.number(3)) is float


def test_a_long_value_is_cut_in_messages() -> None:
    with pytest.raises(InputError, match=r"units='xx.*\.\.\.: expected") as caught:
        dense.Dense("x" * 5000)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 150


def test_spelled() -> None:
    layers = (dense.Flatten(), dense.Dense(3))
    assert spelled(layers) == "[Flatten(), Dense(3)]"
    assert spelled(dense.Dense(3)) == "Dense(3)"
    assert spelled("relu") == "'relu'"


def test_an_initialiser_that_cannot_fill_the_weight() -> None:
    with pytest.raises(ShapeError, match=r"orthogonal .* at least two dimensions, not for \(5,\)"):
        Weight((5,), Initializer("orthogonal"))
    assert Weight((5, 2), Initializer("orthogonal")).size == 10


def test_a_record_without_kinds_is_left_alone() -> None:
    @dataclasses.dataclass(frozen=True)
    class Plain(Layer):
        anything: Any = None
        size: int = arg(whole, 1)

    assert Plain("x").anything == "x"
    assert Plain().output_shape((3,)) == (3,)
    assert Plain().weights((3,)) == {}
    assert Plain().multiply_adds((3,)) == 0


@pytest.mark.parametrize(
    ("shape", "rank", "hint"),
    [
        ((28, 28), 3, "add Reshape((28, 28, 1)) before it"),
        ((784,), 3, "add Reshape((28, 28, 1)) before it"),
        ((28, 14, 2), 2, "add Reshape((28, 28)) before it"),
        ((10,), 3, ""),
        ((10,), 2, ""),
    ],
)
def test_a_wrong_rank_says_what_to_add(shape: tuple[int, ...], rank: int, hint: str) -> None:
    with pytest.raises(ShapeError) as caught:
        base.need_rank(dense.Flatten(), shape, rank, "(a, b)")
    assert str(caught.value).startswith(f"needs an input (a, b), but {shape} reaches it")
    assert str(caught.value).endswith(hint)
    assert ("add" in str(caught.value)) == bool(hint)
