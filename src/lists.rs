//! Revocation lists in a folder, each with its index beside it, which several processes may use at once.
//!
//! A list is two files: its DER, and the index that was made of it ([`UnverifiedCrl::index`]). Both are mapped
//! into memory, so that to open a list of a million lines takes no longer than one of ten. Their names say
//! what series the list belongs to, when it was made and what its digest begins with, so older lists stay
//! beside newer ones and can tell what was so then. A file comes into being aside, is flushed, and gets its
//! name by renaming; it is never written again. What cannot be parsed replaces nothing, and of a list whose
//! signature nobody has checked the index says so.
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

use crate::crypto::{self, hex};
use crate::pkix::{Error, SharedOctets, UnverifiedCrl};

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

    /// The files of all lists, by series, older ones first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.names("")?.iter().map(|stem| self.path(stem, LIST)).collect())
    }

    /// The list in a file. One of this folder is opened by its index. One that lies elsewhere may change: it is
    /// copied here with its index the first time, and from then on the copy counts, until the file is another:
    /// another inode, size or time. An index that lies beside a file elsewhere is nobody's word and is not
    /// looked at: whoever gives a list to somebody could give a lying index with it.
    ///
    /// # Errors
    /// When the file cannot be read or is no list.
    pub fn of_file(&self, path: &Path) -> Result<UnverifiedCrl, ListError> {
        if let Some(stem) = self.stem_of(path) {
            return self.reopen(&stem);
        }
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

    /// The stem of a file of this folder.
    fn stem_of(&self, path: &Path) -> Option<String> {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        let is_here = fs::canonicalize(&self.folder).is_ok_and(|own| own == folder);
        let is_list = path.extension().is_some_and(|extension| extension == LIST);
        path.file_stem().filter(|_| is_here && is_list)?.to_str().map(str::to_owned)
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
        let list = match self.by_index(&path, &index)? {
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

    /// The list, if its index may be believed: folder and files are the user's alone, now as when the folder was
    /// opened, and the index is of this list.
    fn by_index(&self, path: &Path, index: &Path) -> io::Result<Option<UnverifiedCrl>> {
        if !is_private(&fs::metadata(&self.folder)?) || !index.is_file() {
            return Ok(None);
        }
        let (Some(list), Some(index)) = (mapped(path)?, mapped(index)?) else { return Ok(None) };
        Ok(UnverifiedCrl::reopen(list, index).ok())
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

/// Where in a stem the series ends.
const SERIES_END: usize = 32;

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

/// The octets of a file; nothing if others may write in it or its name leads elsewhere.
fn mapped(path: &Path) -> io::Result<Option<SharedOctets>> {
    let named = fs::symlink_metadata(path)?;
    let file = File::open(path)?;
    let opened = file.metadata()?;
    let is_itself = named.is_file() && (named.dev(), named.ino()) == (opened.dev(), opened.ino());
    if is_itself && is_private(&opened) { Ok(Some(Arc::new(map(&file)?))) } else { Ok(None) }
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use jiff::Timestamp;

    use super::*;
    use crate::asn1::oid;
    use crate::crypto::{Curve, DigestAlgorithm, PrivateKey};
    use crate::pkix::issue::{self, Extension, Issuer, Profile, Revocation};
    use crate::pkix::{Certificate, Crl};

    fn day(number: u8) -> Timestamp {
        format!("2026-06-{number:02}T00:00:00Z").parse().expect("a time")
    }

    struct Authority {
        name: Vec<u8>,
        key: PrivateKey,
        certificate: Certificate,
    }

    impl Authority {
        fn new() -> Self {
            let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
            let name = issue::name(&[(oid::COMMON_NAME, "CA")]);
            let profile = Profile {
                subject: name.clone(),
                public_key: key.public_key(),
                not_before: day(1),
                not_after: day(30),
                extensions: vec![Extension::authority(None), Extension::key_usage(&[5, 6])],
            };
            let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
            let der = issue::certificate(&profile, issuer).expect("issued");
            Self { certificate: Certificate::from_der(&der).expect("parsed"), name, key }
        }

        fn list(&self, on: u8, lines: u32, more: &[Extension]) -> Vec<u8> {
            let line = |at: u32| Revocation {
                serial: [&[1], &at.to_be_bytes()[..]].concat(),
                at: day(1),
                reason: None,
                more: Vec::new(),
            };
            let lines: Vec<_> = (0..lines).map(line).collect();
            let issuer = Issuer { name: &self.name, key: &self.key, digest: DigestAlgorithm::Sha256 };
            issue::crl(issuer, day(on), Some(day(on + 1)), on.into(), &lines, more).expect("a list")
        }
    }

    /// A folder of lists, beside which there are files, with an authority.
    struct Place {
        folder: tempfile::TempDir,
        lists: Lists,
        ca: Authority,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let lists = Lists::open(&folder.path().join("lists")).expect("opened");
            Self { folder, lists, ca: Authority::new() }
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("list.crl")
        }

        /// A file elsewhere.
        fn put(&self, der: &[u8]) -> Result<UnverifiedCrl, ListError> {
            fs::write(self.file(), der).expect("written");
            self.lists.of_file(&self.file())
        }

        /// A list that is kept, with its signature checked; the file that it is kept in.
        fn kept(&self) -> PathBuf {
            let list = self.put(&self.ca.list(5, 30, &[])).expect("kept");
            Crl::verify(&list, &self.ca.certificate).expect("verified");
            self.lists.remember_signers().expect("written");
            self.lists.files().expect("names").remove(0)
        }

        fn is_believed(&self, file: &Path) -> bool {
            self.lists.by_index(file, &file.with_extension(INDEX)).expect("readable").is_some()
        }
    }

    fn times(lists: &Lists) -> Vec<Timestamp> {
        let files = lists.files().expect("names");
        files.iter().map(|file| lists.of_file(file).expect("readable").claimed_times().0).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn older_lists_stay_and_nothing_bad_replaces_them() {
        let place = Place::new();
        let Place { lists, ca, .. } = &place;
        place.put(&ca.list(5, 3, &[])).expect("the first");
        place.put(&ca.list(7, 4, &[])).expect("a later one");
        let inside = place.folder.path().join("lists");
        let before = names(&inside);
        let whole = ca.list(8, 4, &[]);
        assert!(matches!(place.put(b""), Err(ListError::Malformed(_))));
        assert!(matches!(place.put(b"<html>404</html>"), Err(ListError::Malformed(_))));
        for length in 0..whole.len() {
            assert!(place.put(&whole[..length]).is_err(), "{length} octets");
        }
        assert_eq!(names(&inside), before, "all is as it was");
        assert_eq!(times(lists), [day(5), day(7)]);
        // An older one takes nobody's place, and a delta is a series of its own.
        place.put(&ca.list(6, 4, &[])).expect("kept");
        place.put(&ca.list(4, 1, &[Extension::delta_crl_indicator(1)])).expect("kept");
        let mut found = times(&Lists::open(&inside).expect("another process"));
        found.sort();
        assert_eq!(found, [day(4), day(5), day(6), day(7)]);
        // One with a signature that does not hold is kept as what it is: one that nobody has checked.
        let mut forged = whole;
        *forged.last_mut().expect("octets") ^= 1;
        let forged = place.put(&forged).expect("a list");
        assert!(Crl::verify(&forged, &ca.certificate).is_err() && forged.signed_by().is_none());
        lists.remember_signers().expect("written");
        assert!(place.put(forged.der()).expect("a list").signed_by().is_none());
        assert!(!names(&inside).iter().any(|name| name.starts_with(ASIDE)));
    }

    #[test]
    fn a_bad_index_is_made_anew_and_a_bad_list_is_not_used() {
        let place = Place::new();
        let Place { lists, ca, .. } = &place;
        let file = place.kept();
        let index = file.with_extension(INDEX);
        let sound = fs::read(&index).expect("an index");
        let mut flipped = sound.clone();
        flipped[140] ^= 4;
        let cut = sound[..sound.len() - 8].to_vec();
        for damage in [Vec::new(), b"x".to_vec(), cut, vec![0; sound.len()], flipped] {
            fs::remove_file(&index).expect("removed");
            fs::write(&index, damage).expect("damaged");
            assert!(!place.is_believed(&file));
            let list = lists.of_file(&file).expect("made anew");
            assert_eq!(list.signed_by(), None, "the signature is to be checked again");
            assert!(place.is_believed(&file));
            Crl::verify(&list, &ca.certificate).expect("verified");
            lists.remember_signers().expect("written");
            assert_eq!(fs::read(&index).expect("an index"), sound);
        }
        fs::remove_file(&index).expect("removed");
        lists.of_file(&file).expect("made anew");
        // The index of another list, and octets that are not those of the name.
        let other = ca.list(6, 30, &[]);
        fs::remove_file(&file).expect("removed");
        fs::write(&file, other).expect("another");
        assert!(!place.is_believed(&file));
        assert!(matches!(lists.of_file(&file), Err(ListError::Damaged)));
    }

    #[test]
    fn what_others_may_write_is_not_believed() {
        let place = Place::new();
        let file = place.kept();
        let inside = place.folder.path().join("lists");
        assert!(place.is_believed(&file));
        for path in [&inside, &file, &file.with_extension(INDEX)] {
            let own = fs::metadata(path).expect("there").permissions();
            fs::set_permissions(path, fs::Permissions::from_mode(own.mode() | 0o020)).expect("opened up");
            assert!(!place.is_believed(&file), "{}", path.display());
            assert_eq!(Lists::open(&inside).is_err(), path == &inside);
            fs::set_permissions(path, own).expect("closed");
            assert!(place.is_believed(&file));
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_followed() {
        let place = Place::new();
        let file = place.kept();
        let (index, elsewhere) = (file.with_extension(INDEX), place.folder.path().join("elsewhere"));
        for path in [&index, &file] {
            fs::rename(path, &elsewhere).expect("moved");
            std::os::unix::fs::symlink(&elsewhere, path).expect("a link");
            assert!(!place.is_believed(&file), "{}", path.display());
            fs::remove_file(path).expect("removed");
            fs::rename(&elsewhere, path).expect("moved back");
            assert!(place.is_believed(&file));
        }
        // Nor is a link written through.
        fs::write(&elsewhere, b"precious").expect("written");
        fs::remove_file(&index).expect("removed");
        std::os::unix::fs::symlink(&elsewhere, &index).expect("a link");
        place.lists.of_file(&file).expect("made anew");
        assert_eq!(fs::read(&elsewhere).expect("there"), b"precious");
        assert!(place.is_believed(&file));
    }

    #[test]
    fn an_index_that_comes_along_with_a_list_is_not_looked_at() {
        let theirs = Place::new();
        let file = theirs.kept();
        // A whole and private folder of lists, as it is, and with an index that knows of no line.
        let whole = fs::read(file.with_extension(INDEX)).expect("an index");
        let ours = Place::new();
        for index in [whole.clone(), whole[..128].to_vec()] {
            fs::remove_file(file.with_extension(INDEX)).expect("removed");
            fs::write(file.with_extension(INDEX), index).expect("written");
            let list = ours.lists.of_file(&file).expect("a list");
            assert_eq!(list.signed_by(), None, "its own signature is to be checked");
            assert_eq!(Crl::verify(&list, &theirs.ca.certificate).expect("verified").len(), 30);
        }
        assert_eq!(names(theirs.folder.path()), ["list.crl", "lists"], "nothing was written there");
    }

    #[test]
    fn several_processes_at_once_always_have_a_whole_list() {
        let place = Place::new();
        let ca = &place.ca;
        let all: Vec<_> = (5..15).map(|on| ca.list(on, u32::from(on) * 10, &[])).collect();
        fs::write(place.file(), &all[0]).expect("written");
        let serial = |at: usize| [&[1], &u32::try_from(at).expect("small").to_be_bytes()[..]].concat();
        let work = |worker: usize| {
            for round in 0..30 {
                // What a process has of its own: a folder that it opened.
                let lists = Lists::open(&place.folder.path().join("lists")).expect("opened");
                if worker == 0 {
                    let aside = place.folder.path().join("aside");
                    fs::write(&aside, &all[round % all.len()]).expect("written");
                    fs::rename(&aside, place.file()).expect("renamed");
                }
                let found = match lists.of_file(&place.file()) {
                    Ok(list) => list,
                    // Another one has removed what had become too old: then the file itself is read.
                    Err(ListError::Io(error)) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => panic!("{error}"),
                };
                let (on, _) = found.claimed_times();
                let list = Crl::verify(&found, &ca.certificate).expect("verified");
                let count = (5..15).find(|number| day(*number) == on).expect("one of them");
                let count = usize::from(count) * 10;
                assert_eq!(list.len(), count);
                assert!(list.entry(list.issuer(), &serial(count - 1)).is_some());
                assert!(list.entry(list.issuer(), &serial(count)).is_none());
                // The list may have been removed meanwhile; an index without its list hurts nobody.
                lists.remember_signers().expect("written");
            }
        };
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let work = &work;
                scope.spawn(move || work(worker));
            }
        });
        let last = place.lists.of_file(&place.file()).expect("a list");
        Crl::verify(&last, &ca.certificate).expect("verified");
        assert!(!names(&place.folder.path().join("lists")).iter().any(|name| name.starts_with(ASIDE)));
    }

    #[test]
    fn a_file_elsewhere_is_read_once_until_it_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let lists = Lists::open(&folder.path().join("lists")).expect("opened");
        let ca = Authority::new();
        let file = folder.path().join("list.crl");
        let has = |count: u32| {
            let list = lists.of_file(&file).expect("a list");
            let list = Crl::verify(&list, &ca.certificate).expect("verified");
            assert_eq!(list.len(), count as usize);
        };
        fs::write(&file, ca.list(5, 3, &[])).expect("written");
        has(3);
        has(3);
        let links =
            || names(&folder.path().join("lists")).into_iter().filter(|name| name.starts_with("file-"));
        assert_eq!(links().count(), 0, "it was changed a moment ago");
        // Changed at once, in place, to the same length.
        fs::write(&file, ca.list(6, 3, &[])).expect("written");
        assert_eq!(lists.of_file(&file).expect("a list").claimed_times().0, day(6));
        std::thread::sleep(SETTLED + Duration::from_millis(100));
        has(3);
        assert_eq!(links().count(), 1);
        lists.remember_signers().expect("written");
        assert!(lists.of_file(&file).expect("a list").signed_by().is_some(), "by its index");
        fs::write(&file, ca.list(7, 4, &[])).expect("written");
        has(4);
        fs::write(&file, b"nothing").expect("written");
        assert!(lists.of_file(&file).is_err());
        for on in 8..20 {
            fs::write(&file, ca.list(on, 4, &[])).expect("written");
            has(4);
        }
        assert!(lists.files().expect("names").len() <= KEPT_OF_FILES);
    }
}
