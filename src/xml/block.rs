//! Sixteen octets looked at in one go. Names, values and the space between tags are short, and a loop
//! over their octets costs a processor more by its unforeseen end than by its work; here the end is found
//! without a loop, on any processor (`wide` has the vector instructions, or plain code where there are
//! none).
//!
//! A look gives a set of octets as bits, the first octet lowest. Behind the end of the input stand zeros,
//! which no document has.

use wide::u8x16;

/// How many octets a block has.
pub(super) const WIDTH: usize = 16;

/// The first octets of something, and zeros, as two numbers.
pub(super) type First = [u64; 2];

/// Octets of the input from some index on.
#[derive(Clone, Copy)]
pub(super) struct Block(u8x16);

/// Octets of a block. The index of the first is [`Marks::first`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(u32);

impl Marks {
    /// The index of the first, at least [`WIDTH`] when there is none.
    #[inline(always)]
    pub(super) fn first(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// Those before an index of at most [`WIDTH`].
    #[inline(always)]
    pub(super) fn before(self, index: usize) -> Self {
        Self(self.0 & ((1 << index) - 1))
    }

    #[inline(always)]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the octet with an index below [`WIDTH`] is one of them.
    #[inline(always)]
    pub(super) fn has(self, index: usize) -> bool {
        self.0 >> index & 1 != 0
    }

    /// All but the first.
    #[inline(always)]
    pub(super) fn after_first(self) -> Self {
        Self(self.0 & self.0.wrapping_sub(1))
    }
}

impl Block {
    /// From `octets[at]` on.
    #[inline(always)]
    pub(super) fn at(octets: &[u8], at: usize) -> Self {
        match octets.get(at..).and_then(<[u8]>::first_chunk) {
            Some(whole) => Self::of(whole),
            None => Self::at_end(octets, at),
        }
    }

    #[cold]
    fn at_end(octets: &[u8], at: usize) -> Self {
        Self::of(&short(octets.get(at..).unwrap_or_default()))
    }

    /// Of so many octets.
    #[inline(always)]
    pub(super) fn of(octets: &[u8; WIDTH]) -> Self {
        Self(u8x16::new(*octets))
    }

    #[inline(always)]
    fn equal(self, octet: u8) -> u8x16 {
        self.0.simd_eq(u8x16::splat(octet))
    }

    /// Octets of `first..=first + more`.
    #[inline(always)]
    fn among(from: u8x16, first: u8, more: u8) -> u8x16 {
        let shifted = from - u8x16::splat(first);
        shifted.min(u8x16::splat(more)).simd_eq(shifted)
    }

    #[inline(always)]
    fn marks(set: u8x16) -> Marks {
        Marks(set.to_bitmask())
    }

    /// The length of the qualified name of ASCII that the block begins with and that ends in it, and where its
    /// local part begins. What ends it may be a character of a longer name that is not ASCII.
    #[inline(always)]
    pub(super) fn qualified_name(self) -> Option<(usize, usize)> {
        let letters = Self::among(self.0 | u8x16::splat(0x20), b'a', 25) | self.equal(b'_');
        // `-`, `.`, `/`, the digits and `:` lie in a row.
        let others = Self::among(self.0, b'-', b':' - b'-') & !self.equal(b'/');
        let length = Self::marks(!(letters | others)).first();
        if length >= WIDTH {
            return None;
        }
        let starts = Self::marks(letters);
        let colons = Self::marks(self.equal(b':')).before(length);
        if !starts.has(0) {
            return None;
        }
        if colons.is_empty() {
            return Some((length, 0));
        }
        let local = colons.first() + 1;
        (starts.has(local) && colons.after_first().is_empty()).then_some((length, local))
    }

    /// What ends text or is written otherwise by Canonical XML: `<`, `&`, `>`, carriage return.
    #[inline(always)]
    pub(super) fn text_ends(self) -> Marks {
        // `<` and `>` differ in one bit.
        let angle = (self.0 | u8x16::splat(2)).simd_eq(u8x16::splat(b'>'));
        Self::marks(angle | self.equal(b'&') | self.equal(b'\r'))
    }

