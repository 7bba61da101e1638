//! Revocation lists in a folder, each with its index beside it, which several processes may use at once.
//!
//! A list is two files: its DER, and the index that was made of it ([`UnverifiedCrl::index`]). Both are mapped
//! into memory, so that to open a list of a million lines takes no longer than one of ten. Their names say
//! what series the list belongs to, when it was made and what its digest begins with, so older lists stay
//! beside newer ones and can tell what was so then. A file comes into being aside, is flushed, and gets its
//! name by renaming; it is never written again. What cannot be parsed, what nobody signed and what is older
//! than what is there replaces nothing ([`Lists::put`]).
//!
//! An index is believed: that it has no line means that the certificate is not revoked, and it remembers whose
//! signature was checked. So the folder and the files must belong to the user of this process and be writable
//! by nobody else; where they are not, lists are read whole and their signatures checked anew. An index that is
//! damaged, of another list or of an older form is made anew from the list; a list whose octets are not those
//! that its name says is not used. That octets change in the middle of a list while its name and length stay
//! is left to the file system to prevent: to look at all of them is what an index is there to spare.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::crypto;
use crate::pkix::{Certificate, Crl, Error, SharedOctets, UnverifiedCrl};

const ASIDE: &str = "aside-";
const LIST: &str = "crl";
const INDEX: &str = "index";
/// Lists of one series that are kept of files that lie elsewhere.
const KEPT_OF_FILES: usize = 4;
/// A file that was changed so lately may be changed again without a later time of change.
const SETTLED: Duration = Duration::from_secs(2);

/// Why a list is not taken into a folder, or not had from it.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no list.
    #[error(transparent)]
    Malformed(#[from] Error),
    /// None of those who were named signed it.
    #[error("nobody who may has signed the list")]
    NotSigned,
    /// There is a later one of its series.
    #[error("the list is older than the one that is there")]
    Older,
    /// Its octets are not those that were put there.
    #[error("the list is damaged")]
    Damaged,
}

/// A folder of lists.
#[derive(Debug)]
pub struct Lists {
    folder: PathBuf,
    /// Lists whose index on the disk knows of no checked signature.
    unsigned: Mutex<Vec<(PathBuf, UnverifiedCrl)>>,
}

impl Lists {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or others may write in it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        if !is_private(&fs::metadata(folder)?) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others may write in the folder, or it is another's",
            ));
        }
        Ok(Self { folder: folder.to_owned(), unsigned: Mutex::default() })
    }

    /// Takes a list in, as the newest of its series.
    ///
    /// # Errors
    /// When it is no list, when none of `signers` signed it, or when there is a later one. Then all stays as
    /// it was.
    pub fn put(&self, der: &[u8], signers: &[&Certificate]) -> Result<UnverifiedCrl, ListError> {
        let list = UnverifiedCrl::from_der(der)?;
        if !signers.iter().any(|signer| Crl::verify(&list, signer).is_ok()) {
            return Err(ListError::NotSigned);
        }
        // The lock ends with the file.
        let lock = File::create(self.folder.join("lock"))?;
        lock.lock()?;
        let stem = stem(&list);
        // Names of one series are sorted by time.
        if self.of_series(&list)?.last().is_some_and(|newest| newest.get(..TIME_END) > stem.get(..TIME_END)) {
            return Err(ListError::Older);
        }
        self.add(&list)
    }

    /// All lists, by series, older ones first.
    ///
    /// # Errors
    /// When one cannot be read or is damaged.
    pub fn all(&self) -> Result<Vec<UnverifiedCrl>, ListError> {
        self.names("")?.iter().map(|stem| self.reopen(stem)).collect()
    }

    /// The files of all lists, by series, older ones first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.names("")?.iter().map(|stem| self.path(stem, LIST)).collect())
    }

    /// The list in a file that lies elsewhere and may change. It is copied here with its index the first time;
    /// from then on the copy counts, until the file is another: another inode, size or time.
    ///
    /// # Errors
    /// When the file cannot be read or is no list.
    pub fn of_file(&self, path: &Path) -> Result<UnverifiedCrl, ListError> {
        let before = fs::metadata(path)?;
        let link = self.folder.join(identity(path, &before));
        if let Ok(stem) = fs::read_to_string(&link)
            && let Ok(list) = self.reopen(&stem)
        {
            return Ok(list);
        }
        let bytes = fs::read(path)?;
        let Ok([list]) = <[UnverifiedCrl; 1]>::try_from(UnverifiedCrl::from_pem_or_der(&bytes)?) else {
            return Err(Error::Malformed.into());
        };
        drop(bytes);
        let kept = self.add(&list)?;
        let (after, linked) = (fs::metadata(path)?, self.aside()?);
        let settled = after.modified()?.checked_add(SETTLED) < Some(linked.as_file().metadata()?.modified()?);
        if settled && identity(path, &after) == identity(path, &before) {
            self.write(linked, &[stem(&list).as_bytes()], &link)?;
        }
        let old = self.of_series(&list)?;
        for stem in old.iter().rev().skip(KEPT_OF_FILES) {
            for extension in [INDEX, LIST] {
                // Whoever has it mapped keeps it; another process may have removed it already.
                let _gone = fs::remove_file(self.path(stem, extension));
            }
        }
        Ok(kept)
    }

    /// Writes down whose signatures were checked since the lists were opened, so that they need not be again.
    ///
    /// # Errors
    /// When an index cannot be written; the one that is there stays.
    pub fn remember_signers(&self) -> io::Result<()> {
        let mut unsigned = self.unsigned.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, list) in unsigned.extract_if(.., |(_, list)| list.signed_by().is_some()) {
            self.write_index(&list, &index)?;
        }
        Ok(())
    }

    fn path(&self, stem: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{stem}.{extension}"))
    }

    /// Stems of the lists whose names begin so, sorted.
    fn names(&self, start: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let stem = name.strip_suffix(LIST).and_then(|name| name.strip_suffix('.'));
            found.extend(
                stem.filter(|stem| stem.starts_with(start) && !stem.starts_with(ASIDE)).map(str::to_owned),
            );
        }
        found.sort();
        Ok(found)
    }

    fn of_series(&self, list: &UnverifiedCrl) -> io::Result<Vec<String>> {
        let stem = stem(list);
        self.names(stem.get(..SERIES_END).unwrap_or_default())
    }

    fn add(&self, list: &UnverifiedCrl) -> Result<UnverifiedCrl, ListError> {
        let stem = stem(list);
        let path = self.path(&stem, LIST);
        if !path.exists() {
            self.write_index(list, &self.path(&stem, INDEX))?;
            self.write(self.aside()?, &[list.der()], &path)?;
        }
        self.reopen(&stem)
    }

    fn reopen(&self, stem: &str) -> Result<UnverifiedCrl, ListError> {
        let (path, index) = (self.path(stem, LIST), self.path(stem, INDEX));
        let list = match reopen(&path)? {
            Some(list) => list,
            None => {
                let list = read_whole(&path)?;
                self.write_index(&list, &index)?;
                list
            }
        };
        if list.signed_by().is_none() {
            self.unsigned.lock().unwrap_or_else(PoisonError::into_inner).push((index, list.clone()));
        }
        Ok(list)
    }

    fn write_index(&self, list: &UnverifiedCrl, path: &Path) -> io::Result<()> {
        let (header, body) = list.index();
        self.write(self.aside()?, &[&header, body], path)
    }

    fn aside(&self) -> io::Result<tempfile::NamedTempFile> {
        tempfile::Builder::new().prefix(ASIDE).tempfile_in(&self.folder)
    }

    fn write(&self, mut aside: tempfile::NamedTempFile, parts: &[&[u8]], path: &Path) -> io::Result<()> {
        parts.iter().try_for_each(|part| aside.write_all(part))?;
        aside.as_file().sync_data()?;
        aside.persist(path).map_err(|error| error.error)?;
        File::open(&self.folder)?.sync_all()
    }
}

