"""One PyTorch module for each layer record, with Keras's behaviour and Keras's weights.

The files mirror `ziffern.layers`; `ziffern.training.network` puts modules together.
"""

from ziffern.training.modules.base import (
    ACTIVATIONS,
    Weighted,
    activation,
    channels_first,
    channels_last,
)
from ziffern.training.modules.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from ziffern.training.modules.dense import Dense, Dropout, Function, Reshape
from ziffern.training.modules.normalization import BatchNormalization, LayerNormalization
from ziffern.training.modules.pooling import GlobalPooling2D, Pooling2D
from ziffern.training.modules.recurrent import Recurrent
from ziffern.training.modules.residual import Residual

__all__ = [
    "ACTIVATIONS",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Function",
    "GlobalPooling2D",
    "LayerNormalization",
    "Pooling2D",
    "Recurrent",
    "Reshape",
    "Residual",
    "SeparableConv2D",
    "Weighted",
    "activation",
    "channels_first",
    "channels_last",
]
