//! Objects of the PKI within other formats: as the base64 of their DER, read as if they had come by
//! themselves.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Certificate, UnverifiedCrl, UnverifiedOcsp, UnverifiedTimestamp};

fn read<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    from_der: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let der = STANDARD.decode(text).map_err(D::Error::custom)?;
    from_der(&der).map_err(D::Error::custom)
}

macro_rules! as_der {
    ($($type:ty, $from:path;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&STANDARD.encode(self.der()))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer, $from)
            }
        }
    )*};
}

as_der! {
    Certificate, Certificate::from_der;
    UnverifiedCrl, UnverifiedCrl::from_der;
    UnverifiedOcsp, UnverifiedOcsp::from_der;
    UnverifiedTimestamp, UnverifiedTimestamp::from_token;
}
