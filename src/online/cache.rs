//! What was fetched, kept in a folder that several processes may use at once.
//!
//! An entry is two files: the octets as they came, plain, under a name with their digest, and a small
//! record that names them. Both come into being aside and get their names by renaming; the record comes
//! last, so a reader sees the old entry or the new one and nothing between. An entry whose octets are not
//! those of its record counts as absent. What does not check as its kind never gets here, so the last good
//! one stays. The folder has a limit in octets: the entries that were stored first go first.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::http::Validators;
use crate::crypto;
use crate::validation::report::hex;

/// How often a lock that somebody else has is tried.
const LOCK_PAUSE: Duration = Duration::from_millis(25);
/// After so long a file that never got its name is rubbish.
const ASIDE_FOR: Duration = Duration::from_secs(3600);
const ASIDE: &str = "aside-";

/// A folder with what was fetched.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    most: u64,
}

/// What an entry is found by: the kind, and a digest of the URL and of the question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(String);

/// What is known of an entry besides its octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Lower-case hexadecimal of the SHA-256 of the octets.
    sha256: String,
    /// Until when it is used without asking.
    pub(super) fresh_until: Timestamp,
    pub(super) validators: Validators,
}

/// An entry whose octets are those that were stored.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) octets: Vec<u8>,
    pub(super) record: Record,
}

impl Key {
    pub(super) fn new(kind: &str, url: &str, question: &[u8]) -> Self {
        let length = (url.len() as u64).to_be_bytes();
        let digest = crypto::sha256(&[&length, url.as_bytes(), question].concat());
        Self(format!("{kind}-{}", hex(digest.get(..16).unwrap_or_default())))
    }
}

