# SPDX-License-Identifier: MIT
"""Access tokens and the JWKS, as others see them: npm's jose and Debian's jwcrypto verify what sso-svc issues and
refuse what it did not, and so does sso-svc.
"""

import functools
import hashlib
import hmac
import json
import pathlib
import shutil
import subprocess
import time

import jwcrypto.common
import jwcrypto.jwt
import pytest
from jwcrypto import jwk

import forge
import poly_http
import poly_process
import sso
from refusals import check_problem

JWKS = "/.well-known/jwks.json"
JOSE = pathlib.Path(__file__).resolve().parent / "jose"


# --- the judges: each answers a token's claims, or None for one that it refuses ---


@pytest.fixture(scope="module")
def jose():
    """The directory where npm's jose is installed, under build/."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("npm's jose is no judge here: node and npm are not installed")
    place = poly_process.BUILD / "tests" / "jose"
    place.mkdir(parents=True, exist_ok=True)
    for file in JOSE.iterdir():
        shutil.copy(file, place)
    wanted = hashlib.sha256((JOSE / "package-lock.json").read_bytes()).hexdigest()
    mark = place / "installed"
    if not mark.exists() or mark.read_text(encoding="ascii") != wanted:
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm's jose is no judge here: {' '.join(command)} failed: {done.stderr.strip()[-300:]}")
        mark.write_text(wanted, encoding="ascii")
    return place


def by_jose(place, svc, tokens):
    asked = {"keys": svc.url + JWKS, "tokens": [{"token": token, "audience": audience} for token, audience in tokens]}
    done = subprocess.run(
        ["node", "verify.mjs"], cwd=place, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [verdict.get("claims") for verdict in json.loads(done.stdout)]


def by_jwcrypto(svc, tokens):
    return [_by_jwcrypto(jwk.JWKSet.from_json(svc.get(JWKS).text), *each) for each in tokens]


def _by_jwcrypto(keys, token, audience):
    wanted = {"iss": "sso-svc", "aud": audience, "sub": None, "iat": None, "exp": None, "jti": None}
    try:
        verified = jwcrypto.jwt.JWT(check_claims=wanted, algs=["ES256"])
        verified.leeway = 0
        verified.deserialize(token, keys)
        header = json.loads(verified.header)
        return json.loads(verified.claims) if header["typ"] == "at+jwt" else None
    except (jwcrypto.common.JWException, ValueError, KeyError, TypeError):
        return None


def by_sso(svc, tokens):
    answers = [svc.get("/api/auth/me", headers={"Authorization": f"Bearer {token}".encode()}) for token, _ in tokens]
    for answer in answers:
        assert answer.status == 200 or check_problem(answer, 401, "unauthenticated")
    return [answer.json if answer.status == 200 else None for answer in answers]


@pytest.fixture(params=["sso", "jwcrypto", "jose"])
def judge(request, svc):
    """judge(tokens): what each makes of (token, audience)."""
    if request.param == "jose":
        return functools.partial(by_jose, request.getfixturevalue("jose"), svc)
    return functools.partial(by_jwcrypto if request.param == "jwcrypto" else by_sso, svc)


# --- the keys ---


def test_the_keys_are_published(svc):
    response = svc.get(JWKS)
    assert response.header("content-type").startswith("application/jwk-set+json")
    assert response.header("cache-control") == "public, max-age=15"
    [key] = response.json["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x", "y"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
    assert jwk.JWK.from_json(json.dumps(key)).thumbprint()


def test_the_published_key_is_the_directorys(svc):
    [key] = svc.get(JWKS).json["keys"]
    stolen = forge.stolen_key(svc, key["kid"])
    assert jwk.JWK.from_json(json.dumps(key)).thumbprint() == stolen.thumbprint()
    path = forge.key_file(svc.environment["SIGNING_KEYS_DIR"], key["kid"])
    assert path.stat().st_mode & 0o777 == 0o600


# --- tokens that are good ---


@pytest.fixture(scope="module")
def issued(svc, people):
    """One of each kind, with its audience."""
    teacher = people.provision("teacher", full_name="Ёжиков Ян 🦔")
    svc.as_admin("POST", f"/api/users/{teacher.id}/telegram-link", json_body={"telegram_id": 17})
    telegram = svc.as_service("traffic", "POST", "/api/tokens/telegram", json_body={"telegram_id": 17}).json
    refreshed = svc.refresh(teacher.login()["refresh_token"]).json
    return [
        (svc.login()["access_token"], "sso"),
        (teacher.login()["access_token"], "traffic"),
        (people.provision("staff").login()["access_token"], "services"),
        (people.provision("executor").login()["access_token"], "services"),
        (refreshed["access_token"], "traffic"),
        (telegram["access_token"], "traffic"),
    ]


def test_what_is_issued_is_verified(judge, issued):
    for claims, (token, audience) in zip(judge(issued), issued):
        assert claims and claims["sub"] == forge.claims_of(token)["sub"]
        assert claims["app"] == audience
        assert claims["full_name"] == forge.claims_of(token)["full_name"]


def test_what_is_forged_well_is_verified(judge, svc):
    """Or the forgeries below would be refused for the wrong reason."""
    [key] = svc.get(JWKS).json["keys"]
    user = forge.claims_of(svc.login()["access_token"])["sub"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
    assert judge([(forge.sign(forge.stolen_key(svc, key["kid"]), header, forge.admin_claims(user)), "sso")])[0]


# --- tokens that are not ---


def flip(text, at=-10):
    """Another letter in that place, not at the end, where some bits mean nothing."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def join(header, claims, signature):
    return ".".join(part if isinstance(part, str) else forge.encode(part) for part in (header, claims, signature))


