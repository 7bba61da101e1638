#!/usr/bin/env python3
"""Writes the vectors for the national signature algorithms that lie beside it: signatures and keys, good and
bad, in the shape of Wycheproof's files. It needs nothing but Python 3 and gives the same files on each run:

    python3 testdata/gost/generate.py

The arithmetic is that of a textbook, on Python's own integers, and shares nothing with the library: points have
two coordinates, None is the point at infinity. Octets are in the national order: numbers from the least
significant octet, x before y, r before s.

Most special cases are built backwards. Whatever z1 and z2 are, C = z1 G + z2 Q gives r = x(C) mod q, the digest
e = -r / z2 and s = z1 e, and (r, s) is a signature of e (RFC 7091 6.2). And for any point C, digest and s there is a
key Q = (C - z1 G) / z2, so that C can be chosen, too.
"""

import hashlib
import json
import pathlib


class Curve:
    def __init__(self, name, file, bits, a, b, q, x, y, cofactor, oids, messages):
        self.name, self.file, self.bits, self.octets = name, file, bits, bits // 8
        self.p = 2**512 - 569 if bits == 512 else 2**256 - 617
        self.a, self.b, self.q, self.g, self.cofactor = a % self.p, b, q, (x, y), cofactor
        self.key_oid, self.curve_oid, self.hash_oid = oids
        self.messages = messages
        assert self.contains(self.g) and self.times(q, self.g) is None

    def contains(self, point):
        x, y = point
        return (y * y - x**3 - self.a * x - self.b) % self.p == 0

    def add(self, one, other):
        if one is None or other is None:
            return one or other
        (x1, y1), (x2, y2) = one, other
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        if one == other:
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p

    def times(self, n, point):
        total = None
        for bit in bin(n)[2:]:
            total = self.add(total, total)
            if bit == "1":
                total = self.add(total, point)
        return total

    def negate(self, point):
        return point[0], -point[1] % self.p

    def lift(self, x):
        """The point with this x, if there is one; the prime is 3 modulo 4."""
        right = (x**3 + self.a * x + self.b) % self.p
        y = pow(right, (self.p + 1) // 4, self.p)
        return (x, y) if y * y % self.p == right else None

    def verifies(self, key, e, r, s):
        if not (0 < r < self.q and 0 < s < self.q):
            return False
        v = pow(e % self.q or 1, -1, self.q)
        point = self.add(self.times(s * v % self.q, self.g), self.times(-r * v % self.q, key))
        return point is not None and point[0] % self.q == r

    def write(self, *numbers):
        return b"".join(number.to_bytes(self.octets, "little") for number in numbers)

    def key(self, octets, **other):
        parts = [oid(other.get("curve_oid", self.curve_oid)), oid(other.get("hash_oid", self.hash_oid))]
        parameters = other.get("parameters", der(0x30, *parts))
        identifier = der(0x30, oid(other.get("key_oid", self.key_oid)), parameters)
        bits = other.get("bits", der(0x04, octets))
        return der(0x30, identifier, der(0x03, bytes([other.get("unused", 0)]), bits))


def der(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(octets)]) + octets + content


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in [40 * first + second, *rest]:
        digits = [arc & 127]
        while arc := arc >> 7:
            digits.append(arc & 127 | 128)
        content += bytes(reversed(digits))
    return der(0x06, content)


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


