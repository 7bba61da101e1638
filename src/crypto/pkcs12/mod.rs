//! PKCS#12 containers (RFC 7292): what is in one, and making one.
//!
//! All three layers are here and nothing of the library's own PKCS#12, which opens no key whose algorithm it
//! does not know and needs a provider for RC2: `asn1::ber` makes DER of what was written, this file walks the
//! structure, `pbe` does what depends on the password, `write` writes. The keys that come out are PKCS#8, the
//! certificates DER, neither looked into; which belongs to which, `identity` says by the public key, so
//! that localKeyID is written and not read.
//!
//! A container in which the MAC is right was made with this password. Where it is wrong, the password is,
//! unless the password decrypts something all the same: then the container was altered. Without a MAC the
//! password is wrong when what it decrypts is no structure.

mod pbe;
mod write;

use zeroize::Zeroizing;

use super::IdentityError;
use crate::asn1::{Error as Der, Reader, Tlv, ber, oid, tag};
use pbe::{Encryption, Mac, Password, Work};

pub use write::Protection;
pub(super) use write::{Entry, write};

/// What was found in a container.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<Key>,
    /// DER, in the order of the container.
    pub(super) certificates: Vec<Vec<u8>>,
    /// Something was decrypted, so that the password is right.
    decrypted: bool,
}

/// A private key.
pub(super) struct Key {
    /// PrivateKeyInfo in DER (RFC 5958).
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    /// friendlyName (RFC 2985 5.5.1).
    pub(super) name: Option<String>,
}

/// An element of the AuthenticatedSafe.
enum Safe<'a> {
    Plain(&'a [u8]),
    Encrypted(Encryption, Vec<u8>),
}

/// Opens a container.
///
/// # Errors
/// `WrongPassword`, `Damaged`, `UnsupportedProtection`, `Limit`; whether there are keys and certificates
/// and how many, is not asked here.
pub(super) fn open(bytes: &[u8], password: &str) -> Result<Contents, IdentityError> {
    let der = definite(bytes)?;
    let mut fields = Reader::single(&der)?.expect(tag::SEQUENCE)?.reader();
    if fields.next()?.unsigned()? != [3] {
        return Err(IdentityError::Damaged);
    }
    let (kind, content) = content_info(fields.take(tag::SEQUENCE)?)?;
    let mac = fields.optional(tag::SEQUENCE)?.map(Mac::from_der).transpose()?;
    fields.finish()?;
    // The other kind is signed with a key instead of having a MAC.
    if kind != oid::DATA {
        return Err(IdentityError::UnsupportedProtection(kind));
    }
    let content = octets(content.ok_or(IdentityError::Damaged)?)?;
    let der = definite(content)?;
    let safes = safes(&der)?;

    let mut work = Work::new();
    let mut forms = Password::forms(password);
    let mut contents = Contents::default();
    if let Some(mac) = mac {
        let mut right = None;
        for (at, form) in forms.iter().enumerate() {
            if mac.matches(content, form, &mut work)? {
                right = Some(at);
                break;
            }
        }
        let Some(right) = right else {
            // Each part by itself, as the one that was altered may come first.
            let fits = forms.iter().any(|form| {
                safes.iter().any(|safe| {
                    let mut part = Contents::default();
                    let _ = part.read(std::slice::from_ref(safe), form, &mut work);
                    part.decrypted
                })
            });
            return Err(if fits { IdentityError::Damaged } else { IdentityError::WrongPassword });
        };
        forms = forms.split_off(right);
        forms.truncate(1);
    }
    let mut outcome = Err(IdentityError::WrongPassword);
    for form in &forms {
        contents = Contents::default();
        outcome = contents.read(&safes, form, &mut work);
        if outcome != Err(IdentityError::WrongPassword) {
            break;
        }
    }
    outcome.map(|()| contents)
}

