//! Matching the files that came with the list that was signed. The digest decides, never the name
//! alone: a file is the one which the applicant signed or it is nothing.

use super::application::Attachment;
use super::form::{Refusal, hex};

/// A file as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub file_name: String,
    /// Octets.
    pub size: u64,
    pub sha256: [u8; 32],
}

/// Every fault between the signed list and the files; empty when they agree one for one.
pub fn check(listed: &[Attachment], uploaded: &[Uploaded]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for one in listed {
        let mut same_name = uploaded.iter().filter(|file| file.file_name == one.file_name);
        let fault = match (same_name.next(), same_name.next()) {
            (None, _) => Some("ATTACHMENT_MISSING"),
            (Some(_), Some(_)) => Some("ATTACHMENT_DUPLICATE"),
            (Some(file), None) if file.size != one.size => Some("ATTACHMENT_SIZE_MISMATCH"),
            (Some(file), None) if file.sha256 != one.sha256 => Some("ATTACHMENT_DIGEST_MISMATCH"),
            (Some(_), None) => None,
        };
        if let Some(code) = fault {
            refusals.push(Refusal::new(code, one.file_name.clone()).with("sha256", hex(&one.sha256)));
        }
    }
    for file in uploaded {
        if !listed.iter().any(|one| one.file_name == file.file_name) {
            let name: String = file.file_name.chars().take(200).collect();
            refusals.push(Refusal::new("ATTACHMENT_UNLISTED", name));
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault() {
        let listed = [Attachment {
            document_code: "D7".into(),
            file_name: "a".into(),
            media_type: "application/pdf".into(),
            size: 3,
            sha256: [1; 32],
        }];
        let file = |name: &str, size, sha: u8| Uploaded { file_name: name.into(), size, sha256: [sha; 32] };
        let codes = |files: &[Uploaded]| check(&listed, files).iter().map(|one| one.code).collect::<Vec<_>>();
        assert!(codes(&[file("a", 3, 1)]).is_empty());
        assert_eq!(codes(&[]), ["ATTACHMENT_MISSING"]);
        assert_eq!(codes(&[file("a", 3, 2)]), ["ATTACHMENT_DIGEST_MISMATCH"]);
        assert_eq!(codes(&[file("a", 4, 1)]), ["ATTACHMENT_SIZE_MISMATCH"]);
        assert_eq!(codes(&[file("a", 3, 1), file("b", 3, 1)]), ["ATTACHMENT_UNLISTED"]);
        assert_eq!(codes(&[file("a", 3, 1), file("a", 3, 1)]), ["ATTACHMENT_DUPLICATE"]);
    }
}
