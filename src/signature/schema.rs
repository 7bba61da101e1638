//! The elements that XML Signature, XAdES and what stands in KeyInfo define, by name: what each holds, and its
//! attributes, and which of them may stand in which. What else stands in a Signature is no part of it.

use self::Holds::{Content, Elements, Value};
use super::method::RSA_PSS;
use crate::xml::{WSSE, XADES, is_dsig};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
/// Of RFC 4050.
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

/// What an element holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Elements, or nothing.
    Elements,
    /// Text.
    Value,
    /// Whatever its author wants to say.
    Content,
}

/// An element by its schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    pub(super) holds: Holds,
    /// Its attributes, which have no namespace.
    pub(super) attributes: &'static [&'static str],
}

/// Whether elements of a Signature and of its properties are in this namespace.
pub(super) fn is_own(namespace: &str) -> bool {
    is_dsig(namespace)
        || XADES.contains(&namespace)
        || [DSIG11, MORE, FILTER2, RSA_PSS, WSSE, EXCLUSIVE].contains(&namespace)
}

/// What the schema of a namespace says of an element, if it has one of that name.
pub(super) fn declared(namespace: &str, local: &str) -> Option<Declared> {
    let (holds, attributes) = match namespace {
        _ if is_dsig(namespace) => of_signature(local),
        DSIG11 => of_signature_11(local),
        MORE => of_rfc_4050(local),
        RSA_PSS => of_pss(local),
        WSSE => of_wsse(local),
        FILTER2 => (local == "XPath").then_some((Value, &["Filter"][..])),
        EXCLUSIVE => (local == "InclusiveNamespaces").then_some((Elements, &["PrefixList"][..])),
        _ if XADES.contains(&namespace) => of_xades(local),
        _ => None,
    }?;
    Some(Declared { holds, attributes })
}

/// Whether an element of a Signature may stand right in another: by their schemas, or because the schema lets anything
/// stand there. Of keys by value this is not told but for the oldest forms, nor of what stands in SignedInfo.
pub(super) fn may_hold(namespace: &str, local: &str, child: &str) -> bool {
    let children = match namespace {
        _ if is_dsig(namespace) => children_in_signature(local),
        WSSE => children_in_wsse(local),
        _ if XADES.contains(&namespace) => children_in_xades(local),
        _ => None,
    };
    match children {
        Some(children) => children.contains(&child),
        None => declared(namespace, local).is_none_or(|parent| parent.holds != Value),
    }
}

/// XML Signature 1.1, the schemas of 1.0 and 1.1.
fn children_in_signature(parent: &str) -> Option<&'static [&'static str]> {
    Some(match parent {
        "Signature" => &["SignedInfo", "SignatureValue", "KeyInfo", "Object"],
        "KeyInfo" => &[
            "KeyName",
            "KeyValue",
            "RetrievalMethod",
            "X509Data",
            "PGPData",
            "SPKIData",
            "MgmtData",
            "DEREncodedKeyValue",
            "KeyInfoReference",
            "PKCS7signedData",
            "SecurityTokenReference",
            "BinarySecurityToken",
        ],
        "KeyValue" => &["DSAKeyValue", "RSAKeyValue", "ECKeyValue", "ECDSAKeyValue", "DEREncodedKeyValue"],
        "DSAKeyValue" => &["P", "Q", "G", "Y", "J", "Seed", "PgenCounter"],
        "RSAKeyValue" => &["Modulus", "Exponent"],
        "PGPData" => &["PGPKeyID", "PGPKeyPacket"],
        "SPKIData" => &["SPKISexp"],
        "CanonicalizationMethod" | "DigestMethod" => &["InclusiveNamespaces"],
        "X509Data" => &[
            "X509IssuerSerial",
            "X509SKI",
            "X509SubjectName",
            "X509Certificate",
            "X509CRL",
            "X509Digest",
            "OCSPResponse",
            "PKCS7signedData",
        ],
        "X509IssuerSerial" => &["X509IssuerName", "X509SerialNumber"],
        "RetrievalMethod" => &["Transforms"],
        "Transforms" => &["Transform"],
        "Transform" => &["XPath", "InclusiveNamespaces"],
        "Manifest" => &["Reference"],
        "Reference" => &["Transforms", "DigestMethod", "DigestValue"],
        "SignatureProperties" => &["SignatureProperty"],
        _ => return None,
    })
}

