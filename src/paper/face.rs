//! The two faces of the built-in font: which letters they have and how wide each is.

use super::Error;
use krilla::text::{Font, GlyphId};
use skrifa::MetadataProvider as _;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use std::sync::LazyLock;

const REGULAR: &[u8] = include_bytes!("fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/NotoSans-Bold.ttf");

/// Face and size of a run of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) bold: bool,
    /// Points.
    pub(super) size: f32,
}

impl Style {
    pub(super) const fn regular(size: f32) -> Self {
        Self { bold: false, size }
    }

    pub(super) const fn bold(size: f32) -> Self {
        Self { bold: true, size }
    }

    /// From one baseline to the next: what the font asks for, 1.362 of its size.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.362
    }

    /// From the top of a line to its baseline.
    pub(super) fn ascent(self) -> f32 {
        self.size * 1.069
    }
}

/// One face.
pub(super) struct Face {
    pub(super) font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

impl Face {
    fn read(octets: &'static [u8]) -> Option<Self> {
        let font = Font::new(octets.into(), 0)?;
        let tables = skrifa::FontRef::new(octets).ok()?;
        let units = font.units_per_em();
        let (charmap, metrics) =
            (tables.charmap(), tables.glyph_metrics(Size::new(1.0), LocationRef::default()));
        (units > 0.0).then_some(Self { font, charmap, metrics })
    }

    /// The glyph of a letter with its advance, in ems.
    pub(super) fn glyph(&self, letter: char) -> Option<(GlyphId, f32)> {
        let glyph = self.charmap.map(letter).filter(|glyph| glyph.to_u32() != 0)?;
        Some((GlyphId::new(glyph.to_u32()), self.metrics.advance_width(glyph).unwrap_or_default()))
    }
}

/// Both faces.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    pub(super) fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }

    /// Whether both faces have a letter.
    pub(super) fn have(&self, letter: char) -> bool {
        self.regular.glyph(letter).is_some() && self.bold.glyph(letter).is_some()
    }

    /// The advance of a letter, points.
    pub(super) fn advance(&self, letter: char, style: Style) -> f32 {
        self.face(style.bold).glyph(letter).map_or(0.0, |(_, advance)| advance) * style.size
    }

    /// The width of a text on one line, points.
    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|letter| self.advance(letter, style)).sum()
    }
}

/// The faces, read once.
pub(super) fn fonts() -> Result<&'static Fonts, Error> {
    static FONTS: LazyLock<Option<Fonts>> =
        LazyLock::new(|| Some(Fonts { regular: Face::read(REGULAR)?, bold: Face::read(BOLD)? }));
    FONTS.as_ref().ok_or(Error::Font)
}