def tampered(token, other):
    """The token, changed by somebody without the key, in every way that once worked somewhere."""
    head, body, signature = token.split(".")
    header, claims = forge.header_of(token), forge.claims_of(token)
    return {
        "a greater role": join(head, {**claims, "role": "admin"}, signature),
        "a later end": join(head, {**claims, "exp": claims["exp"] + 10**6}, signature),
        "a claim with a typing error": join(head, flip(body), signature),
        "another signature": join(head, body, flip(signature)),
        "a signature of another token": join(head, body, other.split(".")[2]),
        "a signature of zeros": join(head, body, bytes(64)),
        "a signature cut short": join(head, body, signature[:-4]),
        "a signature drawn out": join(head, body, signature + "AAAA"),
        "no signature": join(head, body, ""),
        "alg none": join({**header, "alg": "none"}, body, ""),
        "alg None": join({**header, "alg": "None"}, body, signature),
        "alg HS256": join({**header, "alg": "HS256"}, body, signature),
        "alg ES384": join({**header, "alg": "ES384"}, body, signature),
        "no alg": join({name: header[name] for name in header if name != "alg"}, body, signature),
        "another kid": join({**header, "kid": "20200101T000000Z-00000000"}, body, signature),
        "a kid that is a path": join({**header, "kid": "../../../../dev/null"}, body, signature),
        "a key of its own": join({**header, "jwk": json.loads(forge.new_key().export_public())}, body, signature),
        "two parts": f"{head}.{body}",
        "four parts": f"{token}.{signature}",
        "dots": "..",
    }


@pytest.fixture(scope="module")
def pair(issued):
    return issued[1][0], issued[2][0]


def accepted(judge, tokens, audience):
    """Of {name: token}, the names of those that the judge lets pass."""
    return [name for name, claims in zip(tokens, judge([(token, audience) for token in tokens.values()])) if claims]


def test_tampered(judge, pair):
    assert accepted(judge, {"untouched": pair[0], **tampered(*pair)}, "traffic") == ["untouched"]


def hmac_token(svc, header, secret):
    user = forge.claims_of(svc.login()["access_token"])["sub"]
    text = f"{forge.encode(header)}.{forge.encode(forge.admin_claims(user))}"
    return f"{text}.{forge.encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def test_the_public_key_as_a_secret(judge, svc):
    """RFC 8725, section 2.1: the algorithm is the verifier's choice."""
    [key] = svc.get(JWKS).json["keys"]
    public = jwk.JWK.from_json(json.dumps(key))
    secrets = [public.export_to_pem(), public.export_to_pem().strip(), json.dumps(key).encode(), b""]
    header = {"alg": "HS256", "typ": "at+jwt", "kid": key["kid"]}
    assert judge([(hmac_token(svc, header, secret), "sso") for secret in secrets]) == [None] * 4


