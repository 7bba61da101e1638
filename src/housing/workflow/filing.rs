//! What comes before there is a case (processes 1 of item 8 and 1 to 5 of item 9, item 16): who does what, what is needed,
//! and what an application is refused for. No step of the table ([`super::table`]) is among it, as there is nothing yet
//! that could move.

use crate::housing::clock::Channel;

/// What is done with an application before it is a case, or instead of its becoming one.
#[derive(Clone, Copy, Debug)]
pub struct Filing {
    /// Item of the regulation, or the decision.
    pub source: &'static str,
    pub channel: Channel,
    pub who: &'static str,
    /// What is done, in words.
    pub action: &'static str,
    /// What must hold, with the codes of the refusals.
    pub needs: &'static str,
    /// What comes of it.
    pub makes: &'static str,
}

/// In the order in which it is done.
pub const FILING: &[Filing] = &[
    Filing {
        source: "8.1, 16",
        channel: Channel::Centre,
        who: "inspector",
        action: "takes the application down for the applicant or the representative, asks the state databases who they are and what these hold, compares the originals with that and gives them back",
        needs: "signed by an inspector of the centre, `SIGNER_NOT_INSPECTOR`, and asked by the same with their token, `NOT_AN_OFFICIAL`; of a representative a power of attorney in force, `POWER_OF_ATTORNEY_TERM`",
        makes: "what each database says, and a row in the journal of accesses; nothing is registered",
    },
    Filing {
        source: "16",
        channel: Channel::Centre,
        who: "inspector",
        action: "refuses to accept a package in which documents are missing, and enters that in the journal",
        needs: "the missing documents, by the list of the edition",
        makes: "receipt of refusal, which names what is missing; no case",
    },
    Filing {
        source: "8.1, 16, G3, G4",
        channel: Channel::Centre,
        who: "inspector",
        action: "accepts the whole package: it gets its number and the moment of filing, and goes to the accumulation section",
        needs: "the files that were signed for, `ATTACHMENT_MISSING`, `ATTACHMENT_DIGEST_MISMATCH`; no other open application of the person in the list, `OPEN_APPLICATION`; not filed before, `SAME_DOCUMENT`",
        makes: "case in `accepted`; receipt of acceptance with its six fields; the clocks that begin with the filing",
    },
    Filing {
        source: "9.1, 9.2",
        channel: Channel::Portal,
        who: "portal",
        action: "registers the applicant by IIN and lets them in by their password; the service begins with what is signed",
        needs: "",
        makes: "",
    },
    Filing {
        source: "9.5, 9.6",
        channel: Channel::Portal,
        who: "applicant",
        action: "fills in the form, attaches the scans and signs it all",
        needs: "the documents of the edition, by digest in what is signed",
        makes: "signed application",
    },
    Filing {
        source: "9.3, 9.4",
        channel: Channel::Portal,
        who: "service",
        action: "checks the signature and whether the certificate holds at that moment, and refuses with the reasons otherwise",
        needs: "a signature that passes and is over all of it, `SIGNATURE_NOT_PASSED`, `NOT_COVERED`; of the applicant, `SIGNER_NOT_APPLICANT`, or of the representative with a power of attorney in force, `SIGNER_NOT_REPRESENTATIVE`, `POWER_OF_ATTORNEY_TERM`",
        makes: "refusal with every reason; no case",
    },
    Filing {
        source: "9.7, G3, G4, Time",
        channel: Channel::Portal,
        who: "service",
        action: "registers it: number, moment of filing, and the date by which the result will be there; it is before the official at once. Where nobody can tell whether the certificate was revoked, it waits for that first",
        needs: "the files that were signed for, `ATTACHMENT_MISSING`, `ATTACHMENT_DIGEST_MISMATCH`; no other open application of the person in the list, `OPEN_APPLICATION`; not filed before, `SAME_DOCUMENT`",
        makes: "case in `registered`, or `awaiting-evidence`; receipt of acceptance; the clocks that begin with the filing",
    },
];
