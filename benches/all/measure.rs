//! Contestants in turns.

use qoltanba::service::bench::processor_seconds;

/// Whether to be quick.
pub(crate) fn is_quick() -> bool {
    std::env::var_os("QUICK").is_some_and(|value| value != "0" && !value.is_empty())
}

/// Given about how many seconds to use, returns seconds of processor time for one operation.
pub(crate) type Contestant<'a> = Box<dyn FnMut(f64) -> f64 + 'a>;

/// An operation of this process.
pub(crate) fn here<'a>(mut operation: impl FnMut() + 'a) -> Contestant<'a> {
    Box::new(move |seconds| {
        let start = processor_seconds();
        let (mut count, mut step) = (0_u32, 1);
        loop {
            for _ in 0..step {
                operation();
            }
            count += step;
            let used = processor_seconds() - start;
            if used >= seconds {
                return used / f64::from(count);
            }
            step = (step * 2).min(32);
        }
    })
}

/// The median seconds of each contestant, `seconds` in all for each.
pub(crate) fn race(seconds: f64, contestants: &mut [(String, Contestant<'_>)]) -> Vec<f64> {
    const ROUNDS: u32 = 5;
    let seconds = if is_quick() { seconds / 10.0 } else { seconds };
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, contestant), times) in contestants.iter_mut().zip(&mut times) {
            times.push(contestant(seconds / f64::from(ROUNDS)));
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
        .collect()
}
