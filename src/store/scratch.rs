//! Folders for files on their way, when several processes share a data folder.
//!
//! Each process has a folder of its own and holds a lock on a file in it as long as it lives. Whoever starts
//! removes the folders whose lock nobody holds: what a kill left there belongs to requests that were never answered.
//! The kernel gives up a lock with its process, so nothing has to be believed about process numbers.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A folder of this process alone; removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Held by being open.
    _lock: File,
}

/// A lock on a file, made if it is not there; given back when dropped. Waits for whoever holds it.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    Ok(file)
}

impl Scratch {
    /// Makes a folder below `parent` and removes those whose processes ended.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        // Between making a folder and locking it, nobody may look.
        let _entry = lock(&parent.join("lock"))?;
        for entry in fs::read_dir(parent)? {
            let entry = entry?;
            if entry.file_name() != "lock" {
                remove_unless_held(&entry.path())?;
            }
        }
        let path = parent.join(uuid::Uuid::now_v7().to_string());
        fs::create_dir(&path)?;
        let held = lock(&path.join("lock"))?;
        Ok(Self { path, _lock: held })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn remove_unless_held(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        return fs::remove_file(path);
    }
    match File::open(path.join("lock")).map(|file| file.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => Ok(()),
        Ok(Err(TryLockError::Error(error))) => Err(error),
        // Its process ended on the way, at the beginning or at the end.
        _ => fs::remove_dir_all(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lives_as_long_as_its_holder() {
        let parent = tempfile::tempdir().unwrap();
        let first = Scratch::open(parent.path()).unwrap();
        fs::write(first.path().join("upload"), b"x").unwrap();
        fs::create_dir(parent.path().join("left")).unwrap();
        fs::write(parent.path().join("left/lock"), b"").unwrap();
        fs::write(parent.path().join("file"), b"x").unwrap();
        let second = Scratch::open(parent.path()).unwrap();
        assert!(first.path().join("upload").exists() && second.path().is_dir());
        assert!(!parent.path().join("left").exists() && !parent.path().join("file").exists());
        let path = first.path().to_owned();
        drop(first);
        assert!(!path.exists());
    }
}