/// WS-Security 1.1, 7, and the profile of X.509 tokens.
fn children_in_wsse(parent: &str) -> Option<&'static [&'static str]> {
    Some(match parent {
        "SecurityTokenReference" => &["Reference", "KeyIdentifier", "Embedded", "KeyName", "X509Data"],
        "Embedded" => &["BinarySecurityToken"],
        "Reference" => &[],
        _ => return None,
    })
}

/// EN 319 132-1 and TS 101 903, all versions.
fn children_in_xades(parent: &str) -> Option<&'static [&'static str]> {
    const DIGEST: &[&str] = &["DigestMethod", "DigestValue"];
    const OBJECT_IDENTIFIER: &[&str] = &["Identifier", "Description", "DocumentationReferences"];
    const PLACE: &[&str] = &["City", "StreetAddress", "StateOrProvince", "PostalCode", "CountryName"];
    Some(match parent {
        "QualifyingProperties" => &["SignedProperties", "UnsignedProperties"],
        "SignedProperties" => &["SignedSignatureProperties", "SignedDataObjectProperties"],
        "UnsignedProperties" => &["UnsignedSignatureProperties", "UnsignedDataObjectProperties"],
        "SignedSignatureProperties" => &[
            "SigningTime",
            "SigningCertificate",
            "SigningCertificateV2",
            "SignaturePolicyIdentifier",
            "SignatureProductionPlace",
            "SignatureProductionPlaceV2",
            "SignerRole",
            "SignerRoleV2",
        ],
        "SignedDataObjectProperties" => &[
            "DataObjectFormat",
            "CommitmentTypeIndication",
            "AllDataObjectsTimeStamp",
            "IndividualDataObjectsTimeStamp",
        ],
        "UnsignedSignatureProperties" => &[
            "CounterSignature",
            "SignatureTimeStamp",
            "CompleteCertificateRefs",
            "CompleteCertificateRefsV2",
            "CompleteRevocationRefs",
            "AttributeCertificateRefs",
            "AttributeCertificateRefsV2",
            "AttributeRevocationRefs",
            "SigAndRefsTimeStamp",
            "SigAndRefsTimeStampV2",
            "RefsOnlyTimeStamp",
            "RefsOnlyTimeStampV2",
            "CertificateValues",
            "RevocationValues",
            "AttrAuthoritiesCertValues",
            "AttributeRevocationValues",
            "ArchiveTimeStamp",
            "TimeStampValidationData",
            "AnyValidationData",
            "RenewedDigests",
            "RenewedDigestsV2",
            "SignaturePolicyStore",
        ],
        "UnsignedDataObjectProperties" => {
            &["UnsignedDataObjectProperty", "RenewedDigests", "RenewedDigestsV2"]
        }
        "AllDataObjectsTimeStamp"
        | "IndividualDataObjectsTimeStamp"
        | "SignatureTimeStamp"
        | "SigAndRefsTimeStamp"
        | "SigAndRefsTimeStampV2"
        | "RefsOnlyTimeStamp"
        | "RefsOnlyTimeStampV2"
        | "ArchiveTimeStamp"
        | "XAdESTimeStamp"
        | "OtherTimeStamp" => &[
            "Include",
            "HashDataInfo",
            "ReferenceInfo",
            "CanonicalizationMethod",
            "EncapsulatedTimeStamp",
            "XMLTimeStamp",
        ],
        // What others define, and no part of a signature.
        "Include"
        | "XMLTimeStamp"
        | "OtherCertificate"
        | "OtherValue"
        | "OtherRef"
        | "OtherAttributeCertificate" => &[],
        "RenewedDigests" | "RenewedDigestsV2" => {
            &["DigestMethod", "RecomputedDigestValue", "NewSDODigestValue", "OriginalRefDigest"]
        }
        "HashDataInfo" => &["Transforms"],
        "ReferenceInfo" | "CertDigest" | "SigPolicyHash" | "DigestAlgAndValue" => DIGEST,
        "CompleteCertificateRefs"
        | "CompleteCertificateRefsV2"
        | "AttributeCertificateRefs"
        | "AttributeCertificateRefsV2" => &["CertRefs"],
        "SigningCertificate" | "SigningCertificateV2" | "CertRefs" => &["Cert"],
        "Cert" => &["CertDigest", "IssuerSerial", "IssuerSerialV2"],
        "IssuerSerial" => &["X509IssuerName", "X509SerialNumber"],
        "CompleteRevocationRefs" | "AttributeRevocationRefs" => &["CRLRefs", "OCSPRefs", "OtherRefs"],
        "CRLRefs" => &["CRLRef"],
        "CRLRef" => &["DigestAlgAndValue", "CRLIdentifier"],
        "CRLIdentifier" => &["Issuer", "IssueTime", "Number"],
        "OCSPRefs" => &["OCSPRef"],
        "OCSPRef" => &["DigestAlgAndValue", "OCSPIdentifier"],
        "OCSPIdentifier" => &["ResponderID", "ProducedAt"],
        "ResponderID" => &["ByName", "ByKey"],
        "OtherRefs" => &["OtherRef"],
        "CertificateValues" | "AttrAuthoritiesCertValues" => {
            &["EncapsulatedX509Certificate", "OtherCertificate"]
        }
        "RevocationValues" | "AttributeRevocationValues" => &["CRLValues", "OCSPValues", "OtherValues"],
        "CRLValues" => &["EncapsulatedCRLValue"],
        "OCSPValues" => &["EncapsulatedOCSPValue"],
        "OtherValues" => &["OtherValue"],
        "TimeStampValidationData" | "AnyValidationData" => &["CertificateValues", "RevocationValues"],
        "SignaturePolicyStore" => &["SPDocSpecification", "SignaturePolicyDocument", "SigPolDocLocalURI"],
        "CounterSignature" => &["Signature"],
        "SignaturePolicyIdentifier" => &["SignaturePolicyId", "SignaturePolicyImplied"],
        "SignaturePolicyId" => &["SigPolicyId", "Transforms", "SigPolicyHash", "SigPolicyQualifiers"],
        "SigPolicyId" | "CommitmentTypeId" | "ObjectIdentifier" | "SPDocSpecification" => OBJECT_IDENTIFIER,
        "DocumentationReferences" => &["DocumentationReference"],
        "SigPolicyQualifiers" => &["SigPolicyQualifier"],
        "SPUserNotice" => &["NoticeRef", "ExplicitText"],
        "NoticeRef" => &["Organization", "NoticeNumbers"],
        "NoticeNumbers" => &["int"],
        "SignatureProductionPlace" | "SignatureProductionPlaceV2" => PLACE,
        "SignerRole" | "SignerRoleV2" => {
            &["ClaimedRoles", "CertifiedRoles", "CertifiedRolesV2", "SignedAssertions"]
        }
        "ClaimedRoles" => &["ClaimedRole"],
        "CertifiedRoles" | "CertifiedRolesV2" => &["CertifiedRole"],
        "CertifiedRole" => &["X509AttributeCertificate", "OtherAttributeCertificate"],
        "SignedAssertions" => &["SignedAssertion"],
        "CommitmentTypeIndication" => {
            &["CommitmentTypeId", "ObjectReference", "AllSignedDataObjects", "CommitmentTypeQualifiers"]
        }
        "CommitmentTypeQualifiers" => &["CommitmentTypeQualifier"],
        "DataObjectFormat" => &["Description", "ObjectIdentifier", "MimeType", "Encoding"],
        _ => return None,
    })
}

