"""What a dataset holds, in numbers: statistics, strokes, projections, duplicates, doubtful labels.

Nothing is drawn here, and nothing is imported, so that scikit-learn and PyTorch are loaded only by
the module that needs them.
"""
