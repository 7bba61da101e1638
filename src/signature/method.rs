//! SignatureMethod: the algorithm with its parameters, those of RSASSA-PSS and the length of an HMAC
//! (W3C XML Signature 6.3 and 6.4, RFC 9231).

use super::Problem;
use super::reference::algorithm;
use crate::crypto::{DigestAlgorithm, PssParameters, RSA_PSS_URI, SignatureAlgorithm};
use crate::xml::{DSIG, tree};

/// The one mask generation function of RSASSA-PSS (RFC 9231 2.3.9).
const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";
/// The namespace of RSAPSSParams and of its children but DigestMethod (RFC 9231 2.3.9).
pub(super) const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#";

/// The algorithm of a SignatureMethod with its parameters; `None` when it is not known.
pub(super) fn signature_algorithm(method: tree::Node<'_>) -> Result<Option<SignatureAlgorithm>, Problem> {
    let uri = algorithm(method)?;
    if uri == RSA_PSS_URI {
        return match at_most_one_each(method, [(RSA_PSS, "RSAPSSParams")]) {
            Some([Some(parameters)]) => pss_parameters(parameters),
            Some([None]) => Ok(SignatureAlgorithm::from_uri(uri)),
            None => Ok(None),
        };
    }
    if method.child(RSA_PSS, "RSAPSSParams").is_some() {
        return Err(Problem::Malformed("RSAPSSParams for another algorithm".into()));
    }
    Ok(SignatureAlgorithm::from_uri(uri))
}

/// The child elements of these names; `None` with any other, or two of a name. They may stand in any
/// order, as some write the SaltLength before the MaskGenerationFunction; no order means another thing.
fn at_most_one_each<'t, const N: usize>(
    parent: tree::Node<'t>,
    names: [(&str, &str); N],
) -> Option<[Option<tree::Node<'t>>; N]> {
    let mut found = [None; N];
    for child in parent.elements() {
        let at = names.iter().position(|(namespace, local)| child.is(namespace, local))?;
        let slot = found.get_mut(at)?;
        if slot.replace(child).is_some() {
            return None;
        }
    }
    Some(found)
}

/// RSAPSSParams (RFC 9231 2.3.9), of which every child may be absent. The default of the function's
/// Algorithm, MGF1, stands in the schema there; the others see [`PssParameters::from_xml`]. `None` for
/// what that schema does not have, and for another function or trailer field.
fn pss_parameters(parameters: tree::Node<'_>) -> Result<Option<SignatureAlgorithm>, Problem> {
    let known = |method: tree::Node<'_>| {
        let uri = algorithm(method)?;
        DigestAlgorithm::from_uri(uri).ok_or_else(|| Problem::DigestUnsupported(uri.to_owned()))
    };
    let number = |part: tree::Node<'_>| {
        let text = part.text().map(str::trim).unwrap_or_default();
        text.parse::<u32>().map_err(|_| Problem::Malformed(format!("a {} that is no number", part.local())))
    };
    let names = [
        (DSIG, "DigestMethod"),
        (RSA_PSS, "MaskGenerationFunction"),
        (RSA_PSS, "SaltLength"),
        (RSA_PSS, "TrailerField"),
    ];
    let Some([digest, mask, salt_length, trailer]) = at_most_one_each(parameters, names) else {
        return Ok(None);
    };
    let mgf_digest = match mask {
        Some(mask) if mask.attribute("Algorithm").is_some_and(|function| function != MGF1) => {
            return Ok(None);
        }
        Some(mask) => match at_most_one_each(mask, [(DSIG, "DigestMethod")]) {
            Some([digest]) => digest,
            None => return Ok(None),
        },
        None => None,
    };
    let parameters = PssParameters::from_xml(
        digest.map(known).transpose()?,
        mgf_digest.map(known).transpose()?,
        salt_length.map(number).transpose()?,
        trailer.map(number).transpose()?,
    );
    Ok(parameters.map(SignatureAlgorithm::RsaPss))
}

/// What is wrong with an HMACOutputLength (XML Signature 6.3.1: a multiple of eight, of no more bits than
/// the hash has; 4.4.2: of no fewer than half of them, and 80).
pub(super) fn hmac_length(algorithm: &SignatureAlgorithm, bits: u32) -> Problem {
    let all = algorithm.digest().map_or(0, |hash| hash.output_len() * 8);
    if !bits.is_multiple_of(8) {
        Problem::HmacLengthNotOctets(bits)
    } else if usize::try_from(bits).is_ok_and(|bits| bits <= all) {
        Problem::HmacTooShort
    } else {
        Problem::HmacLongerThanHash(bits)
    }
}

/// HMACOutputLength in bits, if there is one.
pub(super) fn output_length(method: tree::Node<'_>) -> Result<Option<u32>, Problem> {
    let mut lengths = method.elements().filter(|child| child.is(DSIG, "HMACOutputLength"));
    let length = match lengths.next() {
        None => None,
        Some(length) => {
            let text = length.text().map(str::trim).unwrap_or_default();
            Some(
                text.parse()
                    .map_err(|_| Problem::Malformed("an HMACOutputLength that is no number".into()))?,
            )
        }
    };
    match lengths.next() {
        None => Ok(length),
        Some(_) => Err(Problem::Malformed("two HMACOutputLengths".into())),
    }
}
