"""Golden values of Keras's layers, regularisers and initialisers (a part of keras_golden.py).

Format of keras_layers.npz. Every name is "case/what"; texts are 0-d unicode arrays (`str(array)`).

A layer, found by the names that end in "/layer":
    case/layer                the call as a recipe writes it: "Conv2D(4, 3, strides=2)"
    case/input                float32, batch first, channels last
    case/weight/NAME          each weight under Keras's own short name, in Keras's layout
    case/parameters           their number, as Keras counts it
    case/output               float32, the inference output
BatchNormalization has besides, from one training step that starts at the same weights:
    case/training_output      the output in training mode
    case/after/moving_mean, case/after/moving_variance   where kept

A regulariser, found by "/regularizer":
    case/regularizer          JSON: {"name": "l2", "l2": 0.01}
    case/weight/kernel        the tensor that is penalised
    case/penalty              the term it adds to the loss

An initialiser, found by "/initializer", as statistics of one large draw (Keras's random numbers
themselves belong to its backend):
    case/initializer          JSON: {"name": "he_normal", "shape": [400, 250], "mean": …, "std": …,
                              "min": …, "max": …}; orthogonal also has "gram_error": the values
                              as a matrix W (all axes but the last flattened), the largest
                              |WᵀW - I|, or |WWᵀ - I| where W has fewer rows than columns
"""

import ast
import json
import zlib

import keras
import numpy as np

DENSE, ROWS, ODD, EVEN, FOUR = (6,), (5, 4), (7, 7, 3), (8, 8, 2), (6, 5, 4)

