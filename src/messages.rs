//! Texts by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Kk,
    Ru,
    En,
}
pub struct Message {
    pub message: String,
    pub remedy: String,
}
pub fn text(_language: Language, code: &str, params: &[(&str, &str)]) -> Message {
    Message { message: format!("{code} {params:?}"), remedy: String::new() }
}
