//! Where everything stands: a paper becomes pages, a page a list of texts, lines and codes at places.
//!
//! There is one idea: everything in the body is a [`Grid`], columns side by side whose cells are broken
//! into lines. A paragraph is a grid of one column, labelled values and lists are grids of two, a table is
//! a ruled one whose head is set again on each page. A row stays whole if it fits on a page; one that does
//! not, and every paragraph, goes on where the page ends.

use super::code::Matrix;
use super::face::{Fonts, Style};
use super::lines::broken;
use super::text::shown;
use super::words::{date, date_time, say};
use super::{Block, Error, Paper, SignatureLine, Signed};
use std::rc::Rc;

/// Points of a millimetre.
const MM: f32 = 72.0 / 25.4;
/// A4 (ISO 216).
const SHORT: f32 = 210.0 * MM;
const LONG: f32 = 297.0 * MM;
/// The left margin is for filing.
const LEFT: f32 = 25.0 * MM;
const RIGHT: f32 = 15.0 * MM;
const TOP: f32 = 15.0 * MM;
const BOTTOM: f32 = 22.0 * MM;
/// No paper of the register comes near; a hostile one ends here.
const PAGES: usize = 2000;

const BODY: Style = Style::regular(11.0);
const STRONG: Style = Style::bold(11.0);
const TABLE: Style = Style::regular(9.0);
const TABLE_HEAD: Style = Style::bold(9.0);
const SMALL: Style = Style::regular(8.0);
const SMALL_STRONG: Style = Style::bold(8.0);
/// Space between blocks.
const GAP: f32 = 8.0;
/// Side of the QR code with the four light modules around it.
const CODE: f32 = 34.0 * MM;
/// What the office's name takes at the top of each page but the first: two lines, the rule, and a gap.
const RUNNING_HEAD: f32 = 40.0;
const NOTHING: &str = "—";

/// What stands on a page. Places are points from the left and from the top.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    /// `y` is the baseline.
    Text {
        x: f32,
        y: f32,
        style: Style,
        text: String,
    },
    Line {
        from: (f32, f32),
        to: (f32, f32),
    },
    Code {
        x: f32,
        y: f32,
        side: f32,
        matrix: Rc<Matrix>,
    },
}

/// A page.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) items: Vec<Item>,
}

/// The pages of all copies of a paper.
pub(super) fn pages(paper: &Paper, code: &Matrix, fonts: &Fonts) -> Result<Vec<Page>, Error> {
    let matrix = Rc::new(code.clone());
    let copies = paper.copies.max(1);
    let mut pages = Vec::new();
    for copy in 1..=copies {
        let mut flow = Flow::new(paper, fonts);
        flow.letterhead((copies > 1).then_some(copy))?;
        for block in &paper.blocks {
            flow.block(block)?;
        }
        flow.signatures()?;
        flow.verification(&matrix)?;
        pages.extend(flow.finish());
        if pages.len() > PAGES {
            return Err(Error::TooLong);
        }
    }
    Ok(pages)
}

/// Left edge and width of a column.
#[derive(Clone, Copy)]
struct Column {
    x: f32,
    width: f32,
}

/// Where lines stand in their column.
#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Middle,
    Right,
}

/// Columns whose rows are set one below the other.
struct Grid {
    columns: Vec<Column>,
    styles: Vec<Style>,
    align: Align,
    /// Lines around every cell.
    is_ruled: bool,
    /// Set again on each page; not one that would take half of it.
    head: Option<Vec<Vec<String>>>,
    /// Space around the text of a cell: sideways and above.
    padding: (f32, f32),
    /// Whether a row that fits on a page stays whole.
    keeps_rows: bool,
}

impl Grid {
    fn one(column: Column, style: Style, align: Align) -> Self {
        Self {
            columns: vec![column],
            styles: vec![style],
            align,
            is_ruled: false,
            head: None,
            padding: (0.0, 0.0),
            keeps_rows: false,
        }
    }

    fn style(&self, column: usize) -> Style {
        self.styles.get(column).copied().unwrap_or(BODY)
    }