/// What an element holds, and its attributes.
type Entry = Option<(Holds, &'static [&'static str])>;

/// XML Signature 1.1, the schema of 1.0.
fn of_signature(local: &str) -> Entry {
    Some(match local {
        "Signature" | "SignedInfo" | "KeyInfo" | "Manifest" | "SignatureProperties" => (Elements, &["Id"]),
        "SignatureValue" => (Value, &["Id"]),
        "CanonicalizationMethod" | "SignatureMethod" | "DigestMethod" | "Transform" => {
            (Elements, &["Algorithm"])
        }
        "Reference" => (Elements, &["Id", "URI", "Type"]),
        "RetrievalMethod" => (Elements, &["URI", "Type"]),
        // Its MimeType and Encoding say how content is to be read: nobody signs them with what is in it.
        "Object" => (Content, &["Id"]),
        "SignatureProperty" => (Content, &["Id", "Target"]),
        "Transforms" | "KeyValue" | "X509Data" | "X509IssuerSerial" | "PGPData" | "SPKIData"
        | "DSAKeyValue" | "RSAKeyValue" => (Elements, &[]),
        "HMACOutputLength" | "XPath" | "DigestValue" | "KeyName" | "MgmtData" | "X509IssuerName"
        | "X509SerialNumber" | "X509SKI" | "X509SubjectName" | "X509Certificate" | "X509CRL" | "PGPKeyID"
        | "PGPKeyPacket" | "SPKISexp" | "Modulus" | "Exponent" | "P" | "Q" | "G" | "Y" | "J" | "Seed"
        | "PgenCounter" => (Value, &[]),
        _ => return None,
    })
}

