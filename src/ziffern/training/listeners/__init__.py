"""Listeners: what happens beside the training, one concern each.

The engine tells them what goes on (see `ziffern.training.events`) and knows none of them. A
listener never changes the weights or the random numbers, so a run gives the same result with any
choice of listeners; only `EarlyStopping` has a say, by setting `stop_reason`. `TensorBoard` is
imported from its own module, because it alone needs PyTorch.
"""

from ziffern.training.listeners.energy import Energy
from ziffern.training.listeners.live import LiveCurves
from ziffern.training.listeners.progress import Progress
from ziffern.training.listeners.records import HighScore, History
from ziffern.training.listeners.snapshots import Snapshots
from ziffern.training.listeners.stopping import EarlyStopping, best_epoch, should_stop

__all__ = [
    "EarlyStopping",
    "Energy",
    "HighScore",
    "History",
    "LiveCurves",
    "Progress",
    "Snapshots",
    "best_epoch",
    "should_stop",
]
