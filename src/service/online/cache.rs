//! What was fetched before, in a folder that processes share. A file is written beside its place and moved
//! there, so that nobody reads half of one; what is put there later takes its place as a whole. Nothing in
//! the folder is trusted more than the network: it is evidence, which the judgement checks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::http::{Fetched, Validator};
use crate::crypto::sha256;
use crate::validation::report::hex;

pub(super) struct Cache {
    folder: PathBuf,
    most: u64,
}

/// Something that was fetched before.
pub(super) struct Entry {
    pub(super) bytes: Vec<u8>,
    pub(super) validator: Option<Validator>,
    /// Since it was fetched or confirmed; `None` when the clock says that this is to come.
    pub(super) age: Option<Duration>,
}

impl Cache {
    pub(super) fn open(folder: &Path, most: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), most })
    }

    /// Where something stands: the URL is not to be read off the name.
    fn path(&self, kind: &str, url: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", hex(&sha256(url.as_bytes()))))
    }

    pub(super) fn get(&self, kind: &str, url: &str) -> Option<Entry> {
        let path = self.path(kind, url);
        let modified = fs::metadata(&path).ok()?.modified().ok()?;
        let bytes = fs::read(&path).ok()?;
        let lines = fs::read_to_string(path.with_extension(format!("{kind}.http"))).unwrap_or_default();
        let line = |at| lines.lines().nth(at).filter(|line| !line.is_empty()).map(str::to_owned);
        let validator = Validator { etag: line(0), last_modified: line(1) };
        let validator = Some(validator).filter(|validator| *validator != Validator::default());
        Some(Entry { bytes, validator, age: SystemTime::now().duration_since(modified).ok() })
    }

    /// Keeps something. That it cannot be kept is no fault: it is fetched again.
    pub(super) fn put(&self, kind: &str, url: &str, fetched: &Fetched) {
        let path = self.path(kind, url);
        let validator = fetched.validator.clone().unwrap_or_default();
        let lines = [validator.etag, validator.last_modified].map(Option::unwrap_or_default).join("\n");
        let kept = self.write(&path.with_extension(format!("{kind}.http")), lines.as_bytes());
        if let Err(error) = kept.and_then(|()| self.write(&path, &fetched.bytes)) {
            tracing::warn!(%error, "what was fetched cannot be kept");
        }
        self.make_room();
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.as_file().sync_data()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Takes note that something has not changed.
    pub(super) fn touch(&self, kind: &str, url: &str) {
        let file = fs::OpenOptions::new().append(true).open(self.path(kind, url));
        let touched = file.and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = touched {
            tracing::debug!(%error, "a file was not touched");
        }
    }

    /// Takes the oldest away while there is too much.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let data = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((data.modified().ok()?, data.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut all: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if all <= self.most {
                break;
            }
            if fs::remove_file(path).is_ok() {
                all = all.saturating_sub(size);
            }
        }
    }
}
