"""Keras's constructors and the summaries of the source networks (a part of keras_golden.py).

Format of keras_signatures.json: {"versions": …, SECTION: {CLASS: [[argument, default], …]}} with
the arguments in Keras's order, and [argument] alone where there is no default. Sections: layers,
optimizers, schedules, callbacks, regularizers, initializers, activations (functions; the first
argument, the tensor, is left out). Arguments that Keras takes by **kwargs (name, dtype, trainable)
are not listed.

Format of keras_summaries.json: {"versions": …, "networks": {NAME: {"layers": [line, …], "rows":
[{"name", "type", "output_shape", "parameters"}, …], "total", "trainable", "non_trainable"}}}: each
source network as a keras.Sequential on inputs of (28, 28, 1); output shapes are without the batch,
lines are as a recipe writes them.
"""

import inspect
import json

import keras

import keras_layers

CLASSES = {
    "layers": (
        "Dense Conv2D DepthwiseConv2D SeparableConv2D MaxPooling2D AveragePooling2D "
        "GlobalAveragePooling2D GlobalMaxPooling2D BatchNormalization LayerNormalization Dropout "
        "SpatialDropout2D Flatten Reshape Activation LSTM GRU SimpleRNN ZeroPadding2D Rescaling "
        "ReLU LeakyReLU ELU Softmax Add Concatenate"
    ),
    "optimizers": "SGD Adagrad Adadelta RMSprop Adam AdamW Ftrl Muon",
    "schedules": "ExponentialDecay InverseTimeDecay CosineDecay PiecewiseConstantDecay",
    "callbacks": "ReduceLROnPlateau EarlyStopping ModelCheckpoint",
    "regularizers": "L1 L2 L1L2",
    "initializers": (
        "GlorotUniform GlorotNormal HeUniform HeNormal LecunUniform LecunNormal RandomNormal "
        "RandomUniform TruncatedNormal Zeros Ones Constant Orthogonal Identity VarianceScaling"
    ),
    "activations": " ".join(keras_layers.ACTIVATIONS),
}

SIMPLE_CONV = """
Conv2D(32, 3, activation='relu')
MaxPooling2D(2)
Flatten()
Dense(128, activation='relu')
Dense(10, activation='softmax')
"""
DROP_CONV = SIMPLE_CONV.replace("Dense(10", "Dropout(0.5)\nDense(10")
CODELAB_DENSE = """
Flatten()
Dense(200, activation='{0}')
Dense(60, activation='{0}')
Dense(10, activation='softmax')
"""
CODELAB_DEEP = """
Flatten()
Dense(200, activation='relu')
Dense(100, activation='relu')
Dense(60, activation='relu')
Dense(10, activation='softmax')
"""
CODELAB_CONV = """
Reshape((28, 28, 1))
Conv2D(12, 3, padding='same', activation='relu')
Conv2D(24, 6, strides=2, padding='same', activation='relu')
Conv2D(32, 6, strides=2, padding='same', activation='relu')
Flatten()
Dense(200, activation='relu')
Dense(10, activation='softmax')
"""
CHEAT_CNN = """
Conv2D(32, 3, padding='same')
Activation('relu')
Conv2D(32, 3)
Activation('relu')
MaxPooling2D(2)
Dropout(0.25)
Conv2D(64, 3, padding='same')
Activation('relu')
Conv2D(64, 3)
Activation('relu')
MaxPooling2D(2)
Dropout(0.25)
Flatten()
Dense(512)
Activation('relu')
Dropout(0.5)
Dense(10)
Activation('softmax')
"""
NETWORKS = {
    "marvin": """
Conv2D(32, 3, activation='relu')
MaxPooling2D(2)
Conv2D(64, 3, activation='relu')
MaxPooling2D(2)
Flatten()
Dense(256, activation='relu')
Dense(256, activation='relu')
Dropout(0.5)
Dense(10, activation='softmax')
""",
    "simple-conv": SIMPLE_CONV,
    "drop-conv": DROP_CONV,
    "drop-move-conv": DROP_CONV,
    "drop-full-conv": DROP_CONV,
    "cnn-101": """
Conv2D(32, 5, padding='same', activation='relu')
BatchNormalization()
Conv2D(32, 5, padding='same', activation='relu')
BatchNormalization()
MaxPooling2D(2)
Dropout(0.25)
Conv2D(64, 3, padding='same', activation='relu')
BatchNormalization()
Conv2D(64, 3, padding='same', activation='relu')
BatchNormalization()
MaxPooling2D(2)
Dropout(0.25)
Flatten()
Dense(512, activation='relu')
Dropout(0.5)
Dense(10, activation='softmax')
""",
    "slides-dense": """
Reshape((784,))
Dense(512, activation='sigmoid')
Dense(324, activation='sigmoid')
Dense(36, activation='sigmoid')
Dense(10, activation='softmax')
""",
    "slides-small": """
Reshape((784,))
Dense(512, activation='sigmoid')
Dense(36, activation='sigmoid')
Dense(10, activation='softmax')
""",
    "cheat-mlp": """
Flatten()
Dense(512, activation='relu')
Dropout(0.2)
Dense(512, activation='relu')
Dropout(0.2)
Dense(10, activation='softmax')
""",
    "cheat-cnn": CHEAT_CNN,
    "cheat-finetune": CHEAT_CNN,
    "cheat-lstm": """
Reshape((28, 28))
LSTM(128, dropout=0.2)
Dense(10, activation='softmax')
""",
    "codelab-1-softmax": "Flatten()\nDense(10, activation='softmax')",
    "codelab-2-sigmoid": CODELAB_DENSE.format("sigmoid"),
    "codelab-3-relu-adam": CODELAB_DENSE.format("relu"),
    "codelab-4-fast": CODELAB_DENSE.format("relu"),
    "codelab-5-decay": CODELAB_DENSE.format("relu"),
    "codelab-6-deep": CODELAB_DEEP,
    "codelab-7-dropout": CODELAB_DEEP.replace("'relu')\n", "'relu')\nDropout(0.25)\n"),
    "codelab-8-conv": CODELAB_CONV,
    "codelab-9-conv-dropout": CODELAB_CONV.replace("Dense(10", "Dropout(0.4)\nDense(10"),
    "codelab-10-batchnorm": """
Reshape((28, 28, 1))
Conv2D(12, 3, padding='same', use_bias=False)
BatchNormalization(scale=False, center=True)
Activation('relu')
Conv2D(24, 6, strides=2, padding='same', use_bias=False)
BatchNormalization(scale=False, center=True)
Activation('relu')
Conv2D(32, 6, strides=2, padding='same', use_bias=False)
BatchNormalization(scale=False, center=True)
Activation('relu')
Flatten()
Dense(200, use_bias=False)
BatchNormalization(scale=False, center=True)
Activation('relu')
Dropout(0.3)
Dense(10, activation='softmax')
""",
    "codelab-small-conv": CODELAB_CONV.replace("Dense(200, activation='relu')\n", ""),
    "codelab-pooling-head": """
Reshape((28, 28, 1))
Conv2D(12, 3, padding='same', activation='relu')
Conv2D(24, 6, strides=2, padding='same', activation='relu')
Conv2D(32, 6, strides=2, padding='same', activation='relu')
Conv2D(10, 1)
GlobalAveragePooling2D()
Activation('softmax')
""",
    "werkstatt": """
Reshape((784,))
Dense(324, activation='sigmoid')
Dense(36, activation='sigmoid')
Dense(10, activation='softmax')
""",
}


