//! GOST 34.311-95, the hash function that older signatures of the national authority are made with; the
//! same as GOST R 34.11-94 (RFC 5831) with the S-boxes that RFC 4357 calls id-GostR3411-94-TestParamSet.
//!
//! Archives are full of it and the crate `gost94`, which the tests compare with, takes the cipher nibble
//! by nibble and the mixing octet by octet. Here a block is four words of 64 bits: two S-boxes and the
//! rotation are one table of 256 entries, the four encryptions of a step go side by side, since none waits
//! for another, and the shift register that mixes moves by four of its words at a time. That is about nine
//! times as fast.
//!
//! It looks things up by what it hashes, so its time tells of that to whoever shares the cache: it is for
//! documents and certificates, which are no secrets, and nothing here hashes secrets with it. With the S-boxes
//! of CryptoPro, which Kazakhstan does not use, it is the GOST R 34.11-94 of Russian signatures. It is also no
//! longer a strong function: whether a signature with it counts, the policy says.

/// Four words, the lowest first, as the standard numbers them.
type Words = [u64; 4];

/// Octets in a block.
const BLOCK: usize = 32;

/// Eight substitutions of four bits. The first replaces the lowest.
type Boxes = [[u8; 16]; 8];

/// What each octet of a word becomes by its two S-boxes and the rotation by eleven, in its place.
type Substituted = [[u32; 256]; 4];

/// RFC 5831, 7.1 and RFC 4357, 11.2.
const S_BOXES: Boxes = [
    [4, 10, 9, 2, 13, 8, 0, 14, 6, 11, 1, 12, 7, 15, 5, 3],
    [14, 11, 4, 12, 6, 13, 15, 10, 2, 3, 8, 1, 0, 7, 5, 9],
    [5, 8, 1, 13, 10, 3, 4, 2, 14, 15, 12, 7, 6, 0, 9, 11],
    [7, 13, 10, 1, 0, 8, 9, 15, 14, 4, 6, 12, 11, 2, 5, 3],
    [6, 12, 7, 1, 5, 15, 13, 8, 4, 10, 9, 14, 0, 3, 11, 2],
    [4, 11, 10, 0, 7, 2, 1, 13, 3, 6, 8, 5, 9, 12, 15, 14],
    [13, 11, 4, 1, 3, 15, 5, 9, 0, 10, 14, 7, 6, 8, 2, 12],
    [1, 15, 13, 0, 5, 7, 10, 4, 9, 2, 3, 14, 6, 11, 8, 12],
];

/// RFC 4357, 11.2, id-GostR3411-94-CryptoProParamSet.
const S_BOXES_OF_CRYPTOPRO: Boxes = [
    [10, 4, 5, 6, 8, 1, 3, 7, 13, 12, 14, 0, 9, 2, 11, 15],
    [5, 15, 4, 0, 2, 13, 11, 9, 1, 7, 6, 3, 12, 14, 10, 8],
    [7, 15, 12, 14, 9, 4, 1, 0, 3, 11, 5, 2, 6, 10, 8, 13],
    [4, 10, 7, 12, 0, 15, 2, 8, 14, 1, 6, 5, 13, 11, 9, 3],
    [7, 6, 4, 11, 9, 12, 2, 10, 1, 8, 0, 14, 15, 13, 3, 5],
    [7, 6, 2, 4, 13, 9, 15, 0, 10, 1, 5, 11, 8, 14, 12, 3],
    [13, 14, 4, 1, 7, 0, 5, 10, 3, 12, 8, 15, 6, 2, 9, 11],
    [1, 3, 10, 9, 5, 11, 4, 15, 8, 6, 7, 14, 13, 0, 2, 12],
];

static SUBSTITUTED: Substituted = substituted(&S_BOXES);
static SUBSTITUTED_BY_CRYPTOPRO: Substituted = substituted(&S_BOXES_OF_CRYPTOPRO);

const fn substituted(boxes: &Boxes) -> Substituted {
    let mut tables = [[0; 256]; 4];
    let mut place = 0;
    while place < 4 {
        let mut octet = 0;
        while octet < 256 {
            let (low, high) = (boxes[2 * place][octet & 15], boxes[2 * place + 1][octet >> 4]);
            tables[place][octet] = ((low | high << 4) as u32).rotate_left(8 * place as u32 + 11);
            octet += 1;
        }
        place += 1;
    }
    tables
}

