"""Albums: pages of pictures that join numbers with their drawings and say what one sees.

`page` writes an album; the other modules gather one each. Reckoning lives in `exploration` and
`inside`, drawing in `figures`.
"""
