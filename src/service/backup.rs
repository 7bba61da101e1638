//! A backup of a register, and bringing it back.
//!
//! A backup is a folder: the rows of one moment as lines of JSON, the files that they name, the index key, and a
//! manifest with the digest of everything, written last. Without a manifest a backup is unfinished and is refused. The
//! service may go on meanwhile: files are on the disk before rows name them and are never changed, so whatever the
//! rows of that moment name is there.
//!
//! Bringing back trusts nothing: digests, the chain of events and the signature of every signed document are checked
//! before a row becomes visible. Each document is judged at the time at which the register took it, with the trust
//! anchors of the settings; revocation is not asked again, as the lists of that time are not in the backup.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::register;
use super::verify::{Checker, Refusal, evidence_from_files, policy};
use crate::config::Settings;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::store::{Store, of_hex, tables, taken_at};
use crate::validation::report::hex;
use crate::validation::{Indication, RevocationMode};

/// The form of the folder.
const VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";
const KEY: &str = "index.key";
/// Tables that backups of earlier versions do not have.
const LATER: [&str; 8] = [
    "refusals",
    "offers",
    "bookings",
    "booking_holders",
    "names",
    "accesses",
    "reminders",
    "representatives",
];
/// Kinds of documents that are signed.
const SIGNED: [&str; 16] = [
    "application",
    "act",
    "receipt",
    "notice",
    "return-letter",
    "granting-offer",
    "granting-decision",
    "removal-notice",
    "refusal",
    "queue-extract",
    "refusal-receipt",
    "courier-list",
    "courier-list-taken",
    "unclaimed-register",
    "agenda",
    "state-record",
];

/// What a backup consists of.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u32,
    made_at: Timestamp,
    /// Digests of the key and of the tables' files, by name.
    files: BTreeMap<String, String>,
    rows: BTreeMap<String, u64>,
}

impl Manifest {
    /// Whether the backup must have a table.
    fn has(&self, table: &str) -> bool {
        !LATER.contains(&table) || self.rows.contains_key(table)
    }
}

/// What was written or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub cases: u64,
    pub events: u64,
    /// Documents whose files are there.
    pub documents: u64,
    /// Signed documents that were judged and passed.
    pub verified: u64,
    /// Signed documents whose signatures could not be proven with the trust anchors of the settings.
    pub unproven: u64,
}

/// A row of the table of documents, as far as a backup looks at it.
#[derive(Deserialize)]
struct Named {
    id: String,
    application: String,
    kind: String,
    sha256: String,
}

/// A row of the table of refusals, as far as a backup looks at it.
#[derive(Deserialize)]
struct Refused {
    id: String,
    number: String,
    act_sha256: String,
    receipt_sha256: String,
}

impl Refused {
    fn documents(self) -> [Named; 2] {
        let named = |kind: &str, sha256| Named {
            id: self.id.clone(),
            application: self.number.clone(),
            kind: kind.to_owned(),
            sha256,
        };
        [named("act", self.act_sha256.clone()), named("refusal-receipt", self.receipt_sha256.clone())]
    }
}

impl Named {
    fn digest(&self) -> anyhow::Result<[u8; 32]> {
        let digest = of_hex(&self.sha256).and_then(|octets| octets.try_into().ok());
        digest.with_context(|| format!("document {}: no digest", self.id))
    }

    /// When the register took the document: its identifier says.
    fn taken_at(&self) -> anyhow::Result<Timestamp> {
        taken_at(&self.id).with_context(|| format!("document {}: no time", self.id))
    }
}

