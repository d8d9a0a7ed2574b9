"""Signing in at an OpenID provider: OpenID Connect's authorization code flow with PKCE.

`token` decides whether an ID token is for us, `provider` asks the provider, `roles` tells what its
groups are here.
"""