    fn leading(&self) -> f32 {
        self.styles.iter().map(|style| style.leading()).fold(0.0, f32::max).max(1.0)
    }

    fn height(&self, lines: usize) -> f32 {
        lines as f32 * self.leading() + 2.0 * self.padding.1
    }

    /// The cells of a row as lines, in the columns' styles or in one of its own.
    fn broken(&self, cells: &[String], own: Option<Style>, fonts: &Fonts) -> Vec<Vec<String>> {
        let columns = self.columns.iter().enumerate();
        let cell = |(index, column): (usize, &Column)| {
            let text = cells.get(index).map_or("", String::as_str);
            let style = own.unwrap_or_else(|| self.style(index));
            broken(&shown(text, fonts), style, column.width - 2.0 * self.padding.0, fonts)
        };
        columns.map(cell).collect()
    }
}

fn line_count(cells: &[Vec<String>]) -> usize {
    cells.iter().map(Vec::len).max().unwrap_or_default().max(1)
}

/// Sets a paper page after page.
struct Flow<'a> {
    paper: &'a Paper,
    fonts: &'a Fonts,
    width: f32,
    height: f32,
    pages: Vec<Page>,
    /// Where the next thing goes, from the top of the page.
    y: f32,
    /// Whether nothing but heads is on the page yet.
    is_fresh: bool,
}

impl<'a> Flow<'a> {
    fn new(paper: &'a Paper, fonts: &'a Fonts) -> Self {
        let (width, height) = if paper.kind.is_wide() { (LONG, SHORT) } else { (SHORT, LONG) };
        let first = Page { width, height, items: Vec::new() };
        Self { paper, fonts, width, height, pages: vec![first], y: TOP, is_fresh: true }
    }

    fn whole(&self) -> Column {
        Column { x: LEFT, width: self.width - LEFT - RIGHT }
    }

    fn foot(&self) -> f32 {
        self.height - BOTTOM
    }

