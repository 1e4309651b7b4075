"""The course secret: inputs and parameters are functions of it, and it never enters a container."""

import hashlib
import hmac

# Fixed and public, so that the shipped example and its golden files work for everybody.
PUBLIC_SECRET = b"goldgrade: the public secret of the shipped course"


def derive(secret: bytes, *purpose: str) -> bytes:
    """32 bytes for one purpose, from which neither the secret nor another purpose's bytes follow."""
    return hmac.new(secret, "\0".join(purpose).encode(), hashlib.sha256).digest()


def fingerprint(secret: bytes) -> str:
    """Tells two secrets apart in a report without telling either."""
    return derive(secret, "fingerprint").hex()[:12]