/// The constant of the third key (RFC 5831, 5.1); those of the second and the fourth are zero.
const THIRD: Words =
    [0xff00_ff00_ff00_ff00, 0x00ff_00ff_00ff_00ff, 0xff00_00ff_00ff_ff00, 0xff00_ffff_0000_00ff];

/// A hash in the making.
#[derive(Clone)]
pub(super) struct Gost34311 {
    state: Words,
    /// Of all blocks, modulo 2^256.
    sum: Words,
    octets: u64,
    boxes: &'static Substituted,
    /// What does not fill a block yet: the first `octets % 32`.
    pending: [u8; BLOCK],
}

impl Gost34311 {
    /// Of nothing yet. The state begins with zeros, as in all national certificates and signatures.
    pub(super) fn new() -> Self {
        Self { state: [0; 4], sum: [0; 4], octets: 0, boxes: &SUBSTITUTED, pending: [0; BLOCK] }
    }

    /// GOST R 34.11-94 as Russian signatures have it.
    pub(super) fn with_boxes_of_cryptopro() -> Self {
        Self { boxes: &SUBSTITUTED_BY_CRYPTOPRO, ..Self::new() }
    }

    /// Takes more octets.
    pub(super) fn update(&mut self, mut octets: &[u8]) {
        let held = self.held();
        self.octets = self.octets.wrapping_add(octets.len() as u64);
        if held > 0 {
            let free = self.pending.iter_mut().skip(held);
            free.zip(octets).for_each(|(to, from)| *to = *from);
            let Some((_, rest)) = octets.split_at_checked(BLOCK - held) else { return };
            octets = rest;
            self.take(words(&self.pending));
        }
        let (blocks, rest) = octets.as_chunks();
        for block in blocks {
            self.take(words(block));
        }
        self.pending.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    }

    /// The value, in the order of octets in which certificates, CMS and XML have it.
    pub(super) fn finalize(mut self) -> [u8; 32] {
        let held = self.held();
        if held > 0 {
            self.pending.iter_mut().skip(held).for_each(|octet| *octet = 0);
            self.take(words(&self.pending));
        }
        let bits = [self.octets << 3, self.octets >> 61, 0, 0];
        let state = step(self.boxes, step(self.boxes, self.state, bits), self.sum);
        let mut value = [0; 32];
        for (to, from) in value.as_chunks_mut().0.iter_mut().zip(state) {
            *to = from.to_le_bytes();
        }
        value
    }

    fn held(&self) -> usize {
        (self.octets % BLOCK as u64) as usize
    }

    fn take(&mut self, block: Words) {
        self.state = step(self.boxes, self.state, block);
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(block) {
            (*sum, carry) = sum.carrying_add(word, carry);
        }
    }
}

fn words(block: &[u8; BLOCK]) -> Words {
    let (words, _) = block.as_chunks();
    std::array::from_fn(|index| u64::from_le_bytes(words[index]))
}

/// The step function (RFC 5831, 5).
fn step(boxes: &Substituted, state: Words, block: Words) -> Words {
    mix(state, block, encrypt(boxes, state, keys(state, block)))
}

/// The keys of the four encryptions (RFC 5831, 5.1), by their words: the first word of each, then the second.
fn keys(state: Words, block: Words) -> [[u32; 4]; 8] {
    let mut keys = [[0; 8]; 4];
    let (mut u, mut v) = (state, block);
    for (index, key) in keys.iter_mut().enumerate() {
        if index > 0 {
            (u, v) = (shifted(u), shifted(shifted(v)));
        }
        if index == 2 {
            u = xor(u, THIRD);
        }
        *key = transposed(xor(u, v));
    }
    std::array::from_fn(|word| keys.map(|key| key[word]))
}

/// The transformation A.
fn shifted([a, b, c, d]: Words) -> Words {
    [b, c, d, a ^ b]
}

