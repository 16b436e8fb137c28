"""What is told apart where digits are: the classes' names, and the label of what is none."""

DIGITS = tuple("0123456789")
"""The classes of digits, by their names."""
NO_DIGIT = -1
"""The label of a picture that shows none of the classes."""
