"""Cases: what investigators make of findings, and what the handler says who is asked to explain.

`case` is what a case is, `deciding` which step may follow and whose it is, `register` keeps them.
Each step is an event in the trail before it is a row here, and its row names the event.
"""
