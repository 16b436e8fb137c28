"""How well, and how fast: recipes trained with several seeds, and a board of what they reached.

`trials` trains and evaluates, `rows` sums up the seeds of one recipe on one machine, `board` keeps
the rows and writes the page. Training and evaluating themselves are the bench's.
"""
