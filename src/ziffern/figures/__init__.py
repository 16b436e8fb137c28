"""Pictures of data, learning and mistakes: arrays in, one matplotlib Figure out.

Nothing is imported here, so that matplotlib is loaded only by the module that draws.
"""