/// Where in a stem the series ends, and the time.
const SERIES_END: usize = 32;
const TIME_END: usize = SERIES_END + 1 + 12;

/// The name of a list without its extension: series, thisUpdate in seconds, digest.
fn stem(list: &UnverifiedCrl) -> String {
    let begin = |digest: [u8; 32]| hex(&digest).chars().take(SERIES_END).collect::<String>();
    let time = list.claimed_times().0.as_second().clamp(0, 999_999_999_999);
    format!("{}-{time:012}-{}", begin(list.series()), begin(crypto::sha256(list.der())))
}

/// Names a file as it is now. It changes with every change of the file.
fn identity(path: &Path, metadata: &Metadata) -> String {
    let whole = format!(
        "{} {} {} {} {} {} {} {}",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        path.display()
    );
    format!("file-{}", hex(&crypto::sha256(whole.as_bytes())))
}

/// The list in a file of a folder of lists, if its index is beside it and both may be believed.
///
/// # Errors
/// When the file is there and cannot be opened.
pub fn reopen(path: &Path) -> io::Result<Option<UnverifiedCrl>> {
    let folder = path.parent().map(fs::metadata).transpose()?;
    let index = path.with_extension(INDEX);
    if !folder.is_some_and(|folder| is_private(&folder)) || !index.exists() {
        return Ok(None);
    }
    let (Some(list), Some(index)) = (mapped(path)?, mapped(&index)?) else { return Ok(None) };
    Ok(UnverifiedCrl::reopen(list, index).ok())
}

/// The list in a file of a folder of lists, without its index.
fn read_whole(path: &Path) -> Result<UnverifiedCrl, ListError> {
    let list = UnverifiedCrl::from_octets(Arc::new(fs::read(path)?))?;
    let is_own = path.file_stem().is_some_and(|name| name.to_string_lossy() == stem(&list));
    if is_own { Ok(list) } else { Err(ListError::Damaged) }
}

/// Whether a file or folder is the user's and nobody else may write in it.
fn is_private(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// The octets of a file in a private folder; nothing if others may write in the file.
fn mapped(path: &Path) -> io::Result<Option<SharedOctets>> {
    let file = File::open(path)?;
    if is_private(&file.metadata()?) { Ok(Some(Arc::new(map(&file)?))) } else { Ok(None) }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Maps a file that nobody changes.
///
/// The one place of the crate that is unsafe: were the file changed or cut short while it is mapped, octets
/// would change under a shared reference, or reading them would end the process. Files of a folder of lists
/// are written under another name, renamed when they are whole, and never opened for writing again; to remove
/// or replace one leaves what is mapped as it is. Only another program of the same user, or whoever may write
/// there by the folder's permissions, could do otherwise, and could then do worse.
#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: see above.
    unsafe { memmap2::Mmap::map(file) }
}
