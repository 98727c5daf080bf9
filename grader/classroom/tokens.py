"""What students sign in with: shown once, and kept as a hash."""

from __future__ import annotations

import hashlib
import secrets


def made() -> str:
    """A new token: 256 bits that nobody guesses. It is known by its beginning for what it is, and
    no spreadsheet takes it for a formula."""
    return f"zth_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What the store keeps of a token. It is random and long, so that a plain hash hides it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
