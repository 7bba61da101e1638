//! Where the scanner's octets come from: the whole document in memory, or a file seen through a window
//! that moves over it. Both give UTF-8 without characters that XML forbids anywhere (XML 1.0, 2.2), so
//! that the scanner looks only for markup.

use std::fmt;
use std::io;
use std::ops::Range;

use super::block;
use super::read::{Error, ErrorKind, Position, malformed};

/// A source of octets. Offsets count from the start of the document.
pub(super) trait Input {
    /// The octets at hand. They end at a character's end.
    fn octets(&self) -> &[u8];
    /// The text at hand between two indices, if both are at characters' ends.
    fn text(&self, start: usize, end: usize) -> Option<&str>;
    /// Offset of the first octet at hand.
    fn base(&self) -> usize;
    /// Whether nothing follows the octets at hand.
    fn ended(&self) -> bool;
    /// Whether the document may hold a carriage return.
    fn may_hold_carriage_return(&self) -> bool;
    /// Forgets what lies before `keep` and brings more, or comes to know that there is no more. False
    /// when that was known.
    fn more(&mut self, keep: usize) -> Result<bool, Error>;
    /// Goes on at `offset`.
    fn seek(&mut self, offset: usize) -> Result<(), Error>;
    /// Line and column of an offset.
    fn position(&self, offset: usize) -> Position;

    /// The error `kind` at `offset`.
    fn error(&self, kind: ErrorKind, offset: usize) -> Error {
        Error { kind, offset, position: self.position(offset) }
    }
}

/// That a file cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Error {
    let position = Position { line: 1, column: 1 };
    Error { kind: ErrorKind::Unreadable(error.to_string()), offset: 0, position }
}

/// A part of a document whose first octet is at `origin` of its file.
pub(super) fn read_exactly(file: &dyn ReadAt, origin: usize, part: Range<usize>) -> Result<Vec<u8>, Error> {
    let mut octets = vec![0; part.len()];
    let mut filled = 0;
    while let Some(rest) = octets.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = origin.saturating_add(part.start).saturating_add(filled);
        match file.read_at(rest, at as u64).map_err(|error| unreadable(&error))? {
            0 => return Err(unreadable(&io::ErrorKind::UnexpectedEof.into())),
            count => filled = filled.saturating_add(count),
        }
    }
    Ok(octets)
}

/// Whether there is a carriage return in `octets`, which are UTF-8.
///
/// # Errors
/// The index of the first character that XML does not allow.
pub(super) fn has_carriage_return(octets: &[u8]) -> Result<bool, usize> {
    let mut carriage_return = false;
    let mut at = 0;
    while let Some(found) = block::find_unusual(octets, at) {
        match octets.get(found..) {
            Some([b'\r', ..]) => carriage_return = true,
            // UTF-8 of U+FFFE and U+FFFF.
            Some([0xEF, 0xBF, 0xBE | 0xBF, ..]) => return Err(found),
            Some([0xEF, ..]) => {}
            _ => return Err(found),
        }
        at = found + 1;
    }
    Ok(carriage_return)
}

/// A document that is in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory<'doc> {
    text: &'doc str,
    carriage_return: bool,
}

impl<'doc> Memory<'doc> {
    pub(super) fn new(text: &'doc str, carriage_return: bool) -> Self {
        Self { text, carriage_return }
    }
}

impl Input for Memory<'_> {
    fn octets(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn text(&self, start: usize, end: usize) -> Option<&str> {
        self.text.get(start..end)
    }

    fn base(&self) -> usize {
        0
    }

    fn ended(&self) -> bool {
        true
    }

    fn may_hold_carriage_return(&self) -> bool {
        self.carriage_return
    }

    fn more(&mut self, _keep: usize) -> Result<bool, Error> {
        Ok(false)
    }

    fn seek(&mut self, _offset: usize) -> Result<(), Error> {
        Ok(())
    }

    fn position(&self, offset: usize) -> Position {
        Position::of(self.text.as_bytes(), offset)
    }
}

/// Octets that can be read at any place, as a file's. They must not change while a document looks at
/// them.
pub trait ReadAt: Sync + fmt::Debug {
    /// How many there are.
    ///
    /// # Errors
    /// When that cannot be told.
    fn size(&self) -> io::Result<u64>;