NCA = "1.2.398.3.10.1"
# The examples of the standards with their digests: RFC 6986 10.1, RFC 5831 7.3.
DIGITS = b"012345678901234567890123456789012345678901234567890123456789012"
CURVES = [
    Curve(
        "GOST 34.10-2015 (512)", "gost2015_512_test.json", 512, -3,
        0xE8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760,
        2**512 - 2**256 + 0x27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275,
        3,
        0x7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4,
        1, (f"{NCA}.1.2.2", f"{NCA}.1.2.2.1", f"{NCA}.3.3"),
        {DIGITS: "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"},
    ),
    Curve(
        "GOST 34.10-2015 (256)", "gost2015_256_test.json", 256,
        0xC2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335,
        0x295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513,
        0x400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67,
        0x91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28,
        0x32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C,
        4, (f"{NCA}.1.2.1", f"{NCA}.1.2.1.1", f"{NCA}.3.2"),
        {DIGITS: "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"},
    ),
    Curve(
        "GOST 34.310-2004", "gost2004_test.json", 256, -3, 0xA6,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893,
        1, 0x8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14,
        1, (f"{NCA}.1.1.1", f"{NCA}.1.1.1.1", f"{NCA}.3.1.1.0"),
        {b"This is message, length=32 bytes": "b1c466d37519b82e8319819ff32595e047a28cb6f83eff1c6916a815a637fffa"},
    ),
]

NOTES = {
    "Ordinary": "Private key and nonce without anything special.",
    "Nonce": "A nonce at the end of its range, so that C is the generator, its negative or a small multiple.",
    "Digest": "A digest that is zero, one, or not below the order; one with zeros at an end.",
    "NegatedDigest": "What is a signature of e is one of -e, too: C becomes -C, which has the same x.",
    "Products": "z1 and z2 at which windows, limbs and carries have their edges.",
    "LastSum": "z1 G and z2 Q are the same point, or each the other's negative; then C is no point.",
    "LargeX": "x(C) is not below the order, so that r is less than it.",
    "LargeXForged": "r and the order add up to more than the prime or 2^n, and less that they are x(C).",
    "SmallX": "r is small since x(C) is.",
    "EdgeOfRange": "s or r is 1 or one less than the order, or near it.",
    "SpecialKey": "The public key is a small multiple of the generator or its negative.",
    "OutOfRange": "r or s is zero, or not below the order.",
    "OrderForZero": "s is the order, and C has the right x: who compares with the order by the wrong sign takes it.",
    "ByteOrder": "Numbers in another order of octets or with each other's place.",
    "Length": "Octets are missing or too many.",
    "Encoding": "r and s as an ECDSA value has them.",
    "OtherMessage": "A signature of something else, or by another key.",
    "OtherEquation": "Made by the equation of another algorithm.",
    "NotOnCurve": "The coordinates do not satisfy the equation.",
    "NotReduced": "A coordinate is not below the prime.",
    "Twist": "A point of the quadratic twist.",
    "SmallOrder": "On the curve, but not in the group of prime order.",
    "Infinity": "What some write for the point at infinity.",
    "OtherParameters": "Parameters or identifiers that are not those of the algorithm.",
    "Structure": "Not the structure of a key.",
}


