//! The QR code (ISO/IEC 18004) as a matrix of dark and light.

use super::Error;
use qrcode::{Color, EcLevel, QrCode};

/// Longest text of a code. Longer ones would be too fine for a phone to read from paper.
const LIMIT: usize = 300;

/// Rows of modules; true is dark.
pub(super) type Matrix = Vec<Vec<bool>>;

/// The code of a text, with error correction of level M: 15 of 100 codewords may be lost.
///
/// # Errors
/// The text is empty, no printable ASCII, has a `#`, or is too long.
pub(super) fn matrix(text: &str) -> Result<Matrix, Error> {
    let is_plain = text.bytes().all(|octet| octet.is_ascii_graphic());
    if !is_plain || text.is_empty() || text.len() > LIMIT || text.contains('#') {
        return Err(Error::Address);
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| Error::Address)?;
    let modules = code.to_colors();
    Ok(modules.chunks(code.width()).map(|row| row.iter().map(|one| *one == Color::Dark).collect()).collect())
}
