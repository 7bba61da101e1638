//! Room that a thread which reads documents keeps for the next one. A small document takes some eighty pieces of
//! memory of many sizes, all of them free again at its end. Allocators give a page back when no piece of it is in use,
//! and take one anew for the next document, which costs as much as all of the pieces. So one piece of each size is held.

/// Larger pieces are not held: 8 KiB.
const LARGEST: usize = 8 << 10;

thread_local! {
    static HELD: Vec<Vec<u8>> = sizes().map(Vec::with_capacity).collect();
}

/// Sizes in octets, four between a power of two and the next, as allocators have them.
fn sizes() -> impl Iterator<Item = usize> {
    let words = (8..64).step_by(8);
    let powers =
        std::iter::successors(Some(64), |power| Some(power * 2)).take_while(|power| *power < LARGEST);
    words.chain(powers.flat_map(|power| (4..8).map(move |quarter| power / 4 * quarter))).chain([LARGEST])
}

/// Sees that this thread holds a piece of each size.
pub(super) fn hold() {
    HELD.with(|held| {
        std::hint::black_box(held.len());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_ascend_in_quarters_of_powers_of_two() {
        let sizes: Vec<usize> = sizes().collect();
        assert!(sizes.is_sorted() && sizes.len() == 36, "{sizes:?}");
        assert_eq!(sizes.get(..12), Some(&[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128][..]));
        assert_eq!(sizes.last(), Some(&LARGEST));
    }
}