    fn room(&self) -> f32 {
        self.foot() - self.y
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    fn say(&self, id: &str) -> String {
        say(self.paper.language, id, &[])
    }

    /// The next page, with the office's name small at the top.
    fn turn(&mut self) -> Result<(), Error> {
        if self.pages.len() >= PAGES {
            return Err(Error::TooLong);
        }
        self.pages.push(Page { width: self.width, height: self.height, items: Vec::new() });
        self.y = TOP;
        let whole = self.whole();
        let office = broken(&shown(&self.paper.office, self.fonts), SMALL, whole.width, self.fonts);
        for line in office.iter().take(2) {
            self.line(whole, line, SMALL, Align::Middle);
        }
        self.rule(whole);
        self.y += GAP;
        self.is_fresh = true;
        Ok(())
    }

    fn rule(&mut self, column: Column) {
        self.y += 3.0;
        self.put(Item::Line { from: (column.x, self.y), to: (column.x + column.width, self.y) });
        self.y += 3.0;
    }

    /// One line, without regard to the end of the page.
    fn line(&mut self, column: Column, text: &str, style: Style, align: Align) {
        let spare = column.width - self.fonts.width(text, style);
        let x = column.x
            + match align {
                Align::Left => 0.0,
                Align::Middle => spare / 2.0,
                Align::Right => spare,
            };
        if !text.is_empty() {
            self.put(Item::Text { x, y: self.y + style.ascent(), style, text: text.to_owned() });
        }
        self.y += style.leading();
    }

    /// A text that may go over pages.
    fn text(&mut self, column: Column, text: &str, style: Style, align: Align) -> Result<(), Error> {
        self.row(&Grid::one(column, style, align), &[text.to_owned()])
    }

    fn row(&mut self, grid: &Grid, cells: &[String]) -> Result<(), Error> {
        let cells = grid.broken(cells, None, self.fonts);
        let count = line_count(&cells);
        let mut from = 0;
        while from < count {
            let rest = count - from;
            let room = ((self.room() - 2.0 * grid.padding.1) / grid.leading()).max(0.0) as usize;
            let fits_elsewhere = grid.keeps_rows && from == 0 && grid.height(rest) <= self.largest(grid);
            // Of a text that is broken, two lines at least stay.
            let is_too_little = room < rest && (fits_elsewhere || room < 2);
            if is_too_little && !self.is_fresh {
                self.turn()?;
                self.head(grid);
                continue;
            }
            let until = from + rest.min(room.max(1));
            self.part(grid, &cells, from..until, false);
            from = until;
        }
        Ok(())
    }

    /// The room of a whole page below the head of a grid.
    fn largest(&self, grid: &Grid) -> f32 {
        let head = grid.head.as_ref().map_or(0.0, |head| grid.height(line_count(head)));
        self.height - TOP - BOTTOM - RUNNING_HEAD - head
    }

    fn head(&mut self, grid: &Grid) {
        if let Some(head) = &grid.head {
            self.part(grid, head, 0..line_count(head), true);
            self.is_fresh = true;
        }
    }

    /// Some lines of a row, side by side, with the lines around them.
    fn part(&mut self, grid: &Grid, cells: &[Vec<String>], lines: std::ops::Range<usize>, is_head: bool) {
        let top = self.y;
        let bottom = top + grid.height(lines.len());
        for (index, (column, cell)) in grid.columns.iter().zip(cells).enumerate() {
            let style = if is_head { TABLE_HEAD } else { grid.style(index) };
            let inner = Column { x: column.x + grid.padding.0, width: column.width - 2.0 * grid.padding.0 };
            self.y = top + grid.padding.1;
            for line in cell.iter().take(lines.end).skip(lines.start) {
                self.line(inner, line, style, grid.align);
            }
        }
        if grid.is_ruled {
            self.frame(grid, top, bottom);
        }
        self.y = bottom;
        self.is_fresh = false;
    }

    fn frame(&mut self, grid: &Grid, top: f32, bottom: f32) {
        let (Some(first), Some(last)) = (grid.columns.first(), grid.columns.last()) else { return };
        let right = last.x + last.width;
        for y in [top, bottom] {
            self.put(Item::Line { from: (first.x, y), to: (right, y) });
        }
        for x in grid.columns.iter().map(|column| column.x).chain([right]) {
            self.put(Item::Line { from: (x, top), to: (x, bottom) });
        }
    }

    /// A new page unless so much room is left.
    fn need(&mut self, height: f32) -> Result<(), Error> {
        if self.room() < height && !self.is_fresh { self.turn() } else { Ok(()) }
    }

    fn letterhead(&mut self, copy: Option<u8>) -> Result<(), Error> {
        let (paper, whole) = (self.paper, self.whole());
        if let Some(copy) = copy {
            let values = [("copy", copy.to_string().into()), ("copies", paper.copies.to_string().into())];
            self.text(whole, &say(paper.language, "copy", &values), SMALL, Align::Right)?;
        }
        self.text(whole, &paper.office, Style::bold(12.0), Align::Middle)?;
        self.rule(whole);
        self.y += GAP;
        let (top, page) = (self.y, self.pages.len());
        let half = Column { x: whole.x, width: whole.width * 0.42 };
        self.text(half, &date(paper.language, paper.date), BODY, Align::Left)?;
        self.text(half, &format!("№\u{a0}{}", or_dash(&paper.number)), BODY, Align::Left)?;
        let below = self.y;
        if !paper.addressee.is_empty() && page == self.pages.len() {
            self.y = top;
            let other = Column { x: whole.x + whole.width * 0.5, width: whole.width * 0.5 };
            for line in &paper.addressee {
                self.text(other, line, BODY, Align::Left)?;
            }
            if page == self.pages.len() {
                self.y = self.y.max(below);
            }
        }
        self.y += 2.0 * GAP;
        self.text(whole, &paper.title, Style::bold(13.0), Align::Middle)?;
        self.y += GAP * 1.5;
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), Error> {
        let whole = self.whole();
        match block {
            Block::Heading(text) => {
                self.need(STRONG.leading() * 4.0)?;
                self.y += GAP / 2.0;
                self.text(whole, text, STRONG, Align::Left)?;
                self.y -= GAP / 2.0;
            }
            Block::Paragraph(text) => self.text(whole, text, BODY, Align::Left)?,
            Block::Rows(rows) => {
                let label = whole.width * 0.36;
                let grid = Grid {
                    columns: vec![
                        Column { x: whole.x, width: label - GAP },
                        Column { x: whole.x + label, width: whole.width - label },
                    ],
                    styles: vec![STRONG, BODY],
                    padding: (0.0, 2.0),
                    keeps_rows: true,
                    ..Grid::one(whole, BODY, Align::Left)
                };
                for (label, value) in rows {
                    self.row(&grid, &[label.clone(), or_dash(value).to_owned()])?;
                }
            }
            Block::List(items) => {
                let number = self.fonts.width(&format!("{}.", items.len()), BODY) + GAP;
                let grid = Grid {
                    columns: vec![
                        Column { x: whole.x, width: number },
                        Column { x: whole.x + number, width: whole.width - number },
                    ],
                    styles: vec![BODY, BODY],
                    padding: (0.0, 1.5),
                    ..Grid::one(whole, BODY, Align::Left)
                };
                for (index, item) in items.iter().enumerate() {
                    self.row(&grid, &[format!("{}.", index + 1), or_dash(item).to_owned()])?;
                }
            }
            Block::Table { head, rows } => self.table(head, rows)?,
        }
        self.y += GAP;
        Ok(())
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>]) -> Result<(), Error> {
        let count = rows.iter().map(Vec::len).chain([head.len()]).max().unwrap_or_default();
        if count == 0 {
            return Ok(());
        }
        let mut grid = Grid {
            columns: self.columns(head, rows, count),
            styles: vec![TABLE; count],
            is_ruled: true,
            padding: (3.5, 2.5),
            keeps_rows: true,
            ..Grid::one(self.whole(), TABLE, Align::Left)
        };
        let cells = grid.broken(head, Some(TABLE_HEAD), self.fonts);
        let height = grid.height(line_count(&cells));
        if height > (self.height - TOP - BOTTOM) / 2.0 {
            self.row(&grid, head)?;
        } else {
            grid.head = Some(cells);
            // The head stays with the first row, or with two lines of it if it is longer than a page.
            let first = rows.first().map_or(0, |row| line_count(&grid.broken(row, None, self.fonts)));
            let first = Some(grid.height(first)).filter(|first| *first <= self.largest(&grid));
            self.need(height + first.unwrap_or_else(|| grid.height(2)))?;
            self.head(&grid);
            self.is_fresh = false;
        }
        for row in rows {
            self.row(&grid, row)?;
        }
        Ok(())
    }