impl Cache {
    /// In a folder, which is made if it is not there, of at most so many octets.
    pub(super) fn open(folder: &Path, most: u64) -> io::Result<Self> {
        // What was asked for tells whose signatures were checked.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Whoever else can write here could freeze a list or lead a lock astray.
        let found = fs::symlink_metadata(folder)?;
        if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0
        {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the folder of the cache must be your own and writable for nobody else",
            ));
        }
        // It must be writable now, not when the first thing was fetched.
        tempfile::Builder::new().prefix(ASIDE).tempfile_in(folder)?;
        Ok(Self { folder: folder.to_owned(), most })
    }

    fn record_path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.json", key.0))
    }

    fn octets_path(&self, key: &Key, sha256: &str) -> PathBuf {
        self.folder.join(format!("{}-{}.der", key.0, sha256.get(..16).unwrap_or_default()))
    }

    /// The entry, if it is there and undamaged.
    pub(super) fn get(&self, key: &Key) -> Option<Entry> {
        // Another process may put a new one in place between the two reads, once.
        self.read(key).or_else(|| self.read(key))
    }

    fn read(&self, key: &Key) -> Option<Entry> {
        let record: Record = serde_json::from_slice(&fs::read(self.record_path(key)).ok()?).ok()?;
        let octets = fs::read(self.octets_path(key, &record.sha256)).ok()?;
        (hex(&crypto::sha256(&octets)) == record.sha256).then_some(Entry { octets, record })
    }

    /// Puts an entry in place of the one that is there. What alone is larger than the limit is not kept.
    pub(super) fn put(
        &self,
        key: &Key,
        octets: &[u8],
        fresh_until: Timestamp,
        validators: Validators,
    ) -> io::Result<()> {
        if octets.len() as u64 > self.most {
            return Ok(());
        }
        let record = Record { sha256: hex(&crypto::sha256(octets)), fresh_until, validators };
        let path = self.octets_path(key, &record.sha256);
        self.write(&path, octets)?;
        self.write(&self.record_path(key), &serde_json::to_vec(&record)?)?;
        self.sweep(key, &path)
    }

    fn write(&self, path: &Path, octets: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(ASIDE).tempfile_in(&self.folder)?;
        file.write_all(octets)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Takes away older octets of the key, rubbish, and so many of the oldest entries that the rest is
    /// within the limit.
    fn sweep(&self, key: &Key, current: &Path) -> io::Result<()> {
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = metadata.modified().ok().and_then(|time| now.duration_since(time).ok());
            let age = age.unwrap_or_default();
            let is_rubbish = name.starts_with(ASIDE) && age > ASIDE_FOR;
            let is_replaced = name.starts_with(&key.0) && name.ends_with(".der") && entry.path() != current;
            if is_rubbish || is_replaced {
                let _gone_already = fs::remove_file(entry.path());
            } else if name.ends_with(".der") || name.ends_with(".json") {
                files.push((age, name, entry.path(), metadata.len()));
            }
        }
        files.sort_by_key(|(age, ..)| std::cmp::Reverse(*age));
        let mut sum: u64 = files.iter().map(|(.., size)| size).sum();
        for (_, name, path, size) in files {
            if sum <= self.most {
                break;
            }
            if !name.starts_with(&key.0) && fs::remove_file(path).is_ok() {
                sum = sum.saturating_sub(size);
            }
        }
        Ok(())
    }

    /// Waits until no other process and no other thread fetches what has this key, at most until `until`.
    /// `None` when it took too long, or cannot be told.
    pub(super) fn lock(&self, key: &Key, until: Instant) -> Option<File> {
        // Each of 4096 files is for its share of the keys: there are never more, and they are empty.
        let (_, share) = key.0.split_at(key.0.len().saturating_sub(3));
        let file = File::create(self.folder.join(format!("lock-{share}"))).ok()?;
        loop {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOCK_PAUSE),
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later() -> Timestamp {
        "2027-01-01T00:00:00Z".parse().expect("a time")
    }

    fn cache(most: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), most).expect("a cache");
        (folder, cache)
    }

    fn put(cache: &Cache, key: &Key, octets: &[u8]) {
        cache.put(key, octets, later(), Validators::default()).expect("stored");
    }

    fn age(cache: &Cache, key: &Key) {
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        for entry in fs::read_dir(&cache.folder).expect("a folder").flatten() {
            if entry.file_name().to_string_lossy().starts_with(&key.0) {
                let file = File::options().write(true).open(entry.path()).expect("a file");
                file.set_modified(hour_ago).expect("aged");
            }
        }
    }

    #[test]
    fn a_folder_where_others_write_is_none() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).expect("made");
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).expect("set");
        assert!(Cache::open(&shared, 1000).is_err());
        let link = folder.path().join("link");
        symlink(folder.path(), &link).expect("linked");
        assert!(Cache::open(&link, 1000).is_err());
        assert!(Cache::open(&folder.path().join("own"), 1000).is_ok());
    }

    #[test]
    fn an_entry_is_had_again_and_replaced_whole() {
        let (folder, cache) = cache(1000);
        let key = Key::new("crl", "http://a/", b"");
        assert!(cache.get(&key).is_none());
        put(&cache, &key, b"first");
        put(&cache, &key, b"second");
        assert_eq!(cache.get(&key).expect("an entry").octets, b"second");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "the first is gone");
        let other = Cache::open(folder.path(), 1000).expect("another process");
        assert_eq!(other.get(&key).expect("an entry").record.fresh_until, later());
    }

    #[test]
    fn keys_differ_by_kind_url_and_question() {
        let keys = [
            Key::new("crl", "http://a/", b""),
            Key::new("issuer", "http://a/", b""),
            Key::new("crl", "http://a/b", b""),
            Key::new("crl", "http://a/", b"b"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }

    #[test]
    fn a_damaged_entry_is_none() {
        let (folder, cache) = cache(1000);
        let key = Key::new("crl", "http://a/", b"");
        for ending in [".der", ".json"] {
            for damage in [&b""[..], b"fierst", b"{}"] {
                put(&cache, &key, b"first");
                for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
                    if entry.path().to_string_lossy().ends_with(ending) {
                        fs::write(entry.path(), damage).expect("damaged");
                    }
                }
                assert!(cache.get(&key).is_none(), "{ending} {damage:?}");
            }
        }
        put(&cache, &key, b"first");
        assert!(cache.get(&key).is_some());
    }

    #[test]
    fn the_oldest_go_when_the_folder_is_full() {
        let (folder, cache) = cache(2500);
        let keys = ["a", "b", "c"].map(|url| Key::new("crl", url, b""));
        put(&cache, &keys[0], &[0; 900]);
        put(&cache, &keys[1], &[1; 900]);
        age(&cache, &keys[1]);
        put(&cache, &keys[2], &[2; 900]);
        assert!(cache.get(&keys[1]).is_none(), "the oldest");
        assert!(cache.get(&keys[0]).is_some() && cache.get(&keys[2]).is_some());
        let size = |entry: fs::DirEntry| entry.metadata().expect("a file").len();
        let sum: u64 = fs::read_dir(folder.path()).expect("a folder").flatten().map(size).sum();
        assert!(sum <= 2500, "{sum}");
        // What is larger than the whole is not kept, and takes nothing away.
        put(&cache, &Key::new("crl", "d", b""), &[3; 3000]);
        assert!(cache.get(&Key::new("crl", "d", b"")).is_none() && cache.get(&keys[2]).is_some());
    }

    #[test]
    fn one_at_a_time_has_the_lock() {
        let (folder, cache) = cache(1000);
        let key = Key::new("crl", "http://a/", b"");
        let held = cache.lock(&key, Instant::now()).expect("free");
        let other = Cache::open(folder.path(), 1000).expect("another process");
        assert!(other.lock(&key, Instant::now() + Duration::from_millis(60)).is_none());
        drop(held);
        assert!(other.lock(&key, Instant::now()).is_some());
    }

    #[test]
    fn what_never_got_its_name_is_taken_away() {
        let (folder, cache) = cache(1000);
        let left = folder.path().join("aside-left");
        fs::write(&left, b"x").expect("a file");
        let file = File::options().write(true).open(&left).expect("a file");
        file.set_modified(SystemTime::now() - 2 * ASIDE_FOR).expect("aged");
        put(&cache, &Key::new("crl", "a", b""), b"x");
        assert!(!left.exists());
    }
}