    /// Fills `octets`, or a first part of them, from `offset` on. Zero at the end.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// Octets that a window brings at a time; few where every place of its edges is to be tried.
const STEP: usize = if cfg!(any(test, fuzzing)) { 64 } else { 256 << 10 };

/// A file of UTF-8 through a window. Two windows may look at one file: reading does not move a cursor.
pub(super) struct Window<'file> {
    file: &'file dyn ReadAt,
    /// Offset in the file of the document's first octet: after a byte order mark.
    origin: usize,
    buffer: Vec<u8>,
    base: usize,
    /// How many octets of the buffer are complete characters and were looked at.
    ready: usize,
    ended: bool,
    /// Whether one was seen in the octets so far, those that were forgotten included.
    carriage_return: bool,
    /// Whether there may be nothing but octets below 128.
    pub(super) is_ascii: bool,
    /// The widest that the window may become.
    widest: usize,
}

impl<'file> Window<'file> {
    pub(super) fn new(file: &'file dyn ReadAt, origin: usize, start: usize, widest: usize) -> Self {
        Self {
            file,
            origin,
            buffer: Vec::new(),
            base: start,
            ready: 0,
            ended: false,
            carriage_return: false,
            is_ascii: false,
            widest: widest.max(4 * STEP),
        }
    }

    fn unreadable(&self, error: &io::Error, offset: usize) -> Error {
        Error { kind: ErrorKind::Unreadable(error.to_string()), offset, position: Position::default() }
    }

    /// Checks the octets that came last; all but an unfinished character become ready.
    fn check(&mut self) -> Result<(), Error> {
        let fresh = self.buffer.get(self.ready..).unwrap_or_default();
        if self.is_ascii
            && let Some(at) = fresh.iter().position(|octet| !octet.is_ascii())
        {
            let offset = self.base + self.ready + at;
            return Err(self.error(malformed("octets that are not US-ASCII"), offset));
        }
        let (good, unfinished) = match std::str::from_utf8(fresh) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_none() && !self.ended),
        };
        let bad = good < fresh.len() && !unfinished;
        // A forbidden character that comes first is named first.
        match has_carriage_return(fresh.get(..good).unwrap_or_default()) {
            Ok(found) => self.carriage_return |= found,
            Err(at) => {
                let offset = self.base + self.ready + at;
                return Err(self.error(malformed("a character that XML does not allow"), offset));
            }
        }
        if bad {
            return Err(self.error(malformed("octets that are not UTF-8"), self.base + self.ready + good));
        }
        self.ready += good;
        Ok(())
    }
}

impl Input for Window<'_> {
    fn octets(&self) -> &[u8] {
        self.buffer.get(..self.ready).unwrap_or_default()
    }

    fn text(&self, start: usize, end: usize) -> Option<&str> {
        self.octets().get(start..end).and_then(|octets| std::str::from_utf8(octets).ok())
    }

    fn base(&self) -> usize {
        self.base
    }

    fn ended(&self) -> bool {
        self.ended
    }

    fn may_hold_carriage_return(&self) -> bool {
        self.carriage_return
    }

    fn more(&mut self, keep: usize) -> Result<bool, Error> {
        if self.ended {
            return Ok(false);
        }
        let drop = keep.saturating_sub(self.base).min(self.ready);
        self.buffer.drain(..drop);
        self.base += drop;
        self.ready -= drop;
        let held = self.buffer.len();
        if held >= self.widest {
            return Err(self.error(ErrorKind::Limit("token_bytes"), self.base));
        }
        // Twice what is held, so that a long token is looked at a bounded number of times.
        let wanted = (held * 2).clamp(STEP, self.widest.max(STEP));
        self.buffer.resize(wanted.max(held + 1), 0);
        let mut filled = held;
        while let Some(space) = self.buffer.get_mut(filled..).filter(|space| !space.is_empty()) {
            let offset = (self.origin + self.base + filled) as u64;
            match self.file.read_at(space, offset) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unreadable(&error, self.base + filled)),
            }
        }
        self.buffer.truncate(filled);
        self.check()?;
        // That there is no more is news too: the octets at hand may end just where the file does.
        Ok(filled > held || self.ended)
    }

    fn seek(&mut self, offset: usize) -> Result<(), Error> {
        if offset >= self.base && offset <= self.base + self.ready {
            return Ok(());
        }
        self.buffer.clear();
        self.base = offset;
        self.ready = 0;
        self.ended = false;
        self.more(offset).map(|_| ())
    }

    fn position(&self, offset: usize) -> Position {
        let mut position = Position { line: 1, column: 1 };
        let mut at = 0;
        let mut buffer = [0; STEP];
        while at < offset {
            let wanted = buffer.len().min(offset - at);
            let Some(space) = buffer.get_mut(..wanted) else { break };
            match self.file.read_at(space, (self.origin + at) as u64) {
                Ok(count) if count > 0 => {
                    position.pass(space.get(..count).unwrap_or_default());
                    at += count;
                }
                _ => break,
            }
        }
        position
    }
}