class Writer:
    def __init__(self, curve):
        self.curve, self.count, self.groups, self.seed = curve, 0, [], 0

    def random(self):
        """1 to q - 1, the same on each run."""
        self.seed += 1
        octets = hashlib.sha512(f"{self.curve.file} {self.seed}".encode()).digest() * 2
        return int.from_bytes(octets, "big") % (self.curve.q - 1) + 1

    def group(self, key, secret=None):
        c = self.curve
        assert c.contains(key) and c.times(c.q, key) is None
        group = {"type": "GostVerify"}
        if secret is not None:
            assert c.times(secret, c.g) == key
            group["privateKey"] = c.write(secret).hex()
        group |= {"publicKeyDer": c.key(c.write(*key)).hex(), "tests": []}
        self.key, self.secret = key, secret
        self.groups.append(group)

    def test(self, flag, comment, valid, **values):
        assert flag in NOTES
        self.count += 1
        values = {name: value.hex() for name, value in values.items()}
        result = "valid" if valid else "invalid"
        test = {"tcId": self.count, "comment": comment, "flags": [flag], **values, "result": result}
        self.groups[-1]["tests"].append(test)

    def good(self, flag, comment, e, r, s, **more):
        """The digest is a number, or octets."""
        digest = e if isinstance(e, bytes) else self.curve.write(e)
        number = int.from_bytes(digest, "little")
        assert self.curve.verifies(self.key, number, r, s), comment
        self.test(flag, comment, True, digest=digest, sig=self.curve.write(r, s), **more)

    def bad(self, flag, comment, e, signature):
        c = self.curve
        digest = e if isinstance(e, bytes) else c.write(e)
        if len(signature) == 2 * c.octets and len(digest) == c.octets:
            r, s = (int.from_bytes(signature[at : at + c.octets], "little") for at in (0, c.octets))
            assert not c.verifies(self.key, int.from_bytes(digest, "little"), r, s), comment
        self.test(flag, comment, False, digest=digest, sig=signature)

    def sign(self, e, nonce):
        q = self.curve.q
        r = self.curve.times(nonce, self.curve.g)[0] % q
        return r, (r * self.secret + nonce * (e % q or 1)) % q

    def products(self, z1, z2):
        """e, r and s with these two."""
        c = self.curve
        r = c.add(c.times(z1, c.g), c.times(z2, self.key))[0] % c.q
        e = -r * pow(z2, -1, c.q) % c.q
        return e, r, z1 * e % c.q

    def key_for(self, point, e, s):
        """The key for which the signature of e with this point and s is one."""
        c = self.curve
        v = pow(e, -1, c.q)
        z1, z2 = s * v % c.q, -point[0] * v % c.q
        return c.times(pow(z2, -1, c.q), c.add(point, c.negate(c.times(z1, c.g))))

    def signatures(self):
        c = self.curve
        q, n = c.q, c.bits
        secret = self.random()
        self.group(c.times(secret, c.g), secret)
        for message, value in c.messages.items():
            e = int.from_bytes(bytes.fromhex(value), "little")
            self.good("Ordinary", "a message with a published digest", e, *self.sign(e, self.random()), msg=message)
        for _ in range(5):
            e = self.random()
            self.good("Ordinary", "", e, *self.sign(e, self.random()))
        for nonce in (1, 2, 3, q - 1, q - 2, (q + 1) // 2):
            e = self.random()
            self.good("Nonce", f"nonce {nonce:x}", e, *self.sign(e, nonce))

        top = 2**n - 1
        numbers = [0, 1, 2, q - 1, top, 2 ** (n - 8), 2 ** (n - 1), self.random() >> 64, self.random() << 64 & top]
        numbers += [q, q + 1] if q < top else []
        numbers += [3 * q, 2 * q + 1] if 3 * q < top else []
        for e in numbers:
            self.good("Digest", f"digest {e:x}", e, *self.sign(e, self.random()))
        r, s = self.sign(1, self.random())
        self.good("Digest", "zero counts as one", 0, r, s)
        self.good("Digest", "the order counts as one", q, r, s)
        # Without that rule the equation is s = r d, and C is nothing.
        self.bad("Digest", "zero that counts as zero", 0, c.write(r, r * secret % q))
        e = self.random()
        r, s = self.sign(e, self.random())
        self.good("NegatedDigest", "", q - e, r, s)

        limb = 2**64
        edges = [1, 2, 3, q - 1, q - 2, q - 3, (q - 1) // 2, (q + 1) // 2]
        edges += [limb - 1, limb, limb + 1, limb**2 - 1, limb**2, limb ** (n // 64 - 1), limb ** (n // 64 - 1) - 1]
        edges += [2 ** (n - 3) - 1, 2 ** (n - 3), 31, 32, 33, 63, 64, 65, 127, 128]
        edges += [int("5" * (n // 4), 16) % q, int("a" * (n // 4), 16) % q, int("8" + "0" * 15, 16) * (2**n // limb) % q]
        for index, z1 in enumerate(edges):
            z2 = edges[-1 - index * 7 % len(edges)]
            if (z1 + z2 * secret) % q and (z1 + z1 * secret) % q:
                self.good("Products", f"z1 {z1:x}, z2 {z2:x}", *self.products(z1, z2))
                self.good("Products", f"z1 and z2 {z1:x}", *self.products(z1, z1))

        for _ in range(2):
            z1 = self.random()
            z2 = z1 * pow(secret, -1, q) % q
            self.good("LastSum", "z1 G = z2 Q: a doubling", *self.products(z1, z2))
            e, r = self.random(), self.random()
            self.bad("LastSum", "z1 G = -z2 Q: infinity", e, c.write(r, r * secret % q))
        for r in (1, q - 1, c.g[0] % q):
            e = self.random()
            self.bad("LastSum", f"infinity, r {r:x}", e, c.write(r, r * secret % q))

        for s in (1, 2, q - 1, q - 2):
            nonce = self.random()
            r, _ = self.sign(0, nonce)
            e = (s - r * secret) * pow(nonce, -1, q) % q
            self.good("EdgeOfRange", f"s {s:x}", e, r, s)

        for z2 in (1, q - 1, self.random()):
            r = c.times(z2, self.key)[0] % q
            e = -r * pow(z2, -1, q) % q
            self.bad("OutOfRange", "s is zero, and C has the right x", e, c.write(r, 0))
            self.bad("OrderForZero", "", e, c.write(r, q))

        e = self.random()
        r, s = self.sign(e, self.random())
        for flag, comment, signature in self.wrong(r, s):
            self.bad(flag, comment, e, signature)
        backwards = int.from_bytes(c.write(e), "big")
        self.bad("ByteOrder", "digest backwards", c.write(e)[::-1], c.write(r, s))
        self.bad("ByteOrder", "made for the digest read backwards", e, c.write(*self.sign(backwards, self.random())))
        self.bad("OtherMessage", "digest of another message", self.random(), c.write(r, s))
        self.bad("OtherMessage", "one bit of the digest", e ^ 1, c.write(r, s))
        for length in (0, 1, c.octets - 1):
            self.bad("Length", f"digest of {length} octets", c.write(e)[:length], c.write(r, s))
        self.bad("Length", "digest with an octet more", c.write(e) + b"\0", c.write(r, s))
        nonce = self.random()
        r = c.times(nonce, c.g)[0] % q
        for comment, s in [
            ("ECDSA", pow(nonce, -1, q) * (e + r * secret)),
            ("signs swapped", nonce * e - r * secret),
            ("digest and r swapped", e * secret + nonce * r),
            ("z2 with the wrong sign", -(r * secret) - nonce * e),
        ]:
            self.bad("OtherEquation", comment, e, c.write(r, s % q))
        other = self.random()
        s = (r * other + nonce * e) % q
        self.bad("OtherMessage", "by another key", e, c.write(r, s))

        self.special_keys()
        self.chosen_points()

    def wrong(self, r, s):
        c = self.curve
        q, n, w = c.q, c.octets, c.write
        value = w(r, s)
        top = 2**c.bits - 1
        for comment, a, b in [
            ("r is zero", 0, s), ("s is zero", r, 0), ("both are zero", 0, 0), ("r is the order", q, s),
            ("s is the order", r, q), ("both are the order", q, q), ("r is 2^n - 1", top, s), ("s is 2^n - 1", r, top),
            ("r is the prime", c.p, s), ("s is the prime", r, c.p), ("r is the order plus 1", q + 1, s),
            ("s is the order plus 1", r, q + 1), ("r is zero, s one", 0, 1), ("r is one, s zero", 1, 0),
        ]:
            yield "OutOfRange", comment, w(a, b)
        for comment, a, b in [("r", r + q, s), ("s", r, s + q), ("r", r + 2 * q, s), ("s", r, s + 2 * q)]:
            if max(a, b) <= top:
                yield "OutOfRange", f"{comment} with the order added", w(a, b)
        yield "OtherEquation", "r negated", w(q - r, s)
        yield "OtherEquation", "s negated", w(r, q - s)
        yield "OtherEquation", "both negated", w(q - r, q - s)
        yield "OtherEquation", "s inverted", w(r, pow(s, -1, q))
        yield "ByteOrder", "s before r", w(s, r)
        yield "ByteOrder", "each from its most significant octet", w(r)[::-1] + w(s)[::-1]
        yield "ByteOrder", "backwards, as RFC 4491 writes it", value[::-1]
        yield "ByteOrder", "r from its most significant octet", w(r)[::-1] + w(s)
        yield "ByteOrder", "s from its most significant octet", w(r) + w(s)[::-1]
        yield "Length", "empty", b""
        yield "Length", "one octet", b"\1"
        yield "Length", "r alone", w(r)
        yield "Length", "the last octet is missing", value[:-1]
        yield "Length", "the first octet is missing", value[1:]
        yield "Length", "a zero behind", value + b"\0"
        yield "Length", "a zero before", b"\0" + value
        yield "Length", "a zero behind each number", w(r) + b"\0" + w(s) + b"\0"
        yield "Length", "twice", value + value
        yield "Encoding", "SEQUENCE of INTEGER", der(0x30, integer(r), integer(s))
        yield "Encoding", "OCTET STRING", der(0x04, value)
        yield "Encoding", "zeros", bytes(2 * n)

    def special_keys(self):
        c = self.curve
        for comment, secret in [("G", 1), ("-G", c.q - 1), ("2 G", 2), ("-2 G", c.q - 2), ("3 G", 3), ("G / 2", (c.q + 1) // 2)]:
            self.group(c.times(secret, c.g), secret)
            for e in (1, self.random()):
                self.good("SpecialKey", f"the key is {comment}", e, *self.sign(e, self.random()))
            for z1, z2 in [(1, 1), (1, 2), (2, 1), (5, 3), (c.q - 1, 1), (c.q - 2, c.q - 1), (2**64, 2**64)]:
                if (z1 + z2 * secret) % c.q:
                    self.good("SpecialKey", f"the key is {comment}, z1 {z1:x}, z2 {z2:x}", *self.products(z1, z2))
            r = self.random()
            self.bad("SpecialKey", f"the key is {comment}, infinity", self.random(), c.write(r, r * secret % c.q))
            r, s = self.sign(7, self.random())
            self.bad("SpecialKey", f"the key is {comment}, another digest", 8, c.write(r, s))

    def in_group(self, x):
        point = self.curve.lift(x)
        return point if point and self.curve.times(self.curve.q, point) is None else None

    def first(self, xs, count):
        found = []
        for x in xs:
            point = self.in_group(x)
            if point:
                found.append(point)
            if len(found) == count:
                return found
        raise ValueError("no points")

    def chosen_points(self):
        c = self.curve
        q, p = c.q, c.p
        e, s = self.random(), self.random()

        def valid(flag, comment, point, s=s):
            self.group(self.key_for(point, e, s))
            self.good(flag, comment, e, point[0] % q, s)

        for point in self.first(range(1, 2000), 3):
            valid("SmallX", f"r {point[0]:x}", point)
            # Room for the order whatever it is.
            if point[0] + q < 2**c.bits:
                self.bad("OutOfRange", "r with the order added", e, c.write(point[0] + q, s))
        for point in self.first(range(q - 1, 0, -1), 2):
            valid("EdgeOfRange", f"r {point[0]:x}", point)
        (point,) = self.first(range(3000, 9000), 1)
        for small in (1, 2):
            valid("EdgeOfRange", f"s {small}", point, small)
            if small + q < 2**c.bits:
                self.bad("OutOfRange", "s with the order added", e, c.write(point[0], small + q))
        multiple = 1
        while multiple * q < p:
            points = self.first(range(multiple * q + 1, p), 2) + self.first(range(min((multiple + 1) * q, p) - 1, 0, -1), 1)
            for point in points:
                assert multiple * q < point[0] < p
                valid("LargeX", f"x(C) is r and {multiple} times the order", point)
                self.bad("LargeX", "x(C) itself, cut to the length", e, c.write(point[0], s))
            multiple += 1
        # r, once the order was added so often, is x(C) more than the prime, or than a power of two.
        for more in range(1, c.cofactor + 1):
            for comment, bound in [("the prime", p), ("2^n", 2**c.bits)]:
                for x in range(1, 4000):
                    r = x + bound - more * q
                    point = self.in_group(x) if 0 < r < q else None
                    if point:
                        v = pow(e, -1, q)
                        z1, z2 = s * v % q, -r * v % q
                        self.group(c.times(pow(z2, -1, q), c.add(point, c.negate(c.times(z1, c.g)))))
                        self.bad("LargeXForged", f"{more} times the order, past {comment}", e, c.write(r, s))
                        break

    def keys(self):
        c = self.curve
        p, w = c.p, c.write
        self.groups.append({"type": "GostKey", "tests": []})
        x, y = c.times(self.random(), c.g)

        def key(flag, comment, octets, valid=False, **other):
            self.test(flag, comment, valid, spki=c.key(octets, **other))

        key("Ordinary", "", w(x, y), True)
        key("SpecialKey", "the generator", w(*c.g), True)
        key("SpecialKey", "the generator's negative", w(*c.negate(c.g)), True)
        for point in self.first(range(1, 2000), 2):
            key("SmallX", "x is small", w(*point), True)
            key("NotReduced", "the prime is added to x", w(point[0] + p, point[1])) if point[0] + p < 2**c.bits else None
        key("NotReduced", "x is the prime", w(p, y))
        key("NotReduced", "y is the prime", w(x, p))
        key("NotReduced", "y is 2^n - 1", w(x, 2**c.bits - 1))
        root = c.lift(0)
        if root:
            in_group = c.times(c.q, root) is None
            key("SmallX" if in_group else "SmallOrder", "x is zero", w(*root), in_group)
            key("NotReduced", "x is the prime, which is zero", w(p, root[1]))
        for comment, a, b in [
            ("y plus 1", x, y + 1), ("x plus 1", x + 1, y), ("y with a bit turned", x, y ^ 2**64), ("y is zero", x, 0),
            ("x is zero, y one", 0, 1), ("both are one", 1, 1), ("both are the order", c.q, c.q),
        ]:
            assert not c.contains((a, b))
            key("NotOnCurve", comment, w(a, b))
        for other in CURVES:
            if other is not c and other.octets == c.octets:
                key("NotOnCurve", f"the generator of {other.name}", w(*other.g))
        # y² = x³ + a x + b with another b: what an invalid curve attack sends.
        for shift in (1, 2, 3):
            key("NotOnCurve", f"on a curve with another b ({shift})", w(x, (y + shift * 2**128) % p))
        found = 0
        for candidate in range(1, 100):
            right = (candidate**3 + c.a * candidate + c.b) % p
            root = pow(-right, (p + 1) // 4, p)
            if root * root % p == -right % p and found < 3:
                found += 1
                key("Twist", f"x {candidate}", w(candidate, root))
        if c.cofactor > 1:
            outside = next(point for point in map(c.lift, range(1, 99)) if point and c.times(c.q, point))
            torsion = c.times(c.q, outside)
            for point in [outside, torsion, c.add(torsion, torsion), c.add(torsion, (x, y)), c.add(c.g, torsion)]:
                if point:
                    assert c.contains(point) and c.times(c.q, point) is not None
                    key("SmallOrder", "outside the group", w(*point))
        key("Infinity", "zeros", bytes(2 * c.octets))
        key("Infinity", "empty", b"")
        key("Infinity", "one zero", b"\0")
        key("Infinity", "a one and zeros", w(1, 0))
        key("Infinity", "x is zero, y 2^n - 1", w(0, 2**c.bits - 1))
        key("ByteOrder", "y before x", w(y, x))
        key("ByteOrder", "backwards", w(x, y)[::-1])
        key("ByteOrder", "each from its most significant octet", w(x)[::-1] + w(y)[::-1])
        key("Length", "x alone", w(x))
        key("Length", "the last octet is missing", w(x, y)[:-1])
        key("Length", "a zero behind", w(x, y) + b"\0")
        key("Length", "a zero before", b"\0" + w(x, y))
        key("Encoding", "uncompressed point of X9.62", b"\4" + w(x)[::-1] + w(y)[::-1])
        key("Encoding", "uncompressed point of X9.62, national order", b"\4" + w(x, y))
        key("Encoding", "compressed point of X9.62", bytes([2 + y % 2]) + w(x)[::-1])
        key("Structure", "no OCTET STRING", b"", bits=w(x, y))
        key("Structure", "something after the OCTET STRING", b"", bits=der(4, w(x, y)) + b"\5\0")
        key("Structure", "INTEGER in place of OCTET STRING", b"", bits=der(2, w(x, y)))
        key("Structure", "an OCTET STRING in another", b"", bits=der(4, der(4, w(x, y))))
        key("Structure", "unused bits", w(x, y), unused=1)
        self.test("Structure", "cut", False, spki=c.key(w(x, y))[:-1])
        self.test("Structure", "an octet behind", False, spki=c.key(w(x, y)) + b"\0")
        curve, boxes = oid(c.curve_oid), oid(c.hash_oid)
        for comment, parameters in [
            ("no parameters", b""), ("parameters NULL", der(5)), ("no fields", der(0x30)), ("no hash", der(0x30, curve)),
            ("no curve", der(0x30, boxes)), ("hash before curve", der(0x30, boxes, curve)),
            ("a third field", der(0x30, curve, boxes, boxes)), ("the curve alone", curve),
            ("a SET", der(0x31, curve, boxes)), ("twice", der(0x30, curve, boxes) * 2),
        ]:
            key("OtherParameters", comment, w(x, y), parameters=parameters)
        russian = ["1.2.643.7.1.2.1.2.1", "1.2.643.7.1.2.1.1.1", "1.2.643.2.2.35.1", "1.2.643.7.1.2.1.2.2"]
        for curve_oid in russian + [other.curve_oid for other in CURVES if other is not c] + ["1.2.840.10045.3.1.7"]:
            key("OtherParameters", f"curve {curve_oid}", w(x, y), curve_oid=curve_oid)
        hashes = ["1.2.643.7.1.1.2.3", "1.2.643.7.1.1.2.2", "1.2.643.2.2.30.1", "2.16.840.1.101.3.4.2.1"]
        for hash_oid in hashes + [other.hash_oid for other in CURVES if other is not c]:
            key("OtherParameters", f"hash {hash_oid}", w(x, y), hash_oid=hash_oid)
        names = ["1.2.643.7.1.1.1.2", "1.2.643.7.1.1.1.1", "1.2.643.2.2.19", "1.2.840.10045.2.1"]
        for key_oid in names + [other.key_oid for other in CURVES if other is not c] + [f"{c.key_oid}.0"]:
            key("OtherParameters", f"key {key_oid}", w(x, y), key_oid=key_oid)

    def document(self):
        head = {
            "algorithm": self.curve.name,
            "schema": "README.md",
            "numberOfTests": self.count,
            "notes": {flag: NOTES[flag] for flag in sorted({test["flags"][0] for group in self.groups for test in group["tests"]})},
        }
        lines = json.dumps(head, indent=1)[:-2] + ',\n "testGroups": [\n'
        groups = []
        for group in self.groups:
            tests = ",\n".join("   " + json.dumps(test) for test in group.pop("tests"))
            groups.append("  " + json.dumps(group)[:-1] + ', "tests": [\n' + tests + "\n  ]}")
        return lines + ",\n".join(groups) + "\n ]\n}\n"


for curve in CURVES:
    writer = Writer(curve)
    writer.signatures()
    writer.keys()
    path = pathlib.Path(__file__).with_name(curve.file)
    path.write_text(writer.document())
    print(path.name, writer.count)