/// XML Signature 1.1, the schema of 1.1.
fn of_signature_11(local: &str) -> Entry {
    Some(match local {
        "ECKeyValue" => (Elements, &["Id"]),
        "DEREncodedKeyValue" => (Value, &["Id"]),
        "KeyInfoReference" => (Elements, &["Id", "URI"]),
        "NamedCurve" => (Elements, &["URI"]),
        "ValidationData" => (Elements, &["hashAlgorithm"]),
        "X509Digest" => (Value, &["Algorithm"]),
        "ECParameters" | "FieldID" | "Prime" | "TnB" | "PnB" | "GnB" | "Curve" => (Elements, &[]),
        "PublicKey" | "P" | "M" | "K" | "K1" | "K2" | "K3" | "A" | "B" | "Base" | "Order" | "CoFactor"
        | "seed" | "OCSPResponse" => (Value, &[]),
        _ => return None,
    })
}

/// RFC 4050, 3.4.
fn of_rfc_4050(local: &str) -> Entry {
    Some(match local {
        "NamedCurve" => (Elements, &["URN"]),
        "X" | "Y" | "A" | "B" | "P" => (Value, &["Value"]),
        "ECDSAKeyValue" | "DomainParameters" | "ExplicitParams" | "PublicKey" | "FieldParams"
        | "CurveParams" | "BasePointParams" | "BasePoint" => (Elements, &[]),
        "M" | "K" | "K1" | "K2" | "K3" | "W" | "Seed" | "Order" | "Cofactor" => (Value, &[]),
        // RFC 6931, 3.1.
        "PKCS7signedData" => (Value, &[]),
        _ => return None,
    })
}

/// RFC 6931, 2.3.9.
fn of_pss(local: &str) -> Entry {
    Some(match local {
        "MaskGenerationFunction" => (Elements, &["Algorithm"]),
        "RSAPSSParams" => (Elements, &[]),
        "SaltLength" | "TrailerField" => (Value, &[]),
        _ => return None,
    })
}

/// WS-Security 1.1, 6 and 7.
fn of_wsse(local: &str) -> Entry {
    Some(match local {
        "SecurityTokenReference" => (Elements, &["Usage"]),
        "Reference" => (Elements, &["URI", "ValueType"]),
        "Embedded" => (Elements, &["ValueType"]),
        "KeyIdentifier" | "BinarySecurityToken" => (Value, &["ValueType", "EncodingType"]),
        _ => return None,
    })
}