/// The transformation P: the four words are the rows of a table of octets, and its columns are the words of
/// the key. First octets are exchanged between neighbouring rows, then pairs of octets between every second.
fn transposed([mut a, mut b, mut c, mut d]: Words) -> [u32; 8] {
    exchange(&mut a, &mut b, 8, 0x00ff_00ff_00ff_00ff);
    exchange(&mut c, &mut d, 8, 0x00ff_00ff_00ff_00ff);
    exchange(&mut a, &mut c, 16, 0x0000_ffff_0000_ffff);
    exchange(&mut b, &mut d, 16, 0x0000_ffff_0000_ffff);
    let rows = [a, b, c, d];
    std::array::from_fn(|word| (rows[word % 4] >> (word / 4 * 32)) as u32)
}

/// Exchanges the bits of `lower` under the mask with those of `upper` that are so many places higher.
fn exchange(upper: &mut u64, lower: &mut u64, places: u32, mask: u64) {
    let differing = (*upper >> places ^ *lower) & mask;
    *lower ^= differing;
    *upper ^= differing << places;
}

/// GOST 28147-89 of each word of the state with its own key (RFC 5831, 5.2).
fn encrypt(boxes: &Substituted, state: Words, keys: [[u32; 4]; 8]) -> Words {
    let mut low = state.map(|word| word as u32);
    let mut high = state.map(|word| (word >> 32) as u32);
    for _ in 0..3 {
        for (even, odd) in [(0, 1), (2, 3), (4, 5), (6, 7)] {
            round(boxes, &mut high, &low, &keys[even]);
            round(boxes, &mut low, &high, &keys[odd]);
        }
    }
    for (odd, even) in [(7, 6), (5, 4), (3, 2), (1, 0)] {
        round(boxes, &mut high, &low, &keys[odd]);
        round(boxes, &mut low, &high, &keys[even]);
    }
    // The last round does not exchange the halves, and here none did.
    std::array::from_fn(|index| u64::from(low[index]) << 32 | u64::from(high[index]))
}

fn round(boxes: &Substituted, changed: &mut [u32; 4], other: &[u32; 4], keys: &[u32; 4]) {
    let [first, second, third, fourth] = boxes;
    for index in 0..4 {
        let [a, b, c, d] = other[index].wrapping_add(keys[index]).to_le_bytes();
        changed[index] ^= (first[usize::from(a)] ^ second[usize::from(b)])
            ^ (third[usize::from(c)] ^ fourth[usize::from(d)]);
    }
}

/// The mixing transformation (RFC 5831, 5.3): psi 12 times, the block, psi, the state, psi 61 times.
fn mix(state: Words, block: Words, mut encrypted: Words) -> Words {
    for _ in 0..3 {
        encrypted = psi_4(encrypted);
    }
    let mut mixed = psi(xor(state, psi(xor(block, encrypted))));
    for _ in 0..15 {
        mixed = psi_4(mixed);
    }
    mixed
}

/// One move of the shift register of sixteen words of 16 bits: the new one is the sum of those with the
/// numbers 1, 2, 3, 4, 13 and 16.
fn psi([a, b, c, d]: Words) -> Words {
    let new = a ^ a >> 16 ^ a >> 32 ^ a >> 48 ^ d ^ d >> 48;
    [a >> 16 | b << 48, b >> 16 | c << 48, c >> 16 | d << 48, d >> 16 | new << 48]
}

/// Four moves. Of the sums all but the last member, the word made just before, is at hand at once; that one is
/// added on from each new word to the next.
fn psi_4([a, b, c, d]: Words) -> Words {
    let from = |word: u32| a >> (16 * word) | b << (64 - 16 * word);
    let mut new = a ^ from(1) ^ from(2) ^ from(3) ^ d ^ d >> 48;
    new ^= new << 16;
    new ^= new << 32;
    [b, c, d, new]
}

fn xor(one: Words, other: Words) -> Words {
    std::array::from_fn(|index| one[index] ^ other[index])
}

#[cfg(test)]
mod tests {
    use gost94::{Digest as _, Gost94CryptoPro, Gost94Test};

    use super::*;

