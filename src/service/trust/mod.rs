//! The trust store: a folder of certificates and a list that pins them by fingerprint.
//!
//! Only what the list names is trusted, and only so far as it says; of certificates that it does not name, and
//! of files that hold something else than it names, the reader is told. A folder without a list is what stores
//! were before there was one: every certificate in it is trusted without limits, until the first change writes
//! a list. The trusted certificates of the system are never looked at.
//!
//! Whoever changes the store holds a lock. Certificates come into the folder first, then the list takes the
//! place of the old one by renaming, then what it no longer names goes: whoever reads meanwhile, or finds what a
//! crash left, sees the old list or the new one, and all that it names.

mod list;
mod update;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::list::{Entry, List, Malformed};
pub use self::update::{NAMESPACE, Taken};
use super::verify::{Refusal, certificates_in, is_certificate_file, unreadable};
use crate::pkix::Certificate;
use crate::pkix::path::TrustAnchor;
use crate::pkix::second_reader::{self, Difference};
use crate::validation::report::hex;

/// The list in the folder of a store.
pub const LIST: &str = "trust.toml";
const LOCK: &str = ".lock";
/// Left in a folder that once had a list: without its list such a folder trusts nothing.
const LISTED: &str = ".listed";

/// Something in a store that is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrusted {
    /// The file.
    pub file: PathBuf,
    /// The fingerprint of what is in it, or of what should be.
    pub sha256: String,
    /// `unlisted`, `other`, `missing` or `unreadable`.
    pub reason: &'static str,
}

impl Untrusted {
    /// The code of the message about it, and its parameters.
    pub fn told(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let params = vec![
            ("file", self.file.display().to_string()),
            ("sha256", self.sha256.clone()),
            ("reason", self.reason.to_owned()),
        ];
        ("TRUST_STORE_UNTRUSTED", params)
    }
}

/// Trust anchors as they were found.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// Those that are trusted.
    pub trusted: Vec<TrustAnchor>,
    /// What stands beside them and is not.
    pub untrusted: Vec<Untrusted>,
}

/// The trust anchors in files, folders and stores.
///
/// # Errors
/// Names the file that cannot be read or used; a store whose list is no list has no anchors at all.
pub fn anchors_in(paths: &[PathBuf]) -> Result<Anchors, Refusal> {
    let mut found = Anchors::default();
    for path in paths {
        match read_list(path)? {
            Some(list) => read_store(path, &list, &mut found)?,
            None => {
                let plain = certificates_in(std::slice::from_ref(path))?;
                found.trusted.extend(plain.into_iter().map(TrustAnchor::from));
            }
        }
    }
    Ok(found)
}

/// The list of a store; none where the path is a file, or a folder that never had one.
///
/// # Errors
/// When it is there and cannot be read, or is no list; when it was there and is gone: what it limited would be trusted
/// without limits.
pub fn read_list(folder: &Path) -> Result<Option<List>, Refusal> {
    let file = folder.join(LIST);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && folder.join(LISTED).exists() => {
            return Err(Refusal::new("TRUST_LIST_MISSING", vec![("file", file.display().to_string())]));
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(&file, error)),
    };
    List::from_toml(&text).map(Some).map_err(|error| malformed(&file, &error))
}

/// Sees that two readers of certificates read alike what becomes an anchor from a file.
///
/// # Errors
/// Names the part that they do not read alike.
pub fn read_alike(certificate: &Certificate, file: &Path) -> Result<(), Refusal> {
    second_reader::agrees(certificate).map_err(|difference| read_differently(file, difference))
}

/// What is said of a certificate that two readers do not read alike.
pub fn read_differently(file: &Path, difference: Difference) -> Refusal {
    let params = vec![("file", file.display().to_string()), ("part", difference.to_string())];
    Refusal::new("CERTIFICATE_READ_DIFFERENTLY", params)
}

fn malformed(file: &Path, error: &Malformed) -> Refusal {
    let params = vec![("file", file.display().to_string()), ("detail", error.to_string())];
    Refusal::new("TRUST_LIST_MALFORMED", params)
}

fn read_store(folder: &Path, list: &List, found: &mut Anchors) -> Result<(), Refusal> {
    let mut certificates: BTreeMap<String, (PathBuf, Arc<Certificate>)> = BTreeMap::new();
    let mut damaged = Vec::new();
    for file in certificate_files(folder)? {
        match certificates_in(std::slice::from_ref(&file)) {
            Ok(inside) => certificates.extend(
                inside
                    .into_iter()
                    .map(|certificate| (hex(&certificate.sha256()), (file.clone(), certificate))),
            ),
            Err(_) => damaged.push(file),
        }
    }
    for entry in &list.anchors {
        if let Some((_, certificate)) = certificates.remove(&entry.sha256) {
            let anchor = entry.anchor(certificate, list.next_update);
            found.trusted.push(anchor.map_err(|error| malformed(&folder.join(LIST), &error))?);
            continue;
        }
        let file = folder.join(entry.file.as_deref().unwrap_or_default());
        if !damaged.contains(&file) {
            let reason = if file.is_file() { "other" } else { "missing" };
            found.untrusted.push(Untrusted { file, sha256: entry.sha256.clone(), reason });
        }
    }
    let rest = certificates.into_iter();
    found.untrusted.extend(rest.map(|(sha256, (file, _))| Untrusted { file, sha256, reason: "unlisted" }));
    let unreadable = |file| Untrusted { file, sha256: String::new(), reason: "unreadable" };
    found.untrusted.extend(damaged.into_iter().map(unreadable));
    Ok(())
}

