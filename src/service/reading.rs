//! Documents on their way into the engine: small ones in memory, large ones from a file through a
//! window, so that memory does not grow with them; and contents written out as they were digested.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::verify::{Refusal, unreadable};
use crate::crypto::{Digest, DigestAlgorithm, PublicKey};
use crate::pkix::Certificate;
pub use crate::signature::DetachedContent;
use crate::signature::xmldsig::{self, Options, Spool};
use crate::signature::{CertificateCache, Facts, Octets};
use crate::xml::{Limits, ReadAt};

/// Files up to so many octets are read into memory: 4 MiB.
const IN_MEMORY: u64 = 4 << 20;
/// Octets that a file is hashed by.
const STEP: usize = 256 << 10;

/// What reading a document depends on besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub limits: Limits,
    /// Certificates parsed before.
    pub certificates: Arc<CertificateCache>,
    /// Further identifier attributes: local names, or `namespace#name`.
    pub identifier_attributes: Vec<String>,
    /// Check the mathematics with this key alone.
    pub key: Option<PublicKey>,
    /// The secret of HMACs.
    pub secret: Option<zeroize::Zeroizing<Vec<u8>>>,
    /// Octets for references to something outside the document.
    pub detached: Vec<DetachedContent>,
    /// Certificates that a signature may mean without carrying them.
    pub known: Arc<[Arc<Certificate>]>,
}

/// A document: its octets, or a file.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    Memory(&'a [u8]),
    File(&'a Path),
}

/// A document at hand: in memory, in a file that goes with it, or in one that stays.
#[derive(Debug)]
pub enum Received {
    Memory(Vec<u8>),
    File(tempfile::TempPath),
    Path(std::path::PathBuf),
}

impl Received {
    /// Where the octets are.
    pub fn source(&self) -> Source<'_> {
        match self {
            Self::Memory(bytes) => Source::Memory(bytes),
            Self::File(path) => Source::File(path),
            Self::Path(path) => Source::File(path),
        }
    }
}

#[derive(Debug)]
struct DocumentFile {
    file: File,
    size: u64,
}

impl ReadAt for DocumentFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(octets, offset)
    }
}

impl DocumentFile {
    fn sha256(&self) -> io::Result<[u8; 32]> {
        let mut digest = Digest::new(DigestAlgorithm::Sha256);
        let mut buffer = vec![0; STEP];
        let mut offset = 0;
        loop {
            let count = self.file.read_at(&mut buffer, offset)?;
            if count == 0 {
                return Ok(digest.finish().to_vec().try_into().unwrap_or_default());
            }
            digest.update(buffer.get(..count).unwrap_or_default());
            offset += count as u64;
        }
    }
}

impl Reading {
    fn options<'a>(&'a self, octets: Octets, spool: Option<&'a dyn Spool>) -> Options<'a> {
        Options {
            limits: &self.limits,
            identifier_attributes: &self.identifier_attributes,
            octets,
            key: self.key.as_ref(),
            secret: self.secret.as_ref().map(|secret| secret.as_slice()),
            detached: &self.detached,
            known: &self.known,
            certificates: &self.certificates,
            spool,
        }
    }

    /// Takes a file: into memory when it is small, so that it is read once.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(&self, path: &Path) -> Result<Received, Refusal> {
        let failed = |error: io::Error| unreadable(path, error);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_file() && metadata.len() > self.in_memory() {
            return Ok(Received::Path(path.to_owned()));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        let most = self.document_bytes();
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > most {
            return Err(too_large(most));
        }
        Ok(Received::Memory(bytes))
    }

    fn document_bytes(&self) -> u64 {
        u64::try_from(self.limits.document_bytes).unwrap_or(u64::MAX)
    }

    fn in_memory(&self) -> u64 {
        IN_MEMORY.min(self.document_bytes())
    }

    /// What the document says.
    ///
    /// # Errors
    /// When it is no XML document within the limits, or bears no signature.
    pub fn facts(&self, source: Source<'_>, octets: Octets) -> Result<Facts, Refusal> {
        self.read(source, &self.options(octets, None))
    }

    /// As [`Reading::facts`], with the contents that `spool` asks for written into it.
    ///
    /// # Errors
    /// As [`Reading::facts`].
    pub fn spool(&self, source: Source<'_>, spool: &dyn Spool) -> Result<Facts, Refusal> {
        self.read(source, &self.options(Octets::Drop, Some(spool)))
    }

    /// SHA-256 of a document as it came.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn sha256(&self, source: Source<'_>) -> Result<[u8; 32], Refusal> {
        match source {
            Source::Memory(bytes) => Ok(crate::crypto::sha256(bytes)),
            Source::File(path) => {
                let failed = |error: io::Error| unreadable(path, error);
                let file = File::open(path).map_err(failed)?;
                DocumentFile { file, size: 0 }.sha256().map_err(failed)
            }
        }
    }

    fn read(&self, source: Source<'_>, options: &Options<'_>) -> Result<Facts, Refusal> {
        let facts = match source {
            Source::Memory(bytes) => read_bytes(bytes, options)?,
            Source::File(path) => self.read_file(path, options)?,
        };
        if facts.signatures.is_empty() {
            return Err(Refusal::new("NO_SIGNATURE", Vec::new()));
        }
        Ok(facts)
    }

    fn read_file(&self, path: &Path, options: &Options<'_>) -> Result<Facts, Refusal> {
        let failed = |error: io::Error| unreadable(path, error);
        if let Received::Memory(bytes) = self.load(path)? {
            return read_bytes(&bytes, options);
        }
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let document = DocumentFile { file, size };
        let mut head = [0; 4];
        let count = document.read_at(&mut head, 0).map_err(failed)?;
        sniff(head.get(..count).unwrap_or_default())?;
        if size > self.limits.file_bytes {
            return Err(too_large(self.limits.file_bytes));
        }
        match xmldsig::open(&document, options) {
            // What is not UTF-8 is read into memory, if it may be so large.
            Err(error) if error.kind == crate::xml::ErrorKind::NotUtf8 && size <= self.document_bytes() => {
                let mut bytes = Vec::new();
                (&document.file).take(self.document_bytes()).read_to_end(&mut bytes).map_err(failed)?;
                read_bytes(&bytes, options)
            }
            facts => Ok(facts?),
        }
    }
}

fn too_large(limit: u64) -> Refusal {
    Refusal::new("INPUT_TOO_LARGE", vec![("limit", limit.to_string())])
}

fn read_bytes(bytes: &[u8], options: &Options<'_>) -> Result<Facts, Refusal> {
    sniff(bytes)?;
    Ok(xmldsig::read(bytes, options)?)
}

/// Whether this may be XML: its first character is `<`, in an encoding that is told by its mark.
fn sniff(bytes: &[u8]) -> Result<(), Refusal> {
    let head = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let first = head.iter().find(|octet| !octet.is_ascii_whitespace());
    let is_utf16 = bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]);
    if first == Some(&b'<') || is_utf16 || (first.is_none() && bytes.len() == 4) {
        Ok(())
    } else {
        Err(Refusal::new("FORMAT_UNSUPPORTED", Vec::new()))
    }
}