    fn hash(octets: &[u8]) -> [u8; 32] {
        let mut state = Gost34311::new();
        state.update(octets);
        state.finalize()
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// Octets without a pattern, the same in each run.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    /// RFC 5831, 7.3 has the two with a length; the others are published with most implementations.
    #[test]
    fn known_values() {
        for (octets, value) in [
            ("", "ce85b99cc46752fffee35cab9a7b0278abb4c2d2055cff685af4912c49490f8d"),
            ("a", "d42c539e367c66e9c88a801f6649349c21871b4344c6a573f849fdce62f314dd"),
            ("abc", "f3134348c44fb1b2a277729e2285ebb5cb5e0f29c975bc753b70497c06a4d51d"),
            ("message digest", "ad4434ecb18f2c99b60cbe59ec3d2469582b65273f48de72db2fde16a4889a4d"),
            (
                "The quick brown fox jumps over the lazy dog",
                "77b7fa410c9ac58a25f49bca7d0468c9296529315eaca76bd1a10f376d1f4294",
            ),
            (
                "This is message, length=32 bytes",
                "b1c466d37519b82e8319819ff32595e047a28cb6f83eff1c6916a815a637fffa",
            ),
            (
                "Suppose the original message has length = 50 bytes",
                "471aba57a60a770d3a76130635c1fbea4ef14de51f78b4ae57dd893b62f55208",
            ),
        ] {
            assert_eq!(hex(&hash(octets.as_bytes())), value, "{octets:?}");
        }
        let many = hex(&hash(&[b'U'; 128]));
        assert_eq!(many, "53a3a3ed25180cef0c1d85a074273e551c25660a87062a52d926a9e8fe5733a4");
        let million = hex(&hash(&vec![b'a'; 1_000_000]));
        assert_eq!(million, "5c00ccc2734cdd3332d3d4749576e3c1a7dbaf0e7ea74e9fa602413c90a129fa");
    }

    #[test]
    fn is_what_the_crate_computes() {
        let octets = noise(140_000);
        let lengths = (0..=300).chain((1..40).map(|n| n * n * 43));
        for length in lengths {
            let octets = &octets[length..2 * length];
            assert_eq!(hash(octets), <[u8; 32]>::from(Gost94Test::digest(octets)), "{length}");
            let mut russian = Gost34311::with_boxes_of_cryptopro();
            russian.update(octets);
            assert_eq!(russian.finalize(), <[u8; 32]>::from(Gost94CryptoPro::digest(octets)), "{length}");
        }
    }

    /// The sum of the blocks carries from each word to the next, and beyond the last is lost.
    #[test]
    fn sums_that_overflow_are_what_the_crate_computes() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            for length in [32, 64, 96, 1_000, 1_000_000] {
                let octets = vec![value; length];
                assert_eq!(hash(&octets), <[u8; 32]>::from(Gost94Test::digest(&octets)), "{value} {length}");
            }
        }
        let mut octets = [0xff; 64];
        octets[32..].fill(0);
        octets[32] = 1;
        assert_eq!(hash(&octets), <[u8; 32]>::from(Gost94Test::digest(octets)));
    }

    #[test]
    fn parts_make_no_difference() {
        let octets = noise(131);
        for length in [0, 1, 31, 32, 33, 64, 65, 131] {
            let octets = &octets[..length];
            let whole = hash(octets);
            for first in 0..=length {
                for second in [first, (first + 1).min(length), (first + 32).min(length), length] {
                    let mut state = Gost34311::new();
                    state.update(&octets[..first]);
                    state.update(&octets[first..second]);
                    let mut copy = state.clone();
                    copy.update(b"of which the other knows nothing");
                    state.update(&[]);
                    state.update(&octets[second..]);
                    assert_eq!(state.finalize(), whole, "{length} {first} {second}");
                }
            }
            let mut state = Gost34311::new();
            octets.iter().for_each(|octet| state.update(&[*octet]));
            assert_eq!(state.finalize(), whole);
        }
    }

    /// The last block is filled up with zeros, so only the length tells these apart.
    #[test]
    fn zeros_at_the_end_count() {
        let values: std::collections::BTreeSet<_> = (0..=64).map(|length| hash(&vec![0; length])).collect();
        assert_eq!(values.len(), 65);
    }
}