fn certificate_files(folder: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.is_file() && is_certificate_file(path)).collect();
    files.sort();
    Ok(files)
}

/// A store that is being changed; nobody else changes it meanwhile.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    list: List,
    _lock: File,
}

impl Store {
    /// Opens a store for changing, and makes its folder if it is not there. Waits for whoever changes it now.
    /// Of a folder without a list the certificates in it become the list.
    ///
    /// # Errors
    /// When the folder cannot be written, or its list or, without one, a certificate cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Refusal> {
        let lock = fs::create_dir_all(folder).and_then(|()| File::create(folder.join(LOCK)));
        let lock = lock.and_then(|file| file.lock().map(|()| file));
        let lock = lock.map_err(|error| unwritable(folder, &error))?;
        let list = match read_list(folder)? {
            Some(list) => list,
            None => of_certificates(folder)?,
        };
        Ok(Self { folder: folder.to_owned(), list, _lock: lock })
    }

    /// The list as it is now.
    pub fn list(&self) -> &List {
        &self.list
    }

    /// Adds an anchor by a name, with the limits of `limits`. One that is there keeps its limits where none
    /// are given: adding again never trusts more.
    ///
    /// # Errors
    /// When a limit is none, or the store cannot be written.
    pub fn add(&mut self, certificate: &Arc<Certificate>, name: &str, limits: &Entry) -> Result<(), Refusal> {
        let sha256 = hex(&certificate.sha256());
        let file = file_of(&sha256);
        let mut list = self.list.clone();
        let known = list.anchors.iter().find(|entry| entry.sha256 == sha256);
        let entry = match known {
            Some(known) if limits.is_limited() => known.limited_as(limits),
            Some(known) => known.clone(),
            None => Entry { name: name.to_owned(), sha256, ..limits.clone() },
        };
        let entry = Entry { file: Some(file.clone()), ..entry };
        entry
            .anchor(Arc::clone(certificate), None)
            .map_err(|error| malformed(&self.folder.join(LIST), &error))?;
        list.anchors.retain(|other| other.sha256 != entry.sha256);
        list.anchors.push(entry);
        self.replace(list, &[(file, certificate)])
    }

    /// Takes an anchor away, and its file if nothing else that is trusted is in it.
    ///
    /// # Errors
    /// When it is not in the list, or the store cannot be written.
    pub fn remove(&mut self, sha256: &str) -> Result<Entry, Refusal> {
        let mut list = self.list.clone();
        let Some(at) = list.anchors.iter().position(|entry| entry.sha256 == sha256) else {
            return Err(Refusal::new("TRUST_ANCHOR_UNKNOWN", vec![("sha256", sha256.to_owned())]));
        };
        let removed = list.anchors.remove(at);
        self.replace(list, &[])?;
        Ok(removed)
    }

    /// Puts a list in place of the old one, whole or not at all, with these certificates.
    fn replace(&mut self, list: List, certificates: &[(String, &Arc<Certificate>)]) -> Result<(), Refusal> {
        let path = self.folder.join(LIST);
        let text = list.to_toml().map_err(|error| malformed(&path, &error))?;
        // What was written is read again before anybody else does.
        List::from_toml(&text).map_err(|error| malformed(&path, &error))?;
        for (file, certificate) in certificates {
            self.write(file, certificate.der())?;
        }
        self.sync()?;
        self.write(LIST, text.as_bytes())?;
        if !self.folder.join(LISTED).exists() {
            self.write(LISTED, b"")?;
        }
        self.sync()?;
        let named =
            |list: &List, file: &String| list.anchors.iter().any(|entry| entry.file.as_ref() == Some(file));
        for file in self.list.anchors.iter().filter_map(|entry| entry.file.as_ref()) {
            if !named(&list, file) {
                // What stays behind is not trusted, and the reader is told so.
                let _stays = fs::remove_file(self.folder.join(file));
            }
        }
        self.list = list;
        Ok(())
    }

    fn write(&self, file: &str, octets: &[u8]) -> Result<(), Refusal> {
        let path = self.folder.join(file);
        let write = || {
            let mut aside = tempfile::Builder::new();
            aside.prefix(".aside-").permissions(fs::Permissions::from_mode(0o644));
            let mut aside = aside.tempfile_in(&self.folder)?;
            aside.write_all(octets)?;
            aside.as_file().sync_all()?;
            aside.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error: io::Error| unwritable(&path, &error))
    }

    /// Until this returns, a renaming may be undone by a loss of power.
    fn sync(&self) -> Result<(), Refusal> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| unwritable(&self.folder, &error))
    }
}

fn file_of(sha256: &str) -> String {
    format!("{sha256}.cer")
}

fn of_certificates(folder: &Path) -> Result<List, Refusal> {
    let mut list = List::default();
    for file in certificate_files(folder)? {
        for certificate in certificates_in(std::slice::from_ref(&file))? {
            let sha256 = hex(&certificate.sha256());
            if list.anchors.iter().any(|entry| entry.sha256 == sha256) {
                continue;
            }
            let name = certificate.subject().to_rfc4514();
            let file = file.file_name().map(|name| name.to_string_lossy().into_owned());
            list.anchors.push(Entry { name, sha256, file, ..Entry::default() });
        }
    }
    Ok(list)
}

fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    Refusal::new("FILE_UNWRITABLE", vec![("file", path.display().to_string()), ("detail", error.to_string())])
}
