"""Training: the PyTorch interpreter of recipes, the engine and its listeners.

This package imports nothing by itself, so that its torch-free parts stay light.
"""
