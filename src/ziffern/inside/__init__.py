"""What a trained network does with pictures: activations, embeddings, attribution, loss surface.

Numbers only; `ziffern.figures` draws them, `ziffern.album` joins both.
"""
