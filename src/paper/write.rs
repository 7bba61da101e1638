//! Pages into a file: PDF/A-2u (ISO 19005-2), with the fonts as subsets, the output intent, the language,
//! and the metadata that it asks for.
//!
//! Nothing in the file is made up: the date is the paper's, the identifiers are digests of what is
//! written. Grey alone is used, and no transparency.

use super::face::{Fonts, Style};
use super::layout::{Item, Page};
use super::text::shown;
use super::{Error, Paper};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::KrillaGlyph;
use krilla::{Document, SerializeSettings};

/// Light modules around a code (ISO/IEC 18004 9.1).
const QUIET: usize = 4;
/// Letters of the title in the metadata.
const TITLE: usize = 200;

pub(super) fn pdf(paper: &Paper, pages: &[Page], fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let failed = |error: &dyn std::fmt::Debug| Error::Pdf(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|error| failed(&error))?;
    let settings = SerializeSettings { configuration, enable_tagging: false, ..Default::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(paper, fonts));
    for page in pages {
        let size = PageSettings::from_wh(page.width, page.height)
            .ok_or_else(|| Error::Pdf("a page without a size".to_owned()))?;
        let mut leaf = document.start_page_with(size);
        let mut surface = leaf.surface();
        for item in &page.items {
            draw(&mut surface, item, fonts);
        }
        surface.finish();
        leaf.finish();
    }
    document.finish().map_err(|error| Error::Pdf(error.to_string()))
}

fn metadata(paper: &Paper, fonts: &Fonts) -> Metadata {
    let title = format!("{} № {}", paper.title, paper.number);
    let short = |text: &str| shown(text, fonts).replace('\n', " ").chars().take(TITLE).collect::<String>();
    let year = u16::try_from(paper.date.year()).unwrap_or_default();
    let date =
        DateTime::new(year).month(paper.date.month().unsigned_abs()).day(paper.date.day().unsigned_abs());
    Metadata::new()
        .title(short(&title))
        .authors(vec![short(&paper.office)])
        .language(paper.language.code().to_owned())
        .creator("Qoltanba".to_owned())
        .creation_date(date)
}

fn draw(surface: &mut Surface<'_>, item: &Item, fonts: &Fonts) {
    match item {
        Item::Text { x, y, style, text } => draw_text(surface, (*x, *y), *style, text, fonts),
        Item::Line { from, to } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { width: 0.5, ..Stroke::default() }));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Item::Code { x, y, side, matrix } => {
            let module = side / (matrix.len() + 2 * QUIET) as f32;
            let place = |index: usize| (index + QUIET) as f32 * module;
            let mut path = PathBuilder::new();
            for (line, row) in matrix.iter().enumerate() {
                for (from, until) in dark_runs(row) {
                    let (left, width) = (x + place(from), (until - from) as f32 * module);
                    if let Some(run) = Rect::from_xywh(left, y + place(line), width, module) {
                        path.push_rect(run);
                    }
                }
            }
            surface.set_stroke(None);
            surface.set_fill(Some(Fill::default()));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

/// Where dark modules stand side by side: from, until.
fn dark_runs(row: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in row.iter().enumerate().filter_map(|(at, dark)| dark.then_some(at)) {
        match runs.last_mut() {
            Some(run) if run.1 == at => run.1 = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

fn draw_text(surface: &mut Surface<'_>, (x, y): (f32, f32), style: Style, text: &str, fonts: &Fonts) {
    let face = fonts.face(style.bold);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .filter_map(|(at, letter)| {
            let (glyph, advance) = face.glyph(letter)?;
            Some(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None))
        })
        .collect();
    surface.set_stroke(None);
    surface.set_fill(Some(Fill::default()));
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, face.font.clone(), text, style.size, false);
}
