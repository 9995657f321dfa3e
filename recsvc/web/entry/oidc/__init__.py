"""Signing in by OpenID Connect: the extra ``oidc`` installs what it needs."""
