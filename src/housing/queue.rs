//! Order in a list: the filing moment, then the registration number (Law on housing relations,
//! article 74; decision "Order").

use super::Category;
use jiff::Timestamp;

/// A place in the list of one category, without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub number: String,
    pub category: Category,
    pub filed: Timestamp,
}

impl Place {
    fn key(&self) -> (i64, &str) {
        (self.filed.as_microsecond(), &self.number)
    }
}

/// Whether `a` stands before `b` in one list.
pub fn before(a: &Place, b: &Place) -> bool {
    a.category == b.category && a.key() < b.key()
}

/// The ordinal number of a place, from 1, in any collection of places.
pub fn position<'a>(place: &Place, places: impl IntoIterator<Item = &'a Place>) -> usize {
    1 + places.into_iter().filter(|other| before(other, place)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let place = |number: &str, us, category| Place {
            number: number.into(),
            category,
            filed: Timestamp::from_microsecond(us).unwrap(),
        };
        let all = [
            place("ALA-2026-000002", 5, Category::Orphan),
            place("ALA-2026-000001", 5, Category::Orphan),
            place("ALA-2026-000003", 4, Category::Orphan),
            place("ALA-2026-000004", 1, Category::Veteran),
        ];
        assert_eq!(all.each_ref().map(|one| position(one, &all)), [3, 2, 1, 1]);
    }
}
