//! A report as text for a terminal: the verdict in the first line, findings with what to do, then rows under their
//! labels. Parts are set in.

use std::io::Write;

use super::Section;
use crate::messages::{Language, label};

/// Writes a section.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut impl Write, section: &Section, language: Language) -> std::io::Result<()> {
    write_at(out, section, language, 0)
}

fn write_at(
    out: &mut impl Write,
    section: &Section,
    language: Language,
    depth: usize,
) -> std::io::Result<()> {
    let verdict = &section.verdict;
    let outer = "  ".repeat(depth);
    let inner = "  ".repeat(depth + 1);
    writeln!(out, "{outer}{}: {} ({})", section.title, verdict.code, verdict.words)?;
    for note in &section.notes {
        writeln!(out, "{inner}{} {}: {}", note.level, note.code, note.message)?;
        if !note.remedy.is_empty() {
            writeln!(out, "{inner}    {}: {}", label(language, "label-report-remedy", &[]), note.remedy)?;
        }
    }
    let width = section.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
    for row in &section.rows {
        let mut label = row.label.as_str();
        for value in &row.values {
            let padding = " ".repeat(width.saturating_sub(label.chars().count()));
            writeln!(out, "{inner}{label}{padding}  {value}")?;
            label = "";
        }
    }
    for part in &section.parts {
        write_at(out, part, language, depth + 1)?;
    }
    Ok(())
}
