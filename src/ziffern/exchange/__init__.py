"""Networks of other programs, read as ours or run as they are; ours, written for other programs.

`keras` turns Keras files into a `SavedModel`, without Keras; `onnx` runs ONNX files with ONNX
Runtime; `onnx_writer` makes ONNX files of our models. Judging what networks answer is the work of
`ziffern.evaluation`.
"""