# case → (shape of one input, layer)
LAYERS = {
    "dense": (DENSE, "Dense(5)"),
    "dense_no_bias": (DENSE, "Dense(5, use_bias=False)"),
    "dense_relu": (DENSE, "Dense(5, activation='relu')"),
    "dense_softmax": (DENSE, "Dense(5, activation='softmax')"),
    "dense_gelu_no_bias": (DENSE, "Dense(5, 'gelu', False)"),
    "dense_on_rows": (ROWS, "Dense(3, activation='tanh')"),
    "dense_on_maps": (FOUR, "Dense(3)"),
    "conv_valid": (ODD, "Conv2D(4, 3)"),
    "conv_same": (ODD, "Conv2D(4, 3, padding='same')"),
    "conv_relu": (EVEN, "Conv2D(4, (3, 3), activation='relu')"),
    "conv_no_bias": (EVEN, "Conv2D(4, 3, padding='same', use_bias=False)"),
    "conv_1x1": (ODD, "Conv2D(4, 1)"),
    "conv_rectangle": (ODD, "Conv2D(4, (3, 2), padding='same')"),
    "conv_even_kernel_same": (ODD, "Conv2D(3, 2, padding='same')"),
    "conv_even_kernel_same_even": (EVEN, "Conv2D(3, 4, padding='same')"),
    "conv_stride_valid_odd": (ODD, "Conv2D(4, 3, strides=2)"),
    "conv_stride_valid_even": (EVEN, "Conv2D(4, 3, strides=2)"),
    "conv_stride_same_odd": (ODD, "Conv2D(4, 3, strides=2, padding='same')"),
    "conv_stride_same_even": (EVEN, "Conv2D(4, 3, strides=2, padding='same')"),
    "conv_six_stride_same_odd": (ODD, "Conv2D(3, 6, strides=2, padding='same')"),
    "conv_six_stride_same_even": (EVEN, "Conv2D(3, 6, strides=2, padding='same')"),
    "conv_stride_over_kernel": (EVEN, "Conv2D(4, 2, strides=3, padding='same')"),
    "conv_two_strides": (EVEN, "Conv2D(4, 3, strides=(1, 2), padding='same')"),
    "conv_dilation_valid": (ODD, "Conv2D(4, 3, dilation_rate=2)"),
    "conv_dilation_same": (EVEN, "Conv2D(4, 3, padding='same', dilation_rate=2)"),
    "conv_dilation_even_same": (ODD, "Conv2D(4, 2, padding='same', dilation_rate=(3, 2))"),
    "conv_groups": (FOUR, "Conv2D(6, 3, padding='same', groups=2)"),
    "conv_groups_all": (FOUR, "Conv2D(4, 3, strides=2, groups=4, use_bias=False)"),
    "depthwise": (ODD, "DepthwiseConv2D(3)"),
    "depthwise_multiplier": (EVEN, "DepthwiseConv2D(3, padding='same', depth_multiplier=3)"),
    "depthwise_stride_same": (
        EVEN,
        "DepthwiseConv2D(3, strides=2, padding='same', activation='relu')",
    ),
    "depthwise_dilation": (ODD, "DepthwiseConv2D(2, dilation_rate=2, use_bias=False)"),
    "separable": (ODD, "SeparableConv2D(5, 3)"),
    "separable_same": (
        EVEN,
        "SeparableConv2D(5, 3, strides=2, padding='same', depth_multiplier=2, activation='relu')",
    ),
    "separable_no_bias": (EVEN, "SeparableConv2D(3, (2, 3), padding='same', use_bias=False)"),
    "max_pool": (EVEN, "MaxPooling2D(2)"),
    "max_pool_default": (ODD, "MaxPooling2D()"),
    "max_pool_same_odd": (ODD, "MaxPooling2D(2, padding='same')"),
    "max_pool_overlap": (ODD, "MaxPooling2D(3, strides=2)"),
    "max_pool_overlap_same": (EVEN, "MaxPooling2D(3, strides=2, padding='same')"),
    "max_pool_rectangle": (EVEN, "MaxPooling2D((2, 3), strides=(1, 2), padding='same')"),
    "average_pool": (EVEN, "AveragePooling2D(2)"),
    "average_pool_valid_odd": (ODD, "AveragePooling2D(2)"),
    "average_pool_same_odd": (ODD, "AveragePooling2D(2, padding='same')"),
    "average_pool_overlap_same": (EVEN, "AveragePooling2D(3, strides=1, padding='same')"),
    "average_pool_rectangle": (EVEN, "AveragePooling2D((3, 2), strides=(2, 3), padding='same')"),
    "global_average": (ODD, "GlobalAveragePooling2D()"),
    "global_average_keepdims": (ODD, "GlobalAveragePooling2D(keepdims=True)"),
    "global_max": (ODD, "GlobalMaxPooling2D()"),
    "batchnorm_maps": (FOUR, "BatchNormalization()"),
    "batchnorm_vectors": (DENSE, "BatchNormalization()"),
    "batchnorm_rows": (ROWS, "BatchNormalization(momentum=0.9)"),
    "batchnorm_no_scale": (FOUR, "BatchNormalization(scale=False, center=True)"),
    "batchnorm_no_center": (DENSE, "BatchNormalization(momentum=0.5, epsilon=0.01, center=False)"),
    "batchnorm_bare": (FOUR, "BatchNormalization(center=False, scale=False)"),
    "layernorm_vectors": (DENSE, "LayerNormalization()"),
    "layernorm_maps": (FOUR, "LayerNormalization()"),
    "layernorm_no_center": (ROWS, "LayerNormalization(epsilon=0.1, center=False)"),
    "layernorm_no_scale": (ROWS, "LayerNormalization(scale=False)"),
    "layernorm_axes": (FOUR, "LayerNormalization(axis=(1, 2, 3))"),
    "dropout": (DENSE, "Dropout(0.5)"),
    "spatial_dropout": (FOUR, "SpatialDropout2D(0.25)"),
    "flatten": (FOUR, "Flatten()"),
    "flatten_vector": (DENSE, "Flatten()"),
    "reshape": (FOUR, "Reshape((10, 12))"),
    "reshape_open": (FOUR, "Reshape((-1, 8))"),
    "reshape_vector": (FOUR, "Reshape((120,))"),
    "softmax_maps": (FOUR, "Activation('softmax')"),
    "lstm": (ROWS, "LSTM(3)"),
    "lstm_sequences": (ROWS, "LSTM(3, return_sequences=True)"),
    "lstm_no_bias": (ROWS, "LSTM(3, use_bias=False)"),
    "lstm_relu": (ROWS, "LSTM(3, activation='relu', recurrent_activation='tanh')"),
    "lstm_backwards": (ROWS, "LSTM(3, return_sequences=True, go_backwards=True)"),
    "lstm_dropout": (ROWS, "LSTM(3, dropout=0.2)"),
    "gru": (ROWS, "GRU(3)"),
    "gru_sequences": (ROWS, "GRU(3, return_sequences=True)"),
    "gru_no_bias": (ROWS, "GRU(3, use_bias=False)"),
    "gru_reset_before": (ROWS, "GRU(3, reset_after=False)"),
    "gru_backwards": (ROWS, "GRU(3, return_sequences=True, go_backwards=True)"),
    "simple_rnn": (ROWS, "SimpleRNN(3)"),
    "simple_rnn_sequences": (ROWS, "SimpleRNN(3, return_sequences=True)"),
    "simple_rnn_relu": (ROWS, "SimpleRNN(3, activation='relu', use_bias=False)"),
    "simple_rnn_backwards": (ROWS, "SimpleRNN(3, go_backwards=True)"),
    "zero_padding": (FOUR, "ZeroPadding2D()"),
    "zero_padding_pair": (FOUR, "ZeroPadding2D((1, 2))"),
    "zero_padding_sides": (FOUR, "ZeroPadding2D(((1, 0), (0, 2)))"),
    "rescaling": (FOUR, "Rescaling(0.5)"),
    "rescaling_offset": (FOUR, "Rescaling(2.0, offset=-1.0)"),
    "leaky_relu_layer": (DENSE, "LeakyReLU()"),
    "relu_layer": (DENSE, "ReLU()"),
    "elu_layer": (DENSE, "ELU()"),
    "softmax_layer": (DENSE, "Softmax()"),
}
ACTIVATIONS = [
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "hard_sigmoid",
    "hard_silu",
    "exponential",
]
ACTIVATION_INPUT = np.linspace(-12, 12, 3 * 33, dtype=np.float32).reshape(3, 33)

