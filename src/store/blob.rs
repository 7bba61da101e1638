//! Files by digest. A file is written beside its place, digested as it comes, flushed, and renamed:
//! what has its final name is complete and on the disk. Where there is a bucket, it is put there in place of the renaming,
//! under the same name; what the bucket gives back is believed by its digest alone.

use super::{Scratch, StoreError, hex};
use crate::bucket::Bucket;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::{fs, io::AsyncWriteExt};

/// The folder of blobs.
#[derive(Clone, Debug)]
pub struct BlobStore {
    root: PathBuf,
    scratch: Arc<Scratch>,
    bucket: Option<Bucket>,
}

/// A file being written. Dropped without [`BlobWriter::finish`], it disappears.
#[derive(Debug)]
pub struct BlobWriter {
    store: BlobStore,
    file: fs::File,
    temp: Temp,
    hash: Sha256,
    size: u64,
    limit: u64,
}

/// A whole file with its digest, not yet kept.
#[derive(Debug)]
pub struct Staged {
    store: BlobStore,
    temp: Temp,
    pub sha256: [u8; 32],
    /// Octets.
    pub size: u64,
}

#[derive(Debug)]
struct Temp(Option<PathBuf>);

impl Drop for Temp {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl BlobStore {
    /// Opens the folder and removes what interrupted uploads of processes that ended left.
    pub(super) fn open(dir: &Path) -> std::io::Result<Self> {
        let root = dir.join("blobs");
        let scratch = Arc::new(Scratch::open(&root.join("tmp"))?);
        Ok(Self { root, scratch, bucket: None })
    }

    /// Keeps files in a bucket from now on.
    pub(super) fn set_bucket(&mut self, bucket: Bucket) {
        self.bucket = Some(bucket);
    }

    /// Whether files can be had.
    ///
    /// # Errors
    /// When the bucket is away.
    pub async fn health(&self) -> Result<(), StoreError> {
        if let Some(bucket) = &self.bucket {
            bucket.get("ready").await?;
        }
        Ok(())
    }

    /// The name below the folder, or in the bucket.
    fn name(sha256: &[u8; 32]) -> String {
        let name = hex(sha256);
        let (aa, rest) = name.split_at(2);
        format!("{aa}/{rest}")
    }

    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.root.join(Self::name(sha256))
    }

    /// Starts a file of at most `limit` octets.
    pub async fn writer(&self, limit: u64) -> Result<BlobWriter, StoreError> {
        let path = self.scratch.path().join(uuid::Uuid::now_v7().to_string());
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&path).await?;
        let temp = Temp(Some(path));
        Ok(BlobWriter { store: self.clone(), file, temp, hash: Sha256::new(), size: 0, limit })
    }

    /// Stages octets that are in memory.
    pub async fn stage(&self, bytes: &[u8]) -> Result<Staged, StoreError> {
        let mut writer = self.writer(u64::MAX).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Reads a file and checks its digest.
    pub async fn read(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        // A row names it: a file that is gone is no other thing than one that was changed.
        let lost = || StoreError::Damaged(hex(sha256));
        let bytes = match &self.bucket {
            Some(bucket) => bucket.get(&Self::name(sha256)).await?.ok_or_else(lost)?,
            None => match fs::read(self.path(sha256)).await {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(lost()),
                other => other?,
            },
        };
        if <[u8; 32]>::from(Sha256::digest(&bytes)) != *sha256 {
            return Err(StoreError::Damaged(hex(sha256)));
        }
        Ok(bytes)
    }
}

impl BlobWriter {
    /// Adds a piece.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.limit {
            return Err(StoreError::TooLarge { limit: self.limit });
        }
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// Ends the file; its octets are on the disk when this returns.
    pub async fn finish(mut self) -> Result<Staged, StoreError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok(Staged {
            store: self.store,
            temp: self.temp,
            sha256: self.hash.finalize().into(),
            size: self.size,
        })
    }
}

impl Staged {
    /// Keeps the file under its digest, durably.
    pub async fn persist(mut self) -> Result<([u8; 32], u64), StoreError> {
        if let (Some(bucket), Some(temp)) = (&self.store.bucket, &self.temp.0) {
            bucket.put(&BlobStore::name(&self.sha256), temp).await?;
            return Ok((self.sha256, self.size));
        }
        let place = self.store.path(&self.sha256);
        let dir = place.parent().unwrap_or(&self.store.root);
        // Always synced: another writer may have made the folder and not synced it yet.
        fs::create_dir_all(dir).await?;
        fs::File::open(&self.store.root).await?.sync_all().await?;
        if let Some(temp) = &self.temp.0 {
            fs::rename(temp, &place).await?;
            self.temp.0 = None;
        }
        fs::File::open(dir).await?.sync_all().await?;
        Ok((self.sha256, self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn digest_limit_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::open(dir.path()).unwrap();
        let (sha, size) = store.stage(b"abc").await.unwrap().persist().await.unwrap();
        assert_eq!((store.read(&sha).await.unwrap(), size), (b"abc".to_vec(), 3));
        std::fs::write(store.path(&sha), b"abd").unwrap();
        assert!(matches!(store.read(&sha).await, Err(StoreError::Damaged(_))));
        assert!(matches!(store.read(&[0; 32]).await, Err(StoreError::Damaged(_))));
        let mut writer = store.writer(2).await.unwrap();
        assert!(matches!(writer.write(b"abc").await, Err(StoreError::TooLarge { limit: 2 })));
        drop(writer);
        let left = std::fs::read_dir(store.scratch.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["lock"]);
        std::fs::write(store.root.join("tmp/left"), b"x").unwrap();
        BlobStore::open(dir.path()).unwrap();
        assert!(!store.root.join("tmp/left").exists());
    }
}