    /// Shares the width: to each column what its longest word takes, and what is left by how much more
    /// its longest cell would like.
    fn columns(&self, head: &[String], rows: &[Vec<String>], count: usize) -> Vec<Column> {
        let whole = self.whole();
        let mut least = vec![0.0_f32; count];
        let mut most = vec![0.0_f32; count];
        let styled = rows.iter().map(|row| (row.as_slice(), TABLE)).chain([(head, TABLE_HEAD)]);
        for (row, style) in styled {
            for (index, cell) in row.iter().enumerate().take(count) {
                let cell = shown(cell, self.fonts);
                for line in cell.split('\n') {
                    most[index] = most[index].max(self.fonts.width(line, style));
                    for word in line.split(' ') {
                        least[index] = least[index].max(self.fonts.width(word, style));
                    }
                }
            }
        }
        let padding = 2.0 * 3.5 + 0.5;
        // One column's longest word may not take the room of all others.
        let fair = (whole.width / count as f32).max(whole.width / 4.0);
        let least: Vec<f32> = least.iter().map(|width| (width + padding).min(fair)).collect();
        let most: Vec<f32> =
            most.iter().zip(&least).map(|(most, least)| (most + padding).max(*least)).collect();
        let (small, large) = (least.iter().sum::<f32>(), most.iter().sum::<f32>());
        let widths: Vec<f32> = if small >= whole.width {
            least.iter().map(|width| width * whole.width / small).collect()
        } else if large <= whole.width {
            most.iter().map(|width| width * whole.width / large).collect()
        } else {
            let share = (whole.width - small) / (large - small).max(1.0);
            least.iter().zip(&most).map(|(least, most)| least + (most - least) * share).collect()
        };
        let mut x = whole.x;
        let place = |width: f32| {
            let column = Column { x, width };
            x += width;
            column
        };
        widths.into_iter().map(place).collect()
    }

