"""The console: the questions over HTTP, for people who are signed in and may ask them.

`rights` says who may do what, `gate` stands before every request, `signing` knows who it is.
What is not in the table of rights does not exist: the program does not start with it.
"""
