//! What the settings give to judge by: trust anchors, certificates of authorities, revocation lists. Lists are replaced
//! every day, and nobody restarts a service for that, so the files are looked at now and then and read anew where one of
//! them came, went or changed. What cannot be read, because it is damaged or just being written, replaces nothing: the
//! service goes on with what it had, says so, and looks again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use super::trust::{Untrusted, anchors_in};
use super::verify::{Refusal, evidence_below, lists_in};
use crate::config::{self, Settings};
use crate::lists::Lists;
use crate::validation::{Evidence, RevocationMode};

/// The evidence of the settings, by how revocation is looked at.
pub(super) struct Given {
    current: RwLock<[Arc<Evidence>; 3]>,
    files: Mutex<Files>,
}

/// What is known of the files.
struct Files {
    /// As they were when they were read.
    read: Vec<Seen>,
    /// As they were when that failed last, and when it did.
    failed: Option<(Vec<Seen>, Instant)>,
}

/// How long after a failure the same files are tried again: what failed may not have been their fault.
const AGAIN: Duration = Duration::from_secs(60);

/// A file as it was seen: its name, length and time of change.
type Seen = (PathBuf, u64, Option<SystemTime>);

impl Given {
    /// Reads the files.
    ///
    /// # Errors
    /// Names the file that cannot be read or used.
    pub(super) fn read(settings: &Settings) -> anyhow::Result<Self> {
        // Before they are read: what changes meanwhile is read again.
        let files = Files { read: seen(settings), failed: None };
        Ok(Self { current: RwLock::new(read(settings)?), files: Mutex::new(files) })
    }

    /// The evidence of now.
    pub(super) fn evidence(&self, mode: config::Revocation) -> Arc<Evidence> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let [required, available, off] = &*current;
        Arc::clone(match mode {
            config::Revocation::Required => required,
            config::Revocation::Available => available,
            config::Revocation::Off => off,
        })
    }

    /// Reads the files anew if one of them changed; returns whether it did. With an error all stays as it was.
    ///
    /// # Errors
    /// As [`Given::read`].
    pub(super) fn refresh(&self, settings: &Settings) -> anyhow::Result<bool> {
        let files = seen(settings);
        let mut known = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told =
            known.failed.as_ref().is_some_and(|(failed, at)| *failed == files && at.elapsed() < AGAIN);
        if known.read == files || is_told {
            return Ok(false);
        }
        match read(settings) {
            Ok(read) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = read,
            Err(error) => {
                known.failed = Some((files, Instant::now()));
                return Err(error);
            }
        }
        *known = Files { read: files, failed: None };
        Ok(true)
    }
}

fn read(settings: &Settings) -> anyhow::Result<[Arc<Evidence>; 3]> {
    let said = |refusal: Refusal| anyhow::anyhow!("{} {:?}", refusal.code, refusal.params);
    let anchors = anchors_in(&settings.trust).map_err(said)?;
    for Untrusted { file, sha256, reason } in &anchors.untrusted {
        tracing::warn!(file = %file.display(), sha256, reason, "not trusted, though it is in the trust store");
    }
    let kept = Lists::open(&settings.data_dir.join("lists"))
        .inspect_err(|error| tracing::warn!(%error, "no index of revocation lists is kept"))
        .ok();
    let lists = lists_in(&settings.crls, kept.as_ref()).map_err(said)?;
    let evidence = |mode| {
        evidence_below(anchors.trusted.clone(), &settings.certs, &[], mode)
            .map(|evidence| Arc::new(evidence.with_crls(lists.clone())))
            .map_err(said)
    };
    Ok([
        evidence(RevocationMode::Required)?,
        evidence(RevocationMode::Available)?,
        evidence(RevocationMode::Off)?,
    ])
}

/// All files that the settings name, and those in the folders that they name.
fn seen(settings: &Settings) -> Vec<Seen> {
    let mut found = Vec::new();
    for path in settings.trust.iter().chain(&settings.certs).chain(&settings.crls) {
        if !path.is_dir() {
            found.push(as_it_is(path.clone()));
            continue;
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| as_it_is(entry.path())));
    }
    found.sort();
    found
}

fn as_it_is(path: PathBuf) -> Seen {
    let metadata = std::fs::metadata(&path).ok();
    let length = metadata.as_ref().map_or(0, std::fs::Metadata::len);
    (path, length, metadata.and_then(|metadata| metadata.modified().ok()))
}
