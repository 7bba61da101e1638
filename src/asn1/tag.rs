//! Identifier octets of the universal types in use (X.690 8.1.2), and of the kinds of GeneralName.

/// BOOLEAN
pub const BOOLEAN: u8 = 0x01;
/// INTEGER
pub const INTEGER: u8 = 0x02;
/// BIT STRING
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING
pub const OCTET_STRING: u8 = 0x04;
/// NULL
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER
pub const OID: u8 = 0x06;
/// ENUMERATED
pub const ENUMERATED: u8 = 0x0a;
/// UTF8String
pub const UTF8_STRING: u8 = 0x0c;
/// PrintableString
pub const PRINTABLE_STRING: u8 = 0x13;
/// TeletexString
pub const TELETEX_STRING: u8 = 0x14;
/// IA5String
pub const IA5_STRING: u8 = 0x16;
/// UTCTime
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime
pub const GENERALIZED_TIME: u8 = 0x18;
/// UniversalString
pub const UNIVERSAL_STRING: u8 = 0x1c;
/// BMPString
pub const BMP_STRING: u8 = 0x1e;
/// SEQUENCE
pub const SEQUENCE: u8 = 0x30;
/// SET
pub const SET: u8 = 0x31;

/// otherName of GeneralName (RFC 5280 4.2.1.6)
pub const OTHER_NAME: u8 = 0xa0;
/// rfc822Name
pub const RFC822_NAME: u8 = 0x81;
/// dNSName
pub const DNS_NAME: u8 = 0x82;
/// directoryName
pub const DIRECTORY_NAME: u8 = 0xa4;
/// uniformResourceIdentifier
pub const URI: u8 = 0x86;
/// iPAddress
pub const IP_ADDRESS: u8 = 0x87;

/// Context tag `[number] IMPLICIT` of a primitive type.
pub const fn context(number: u8) -> u8 {
    0x80 | number
}

/// Context tag `[number]` of a constructed type, or EXPLICIT.
pub const fn context_constructed(number: u8) -> u8 {
    0xa0 | number
}