/// EN 319 132-1 and TS 101 903, all versions.
fn of_xades(local: &str) -> Entry {
    Some(match local {
        "QualifyingProperties" => (Elements, &["Id", "Target"]),
        "SignedProperties"
        | "UnsignedProperties"
        | "SignedSignatureProperties"
        | "UnsignedSignatureProperties"
        | "SignedDataObjectProperties"
        | "UnsignedDataObjectProperties"
        | "AllDataObjectsTimeStamp"
        | "IndividualDataObjectsTimeStamp"
        | "SignatureTimeStamp"
        | "SigAndRefsTimeStamp"
        | "SigAndRefsTimeStampV2"
        | "RefsOnlyTimeStamp"
        | "RefsOnlyTimeStampV2"
        | "ArchiveTimeStamp"
        | "CompleteCertificateRefs"
        | "CompleteCertificateRefsV2"
        | "CompleteRevocationRefs"
        | "AttributeCertificateRefs"
        | "AttributeCertificateRefsV2"
        | "AttributeRevocationRefs"
        | "CertificateValues"
        | "AttrAuthoritiesCertValues"
        | "RevocationValues"
        | "AttributeRevocationValues"
        | "SignaturePolicyStore"
        | "RenewedDigests"
        | "RenewedDigestsV2"
        | "XAdESTimeStamp"
        | "OtherTimeStamp" => (Elements, &["Id"]),
        "TimeStampValidationData" | "AnyValidationData" => (Elements, &["Id", "URI"]),
        "Include" => (Elements, &["URI", "referencedData"]),
        "HashDataInfo" => (Elements, &["uri"]),
        "ReferenceInfo" | "QualifyingPropertiesReference" => (Elements, &["Id", "URI"]),
        "Cert" | "CRLIdentifier" | "OCSPIdentifier" => (Elements, &["URI"]),
        // What a signer says, and only in signed properties.
        "DataObjectFormat" => (Content, &["ObjectReference"]),
        "SigningTime"
        | "SignaturePolicyIdentifier"
        | "SPUserNotice"
        | "SignatureProductionPlace"
        | "SignatureProductionPlaceV2"
        | "SignerRole"
        | "SignerRoleV2"
        | "CommitmentTypeIndication" => (Content, &[]),
        "SigningCertificate"
        | "SigningCertificateV2"
        | "CertDigest"
        | "IssuerSerial"
        | "SignaturePolicyId"
        | "SignaturePolicyImplied"
        | "SigPolicyId"
        | "SigPolicyHash"
        | "SigPolicyQualifiers"
        | "NoticeRef"
        | "NoticeNumbers"
        | "SPDocSpecification"
        | "DocumentationReferences"
        | "ClaimedRoles"
        | "CertifiedRoles"
        | "CertifiedRolesV2"
        | "SignedAssertions"
        | "ObjectIdentifier"
        | "CommitmentTypeId"
        | "CommitmentTypeQualifiers"
        | "AllSignedDataObjects"
        | "CertRefs"
        | "CRLRefs"
        | "OCSPRefs"
        | "OtherRefs"
        | "CRLRef"
        | "OCSPRef"
        | "DigestAlgAndValue"
        | "CRLValues"
        | "OCSPValues"
        | "OtherValues"
        | "CounterSignature"
        | "XMLTimeStamp"
        | "OtherCertificate"
        | "OtherValue"
        | "OtherRef"
        | "OtherAttributeCertificate" => (Elements, &[]),
        "EncapsulatedTimeStamp"
        | "EncapsulatedX509Certificate"
        | "EncapsulatedCRLValue"
        | "EncapsulatedOCSPValue"
        | "EncapsulatedPKIData"
        | "CertifiedRole"
        | "X509AttributeCertificate" => (Value, &["Id", "Encoding"]),
        "Identifier" => (Value, &["Qualifier"]),
        "RecomputedDigestValue" => (Value, &["Order"]),
        "IssuerSerialV2"
        | "Description"
        | "DocumentationReference"
        | "SPURI"
        | "ExplicitText"
        | "Organization"
        | "int"
        | "City"
        | "StreetAddress"
        | "StateOrProvince"
        | "PostalCode"
        | "CountryName"
        | "MimeType"
        | "Encoding"
        | "ObjectReference"
        | "Issuer"
        | "IssueTime"
        | "Number"
        | "ResponderID"
        | "ByName"
        | "ByKey"
        | "ProducedAt"
        | "SignaturePolicyDocument"
        | "SigPolDocLocalURI"
        | "NewSDODigestValue"
        | "OriginalRefDigest" => (Value, &[]),
        "ClaimedRole"
        | "SignedAssertion"
        | "SigPolicyQualifier"
        | "CommitmentTypeQualifier"
        | "UnsignedDataObjectProperty" => (Content, &[]),
        _ => return None,
    })
}