    /// What ends or spoils an attribute value: quotes, `<`, `&`, tab, line ends.
    #[inline(always)]
    pub(super) fn value_ends(self) -> Marks {
        // `&` and `'` differ in one bit. No control character but these three is in a document.
        let quotes = (self.0 | u8x16::splat(1)).simd_eq(u8x16::splat(b'\'')) | self.equal(b'"');
        Self::marks(quotes | self.equal(b'<') | Self::among(self.0, 0, 0x1F))
    }

    /// What a document may not have, or only in places: control characters but tab and line feed, and the
    /// octet that U+FFFE and U+FFFF begin with in UTF-8. Zeros behind the end are among them.
    #[inline(always)]
    fn unusual(self) -> Marks {
        let control = Self::among(self.0, 0, 0x1F);
        let usual = self.equal(b'\n') | self.equal(b'\t');
        Self::marks((control & !usual) | self.equal(0xEF))
    }

    /// The first `length` octets, and zeros.
    #[inline(always)]
    pub(super) fn first(self, length: usize) -> First {
        static MASKS: [First; WIDTH + 1] = {
            let mut masks = [[0; 2]; WIDTH + 1];
            let mut at = 1;
            while at <= WIDTH {
                let low = if at < 8 { at } else { 8 };
                masks[at] = [u64::MAX >> (64 - 8 * low), if at > 8 { u64::MAX >> (128 - 8 * at) } else { 0 }];
                at += 1;
            }
            masks
        };
        let octets = self.0.to_array();
        let (halves, _) = octets.as_chunks();
        let [low, high] =
            [0, 1].map(|half| u64::from_le_bytes(halves.get(half).copied().unwrap_or_default()));
        let [low_mask, high_mask] = MASKS.get(length).copied().unwrap_or([u64::MAX; 2]);
        [low & low_mask, high & high_mask]
    }
}

fn short(rest: &[u8]) -> [u8; WIDTH] {
    let mut octets = [0; WIDTH];
    octets.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    octets
}

/// The index, from `at` on, of the first octet that is marked.
#[inline(always)]
pub(super) fn find(octets: &[u8], mut at: usize, marks: impl Fn(Block) -> Marks) -> Option<usize> {
    let (whole, rest) = octets.get(at..)?.as_chunks();
    for chunk in whole {
        let first = marks(Block(u8x16::new(*chunk))).first();
        if first < WIDTH {
            return Some(at + first);
        }
        at += WIDTH;
    }
    // A zero behind the end may be marked.
    let first = marks(Block(u8x16::new(short(rest)))).first();
    (first < rest.len()).then_some(at + first)
}

/// The index, from `at` on, of the first octet that is unusual ([`Block::unusual`]), for which few are:
/// four blocks at a time.
pub(super) fn find_unusual(octets: &[u8], mut at: usize) -> Option<usize> {
    let (fours, _) = octets.get(at..)?.as_chunks::<{ 4 * WIDTH }>();
    for four in fours {
        let (blocks, _) = four.as_chunks();
        // Moved so far, 0xEF and the control characters are the least octets, but for the line feed, which is
        // let pass, and the first octets of characters beyond U+FFFF, which are seldom.
        const BY: u8 = 0x11;
        let mut least = u8x16::splat(0xFF);
        for block in blocks {
            let octets = u8x16::new(*block);
            let line_feeds = octets.simd_eq(u8x16::splat(b'\n'));
            least = least.min((octets + u8x16::splat(BY)).saturating_add(line_feeds));
        }
        if least.min(u8x16::splat(0x1F + BY)).simd_eq(least) != u8x16::ZERO
            && let found @ Some(_) = find(four, 0, Block::unusual)
        {
            return found.map(|found| at + found);
        }
        at += four.len();
    }
    find(octets, at, Block::unusual)
}