/// A PrivateKeyInfo out of an EncryptedPrivateKeyInfo (RFC 5958 3).
///
/// # Errors
/// As [`open`].
pub(super) fn decrypt_key(bytes: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let der = definite(bytes)?;
    let mut work = Work::new();
    let mut outcome = Err(IdentityError::WrongPassword);
    for form in Password::forms(password) {
        outcome = shrouded(Reader::single(&der)?, &form, &mut work);
        if outcome != Err(IdentityError::WrongPassword) {
            break;
        }
    }
    outcome
}

/// DER of what may be BER. It is wiped, as there may be keys in it.
fn definite(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    ber::to_der(bytes).map(Zeroizing::new).map_err(|error| match error {
        ber::Error::Octets => IdentityError::Limit("pkcs12_bytes"),
        ber::Error::Depth => IdentityError::Limit("pkcs12_depth"),
        ber::Error::Elements => IdentityError::Limit("pkcs12_elements"),
        ber::Error::Encoding(_) => IdentityError::Damaged,
    })
}

/// As [`definite`], of what was decrypted: no structure is a wrong password.
fn decrypted(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    definite(bytes).map_err(|error| match error {
        IdentityError::Damaged => IdentityError::WrongPassword,
        other => other,
    })
}

/// Type and content of a ContentInfo (RFC 5652 3).
fn content_info(info: Tlv<'_>) -> Result<(String, Option<Tlv<'_>>), IdentityError> {
    let mut fields = info.expect(tag::SEQUENCE)?.reader();
    let kind = fields.take(tag::OID)?.oid()?;
    let content = match fields.optional(tag::context_constructed(0))? {
        Some(explicit) => Some(only(explicit)?),
        None => None,
    };
    fields.finish()?;
    Ok((kind, content))
}

/// The one element within an explicit tag.
fn only(explicit: Tlv<'_>) -> Result<Tlv<'_>, Der> {
    let mut inner = explicit.reader();
    let element = inner.next()?;
    inner.finish()?;
    Ok(element)
}

fn octets(string: Tlv<'_>) -> Result<&[u8], Der> {
    string.expect(tag::OCTET_STRING).map(|string| string.content)
}

/// The parts of an AuthenticatedSafe, with what they say of their encryption.
fn safes(der: &[u8]) -> Result<Vec<Safe<'_>>, IdentityError> {
    let mut fields = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
    let mut safes = Vec::new();
    while !fields.is_empty() {
        let (kind, content) = content_info(fields.next()?)?;
        let content = content.ok_or(IdentityError::Damaged)?;
        safes.push(match kind.as_str() {
            oid::DATA => Safe::Plain(octets(content)?),
            oid::ENCRYPTED_DATA => encrypted_data(content)?,
            // For the holder of a certificate instead of a password.
            _ => return Err(IdentityError::UnsupportedProtection(kind)),
        });
    }
    Ok(safes)
}

