//! Whether what is done with secrets executes the same instructions and touches the same addresses,
//! whatever the secrets are: that no key can be told from how long a signature takes, nor from what it
//! leaves in the caches.
//!
//! The test runs itself twice under `valgrind --tool=lackey --trace-mem=yes`, which tells each instruction
//! and each address read or written, without any randomisation of addresses. The two runs differ in keys,
//! digests and random octets only, which both are given in an environment variable of the same length.
//! What the runs tell while a key is made and while it signs is compared line by line. Two controls, an
//! operation that branches on a secret and one that takes it for an address, must be told apart. The tables
//! of the generators, whose making would be most of what is told, are given to the runs as a file.
//!
//! What this cannot show: instructions whose own time depends on their operands. On the processors in
//! question multiplication is none of these, and nothing divides.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read, Write as _},
    process::{Child, ChildStderr, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use super::*;

/// What the traced program works on: for each piece of work a secret, a digest and random octets, in
/// hexadecimal digits.
const INPUTS: &str = "QOLTANBA_TRACED";
const THIS: &str = "crypto::gost::tests::constant_time::secrets_change_neither_instructions_nor_addresses";
/// Begins a line of the traced program among those of valgrind; the name of a section or nothing follows.
const MARK: &str = "traced: ";
/// Sections that must be told apart.
const CONTROL: &str = "control";
const END: &str = "end";
/// Pieces of work for each group.
const PIECES: usize = 2;

/// Inputs of the first run and of the second for the same pieces of work.
fn pairs<const N: usize>(group: &Group<N>) -> [[String; 2]; PIECES] {
    let order = &group.curve.order;
    let one = order.exact(Element::ONE.0).expect("one");
    let two = order.add(&one, &one);
    let mut numbers = Numbers(11);
    let mut any = || order.reduce(&numbers.limbs());
    let [a, b, c, d] = std::array::from_fn(|_| any());
    let write = |secret: &Scalar<N>, digest: &[u64; N], random: u8| -> String {
        let octets = to_octets(secret.limbs()).chain(to_octets(digest)).chain([random; 32]);
        octets.map(|octet| format!("{octet:02x}")).collect()
    };
    // The smallest secret and digest and about the largest (the largest is the smallest negated, and those
    // two have one product); then any. The nonces are different in each.
    [
        [write(&one, &Element::ONE.0, 1), write(&order.negate(&two), &[u64::MAX; N], 2)],
        [write(&a, b.limbs(), 3), write(&c, d.limbs(), 4)],
    ]
}

#[test]
fn secrets_change_neither_instructions_nor_addresses() {
    if let Ok(inputs) = std::env::var(INPUTS) {
        return traced(&inputs);
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        let required = std::env::var("QOLTANBA_TOOLS").as_deref() == Ok("required");
        assert!(!required, "the test needs valgrind, which is not installed");
        // Directly, as the output of a test that passes is swallowed.
        let _ = writeln!(io::stderr(), "SKIPPED: constant time: valgrind is not installed");
        return;
    }
    let all = [pairs(&GROUP_2015_512), pairs(&GROUP_2015_256), pairs(&GROUP_2004)];
    let inputs =
        |run: usize| all.iter().flatten().map(|pair| pair[run].clone()).collect::<Vec<_>>().join(" ");
    let mut tables = tempfile::NamedTempFile::new().expect("a file");
    tables.write_all(&table(&GROUP_2015_512)).expect("written");
    tables.write_all(&table(&GROUP_2015_256)).expect("written");
    tables.write_all(&table(&GROUP_2004)).expect("written");
    let start = |run| Trace::start(&inputs(run), tables.reopen().expect("the tables"));
    let (mut first, mut second) = (start(0), start(1));
    let (mut compared, mut controls) = (0, 0);
    loop {
        let name = first.section();
        assert_eq!(second.section(), name);
        if name == END {
            break;
        }
        let (lines, difference) = compare(&mut first, &mut second);
        if name == CONTROL {
            assert!(difference.is_some(), "a control with {lines} lines does not differ");
            controls += 1;
            continue;
        }
        if let Some(difference) = difference {
            panic!("{name}: after {lines} lines {difference}");
        }
        let least = if name == "reading" { 1000 } else { 10_000 };
        assert!(lines > least, "{name}: only {lines} lines");
        compared += 1;
    }
    assert_eq!((compared, controls), (3 * PIECES * 3, 2));
}

/// Compares two sections; how many lines are the same, and what is not.
fn compare(first: &mut Trace, second: &mut Trace) -> (u64, Option<String>) {
    let mut same = 0;
    loop {
        first.advance();
        second.advance();
        if first.line != second.line {
            let difference = format!("one run has {} and the other {}", first.place(), second.place());
            first.leave();
            second.leave();
            return (same, Some(difference));
        }
        if first.is_mark() {
            return (same, None);
        }
        same += 1;
    }
}

/// What a run tells, line by line.
struct Trace {
    run: Child,
    lines: BufReader<Unhurried>,
    line: Vec<u8>,
    /// The last line that was an instruction.
    instruction: Vec<u8>,
}

impl Trace {
    fn start(inputs: &str, tables: File) -> Self {
        let mut run = Command::new("valgrind")
            .args(["--tool=lackey", "--trace-mem=yes"])
            .arg(std::env::current_exe().expect("this program"))
            .args(["--exact", THIS, "--test-threads=1"])
            .env(INPUTS, inputs)
            .stdin(tables)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("valgrind runs");
        let lines = BufReader::with_capacity(1 << 16, Unhurried(run.stderr.take().expect("its output")));
        Self { run, lines, line: Vec::new(), instruction: Vec::new() }
    }

    fn advance(&mut self) {
        if self.line.starts_with(b"I") {
            std::mem::swap(&mut self.line, &mut self.instruction);
        }
        self.line.clear();
        let count = self.lines.read_until(b'\n', &mut self.line).expect("a line");
        assert!(count > 0, "the traced program ended early");
    }

    fn is_mark(&self) -> bool {
        self.line.starts_with(MARK.as_bytes())
    }

    /// Goes on to the next mark and gives the name.
    fn section(&mut self) -> String {
        self.advance();
        while !self.is_mark() {
            self.advance();
        }
        String::from_utf8_lossy(&self.line).trim_start_matches(MARK).trim().to_owned()
    }

    /// Goes on to the end of the section.
    fn leave(&mut self) {
        if !self.is_mark() {
            self.section();
        }
    }

    /// Where the run is. Valgrind loads a program at 0x108000; `addr2line` knows the rest.
    fn place(&self) -> String {
        let [line, after] = [&self.line, &self.instruction].map(|line| String::from_utf8_lossy(line));
        format!("`{}` after `{}`", line.trim(), after.trim())
    }
}

/// Lets lines gather: valgrind writes one at a time, and to wake a reader for each takes several times as
/// long as the rest.
struct Unhurried(ChildStderr);

impl Read for Unhurried {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        sleep(Duration::from_millis(1));
        self.0.read(buffer)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

/// Tells the name of what begins. In one piece, so that it stands on a line of its own.
fn mark(name: &str) {
    io::stderr().write_all(format!("{MARK}{name}\n").as_bytes()).expect("written");
}

/// What the test is when it is the one that is traced. Between two marks nothing else happens.
fn traced(inputs: &str) {
    // Lets the thread that started this one come to rest: it would be traced too.
    sleep(Duration::from_millis(300));
    let mut tables = io::stdin().lock();
    let mut inputs = inputs.split(' ');
    trace(&GROUP_2015_512, &mut tables, &mut inputs);
    trace(&GROUP_2015_256, &mut tables, &mut inputs);
    let secret = trace(&GROUP_2004, &mut tables, &mut inputs);

    let curve = &GROUP_2004.curve;
    section(CONTROL, || curve.multiply(secret.limbs(), &curve.generator));
    let table = [0u8; 4096];
    section(CONTROL, || {
        let [low, ..] = secret.limbs();
        std::hint::black_box(&table)[*low as usize % 4096]
    });
    mark(END);
}

fn section<T>(name: &str, work: impl FnOnce() -> T) {
    mark(name);
    let outcome = std::hint::black_box(work());
    mark("");
    drop(outcome);
}

/// The table of the generator: how many octets it has, and these.
fn table<const N: usize>(group: &Group<N>) -> Vec<u8> {
    let rows = group.rows.get_or_init(|| Rows::of_generator(&group.curve));
    let points = rows.0.iter().flatten();
    let octets: Vec<u8> =
        points.flat_map(|point| to_octets(&point.x.0).chain(to_octets(&point.y.0))).collect();
    [&octets.len().to_le_bytes()[..], &octets].concat()
}

/// Reads what [`table`] writes.
fn read_table<const N: usize>(tables: &mut impl Read) -> Rows<N> {
    let mut count = [0; size_of::<usize>()];
    tables.read_exact(&mut count).expect("a count");
    let mut octets = vec![0; usize::from_le_bytes(count)];
    tables.read_exact(&mut octets).expect("a table");
    let number = |octets| Element(from_octets(octets).expect("a number"));
    let (mut coordinates, mut points) = (octets.chunks(8 * N).map(number), Vec::new());
    while let (Some(x), Some(y)) = (coordinates.next(), coordinates.next()) {
        points.push(Affine { x, y });
    }
    Rows(points.as_chunks().0.to_vec())
}

/// Works on the next inputs, and gives the first secret.
fn trace<'a, const N: usize>(
    group: &Group<N>,
    tables: &mut impl Read,
    inputs: &mut impl Iterator<Item = &'a str>,
) -> Scalar<N> {
    group.rows.get_or_init(|| read_table(tables));
    let mut first = None;
    for _ in 0..PIECES {
        let input = inputs.next().expect("an input");
        let digits: Vec<&str> = (0..input.len() / 2).map(|at| &input[2 * at..2 * at + 2]).collect();
        let octets: Vec<u8> = digits.iter().map(|two| u8::from_str_radix(two, 16).expect("octet")).collect();
        let (secret, rest) = octets.split_at(8 * N);
        let (digest, random) = rest.split_at(8 * N);
        let random: &[u8; 32] = random.try_into().expect("random octets");
        let order = &group.curve.order;
        let read = || Private::new(order, order.exact(from_octets(secret)?)?);
        section("reading", read);
        let key = read().expect("a key");
        section("public key", || public(group, &key.number));
        section("signature", || sign(group, &key, digest, random));
        first.get_or_insert(*key.number);
    }
    first.expect("a secret")
}
