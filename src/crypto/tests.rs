//! Keys and signatures together.
