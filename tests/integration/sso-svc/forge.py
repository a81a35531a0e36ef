# SPDX-License-Identifier: MIT
"""Access tokens that sso-svc did not issue, by jwcrypto: with its own key, or with a stranger's."""

import base64
import json
import time
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from jwcrypto import jwk


def decode(part):
    """A part of a token as a dictionary."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token):
    return decode(token.split(".")[0])


def claims_of(token):
    return decode(token.split(".")[1])


def encode(content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key():
    return jwk.JWK.generate(kty="EC", crv="P-256")


def key_file(directory, kid):
    return directory / f"{kid}.pem"


def stolen_key(svc, kid):
    """The private key of that id, from the daemon's directory."""
    return jwk.JWK.from_pem(key_file(svc.environment["SIGNING_KEYS_DIR"], kid).read_bytes())


def sign(key, header, claims):
    """The token with exactly these members, however wrong they are."""
    text = f"{encode(header)}.{encode(claims)}"
    signature = key.get_op_key("sign").sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    numbers = (number.to_bytes(32, "big") for number in utils.decode_dss_signature(signature))
    return f"{text}.{encode(b''.join(numbers))}"


def admin_claims(user_id, **changed):
    """What an administrator's token claims, None for a claim that is left out."""
    now = int(time.time())
    claims = {
        "iss": "sso-svc",
        "aud": "sso",
        "sub": user_id,
        "username": "main.admin",
        "full_name": "main.admin",
        "app": "sso",
        "role": "admin",
        "entity_id": None,
        "auth_source": "sso",
        "iat": now,
        "exp": now + 600,
        "jti": str(uuid.uuid4()),
    }
    claims.update(changed)
    return {name: value for name, value in claims.items() if value is not None}
