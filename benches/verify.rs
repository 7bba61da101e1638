//! Verifying and signing beside the bare operations (criterion). `cargo bench` gives times;
//! `qoltanba bench` prints the ratios of the same work in one run.

use criterion::{Criterion, criterion_group, criterion_main};
use qoltanba::service::bench::workloads;

fn verify_and_sign(criterion: &mut Criterion) {
    let workloads = workloads(jiff::Timestamp::now()).expect("the work to measure");
    for workload in &workloads {
        let mut group = criterion.benchmark_group(&workload.name);
        group.bench_function("bare verify", |bencher| bencher.iter(&workload.bare_verify));
        group.bench_function("verify", |bencher| bencher.iter(&workload.verify));
        group.bench_function("bare sign", |bencher| bencher.iter(&workload.bare_sign));
        group.bench_function("sign", |bencher| bencher.iter(&workload.sign));
        group.finish();
    }
}

criterion_group!(benches, verify_and_sign);
criterion_main!(benches);
