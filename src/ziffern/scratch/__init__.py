"""The layers in plain NumPy, each with its forward and its backward pass written out, to be read.

Start with `base` and `dense`, then `loss`, `activations` and `optimizers`: that is all of a dense
network. `network` puts layers in a row, `training` trains it, `step` looks at a single learning
step. `ziffern.training` computes the same in PyTorch, faster; tests hold each layer and optimiser
here against it.

This package imports nothing by itself, and nothing in it needs more than NumPy.
"""
