"""Trainings that people start over REST: what may be trained, the queue, and their processes.

`orders` says what may be trained, `queue` who trains when, `worker` is the process that does it.
Training itself is `ziffern.bench`'s work, and nothing here loads PyTorch into the server.
"""
