"""Answers questions on standard input with gostcrypto, one JSON value a line: what `tests/gost_engine.rs` asks a
second stranger about the national algorithms. Octets are in hexadecimal digits, in gostcrypto's own order."""

import json
import sys

from gostcrypto import gosthash, gostsignature

# GOST 34.310-2004 has CryptoPro's curve A, which is set B of the later standard.
CURVES = {
    "gost2015_512": (gostsignature.MODE_512, "id-tc26-gost-3410-12-512-paramSetA"),
    "gost2015_256": (gostsignature.MODE_256, "id-tc26-gost-3410-2012-256-paramSetA"),
    "gost2004": (gostsignature.MODE_256, "id-tc26-gost-3410-2012-256-paramSetB"),
}


def octets(question, name):
    return bytearray.fromhex(question[name])


def answer(question):
    if question["ask"] == "hash":
        state = gosthash.new(f"streebog{question['bits']}", data=octets(question, "message"))
        return state.hexdigest()
    mode, curve = CURVES[question["set"]]
    algorithm = gostsignature.new(mode, gostsignature.CURVES_R_1323565_1_024_2019[curve])
    if question["ask"] == "public key":
        return algorithm.public_key_generate(octets(question, "secret")).hex()
    if question["ask"] == "sign":
        return algorithm.sign(octets(question, "secret"), octets(question, "digest")).hex()
    return algorithm.verify(*(octets(question, name) for name in ("key", "digest", "signature")))


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