REGULARIZERS = {
    "l1": keras.regularizers.get("l1"),
    "l2": keras.regularizers.get("l2"),
    "l1_l2": keras.regularizers.L1L2(0.01, 0.01),
    "l1_small": keras.regularizers.L1(1e-4),
    "l2_small": keras.regularizers.L2(1e-4),
    "l1_l2_small": keras.regularizers.L1L2(1e-4, 1e-3),
}
INITIALIZERS = [
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "zeros",
    "ones",
    "orthogonal",
    "identity",
]
SHAPES = {"dense": (400, 250), "conv": (3, 3, 64, 128), "wide": (150, 300)}


def make(line: str) -> keras.Layer:
    """The Keras layer that a recipe's line names: a call with literal arguments."""
    call = ast.parse(line, mode="eval").body
    positional = [ast.literal_eval(argument) for argument in call.args]
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    return getattr(keras.layers, call.func.id)(*positional, **named)


def coarse(random: np.random.Generator, shape, low: float, high: float) -> np.ndarray:
    """Random multiples of 1/32: telling values that an archive stores in few bytes."""
    return (random.integers(round(low * 32), round(high * 32) + 1, shape) / 32).astype(np.float32)


def layer_case(line: str, inputs: np.ndarray, random: np.random.Generator) -> dict[str, object]:
    layer = make(line)
    layer.build(inputs.shape)
    for weight in layer.weights:
        positive = weight.name == "moving_variance"
        weight.assign(coarse(random, weight.shape, 0.5 if positive else -1, 2 if positive else 1))
    case = {f"weight/{weight.name}": weight.numpy() for weight in layer.weights}
    case |= {
        "layer": line,
        "input": inputs,
        "output": np.asarray(layer(inputs, training=False)),
        "parameters": layer.count_params(),
    }
    if isinstance(layer, keras.layers.BatchNormalization):
        case["training_output"] = np.asarray(layer(inputs, training=True))
        for name in ("moving_mean", "moving_variance"):
            case[f"after/{name}"] = getattr(layer, name).numpy()
    return case


def regularizer_case(name: str, random: np.random.Generator) -> dict[str, object]:
    regularizer = REGULARIZERS[name]
    kernel = coarse(random, (4, 3), -1, 1)
    settings = {key: round(float(value), 8) for key, value in regularizer.get_config().items()}
    return {
        "regularizer": json.dumps({"name": name.removesuffix("_small")} | settings),
        "weight/kernel": kernel,
        "penalty": np.float32(regularizer(kernel)),
    }


def initializer_case(name: str, shape: tuple[int, ...]) -> dict[str, object]:
    initializer = keras.initializers.get(name)
    if hasattr(initializer, "seed"):
        initializer = type(initializer)(**(initializer.get_config() | {"seed": 1}))
    values = np.asarray(initializer(shape), dtype=np.float64)
    facts = {"name": name, "shape": shape}
    facts |= {kind: float(getattr(values, kind)()) for kind in ("mean", "std", "min", "max")}
    if name == "orthogonal":
        matrix = values.reshape(-1, shape[-1])
        tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
        facts["gram_error"] = float(np.abs(tall.T @ tall - np.eye(tall.shape[1])).max())
    return {"initializer": json.dumps(facts)}


def arrays() -> dict[str, np.ndarray]:
    """Everything that keras_layers.npz holds."""
    found: dict[str, np.ndarray] = {}

    def keep(case: str, values: dict[str, object]) -> None:
        found.update({f"{case}/{what}": np.asarray(value) for what, value in values.items()})

    for case, (shape, line) in LAYERS.items():
        # a case's values depend on its name alone, so a new case leaves the others as they are
        random = np.random.default_rng(zlib.crc32(case.encode()))
        keep(case, layer_case(line, coarse(random, (3, *shape), -2, 2), random))
    for name in ACTIVATIONS:
        line = f"Activation('{name}')"
        keep(f"activation_{name}", layer_case(line, ACTIVATION_INPUT, np.random.default_rng(0)))
    for name in REGULARIZERS:
        random = np.random.default_rng(zlib.crc32(name.encode()))
        keep(f"regularizer_{name}", regularizer_case(name, random))
    for name in INITIALIZERS:
        for kind, shape in SHAPES.items():
            if name != "identity" or len(shape) == 2:
                keep(f"initializer_{name}_{kind}", initializer_case(name, shape))
    return found
