SHELL := /bin/bash
.PHONY: test demo bench instructions profile constant-time lint fuzz

# Every test; a tool that is missing is a failure, not a skipped test.
test:
	@sh .ci/packages
	@set -o pipefail; mkdir -p target; \
	QOLTANBA_TOOLS=required cargo test --locked 2>&1 | tee target/test.log; status=$$?; \
	echo "skipped: $$(grep -c '^SKIPPED: ' target/test.log)"; exit $$status

# Plays the whole story in a temporary folder.
demo:
	@for tool in cargo cc make perl; do \
		command -v $$tool >/dev/null 2>&1 || { echo "The demo needs '$$tool', which is not installed." >&2; exit 1; }; \
	done
	cargo run --release --locked -- demo

# Some minutes; QUICK=1 takes half a minute. PARTS="scan digests gost small large growth certificates lists memory"
# chooses.
bench:
	cargo bench --locked --bench all -- $(PARTS)

# Counts instructions with valgrind and writes benches/instructions.md.
instructions:
	cargo bench --locked --bench all -- instructions

# Makes the profile anew by which release builds are laid out; needs llvm-profdata (`rustup component add llvm-tools`).
profile:
	.cargo/train

# Whether signing with the national algorithms is constant in time as it is shipped; needs valgrind. `make test`
# asks the same of the debug build.
constant-time:
	cargo test --release --locked --lib constant_time

lint:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cd fuzz && cargo check --locked --bins

# Fuzzes each target for so many seconds: `make fuzz SECONDS=1200`; one alone: TARGETS=verifier. Needs a C++
# compiler and libxml2 (libxml2-dev). Finds go to fuzz/artifacts.
SECONDS ?= 60
TARGETS ?= reader canonicalizer verifier container certificate revocation_list ocsp timestamp
fuzz: export CARGO_TARGET_DIR ?= $(CURDIR)/target
fuzz:
	cd fuzz && RUSTC_WRAPPER=$(CURDIR)/fuzz/instrument cargo build --bins
	@for target in $(TARGETS); do fuzz/run $$target $(SECONDS) || exit 1; done
