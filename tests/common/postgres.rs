//! A PostgreSQL server of the machine's own binaries, for tests: in a temporary folder, on a socket in it and a port
//! of the loopback interface. It ends with the test, also if the test is killed: a shell waits at the other end of a
//! pipe and stops the server when the pipe closes.
//!
//! The unit tests of `src/store` have this file too, so it uses nothing of the other tests.

// Each of the test binaries uses a part.
#![allow(dead_code)]

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;

/// Name of the database's owner.
const USER: &str = "qoltanba";

/// A running server.
pub(crate) struct Postgres {
    folder: PathBuf,
    binaries: PathBuf,
    pub(crate) port: u16,
    watch: Child,
    /// Closed when this process ends, however it ends.
    alive: Option<ChildStdin>,
}

/// Where Debian puts the newest version's programs.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb").exists().then(|| (version, path.join("bin")))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path)
}

/// The server refuses to run as root: then it gets the account that Debian's package makes.
fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn done(what: &str, output: std::io::Result<Output>) -> String {
    let output = output.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Postgres {
    /// Starts a server; `None` if the machine has none.
    pub(crate) fn start() -> Option<Self> {
        let binaries = binaries()?;
        let folder = tempfile::Builder::new().prefix("qoltanba-pg").tempdir().expect("a folder").keep();
        if is_root() {
            let given = Command::new("chown").arg("postgres:postgres").arg(&folder).output();
            done("chown to the account postgres", given);
        }
        let script = "read -r line; kill -INT \"$(head -n 1 \"$1/data/postmaster.pid\")\"; \
                      while [ -e \"$1/data/postmaster.pid\" ]; do sleep 0.1; done; rm -rf \"$1\"";
        let mut watch = Command::new("sh")
            .args(["-c", script, "watch"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let alive = watch.stdin.take();
        let data = folder.join("data");
        let made = command(&binaries.join("initdb"))
            .args(["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--encoding=UTF8"])
            .args(["--locale=C", "--username", USER, "--pgdata"])
            .arg(&data)
            .output();
        done("initdb", made);
        // Free again when it is known.
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        let server = Self { folder, binaries, port, watch, alive };
        server.resume();
        Some(server)
    }

    fn control(&self, arguments: &[&str]) {
        let mut run = command(&self.binaries.join("pg_ctl"));
        run.arg("--pgdata").arg(self.folder.join("data")).args(arguments);
        // The server would keep a pipe open.
        let status = run.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(status.expect("pg_ctl runs").success(), "pg_ctl {arguments:?}: {}", log());
    }

    /// Starts the server again after [`Postgres::crash`].
    pub(crate) fn resume(&self) {
        // Nothing here outlives the machine, so nothing is flushed.
        let options = format!(
            "-c unix_socket_directories={} -c listen_addresses=127.0.0.1 -c port={} -c fsync=off \
             -c max_connections=60 -c log_min_messages=fatal",
            self.folder.display(),
            self.port
        );
        let log = self.folder.join("log").display().to_string();
        self.control(&["start", "--wait", "--timeout=60", "--log", &log, "--options", &options]);
    }

    /// Ends the server in the middle of everything, as a crash would.
    pub(crate) fn crash(&self) {
        self.control(&["stop", "--mode=immediate", "--wait"]);
    }

    /// Runs SQL as the owner; the rows, unaligned.
    pub(crate) fn run(&self, database: &str, sql: &str) -> String {
        let mut psql = command(&self.binaries.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--username",
            USER,
        ]);
        psql.arg("--host").arg(&self.folder).args(["--port", &self.port.to_string()]);
        done(sql, psql.args(["--dbname", database, "--command", sql]).output())
    }

    /// Speaks TLS with whoever asks over the loopback interface.
    pub(crate) fn serve_tls(&self, certificate: &str, key: &str) {
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = self.folder.join("data").join(name).display().to_string();
            let mode = if is_root() { "--owner=postgres" } else { "--mode=600" };
            done(name, Command::new("install").args(["--mode=600", mode, from, &to]).output());
        }
        self.run("postgres", "ALTER SYSTEM SET ssl = on");
        self.run("postgres", "SELECT pg_reload_conf()");
        // Until it has read its settings again.
        for _ in 0..100 {
            if self.run("postgres", "SHOW ssl") == "on" {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the server does not speak TLS");
    }

    /// A new database, as the setting `database` names it.
    pub(crate) fn database(&self) -> String {
        let name = format!("register_{}", uuid::Uuid::now_v7().simple());
        self.run("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database by way of the socket, which asks for no password.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgresql://{USER}@localhost:{}/{name}?host={}", self.port, self.folder.display())
    }
}

/// The name in a URL of [`Postgres::url`].
pub(crate) fn name_of(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.alive.take());
        let _ = self.watch.wait();
    }
}

/// The server that the tests of a process share.
pub(crate) fn shared() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    SERVER.get_or_init(Postgres::start).as_ref()
}

thread_local! {
    /// The database of the test on this thread, if it is not SQLite.
    static URL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The database that the test on this thread has to use; `None` for SQLite.
pub(crate) fn url() -> Option<String> {
    URL.with_borrow(Clone::clone)
}

/// Runs a test once more, with a new database of PostgreSQL.
pub(crate) fn with_postgresql(test: fn()) {
    let Some(server) = shared() else { return missing() };
    URL.set(Some(server.database()));
    test();
    URL.set(None);
}

/// Says that there is no server. Under `make test` that fails the test.
pub(crate) fn missing() {
    let required = std::env::var("QOLTANBA_TOOLS").as_deref() == Ok("required");
    assert!(!required, "the test needs postgresql, which is not installed");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Past the capture of passing tests, so that it is seen and counted.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: postgresql is not installed");
}
