//! Octets as a file, for documents that are seen through a window.

use qoltanba::xml::ReadAt;

/// Octets of a file.
#[derive(Debug)]
pub struct File<'a>(pub &'a [u8]);

impl ReadAt for File<'_> {
    fn size(&self) -> std::io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let length = rest.len().min(octets.len());
        octets[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}
