"""Networks of other programs: reading them as ours, or running them as they are.

`keras` turns Keras files into a `SavedModel`, without Keras; `onnx` runs ONNX files with ONNX
Runtime. Judging what they answer is the work of `ziffern.evaluation`.
"""