/// EncryptedData (RFC 5652 8).
fn encrypted_data(content: Tlv<'_>) -> Result<Safe<'_>, IdentityError> {
    let mut fields = content.expect(tag::SEQUENCE)?.reader();
    fields.take(tag::INTEGER)?;
    let mut info = fields.take(tag::SEQUENCE)?.reader();
    if info.take(tag::OID)?.oid()? != oid::DATA {
        return Err(IdentityError::Damaged);
    }
    let encryption = Encryption::from_der(info.next()?)?;
    let implicit = info.next()?;
    info.finish()?;
    let mut ciphertext = Vec::new();
    if implicit.tag == tag::context(0) {
        ciphertext.extend_from_slice(implicit.content);
    } else {
        // Still in its pieces: BER does not tell what stands under an implicit tag.
        let mut pieces = implicit.expect(tag::context_constructed(0))?.reader();
        while !pieces.is_empty() {
            ciphertext.extend_from_slice(octets(pieces.next()?)?);
        }
    }
    Ok(Safe::Encrypted(encryption, ciphertext))
}

/// The plain text of an EncryptedPrivateKeyInfo.
fn shrouded(
    info: Tlv<'_>,
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let mut fields = info.expect(tag::SEQUENCE)?.reader();
    let encryption = Encryption::from_der(fields.next()?)?;
    let ciphertext = octets(fields.next()?)?;
    fields.finish()?;
    let key = decrypted(&encryption.decrypt(ciphertext, password, work)?)?;
    let is_key = Reader::single(&key).is_ok_and(|key| {
        let mut fields = key.reader();
        let mut expect = |tag| fields.take(tag).is_ok();
        key.tag == tag::SEQUENCE
            && [tag::INTEGER, tag::SEQUENCE, tag::OCTET_STRING].into_iter().all(&mut expect)
    });
    if is_key { Ok(key) } else { Err(IdentityError::WrongPassword) }
}

impl Contents {
    fn read(
        &mut self,
        safes: &[Safe<'_>],
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<(), IdentityError> {
        for safe in safes {
            let der = match safe {
                Safe::Plain(octets) => definite(octets)?,
                Safe::Encrypted(encryption, octets) => {
                    let der = decrypted(&encryption.decrypt(octets, password, work)?)?;
                    if Reader::single(&der).is_ok_and(|contents| contents.tag != tag::SEQUENCE) {
                        return Err(IdentityError::WrongPassword);
                    }
                    self.decrypted = true;
                    der
                }
            };
            self.bags(Reader::single(&der)?, password, work)?;
        }
        Ok(())
    }

    /// SafeContents (RFC 7292 4.2). How deep one lies within another, the bound of BER limits.
    fn bags(
        &mut self,
        contents: Tlv<'_>,
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<(), IdentityError> {
        let mut bags = contents.expect(tag::SEQUENCE)?.reader();
        while !bags.is_empty() {
            let mut bag = bags.take(tag::SEQUENCE)?.reader();
            let kind = bag.take(tag::OID)?.oid()?;
            let value = only(bag.take(tag::context_constructed(0))?)?;
            let name = bag.optional(tag::SET)?.and_then(friendly_name);
            bag.finish()?;
            match kind.as_str() {
                oid::KEY_BAG => {
                    let pkcs8 = Zeroizing::new(value.expect(tag::SEQUENCE)?.raw.to_vec());
                    self.keys.push(Key { pkcs8, name });
                }
                oid::SHROUDED_KEY_BAG => {
                    let pkcs8 = shrouded(value, password, work)?;
                    self.decrypted = true;
                    self.keys.push(Key { pkcs8, name });
                }
                oid::CERTIFICATE_BAG => {
                    let mut fields = value.expect(tag::SEQUENCE)?.reader();
                    let kind = fields.take(tag::OID)?.oid()?;
                    let certificate = only(fields.take(tag::context_constructed(0))?)?;
                    fields.finish()?;
                    if kind == oid::X509_CERTIFICATE {
                        self.certificates.push(octets(certificate)?.to_vec());
                    }
                }
                oid::SAFE_CONTENTS_BAG => self.bags(value, password, work)?,
                // Revocation lists, secrets, and what others define.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Characters of a name that are shown.
const MAX_NAME: usize = 80;

/// The friendlyName among attributes, for people to read; attributes that make no sense are passed over.
fn friendly_name(attributes: Tlv<'_>) -> Option<String> {
    let mut attributes = attributes.reader();
    while let Ok(attribute) = attributes.next() {
        let mut fields = attribute.reader();
        if fields.take(tag::OID).and_then(|name| name.oid()).as_deref() != Ok(oid::FRIENDLY_NAME) {
            continue;
        }
        let value = only(fields.take(tag::SET).ok()?).and_then(|value| value.expect(tag::BMP_STRING)).ok()?;
        let units = value
            .content
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |unit, o| unit << 8 | u16::from(*o)));
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        // Nor what turns the direction of text: the name is shown on terminals.
        let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        return Some(text.filter(|c| !c.is_control() && !turns(*c)).take(MAX_NAME).collect());
    }
    None
}

#[cfg(test)]
mod tests;