/// Writes a backup of the register into a new folder.
///
/// # Errors
/// When the folder has something in it, a file of the register is damaged, or reading or writing fails.
pub async fn backup(settings: &Settings, folder: &Path) -> anyhow::Result<Summary> {
    let store = register::open(settings).await?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    ensure!(fs::read_dir(folder)?.next().is_none(), "{} is not empty", folder.display());
    let mut files = BTreeMap::new();
    let mut rows = BTreeMap::new();
    let mut snapshot = store.snapshot().await?;
    for table in tables() {
        let name = format!("{table}.jsonl");
        let mut out = BufWriter::new(new_file(&folder.join(&name))?);
        rows.insert(table.to_owned(), snapshot.write(table, &mut out).await?);
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        files.insert(name.clone(), digest_of(&folder.join(&name))?);
    }
    drop(snapshot);
    let key = fs::read(settings.data_dir.join(KEY)).context(KEY)?;
    write_new(&folder.join(KEY), &key)?;
    files.insert(KEY.to_owned(), digest_of(&folder.join(KEY))?);
    let mut summary = counts(&rows);
    for document in documents(folder)? {
        let document = document?;
        let place = blob(folder, &document.sha256)?;
        summary.documents += 1;
        if place.exists() {
            continue;
        }
        let bytes = store.blobs().read(&document.digest()?).await;
        let bytes = bytes.with_context(|| format!("a document of {}", document.application))?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(place.parent().unwrap_or(folder))?;
        write_new(&place, &bytes)?;
    }
    let manifest = Manifest { version: VERSION, made_at: Timestamp::now(), files, rows };
    write_new(&folder.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    File::open(folder)?.sync_all()?;
    Ok(summary)
}

/// Brings a backup back into the register of the settings, which must be empty.
///
/// # Errors
/// Says what does not fit; the database is as it was then.
pub async fn restore(settings: &Settings, folder: &Path, allow_unproven: bool) -> anyhow::Result<Summary> {
    let manifest = manifest(folder)?;
    let key = settings.data_dir.join(KEY);
    let kept = fs::read(folder.join(KEY))?;
    if key.exists() {
        ensure!(
            fs::read(&key)? == kept,
            "the data folder has another index.key: restore into a folder of its own"
        );
    } else {
        fs::create_dir_all(&settings.data_dir)?;
        write_new(&key, &kept)?;
    }
    let store = register::open(settings).await?;
    store.migrate().await?;
    let mut summary = counts(&manifest.rows);
    // Refused at once, not after all the work.
    drop(store.fill().await?);
    let checker = checker(settings)?;
    for document in documents(folder)? {
        let document = document?;
        let bytes = take(&store, folder, &document).await?;
        summary.documents += 1;
        if SIGNED.contains(&document.kind.as_str()) {
            match judged(&checker, &document, &bytes)? {
                Indication::TotalPassed => summary.verified += 1,
                Indication::Indeterminate if allow_unproven => summary.unproven += 1,
                indication => bail!(
                    "{} {} of {}: {}; nothing was restored{}",
                    document.kind,
                    document.sha256,
                    document.application,
                    indication.name(),
                    if indication == Indication::Indeterminate {
                        ": give the trust anchors of that time in the settings, or --allow-unproven"
                    } else {
                        ""
                    }
                ),
            }
        }
    }
    let mut filling = store.fill().await?;
    for table in tables().filter(|table| manifest.has(table)) {
        let mut lines = BufReader::new(File::open(folder.join(format!("{table}.jsonl")))?);
        let read = filling.read(table, &mut lines).await.with_context(|| table.to_owned())?;
        ensure!(manifest.rows.get(table) == Some(&read), "{table}: not the rows of the manifest");
    }
    filling.finish().await?;
    Ok(summary)
}

/// The manifest, after everything was compared with it.
fn manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let text = fs::read(folder.join(MANIFEST)).context("no finished backup: manifest.json")?;
    let manifest: Manifest = serde_json::from_slice(&text).context(MANIFEST)?;
    ensure!(manifest.version == VERSION, "a backup of version {}", manifest.version);
    let there = tables().filter(|table| manifest.has(table));
    for name in there.map(|table| format!("{table}.jsonl")).chain([KEY.to_owned()]) {
        let found = digest_of(&folder.join(&name)).with_context(|| name.clone())?;
        ensure!(manifest.files.get(&name) == Some(&found), "{name} is not the file of the manifest");
    }
    Ok(manifest)
}

/// Takes a document's file into the store, if it has its digest.
async fn take(store: &Store, folder: &Path, document: &Named) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(blob(folder, &document.sha256)?)
        .with_context(|| format!("the file {} of {}", document.sha256, document.application))?;
    let staged = store.blobs().stage(&bytes).await?;
    ensure!(staged.sha256 == document.digest()?, "the file {} does not match its digest", document.sha256);
    staged.persist().await?;
    Ok(bytes)
}

fn checker(settings: &Settings) -> anyhow::Result<Checker> {
    let said = |refusal: Refusal| anyhow::anyhow!("{} {:?}", refusal.code, refusal.params);
    let evidence = evidence_from_files(&settings.trust, &settings.certs, &settings.crls, RevocationMode::Off);
    Ok(Checker::new(evidence.map_err(said)?, policy(&settings.policy).map_err(said)?))
}

fn judged(checker: &Checker, document: &Named, bytes: &[u8]) -> anyhow::Result<Indication> {
    let report = checker.verify(bytes, document.taken_at()?).map_err(|refusal| {
        anyhow::anyhow!("{} {} of {}: {}", document.kind, document.sha256, document.application, refusal.code)
    })?;
    Ok(report.indication)
}

fn counts(rows: &BTreeMap<String, u64>) -> Summary {
    let of = |table| rows.get(table).copied().unwrap_or_default();
    Summary { cases: of("applications"), events: of("events"), ..Summary::default() }
}

/// The documents of cases, and act and receipt of each refusal at a counter.
fn documents(folder: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Named>>> {
    let lines = |name| anyhow::Ok(BufReader::new(File::open(folder.join(name))?).lines());
    let of_cases =
        lines("documents.jsonl")?.map(|line| serde_json::from_str(&line?).context("documents.jsonl"));
    let of_counters = match lines("refusals.jsonl") {
        Err(_) if !folder.join("refusals.jsonl").exists() => None,
        lines => Some(lines?),
    };
    let of_counters = of_counters.into_iter().flatten().flat_map(|line| {
        let read = || -> anyhow::Result<Refused> { Ok(serde_json::from_str(&line?)?) };
        match read().context("refusals.jsonl") {
            Ok(refused) => refused.documents().map(Ok).into(),
            Err(error) => vec![Err(error)],
        }
    });
    Ok(of_cases.chain(of_counters))
}

/// Where a backup has a document's file.
fn blob(folder: &Path, sha256: &str) -> anyhow::Result<PathBuf> {
    ensure!(of_hex(sha256).is_some_and(|octets| octets.len() == 32), "no digest: {sha256}");
    let (aa, rest) = sha256.split_at(2);
    Ok(folder.join("blobs").join(aa).join(rest))
}

fn new_file(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| path.display().to_string())
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn digest_of(path: &Path) -> anyhow::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Digest::new(DigestAlgorithm::Sha256));
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&digest.finish()));
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_step_seals_is_verified_when_it_comes_back() {
        let makes = crate::housing::workflow::table::TABLE.iter().filter_map(|row| row.makes);
        let kinds: Vec<_> = makes.map(crate::housing::workflow::Makes::kind).collect();
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| SIGNED.contains(kind)), "{kinds:?}");
        assert!(crate::housing::list::KINDS.iter().all(|kind| SIGNED.contains(kind)));
    }
}
