"""The read side: what investigators ask of the trail, and the record that they asked.

`questions` holds the questions, each one function; `inquiry` records each of them as an access
before its answer is given; `export` takes evidence away. Whoever asks, on the command line or
elsewhere, comes through `inquiry`.
"""