    fn signatures(&mut self) -> Result<(), Error> {
        let whole = self.whole();
        // From where to where, of the width.
        let columns = [(0.0, 0.3), (0.33, 0.7), (0.73, 1.0)].map(|(from, until)| Column {
            x: whole.x + whole.width * from,
            width: whole.width * (until - from),
        });
        let grid = Grid {
            columns: columns.into(),
            styles: vec![BODY, SMALL, BODY],
            padding: (0.0, 4.0),
            keeps_rows: true,
            ..Grid::one(whole, BODY, Align::Left)
        };
        self.y += GAP;
        for SignatureLine { position, name, signed } in &self.paper.signatures {
            let mark = match signed {
                Signed::ByHand => format!("____________________\n{}", self.say("by-hand")),
                Signed::Electronically { at, certificate } => {
                    let values = [
                        ("at", date_time(self.paper.language, *at).into()),
                        ("certificate", certificate.as_str().into()),
                    ];
                    say(self.paper.language, "signed-electronically", &values)
                }
            };
            self.row(&grid, &[position.clone(), mark, name.clone()])?;
        }
        Ok(())
    }

    /// The code, with what it says in letters beside it.
    fn verification(&mut self, matrix: &Rc<Matrix>) -> Result<(), Error> {
        let whole = self.whole();
        let beside = Column { x: whole.x + CODE + GAP, width: whole.width - CODE - GAP };
        let digest = crate::housing::hex(&self.paper.document_sha256);
        let lines: Vec<(Style, String)> = [
            (SMALL_STRONG, self.say("verification")),
            (SMALL, self.say("verification-text")),
            (SMALL, self.paper.verification_url.clone()),
            (SMALL, format!("SHA-256: {digest}")),
        ]
        .into_iter()
        .flat_map(|(style, text)| {
            let lines = broken(&shown(&text, self.fonts), style, beside.width, self.fonts);
            lines.into_iter().map(move |line| (style, line))
        })
        .collect();
        let height = (lines.len() as f32 * SMALL.leading()).max(CODE) + 2.0 * GAP;
        self.need(height)?;
        self.y += GAP;
        self.rule(whole);
        let top = self.y;
        self.put(Item::Code { x: whole.x, y: top, side: CODE, matrix: Rc::clone(matrix) });
        self.y = top + GAP;
        for (style, line) in lines {
            self.line(beside, &line, style, Align::Left);
        }
        self.y = self.y.max(top + CODE);
        Ok(())
    }

    /// The pages with their feet: number of the paper, short digest, page of pages.
    fn finish(mut self) -> Vec<Page> {
        let whole = self.whole();
        let count = self.pages.len();
        let mut pages = std::mem::take(&mut self.pages);
        let left = format!("№ {} · SHA-256 {}", or_dash(&self.paper.number), self.paper.short_digest());
        let left = broken(&shown(&left, self.fonts), SMALL, whole.width * 0.7, self.fonts);
        for (index, page) in pages.iter_mut().enumerate() {
            let values = [("page", (index + 1).to_string().into()), ("pages", count.to_string().into())];
            let right = say(self.paper.language, "page-of", &values);
            let y = self.height - BOTTOM + 6.0 * MM;
            page.items.push(Item::Line { from: (whole.x, y), to: (whole.x + whole.width, y) });
            let baseline = y + 3.0 + SMALL.ascent();
            if let Some(text) = left.first() {
                page.items.push(Item::Text { x: whole.x, y: baseline, style: SMALL, text: text.clone() });
            }
            let x = whole.x + whole.width - self.fonts.width(&right, SMALL);
            page.items.push(Item::Text { x, y: baseline, style: SMALL, text: right });
        }
        pages
    }
}

fn or_dash(text: &str) -> &str {
    if text.trim().is_empty() { NOTHING } else { text }
}
