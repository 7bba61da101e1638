"""Judges paths on standard input with pyHanko's validator, one JSON value a line: what `tests/paths/stranger.rs`
asks a stranger. An answer is whether the path is accepted, and what was said where it is not."""

import asyncio
import datetime
import json
import logging
import sys

from asn1crypto import pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.policy_decl import PKIXValidationParams

ANY_POLICY = "2.5.29.32.0"

logging.disable(logging.CRITICAL)


def der(path):
    with open(path, "rb") as file:
        octets = file.read()
    return pem.unarmor(octets)[2] if pem.detect(octets) else octets


def certificate(path):
    return x509.Certificate.load(der(path))


async def validate(case):
    context = ValidationContext(
        trust_roots=[certificate(path) for path in case["trust"]],
        other_certs=[certificate(path) for path in case["untrusted"]],
        crls=[der(path) for path in case["crls"]],
        moment=datetime.datetime.fromtimestamp(case["at"], datetime.timezone.utc),
        revocation_mode="require",
        # The suite signs with SHA-1 in places; the time is exact.
        weak_hash_algos=set(),
        time_tolerance=datetime.timedelta(0),
    )
    policies = frozenset("any_policy" if oid == ANY_POLICY else oid for oid in case["policies"])
    parameters = PKIXValidationParams(
        user_initial_policy_set=policies or frozenset(["any_policy"]),
        initial_policy_mapping_inhibit=case["inhibit_policy_mapping"],
        initial_explicit_policy=case["require_explicit_policy"],
        initial_any_policy_inhibit=case["inhibit_any_policy"],
    )
    leaf = certificate(case["certificate"])
    validator = CertificateValidator(leaf, validation_context=context, pkix_params=parameters)
    await validator.async_validate_path()


for line in sys.stdin:
    try:
        asyncio.run(validate(json.loads(line)))
        answer = [True, ""]
    # Whatever is thrown, the path was not accepted; the test sees what was said.
    except Exception as error:
        answer = [False, f"{type(error).__name__}: {error}".splitlines()[0]]
    print(json.dumps(answer))
