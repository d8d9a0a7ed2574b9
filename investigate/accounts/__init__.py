"""The console's own state: who may sign in, in which role, and who is signed in.

`database` opens and migrates it, `users` holds people and their passwords, `sessions` who is
signed in. Nothing of the trail is here, and nothing here is needed to judge an event.
"""