def test_a_strangers_key(judge, svc):
    [key] = svc.get(JWKS).json["keys"]
    stranger = forge.new_key()
    user = forge.claims_of(svc.login()["access_token"])["sub"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
    headers = [header, {**header, "kid": "stranger"}, {**header, "jwk": json.loads(stranger.export_public())}]
    assert judge([(forge.sign(stranger, each, forge.admin_claims(user)), "sso") for each in headers]) == [None] * 3


SIGNED_FLAWS = {
    "expired": ({}, {"exp": -31, "iat": -700}),
    "no exp": ({}, {"exp": None}),
    "no iat": ({}, {"iat": None}),
    "no jti": ({}, {"jti": None}),
    "no sub": ({}, {"sub": None}),
    "no issuer": ({}, {"iss": None}),
    "another issuer": ({}, {"iss": "main-svc"}),
    "no audience": ({}, {"aud": None}),
    "another audience": ({}, {"aud": "main"}),
    "a text for exp": ({}, {"exp": "tomorrow"}),
    "another type": ({"typ": "JWT"}, {}),
    "no type": ({"typ": None}, {}),
    "a crit": ({"crit": ["poly"], "poly": 1}, {}),
}
OURS_ONLY = {
    "issued in the future": ({}, {"iat": +3600, "exp": +7200}),
    "not valid yet": ({}, {"nbf": +3600}),
    "app and audience differ": ({}, {"app": "traffic"}),
    "an unknown app": ({}, {"app": "main"}),
    "an unknown role": ({}, {"role": "king"}),
    "no username": ({}, {"username": None}),
    "a number for sub": ({}, {"sub": 17}),
    "an empty jti": ({}, {"jti": ""}),
    "exp with a fraction of a second": ({}, {"exp": 600.5}),
    "a Telegram token of nobody": ({}, {"auth_source": "telegram"}),
}


def flawed(svc, header, claims):
    """Signed with the daemon's own key, as if its issuer had a bug."""
    [key] = svc.get(JWKS).json["keys"]
    now = int(time.time())
    for name in ("exp", "iat", "nbf"):
        if isinstance(claims.get(name), (int, float)):
            claims = {**claims, name: now + claims[name]}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"], **header}
    header = {name: value for name, value in header.items() if value is not None}
    user = forge.claims_of(svc.login()["access_token"])["sub"]
    return forge.sign(forge.stolen_key(svc, key["kid"]), header, forge.admin_claims(user, **claims))


def test_flaws_under_a_good_signature(judge, svc):
    tokens = {flaw: flawed(svc, *change) for flaw, change in {"none": ({}, {}), **SIGNED_FLAWS}.items()}
    assert accepted(judge, tokens, "sso") == ["none"]


def test_flaws_that_only_we_know(svc):
    tokens = {flaw: flawed(svc, *change) for flaw, change in OURS_ONLY.items()}
    assert accepted(functools.partial(by_sso, svc), tokens, "sso") == []


def test_a_clock_may_be_wrong_by_half_a_minute(svc):
    for claims, good in (({"exp": -20, "iat": -600}, True), ({"exp": -40, "iat": -600}, False), ({"iat": +20}, True), ({"iat": +40}, False)):
        assert bool(by_sso(svc, [(flawed(svc, {}, claims), "sso")])[0]) == good


def test_large_tokens(svc):
    token = svc.login()["access_token"]
    head, body, signature = token.split(".")
    for large in ("A" * 8193, f"{head}.{'A' * 9000}.{signature}", head + "." + forge.encode({"a": "b" * 9000}) + "." + signature):
        response = svc.get("/api/auth/me", headers=sso.bearer(large))
        assert response.status == 401
    response = poly_http.get(f"{svc.url}/api/auth/me", headers=sso.bearer("A" * 100_000))
    check_problem(response, 431, "header_fields_too_large")


def test_failures_are_counted_by_reason(svc, pair):
    def counts():
        return {reason: svc.metric("poly_token_failures_total", reason=reason) for reason in ("signature", "malformed", "algorithm")}

    before = counts()
    changes = tampered(*pair)
    for change in ("another signature", "two parts", "alg HS256"):
        by_sso(svc, [(changes[change], "traffic")])
    assert {reason: count - before[reason] for reason, count in counts().items()} == {"signature": 1, "malformed": 1, "algorithm": 1}
