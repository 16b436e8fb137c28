"""Every layer by the names that a recipe may use."""

from __future__ import annotations

from ziffern.layers.base import Layer
from ziffern.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from ziffern.layers.dense import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    Rescaling,
    Reshape,
    SpatialDropout2D,
)
from ziffern.layers.normalization import BatchNormalization, LayerNormalization
from ziffern.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from ziffern.layers.recurrent import GRU, LSTM, SimpleRNN
from ziffern.layers.residual import Residual

VOCABULARY: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        Dense,
        Conv2D,
        DepthwiseConv2D,
        SeparableConv2D,
        MaxPooling2D,
        AveragePooling2D,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        BatchNormalization,
        LayerNormalization,
        Dropout,
        SpatialDropout2D,
        Flatten,
        Reshape,
        Activation,
        LSTM,
        GRU,
        SimpleRNN,
        ZeroPadding2D,
        Rescaling,
        Residual,
        Input,
    )
}
"""Every layer that a recipe may name."""

OTHER_NAMES = {
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "Convolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
}
"""What Keras calls some layers as well."""
