//! Multiples of the keys met lately. A certification authority's key comes with every certificate, a
//! service's with every document; once two signatures of a key were verified its multiples are at hand, and
//! a verification takes a third of the time. Bounded: the key that was not met for longest makes room. It is
//! a pure cache, of public things.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    curve::{Affine, Curve},
    multiply::{AGAIN, Multiples},
};

/// Keys kept. With multiples one takes 16 KiB on the larger curve and 4 on the others.
const KEYS: usize = 128;

pub(super) struct Recent<const N: usize>(Mutex<State<N>>);

struct State<const N: usize> {
    /// How many times anything was asked.
    clock: u64,
    entries: Vec<Entry<N>>,
}

struct Entry<const N: usize> {
    point: Affine<N>,
    met: u64,
    multiples: Option<Arc<Multiples<N>>>,
}

impl<const N: usize> Recent<N> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State { clock: 0, entries: Vec::new() }))
    }

    /// The point's multiples, if they are kept. It has its least coordinates.
    pub(super) fn multiples(&self, point: &Affine<N>) -> Option<Arc<Multiples<N>>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.clock += 1;
        let now = state.clock;
        let entry = state.entries.iter_mut().find(|entry| same(&entry.point, point))?;
        entry.met = now;
        entry.multiples.clone()
    }

    /// Takes note of a key that a signature was verified with: only such count, so that nobody fills the
    /// place with keys of their own making. At the second its multiples are computed.
    pub(super) fn note(&self, curve: &Curve<N>, point: &Affine<N>) {
        if self.is_new(point) {
            return;
        }
        // Computed without the lock: at worst two threads do it at once.
        let multiples = Arc::new(Multiples::for_limbs(curve, point, AGAIN));
        self.keep(point, &multiples);
    }

    fn is_new(&self, point: &Affine<N>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Entry { point: *point, met: state.clock, multiples: None };
        let mut oldest: Option<&mut Entry<N>> = None;
        let is_full = state.entries.len() >= KEYS;
        for entry in &mut state.entries {
            if same(&entry.point, point) {
                return false;
            }
            if oldest.as_ref().is_none_or(|oldest| entry.met < oldest.met) {
                oldest = Some(entry);
            }
        }
        match oldest {
            Some(oldest) if is_full => *oldest = new,
            _ => state.entries.push(new),
        }
        true
    }

    fn keep(&self, point: &Affine<N>, multiples: &Arc<Multiples<N>>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = state.entries.iter_mut().find(|entry| same(&entry.point, point)) {
            entry.multiples = Some(Arc::clone(multiples));
        }
    }
}

fn same<const N: usize>(a: &Affine<N>, b: &Affine<N>) -> bool {
    // Most differ in the first limb already.
    a.x.0[0] == b.x.0[0] && a.x.0 == b.x.0 && a.y.0 == b.y.0
}
