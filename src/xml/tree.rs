//! A small owned tree for documents of known, modest size: forms, acts, the Signature element.