def arguments(section: str, name: str) -> list[list[object]]:
    """The pairs of argument and default of a constructor or an activation."""
    made = getattr(
        keras.optimizers.schedules if section == "schedules" else getattr(keras, section), name
    )
    found = inspect.signature(made).parameters.values()
    named = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    pairs = [[p.name] if p.default is p.empty else [p.name, p.default] for p in named]
    return pairs[1:] if section == "activations" else pairs


def signatures(versions: dict[str, str]) -> str:
    """The text of keras_signatures.json, one constructor a line."""
    sections = [f'"versions": {json.dumps(versions)}']
    for section, names in CLASSES.items():
        lines = [f'"{name}": {json.dumps(arguments(section, name))}' for name in names.split()]
        sections.append(f'"{section}": {{\n  ' + ",\n  ".join(lines) + "\n}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def summary(text: str) -> dict[str, object]:
    """What keras.Model.summary() shows of a network."""
    keras.backend.clear_session()  # Keras counts the names of layers per session
    lines = text.split("\n")
    lines = [line for line in lines if line]
    model = keras.Sequential([keras.Input((28, 28, 1)), *map(keras_layers.make, lines)])
    rows = [
        {
            "name": layer.name,
            "type": type(layer).__name__,
            "output_shape": list(layer.output.shape[1:]),
            "parameters": layer.count_params(),
        }
        for layer in model.layers
    ]
    trainable = sum(int(weight.shape.num_elements()) for weight in model.trainable_weights)
    total = model.count_params()
    counts = {"total": total, "trainable": trainable, "non_trainable": total - trainable}
    return {"layers": lines, "rows": rows} | counts


def summaries(versions: dict[str, str]) -> str:
    """The text of keras_summaries.json, one layer a line."""
    networks = {name: summary(text) for name, text in NETWORKS.items()}
    parts = []
    for name, found in networks.items():
        rows = ",\n    ".join(json.dumps(row) for row in found.pop("rows"))
        rest = json.dumps(found)[1:-1]
        parts.append(f'  "{name}": {{{rest},\n   "rows": [\n    {rows}]}}')
    return f'{{"versions": {json.dumps(versions)},\n "networks": {{\n' + ",\n".join(parts) + "}}\n"
