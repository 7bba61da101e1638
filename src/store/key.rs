//! The index key: finds a person without keeping the IIN in an index, and makes access keys.

use sha2::{Digest, Sha256};
use std::{fs, io, io::Read, io::Write, path::Path};

#[derive(Clone)]
pub(super) struct IndexKey([u8; 32]);

pub(super) fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl IndexKey {
    /// Reads the key file, or creates it, readable by its owner only.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        if !path.exists() {
            let dir = path.parent().unwrap_or(Path::new("."));
            let temp = dir.join(format!("index.key.{}", uuid::Uuid::now_v7()));
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temp)?;
            file.write_all(&random()?)?;
            file.sync_all()?;
            // A link does not replace: of two processes that start at once, one key wins.
            let linked = fs::hard_link(&temp, path);
            fs::remove_file(&temp)?;
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => fs::File::open(dir)?.sync_all()?,
            }
        }
        let bytes = fs::read(path)?;
        let key = bytes.try_into().map_err(|_| io::Error::other("index.key is not 32 octets"))?;
        Ok(Self(key))
    }

    /// HMAC-SHA256 (RFC 2104) over a purpose and a message.
    pub(super) fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        hmac(&self.0, &[purpose.as_bytes(), &[0], message])
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        Sha256::new().chain_update(block)
    };
    let inner = parts.iter().fold(pad(0x36), |hash, part| hash.chain_update(part)).finalize();
    pad(0x5c).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn rfc_4231_case_1() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mac = super::hmac(&key, &[b"Hi ", b"There"]);
        assert_eq!(
            crate::store::hex(&mac),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
