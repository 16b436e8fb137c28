"""Models behind REST and a page in the browser.

`ziffern.serving.app.app` puts it together. ONNX Runtime answers: nothing here imports PyTorch or
matplotlib at its top. Starting a server with its sockets and signals is `ziffern.cli.serve`'s work.
"""
