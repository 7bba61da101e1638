//! The figures as a table (Markdown) and bars (SVG).

use std::fmt::Write as _;
use std::path::PathBuf;

struct Row {
    group: String,
    name: String,
    figure: String,
    /// Share of the bare operation.
    ratio: Option<f64>,
}

#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

/// The folder for what is made.
pub(crate) fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).expect("a folder for the results");
    folder
}

impl Report {
    pub(crate) fn add(&mut self, group: &str, name: &str, figure: String, ratio: Option<f64>) {
        let share = ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
        println!("{group:<34} {name:<38} {figure:>18} {share:>8}");
        self.rows.push(Row { group: group.to_owned(), name: name.to_owned(), figure, ratio });
    }

    /// Operations of seconds each; the first is the bare one.
    pub(crate) fn rates(&mut self, group: &str, names: &[&str], seconds: &[f64]) {
        for (name, time) in names.iter().zip(seconds) {
            self.add(group, name, format!("{:.0}/s", 1.0 / time), Some(seconds[0] / time));
        }
    }

    /// Passes over so many octets; the first is the bare one.
    pub(crate) fn speeds(&mut self, group: &str, octets: usize, names: &[&str], seconds: &[f64]) {
        for (name, time) in names.iter().zip(seconds) {
            let figure = format!("{:.0} MB/s", octets as f64 / time / 1e6);
            self.add(group, name, figure, Some(seconds[0] / time));
        }
    }

    pub(crate) fn write(&self) {
        let mut table = String::from("| work | what | figure | of bare |\n|---|---|---:|---:|\n");
        for Row { group, name, figure, ratio } in &self.rows {
            let share = ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
            let _ = writeln!(table, "| {group} | {name} | {figure} | {share} |");
        }
        let (markdown, svg) = (folder().join("results.md"), folder().join("results.svg"));
        std::fs::write(&markdown, table).expect("the table");
        std::fs::write(&svg, self.bars()).expect("the plot");
        println!("written: {} {}", markdown.display(), svg.display());
    }

    /// A bar for each share of a bare operation, by groups.
    fn bars(&self) -> String {
        const LINE: usize = 16;
        const LABELS: usize = 300;
        const WIDE: f64 = 420.0;
        let mut inside = String::new();
        let (mut top, mut group) = (LINE, "");
        for row in &self.rows {
            let Some(ratio) = row.ratio else { continue };
            if row.group != group {
                group = &row.group;
                top += 2 * LINE;
                let _ = writeln!(inside, "<text x=\"8\" y=\"{top}\" font-weight=\"bold\">{group}</text>");
            }
            top += LINE;
            let wide = WIDE * ratio.clamp(0.0, 1.2);
            let colour = if row.name.starts_with("bare") { "#999" } else { "#27c" };
            let _ = writeln!(
                inside,
                "<text x=\"16\" y=\"{top}\">{}</text><rect x=\"{LABELS}\" y=\"{}\" width=\"{wide:.1}\" \
                 height=\"11\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{top}\">{ratio:.3}: {}</text>",
                row.name,
                top - 10,
                LABELS as f64 + wide + 6.0,
                row.figure,
            );
        }
        let high = top + 2 * LINE;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"{high}\" font-family=\"sans-serif\" \
             font-size=\"12\"><rect width=\"960\" height=\"{high}\" fill=\"#fff\"/>\n\
             <text x=\"8\" y=\"{LINE}\">Share of the bare operation measured in the same run</text>\n{inside}</svg>\n"
        )
    }
}
