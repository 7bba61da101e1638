//! libxml2 as the second opinion: whether octets are a document, and its canonical form.

#![allow(dead_code, reason = "each target uses a part")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;

/// The first fields that every kind of node has, up to the ones that are read here (`tree.h`).
#[repr(C)]
struct Node {
    private: *mut c_void,
    kind: c_int,
    name: *const u8,
    children: *mut Node,
    last: *mut Node,
    parent: *mut Node,
    next: *mut Node,
}

const ELEMENT: c_int = 1;
/// XML_PARSE_NOERROR, NOWARNING, NONET, HUGE.
const OPTIONS: c_int = 32 | 64 | 2048 | (1 << 19);

type Visible = unsafe extern "C" fn(*mut c_void, *mut Node, *mut Node) -> c_int;

#[link(name = "xml2")]
unsafe extern "C" {
    fn xmlReadMemory(
        octets: *const c_char,
        size: c_int,
        url: *const c_char,
        encoding: *const c_char,
        options: c_int,
    ) -> *mut c_void;
    fn xmlFreeDoc(document: *mut c_void);
    fn xmlDocGetRootElement(document: *mut c_void) -> *mut Node;
    fn xmlHasProp(node: *mut Node, name: *const c_char) -> *mut c_void;
    fn xmlAllocOutputBuffer(encoder: *mut c_void) -> *mut c_void;
    fn xmlOutputBufferGetContent(buffer: *mut c_void) -> *const u8;
    fn xmlOutputBufferGetSize(buffer: *mut c_void) -> usize;
    fn xmlOutputBufferClose(buffer: *mut c_void) -> c_int;
    fn xmlC14NExecute(
        document: *mut c_void,
        visible: Option<Visible>,
        apex: *mut c_void,
        mode: c_int,
        prefixes: *mut *const c_char,
        comments: c_int,
        buffer: *mut c_void,
    ) -> c_int;
}

/// A document of libxml2.
pub struct Parsed(*mut c_void);

impl Drop for Parsed {
    fn drop(&mut self) {
        // SAFETY: the pointer came from xmlReadMemory and is freed once.
        unsafe { xmlFreeDoc(self.0) }
    }
}

/// Whether a node lies in the subtree of `apex`. Attributes and namespaces come with their element as
/// `parent`.
unsafe extern "C" fn in_subtree(apex: *mut c_void, node: *mut Node, parent: *mut Node) -> c_int {
    let apex = apex.cast::<Node>();
    if node == apex {
        return 1;
    }
    let mut at = parent;
    while !at.is_null() {
        if at == apex {
            return 1;
        }
        // SAFETY: libxml2 gives live nodes, and their parents are live.
        at = unsafe { (*at).parent };
    }
    0
}

impl Parsed {
    /// The document, if libxml2 takes the octets for one.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let size = c_int::try_from(bytes.len()).ok()?;
        // SAFETY: libxml2 reads `size` octets and keeps no pointer to them.
        let document =
            unsafe { xmlReadMemory(bytes.as_ptr().cast(), size, ptr::null(), ptr::null(), OPTIONS) };
        (!document.is_null()).then_some(Self(document))
    }

    /// The first element, in document order, that has an attribute of this name and no namespace.
    fn marked(&self, attribute: &str) -> Option<*mut Node> {
        let name = CString::new(attribute).ok()?;
        // SAFETY: the walk follows the pointers of live nodes and looks for attributes of elements only.
        unsafe {
            let root = xmlDocGetRootElement(self.0);
            let mut at = root;
            while !at.is_null() {
                let element = (*at).kind == ELEMENT;
                if element && !xmlHasProp(at, name.as_ptr()).is_null() {
                    return Some(at);
                }
                if element && !(*at).children.is_null() {
                    at = (*at).children;
                    continue;
                }
                while at != root && (*at).next.is_null() {
                    at = (*at).parent;
                }
                at = if at == root { ptr::null_mut() } else { (*at).next };
            }
        }
        None
    }

    /// The canonical form of the document, or of the first element with the attribute `apex`. Modes: 0
    /// inclusive, 1 exclusive, 2 inclusive 1.1.
    pub fn canonical(
        &self,
        apex: Option<&str>,
        mode: c_int,
        prefixes: &[String],
        comments: bool,
    ) -> Option<Vec<u8>> {
        let element = match apex {
            Some(attribute) => Some(self.marked(attribute)?),
            None => None,
        };
        let names: Vec<CString> =
            prefixes.iter().map(|prefix| CString::new(prefix.as_str())).collect::<Result<_, _>>().ok()?;
        let mut list: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        list.push(ptr::null());
        let prefixes = if names.is_empty() { ptr::null_mut() } else { list.as_mut_ptr() };
        // SAFETY: the document, the element and the list of prefixes live until the call is over; the
        // buffer's octets are copied before it is closed.
        unsafe {
            let buffer = xmlAllocOutputBuffer(ptr::null_mut());
            let visible: Option<Visible> = element.map(|_| in_subtree as Visible);
            let apex = element.unwrap_or(ptr::null_mut()).cast();
            let done = xmlC14NExecute(self.0, visible, apex, mode, prefixes, c_int::from(comments), buffer);
            let octets = (done >= 0).then(|| {
                let size = xmlOutputBufferGetSize(buffer);
                let start = xmlOutputBufferGetContent(buffer);
                if size == 0 { Vec::new() } else { std::slice::from_raw_parts(start, size).to_vec() }
            });
            xmlOutputBufferClose(buffer);
            octets
        }
    }
}
