//! Key containers: no octets make the reader of BER or of PKCS#12 panic, DER made of BER is DER and stays as
//! it is, and a container that opens is written and opens again with the same key and certificates.

#![no_main]

use qoltanba::asn1::{Reader, ber};
use qoltanba::crypto::{Identity, Protection};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(der) = ber::to_der(bytes) {
        Reader::single(&der).expect("DER");
        assert_eq!(ber::to_der(&der).as_ref(), Ok(&der));
    }
    for password in ["", "qoltanba"] {
        let Ok(identity) = Identity::from_pkcs12(bytes, password) else { continue };
        let again = identity.to_pkcs12("name", password, Protection::National).expect("written");
        let again = Identity::from_pkcs12(&again, password).expect("opened");
        assert_eq!(again.key.public_key(), identity.key.public_key());
        assert_eq!(again.certificate_der, identity.certificate_der);
        assert_eq!(again.chain_der, identity.chain_der);
    }
});
