"""Topics of a course, each computed anew: numbers, pictures and a short text about them.

`topics` names them and computes one; every other module is one topic, but `explanation` (what a
topic consists of) and `material` (the digits and small networks that topics are shown with).
Nothing here is drawn by hand or read from a file: the sentences carry the numbers that came out.
"""
